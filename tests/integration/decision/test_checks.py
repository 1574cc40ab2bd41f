"""Checks, from a write over gRPC to the decision over gRPC, through the log, NATS and the fold."""

import json

import pytest
from doorward.identity.v1.tags_pb2 import Tag
from doorward_client import Effect
from doorward_kernel.errors import (
    DeadlineExceeded,
    DoorwardError,
    InvalidInput,
    NoSuchEntity,
    RevisionNotReached,
    Unauthenticated,
)
from doorward_kernel.revision import Revision

from tests.integration.decision.conftest import ALICE, REPORT, World
from tests.integration.identity.conftest import ACCOUNT
from tests.unit.directory.world import sharing


def document(
    effect: str = "Allow", action: str = "documents:Read", resource: str = "*", condition: object = None
) -> str:
    statement: dict[str, object] = {"Effect": effect, "Action": action, "Resource": resource}
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


async def put(world: World, text: str, name: str = "p") -> str:
    written = await world.client.identity.put_user_policy(user_name="alice", policy_name=name, policy_document=text)
    return str(written.revision)


async def test_an_attachment_changes_the_next_check_that_names_its_revision(world: World) -> None:
    identity = world.client.identity
    policy = await identity.create_policy(policy_name="read", policy_document=document())
    before = await world.client.check(ALICE, "documents:Read", REPORT, at_least=policy.revision)

    attached = await identity.attach_user_policy(user_name="alice", policy_arn=policy.policy.arn)
    after = await world.client.check(ALICE, "documents:Read", REPORT, at_least=attached.revision)

    assert (before.effect, after.effect) == (Effect.IMPLICIT_DENY, Effect.ALLOW)
    assert after.revisions == (attached.revision,)
    assert after.staleness_seconds < 5


async def test_policies_of_groups_count_until_the_user_leaves(world: World) -> None:
    identity = world.client.identity
    await identity.create_group(group_name="readers")
    await identity.put_group_policy(group_name="readers", policy_name="p", policy_document=document())
    assert not await world.allowed()

    await identity.add_user_to_group(group_name="readers", user_name="alice")
    assert await world.allowed()

    await identity.remove_user_from_group(group_name="readers", user_name="alice")
    assert not await world.allowed()


async def test_a_permissions_boundary_limits_a_user_at_once_until_it_is_gone(world: World) -> None:
    identity = world.client.identity
    await put(world, document(action="documents:*"))
    arn = (await identity.create_policy(policy_name="most", policy_document=document())).policy.arn
    assert await world.allowed("documents:Write")

    await identity.put_user_permissions_boundary(user_name="alice", permissions_boundary=arn)
    assert await world.allowed("documents:Read")
    assert not await world.allowed("documents:Write")

    await identity.create_policy_version(
        policy_arn=arn, policy_document=document(action="documents:Write"), set_as_default=True
    )
    assert not await world.allowed("documents:Read")
    assert await world.allowed("documents:Write")

    await identity.delete_user_permissions_boundary(user_name="alice")
    assert await world.allowed("documents:Read")


async def test_conditions_see_the_tags_of_a_user_at_once(world: World) -> None:
    team = {"StringEquals": {"aws:PrincipalTag/Team": "data"}}
    await put(world, document(condition=team))
    assert not await world.allowed()
    assert not await world.allowed(context={"aws:PrincipalTag/Team": "data"})

    await world.client.identity.tag_user(user_name="alice", tags=[Tag(key="TEAM", value="data")])
    assert await world.allowed()

    await world.client.identity.untag_user(user_name="alice", tag_keys=["team"])
    assert not await world.allowed()


async def test_in_a_closed_account_everybody_is_denied_from_then_on(world: World) -> None:
    await put(world, document(action="*"))
    assert await world.allowed()

    closed = await world.client.identity.close_account()

    after = await world.client.check(ALICE, "documents:Read", REPORT, at_least=closed.revision)
    assert after.effect is Effect.EXPLICIT_DENY


