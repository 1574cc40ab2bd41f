"""Simulations and context keys, asked over gRPC of a real service."""

import json
from typing import Any

import pytest
from doorward.identity.v1 import simulation_pb2 as pb
from doorward_client import AsyncClient
from doorward_kernel.errors import InvalidInput

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
OTHER = "444455556666"
REPORT = "arn:aws:s3:::reports/q3"
READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/*"}
HOME = READ | {"Action": "s3:Put*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}
NO_DELETE = READ | {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}


def document(*statements: dict[str, Any], indent: int | None = None) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=indent)


def cited(statements: Any) -> list[tuple[str, str]]:
    return [(each.source_policy_id, each.source_policy_type) for each in statements]


@pytest.fixture
async def inhabited(client: AsyncClient) -> AsyncClient:
    """Alice reads by a managed policy, writes at home by her own, and her group denies to delete."""
    await client.identity.create_user(user_name="alice")
    await client.identity.create_group(group_name="staff")
    await client.identity.add_user_to_group(group_name="staff", user_name="alice")
    managed = await client.identity.create_policy(policy_name="reading", policy_document=document(READ, indent=4))
    await client.identity.attach_user_policy(user_name="alice", policy_arn=managed.policy.arn)
    await client.identity.put_user_policy(user_name="alice", policy_name="home", policy_document=document(HOME))
    await client.identity.put_group_policy(
        group_name="staff", policy_name="keep", policy_document=document(READ, NO_DELETE)
    )
    return client


async def test_a_user_is_simulated_with_its_policies_and_those_of_its_groups(inhabited: AsyncClient) -> None:
    answer = await inhabited.identity.simulate_principal_policy(
        policy_source_arn=ALICE, action_names=["s3:GetObject", "s3:DeleteObject", "sqs:SendMessage"]
    )

    get, delete, send = answer.evaluation_results
    assert not answer.is_truncated
    assert (get.eval_action_name, get.eval_resource_name, get.eval_decision) == ("s3:GetObject", "*", "implicitDeny")
    assert (delete.eval_decision, cited(delete.matched_statements)) == ("explicitDeny", [("keep", "group")])
    start = len(document(READ)) - 1
    assert delete.matched_statements[0].start_position == pb.Position(line=1, column=start)
    assert (send.eval_decision, list(send.matched_statements)) == ("implicitDeny", [])
    for result in answer.evaluation_results:
        assert not result.resource_specific_results
        assert not result.HasField("permissions_boundary_decision_detail")
        assert not result.HasField("organizations_decision_detail")


async def test_each_resource_has_a_result_of_its_own(inhabited: AsyncClient) -> None:
    answer = await inhabited.identity.simulate_principal_policy(
        policy_source_arn=ALICE,
        action_names=["s3:GetObject", "s3:PutObject"],
        resource_arns=[REPORT, "arn:aws:s3:::home/alice/notes"],
    )

    get, put = answer.evaluation_results
    assert (get.eval_decision, get.eval_resource_name) == ("implicitDeny", "")
    allowed, denied = get.resource_specific_results
    assert (allowed.eval_resource_name, allowed.eval_resource_decision) == (REPORT, "allowed")
    assert cited(allowed.matched_statements) == [("reading", "user-managed"), ("keep", "group")]
    assert allowed.matched_statements[0].start_position == pb.Position(line=3, column=19)
    assert allowed.matched_statements[0].end_position == pb.Position(line=8, column=10)
    assert denied.eval_resource_decision == "implicitDeny"
    assert [list(each.missing_context_values) for each in put.resource_specific_results] == [[], ["aws:username"]]
    assert not put.missing_context_values


async def test_a_given_context_key_decides_and_is_missing_no_more(inhabited: AsyncClient) -> None:
    answer = await inhabited.identity.simulate_principal_policy(
        policy_source_arn=ALICE,
        action_names=["s3:PutObject"],
        resource_arns=["arn:aws:s3:::home/alice/notes"],
        context_entries=[
            pb.ContextEntry(context_key_name="aws:UserName", context_key_values=["alice"], context_key_type="string")
        ],
    )

    (put,) = answer.evaluation_results
    assert (put.eval_decision, put.eval_resource_name) == ("allowed", "arn:aws:s3:::home/alice/notes")
    assert cited(put.matched_statements) == [("home", "user")]
    (only,) = put.resource_specific_results
    assert (only.eval_resource_decision, list(only.missing_context_values)) == ("allowed", [])


async def test_what_is_missing_stands_with_the_resource_or_when_none_is_named_with_the_action(
    inhabited: AsyncClient,
) -> None:
    secure = document(READ | {"Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}})
    fields: dict[str, Any] = {"policy_input_list": [secure], "action_names": ["s3:GetObject"]}

    (nowhere,) = (await inhabited.identity.simulate_custom_policy(**fields)).evaluation_results
    (anywhere,) = (await inhabited.identity.simulate_custom_policy(**fields, resource_arns=["*"])).evaluation_results
    (somewhere,) = (
        await inhabited.identity.simulate_custom_policy(**fields, resource_arns=[REPORT])
    ).evaluation_results

    assert list(nowhere.missing_context_values) == ["aws:SecureTransport"]
    assert anywhere == nowhere
    assert list(somewhere.missing_context_values) == []
    assert list(somewhere.resource_specific_results[0].missing_context_values) == ["aws:SecureTransport"]


async def test_a_group_and_more_policies_within_a_boundary(inhabited: AsyncClient) -> None:
    more = document(READ | {"Action": "s3:List*", "Resource": "*"})

    answer = await inhabited.identity.simulate_principal_policy(
        policy_source_arn=f"arn:aws:iam::{ACCOUNT}:group/staff",
        policy_input_list=[ALLOW_ALL, more],
        permissions_boundary_policy_input_list=[more],
        action_names=["s3:ListBucket", "sqs:SendMessage"],
    )

    inside, outside = answer.evaluation_results
    assert inside.permissions_boundary_decision_detail.allowed_by_permissions_boundary
    assert cited(inside.matched_statements) == [
        ("PolicyInputList.1", "none"),
        ("PolicyInputList.2", "none"),
        ("PermissionsBoundaryPolicyInputList.1", "none"),
    ]
    assert outside.eval_decision == "implicitDeny"
    assert outside.HasField("permissions_boundary_decision_detail")
    assert not outside.permissions_boundary_decision_detail.allowed_by_permissions_boundary


async def test_the_boundary_of_an_entity_holds_until_another_is_given(inhabited: AsyncClient) -> None:
    boundary = await inhabited.identity.create_policy(policy_name="limit", policy_document=document(NO_DELETE))
    await inhabited.identity.put_user_permissions_boundary(user_name="alice", permissions_boundary=boundary.policy.arn)
    fields: dict[str, Any] = {
        "policy_source_arn": ALICE,
        "action_names": ["s3:GetObject", "s3:DeleteObject"],
        "resource_arns": [REPORT],
    }

    own = await inhabited.identity.simulate_principal_policy(**fields)
    other = await inhabited.identity.simulate_principal_policy(
        **fields, permissions_boundary_policy_input_list=[ALLOW_ALL]
    )

    get, delete = own.evaluation_results
    assert (get.eval_decision, delete.eval_decision) == ("implicitDeny", "explicitDeny")
    assert not get.permissions_boundary_decision_detail.allowed_by_permissions_boundary
    (specific,) = get.resource_specific_results
    assert specific.HasField("permissions_boundary_decision_detail")
    assert ("limit", "user-managed") in cited(delete.matched_statements)
    assert other.evaluation_results[0].eval_decision == "allowed"
    assert other.evaluation_results[0].permissions_boundary_decision_detail.allowed_by_permissions_boundary


async def test_a_boundary_must_hold_on_each_of_several_resources(client: AsyncClient) -> None:
    answer = await client.identity.simulate_custom_policy(
        policy_input_list=[ALLOW_ALL],
        permissions_boundary_policy_input_list=[document(READ)],
        action_names=["s3:GetObject"],
        resource_arns=[REPORT, "arn:aws:s3:::elsewhere"],
    )

    (get,) = answer.evaluation_results
    assert get.eval_decision == "implicitDeny"
    assert not get.permissions_boundary_decision_detail.allowed_by_permissions_boundary
    assert [
        each.permissions_boundary_decision_detail.allowed_by_permissions_boundary
        for each in get.resource_specific_results
    ] == [True, False]


async def test_a_policy_may_name_the_user_by_its_unique_id(inhabited: AsyncClient) -> None:
    user_id = (await inhabited.identity.get_user(user_name="alice")).user.user_id
    bucket = document({"Effect": "Allow", "Principal": {"AWS": user_id}, "Action": "s3:List*", "Resource": "*"})
    fields: dict[str, Any] = {"resource_policy": bucket, "action_names": ["s3:ListBucket"]}

    (as_source,) = (
        await inhabited.identity.simulate_principal_policy(policy_source_arn=ALICE, **fields)
    ).evaluation_results
    (as_caller,) = (
        await inhabited.identity.simulate_custom_policy(policy_input_list=[document(READ)], caller_arn=ALICE, **fields)
    ).evaluation_results

    assert (as_source.eval_decision, as_caller.eval_decision) == ("allowed", "allowed")


async def test_a_role_is_simulated_as_itself_and_with_a_resource_policy_as_a_user(client: AsyncClient) -> None:
    trust = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    role = (await client.identity.create_role(role_name="app", assume_role_policy_document=trust)).role
    await client.identity.put_role_policy(role_name="app", policy_name="read", policy_document=document(READ))
    bucket = document({"Effect": "Deny", "Principal": {"AWS": ALICE}, "Action": "s3:*", "Resource": "*"})
    fields: dict[str, Any] = {
        "policy_source_arn": role.arn,
        "action_names": ["s3:GetObject"],
        "resource_arns": [REPORT],
    }

    (alone,) = (await client.identity.simulate_principal_policy(**fields)).evaluation_results
    (as_alice,) = (
        await client.identity.simulate_principal_policy(**fields, resource_policy=bucket, caller_arn=ALICE)
    ).evaluation_results

    assert (alone.eval_decision, cited(alone.matched_statements)) == ("allowed", [("read", "role")])
    assert (as_alice.eval_decision, cited(as_alice.matched_statements)) == (
        "explicitDeny",
        [("ResourcePolicy", "resource")],
    )
    with pytest.raises(InvalidInput, match="`callerArn` is missing"):
        await client.identity.simulate_principal_policy(**fields, resource_policy=bucket)


@pytest.mark.parametrize("owner", [OTHER, f"arn:aws:iam::{OTHER}:root"])
async def test_a_resource_of_another_account_needs_both_sides(client: AsyncClient, owner: str) -> None:
    bucket = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "s3:*", "Resource": "*"}

    answer = await client.identity.simulate_custom_policy(
        policy_input_list=[document(READ)],
        resource_policy=document(bucket),
        resource_owner=owner,
        caller_arn=ALICE,
        action_names=["s3:GetObject", "s3:PutObject"],
        resource_arns=[REPORT],
    )

    get, put = answer.evaluation_results
    assert (get.eval_decision, put.eval_decision) == ("allowed", "implicitDeny")
    assert cited(get.matched_statements) == [("PolicyInputList.1", "none"), ("ResourcePolicy", "resource")]
    assert dict(put.eval_decision_details) == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    assert dict(put.resource_specific_results[0].eval_decision_details) == dict(put.eval_decision_details)


async def test_a_resource_policy_alone_grants_in_the_callers_account(client: AsyncClient) -> None:
    bucket = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "s3:Put*", "Resource": "*"}

    answer = await client.identity.simulate_custom_policy(
        policy_input_list=[document(READ)],
        resource_policy=document(bucket),
        caller_arn=ALICE,
        action_names=["s3:PutObject"],
        resource_arns=[REPORT],
    )

    (put,) = answer.evaluation_results
    assert (put.eval_decision, cited(put.matched_statements)) == ("allowed", [("ResourcePolicy", "resource")])
    assert not put.eval_decision_details


async def test_pages_follow_each_other_in_the_order_of_the_actions(client: AsyncClient) -> None:
    actions = [f"s3:Get{number}" for number in range(250)]

    pages = [
        page
        async for page in client.pages(
            client.identity.simulate_custom_policy,
            policy_input_list=[ALLOW_ALL],
            action_names=actions,
            max_items=100,
        )
    ]

    assert [len(page.evaluation_results) for page in pages] == [100, 100, 50]
    assert [each.eval_action_name for page in pages for each in page.evaluation_results] == actions


async def test_the_keys_of_a_user_and_of_documents_are_told(inhabited: AsyncClient) -> None:
    dated = document(READ | {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2015-08-16T12:00:00Z"}}})

    of_alice = await inhabited.identity.get_context_keys_for_principal_policy(
        policy_source_arn=ALICE, policy_input_list=[dated]
    )
    of_text = await inhabited.identity.get_context_keys_for_custom_policy(policy_input_list=[dated, document(HOME)])

    assert list(of_alice.context_key_names) == ["aws:username", "aws:CurrentTime"]
    assert list(of_text.context_key_names) == ["aws:CurrentTime", "aws:username"]


async def test_in_a_closed_account_a_simulation_denies_like_a_check(inhabited: AsyncClient) -> None:
    fields: dict[str, Any] = {"policy_source_arn": ALICE, "action_names": ["s3:GetObject"], "resource_arns": [REPORT]}
    (before,) = (await inhabited.identity.simulate_principal_policy(**fields)).evaluation_results
    await inhabited.identity.close_account()

    (after,) = (
        await inhabited.identity.simulate_principal_policy(**fields, policy_input_list=[ALLOW_ALL])
    ).evaluation_results
    (custom,) = (
        await inhabited.identity.simulate_custom_policy(policy_input_list=[ALLOW_ALL], action_names=["s3:GetObject"])
    ).evaluation_results

    assert before.eval_decision == "allowed"
    assert (after.eval_decision, cited(after.matched_statements)[0]) == ("explicitDeny", ("account-closed", "none"))
    assert custom.eval_decision == "allowed", "policies that are nobody's are judged as they are"
