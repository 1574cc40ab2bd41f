"""AWS's managed policies over gRPC: listed, read, attached, and changed by nobody."""

import json
from typing import Any

import pytest
from doorward.identity.v1.policies_pb2 import Policy
from doorward_client import AsyncClient
from doorward_directory.attachments import UserPolicyAttached
from doorward_directory.aws_policies import AwsPolicyAdopted
from doorward_directory.codec import encode
from doorward_directory.shipped import aws_policy_id
from doorward_eventlog.log import EventLog
from doorward_kernel.errors import AccessDenied, DoorwardError, InvalidInput, NoSuchEntity, PolicyNotAttachable
from doorward_kernel.ids import AccountId, UniqueId

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
BILLING = "arn:aws:iam::aws:policy/job-function/Billing"
SERVICE_LINKED = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
SHIPPED = 1485


async def all_policies(client: AsyncClient, **how: Any) -> list[Policy]:
    found: list[Policy] = []
    marker = ""
    while True:
        page = await client.identity.list_policies(marker=marker, max_items=400, **how)
        found += page.policies
        assert page.is_truncated == bool(page.marker)
        if not page.is_truncated:
            return found
        assert len(page.policies) == 400
        marker = page.marker


async def test_every_account_sees_them_as_aws_shows_them(client: AsyncClient) -> None:
    policy = (await client.identity.get_policy(policy_arn=BILLING)).policy
    version = policy.default_version_id
    found = (await client.identity.get_policy_version(policy_arn=BILLING, version_id=version)).policy_version
    versions = (await client.identity.list_policy_versions(policy_arn=BILLING)).versions

    assert (policy.policy_name, policy.path, policy.arn) == ("Billing", "/job-function/", BILLING)
    assert policy.policy_id.startswith("ANPA")
    assert policy.is_attachable
    assert (policy.attachment_count, policy.permissions_boundary_usage_count) == (0, 0)
    assert not policy.HasField("create_date")
    assert not (await client.identity.list_policy_tags(policy_arn=BILLING)).tags
    assert json.loads(found.document)["Version"] == "2012-10-17"
    assert found.is_default_version
    assert [(each.version_id, each.is_default_version, each.document) for each in versions] == [(version, True, "")]
    for version_id, error in (("v99999", NoSuchEntity), ("9", InvalidInput)):
        with pytest.raises(error):
            await client.identity.get_policy_version(policy_arn=BILLING, version_id=version_id)
    with pytest.raises(NoSuchEntity):
        await client.identity.get_policy(policy_arn="arn:aws:iam::aws:policy/Billing")


async def test_lists_show_own_policies_and_those_of_aws_s_in_one_order(client: AsyncClient) -> None:
    for name in ("zebra", "AdministratorAccess", "administratorAccess2"):
        await client.identity.create_policy(policy_name=name, policy_document=ALLOW_ALL)

    everything = await all_policies(client)

    arns = [policy.arn for policy in everything]
    assert len(arns) == len(set(arns)) == SHIPPED + 3
    assert [policy.policy_name.lower() for policy in everything] == sorted(
        policy.policy_name.lower() for policy in everything
    )
    place = arns.index(ADMIN)
    assert arns[place - 1] == f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"
    assert {policy.arn.split(":")[4] for policy in await all_policies(client, scope="AWS")} == {"aws"}
    assert len(await all_policies(client, scope="AWS")) == SHIPPED
    assert len(await all_policies(client, scope="All")) == SHIPPED + 3
    assert [policy.policy_name for policy in await all_policies(client, scope="Local")] == [
        "AdministratorAccess",
        "administratorAccess2",
        "zebra",
    ]
    jobs = await all_policies(client, path_prefix="/job-function/")
    assert len(jobs) == 8
    assert {policy.path for policy in jobs} == {"/job-function/"}


async def test_lists_show_what_is_in_use(client: AsyncClient) -> None:
    identity = client.identity
    await identity.create_user(user_name="alice")
    own = (await identity.create_policy(policy_name="own", policy_document=ALLOW_ALL)).policy.arn
    for arn in (own, ADMIN):
        await identity.attach_user_policy(user_name="alice", policy_arn=arn)

    for how, expected in (
        ({"only_attached": True}, [ADMIN, own]),
        ({"only_attached": True, "scope": "AWS"}, [ADMIN]),
        ({"only_attached": True, "scope": "Local"}, [own]),
        ({"policy_usage_filter": "PermissionsPolicy"}, [ADMIN, own]),
        ({"policy_usage_filter": "PermissionsBoundary"}, []),
        ({"only_attached": True, "path_prefix": "/job-function/"}, []),
    ):
        assert [policy.arn for policy in await all_policies(client, **how)] == expected


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"scope": "aws"}, "Value 'aws' at 'scope'"),
        ({"policy_usage_filter": "Boundary"}, "Value 'Boundary' at 'policyUsageFilter'"),
        ({"max_items": 1001}, "`maxItems` is 1001"),
        ({"marker": "?"}, "`marker`"),
    ],
)
async def test_a_list_that_is_asked_for_wrongly_says_what_is_wrong(
    client: AsyncClient, how: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput, match=field):
        await client.identity.list_policies(**how)