async def test_the_policy_of_a_resource_grants_and_forbids(world: World) -> None:
    identity = world.client.identity
    bucket, key = "arn:aws:s3:::reports", "arn:aws:s3:::reports/2026/q3.pdf"
    assert not await world.allowed("s3:GetObject", key)

    await identity.put_resource_policy(resource_arn=bucket, policy_document=sharing(ALICE))
    assert await world.allowed("s3:GetObject", key)
    assert not await world.allowed("s3:PutObject", key)
    assert not await world.allowed("s3:GetObject", "arn:aws:s3:::reports-2/x")

    await put(world, document(action="s3:*"))
    await identity.put_resource_policy(
        resource_arn=bucket, policy_document=sharing("*", effect="Deny", action="s3:PutObject")
    )
    denied = await world.client.check(ALICE, "s3:PutObject", key, latest=True)
    assert denied.effect is Effect.EXPLICIT_DENY
    assert await world.allowed("s3:PutObject", "arn:aws:s3:::reports-2/x")

    await identity.delete_resource_policy(resource_arn=bucket)
    assert await world.allowed("s3:PutObject", key)


async def test_a_user_made_again_is_not_whom_a_resource_policy_means(world: World) -> None:
    identity = world.client.identity
    key = "arn:aws:s3:::reports/x"
    await identity.put_resource_policy(resource_arn="arn:aws:s3:::reports", policy_document=sharing(ALICE))
    assert await world.allowed("s3:GetObject", key)

    await identity.delete_user(user_name="alice")
    await identity.create_user(user_name="alice")

    assert not await world.allowed("s3:GetObject", key)


async def test_an_explicit_deny_wins_wherever_it_stands(world: World) -> None:
    await put(world, document(action="*"))
    await world.client.identity.create_group(group_name="restricted")
    await world.client.identity.put_group_policy(
        group_name="restricted", policy_name="p", policy_document=document("Deny", "documents:Delete")
    )
    await world.client.identity.add_user_to_group(group_name="restricted", user_name="alice")

    denied = await world.client.check(ALICE, "documents:Delete", REPORT, latest=True)

    assert denied.effect is Effect.EXPLICIT_DENY
    assert await world.allowed("documents:Write")


async def test_another_default_version_is_in_force_at_once(world: World) -> None:
    identity = world.client.identity
    arn = (await identity.create_policy(policy_name="read", policy_document=document())).policy.arn
    await identity.attach_user_policy(user_name="alice", policy_arn=arn)
    assert await world.allowed()

    await identity.create_policy_version(policy_arn=arn, policy_document=document("Deny"), set_as_default=True)
    assert not await world.allowed()

    await identity.set_default_policy_version(policy_arn=arn, version_id="v1")
    assert await world.allowed()


async def test_a_renamed_user_is_another_principal(world: World) -> None:
    await put(world, document())
    assert await world.allowed()

    await world.client.identity.update_user(user_name="alice", new_user_name="alicia")

    with pytest.raises(NoSuchEntity):
        await world.allowed()
    assert (await world.client.check(f"arn:aws:iam::{ACCOUNT}:user/alicia", "documents:Read", REPORT)).allowed


async def test_conditions_see_the_context_and_who_asks(world: World) -> None:
    await put(
        world,
        document(
            condition={
                "StringEquals": {"aws:username": "alice"},
                "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                "ForAnyValue:StringEquals": {"documents:Labels": ["public"]},
            }
        ),
    )
    context = {"AWS:SourceIP": "10.1.2.3", "documents:labels": ["internal", "public"]}

    assert await world.allowed(context=context)
    assert not await world.allowed(context={**context, "AWS:SourceIP": "11.1.2.3"})
    assert not await world.allowed(context={**context, "documents:labels": ["internal"]})
    assert not await world.allowed()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:username", "root"),
        ("AWS:UserName", "root"),
        ("aws:PrincipalArn", "arn:aws:iam::999999999999:user/root"),
        ("aws:PrincipalTag/team", "admins"),
        ("aws:MultiFactorAuthPresent", "true"),
        ("aws:CurrentTime", "1999-01-01T00:00:00Z"),
        ("aws:TokenIssueTime", "1999-01-01T00:00:00Z"),
        ("aws:SourceIdentity", "root"),
        ("aws:FederatedProvider", "accounts.google.com"),
        ("aws:ResourceAccount", ACCOUNT),
    ],
)
async def test_a_caller_cannot_say_who_the_principal_is(world: World, key: str, value: str) -> None:
    await put(world, document(condition={"StringLike": {key: value}}))

    assert not await world.allowed(context={key: value})


async def test_the_server_knows_the_time(world: World) -> None:
    await put(world, document(condition={"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}))

    assert await world.allowed()


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (("x", "documents:Read", REPORT), InvalidInput),
        (("", "documents:Read", REPORT), InvalidInput),
        ((f"arn:aws:iam::{ACCOUNT}:group/g", "documents:Read", REPORT), InvalidInput),
        ((f"arn:aws:iam::{ACCOUNT}:role/r", "documents:Read", REPORT), NoSuchEntity),
        ((f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", "documents:Read", REPORT), NoSuchEntity),
        (("arn:aws:iam::12:user/alice", "documents:Read", REPORT), InvalidInput),
        ((f"arn:aws:iam::{ACCOUNT}:user/nobody", "documents:Read", REPORT), NoSuchEntity),
        ((f"arn:aws:iam::{ACCOUNT}:user/Alice", "documents:Read", REPORT), NoSuchEntity),
        (("arn:aws:iam::999999999999:user/alice", "documents:Read", REPORT), NoSuchEntity),
        ((ALICE, "", REPORT), InvalidInput),
        ((ALICE, "Read", REPORT), InvalidInput),
        ((ALICE, "documents:Re*d", REPORT), InvalidInput),
        ((ALICE, "documents:Read", ""), InvalidInput),
        ((ALICE, "documents:Read", "reports"), InvalidInput),
        ((ALICE, "documents:Read", "arn:aws:documents:::" + "x" * 3000), InvalidInput),
    ],
)
async def test_a_question_that_cannot_be_answered_is_an_error_not_a_deny(
    world: World, question: tuple[str, str, str], error: type[DoorwardError]
) -> None:
    with pytest.raises(error):
        await world.client.check(*question, latest=True)


@pytest.mark.parametrize(
    "context",
    [
        {f"k{number}": "v" for number in range(65)},
        {"k": "x" * 3000},
        {"k": ["x" * 5000, "y" * 5000]},
        {"k": [""] * 257},
        {f"k{number}": [""] * 10 for number in range(30)},
        {"app:team": "a", "App:Team": "b"},
        {"app:team": "a", "App:Team": ["b"]},
    ],
    ids=["many", "long", "long together", "many values", "many values together", "twice", "twice in two ways"],
)
async def test_a_context_out_of_bounds_is_refused(world: World, context: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        await world.allowed(context=context)


@pytest.mark.parametrize("revision", ["", "x", "identity.1", "credential.00000000.1"])
async def test_a_revision_that_is_none_is_refused(world: World, revision: str) -> None:
    with pytest.raises(InvalidInput):
        await world.client.check(ALICE, "documents:Read", REPORT, at_least=[revision])


async def test_a_revision_that_is_not_reached_is_an_error_not_a_stale_answer(world: World) -> None:
    head = Revision.parse((await world.client.log.get_head()).revision)
    ahead = Revision(head.log, head.epoch, head.position + 1)
    other = Revision(head.log, "00000000", 1)

    with pytest.raises(RevisionNotReached, match=str(ahead)):
        await world.client.check(ALICE, "documents:Read", REPORT, at_least=str(ahead))
    with pytest.raises(RevisionNotReached):
        await world.client.check(ALICE, "documents:Read", REPORT, at_least=str(other))


async def test_more_revisions_than_there_are_logs_are_refused(world: World) -> None:
    revision = (await world.client.log.get_head()).revision

    with pytest.raises(InvalidInput, match="at most"):
        await world.client.check(ALICE, "documents:Read", REPORT, at_least=[revision] * 9)


async def test_the_callers_deadline_holds_while_a_check_waits(world: World) -> None:
    head = Revision.parse((await world.client.log.get_head()).revision)
    ahead = str(Revision(head.log, head.epoch, head.position + 1))

    with pytest.raises(DeadlineExceeded):
        await world.client.with_options(deadline=0.3).check(ALICE, "documents:Read", REPORT, at_least=ahead)


async def test_an_account_that_was_not_there_is_found_once_it_is(world: World) -> None:
    bob = "arn:aws:iam::222222222222:user/bob"
    for _ in range(2):
        with pytest.raises(NoSuchEntity, match="there is no account"):
            await world.client.check(bob, "documents:Read", REPORT)

    created = await world.client.identity.create_account(account_name="other", account_id="222222222222")

    with pytest.raises(NoSuchEntity, match="user"):
        await world.client.check(bob, "documents:Read", REPORT, at_least=created.revision)


async def test_without_the_key_nothing_is_decided(world: World) -> None:
    with pytest.raises(Unauthenticated):
        await world.client.with_options(service_key="x" * 40).check(ALICE, "documents:Read", REPORT)