@pytest.mark.parametrize("kind", ["user", "group"])
async def test_they_are_attached_listed_and_detached_like_others(client: AsyncClient, kind: str) -> None:
    identity = client.identity
    name = {f"{kind}_name": "subject"}
    await getattr(identity, f"create_{kind}")(**name)

    first = await getattr(identity, f"attach_{kind}_policy")(**name, policy_arn=BILLING)
    again = await getattr(identity, f"attach_{kind}_policy")(**name, policy_arn=BILLING)

    assert first.revision == again.revision
    attached = await getattr(identity, f"list_attached_{kind}_policies")(**name, path_prefix="/job-function/")
    assert [(each.policy_name, each.policy_arn) for each in attached.attached_policies] == [("Billing", BILLING)]
    assert (await identity.get_policy(policy_arn=BILLING)).policy.attachment_count == 1

    await getattr(identity, f"detach_{kind}_policy")(**name, policy_arn=BILLING)

    assert (await identity.get_policy(policy_arn=BILLING)).policy.attachment_count == 0
    with pytest.raises(NoSuchEntity, match=f"^Policy {BILLING} was not found."):
        await getattr(identity, f"detach_{kind}_policy")(**name, policy_arn=BILLING)
    with pytest.raises(PolicyNotAttachable, match=r"^Cannot attach a Service Role Policy to a Customer"):
        await getattr(identity, f"attach_{kind}_policy")(**name, policy_arn=SERVICE_LINKED)


async def test_two_policies_of_one_name_are_paged_apart(client: AsyncClient) -> None:
    identity = client.identity
    await identity.create_user(user_name="alice")
    own = (await identity.create_policy(policy_name="AdministratorAccess", policy_document=ALLOW_ALL)).policy.arn
    for arn in (ADMIN, own):
        await identity.attach_user_policy(user_name="alice", policy_arn=arn)

    first = await identity.list_attached_user_policies(user_name="alice", max_items=1)
    second = await identity.list_attached_user_policies(user_name="alice", max_items=1, marker=first.marker)

    assert [each.policy_arn for each in (*first.attached_policies, *second.attached_policies)] == [own, ADMIN]
    assert not second.is_truncated


async def test_nobody_may_change_them(client: AsyncClient) -> None:
    identity = client.identity
    for call, fields in (
        (identity.create_policy_version, {"policy_document": ALLOW_ALL, "set_as_default": True}),
        (identity.set_default_policy_version, {"version_id": "v1"}),
        (identity.delete_policy_version, {"version_id": "v1"}),
        (identity.delete_policy, {}),
        (identity.tag_policy, {"tags": [{"key": "team", "value": "blue"}]}),
        (identity.untag_policy, {"tag_keys": ["team"]}),
    ):
        with pytest.raises(AccessDenied, match=f"not authorized to perform: iam:.* on resource: policy {ADMIN}"):
            await call(policy_arn=ADMIN, **fields)


async def test_a_newer_version_is_shown_and_comes_into_force_when_somebody_says_so(
    client: AsyncClient, log: EventLog
) -> None:
    identity = client.identity
    user_id = (await identity.create_user(user_name="alice")).user.user_id
    old = AwsPolicyAdopted(
        policy_id=aws_policy_id(BILLING), name="Billing", path="/job-function/", version=1, document=ALLOW_ALL
    )
    attached = UserPolicyAttached(user_id=UniqueId(user_id), policy_id=old.policy_id)
    await log.append(AccountId(ACCOUNT), 2, [encode(old), encode(attached)], metadata=b"{}")
    before = (await identity.get_policy(policy_arn=BILLING)).policy
    newest, oldest = (await identity.list_policy_versions(policy_arn=BILLING)).versions
    text = (await identity.get_policy_version(policy_arn=BILLING, version_id="v1")).policy_version.document

    await identity.update_aws_managed_policies()

    after = (await identity.get_policy(policy_arn=BILLING)).policy
    assert (before.default_version_id, oldest.version_id, text) == ("v1", "v1", ALLOW_ALL)
    assert after.default_version_id == newest.version_id != "v1"
    assert (newest.is_default_version, oldest.is_default_version) == (False, True)
    once = await identity.update_aws_managed_policies(policy_arns=[BILLING])
    assert once.revision == (await identity.update_aws_managed_policies()).revision
    for arns, error in (([ADMIN[:-1]], NoSuchEntity), (["x"], InvalidInput), ([ADMIN] * 1001, InvalidInput)):
        with pytest.raises(DoorwardError) as refused:
            await identity.update_aws_managed_policies(policy_arns=arns)
        assert type(refused.value) is error
