"""An account as it was, asked over gRPC."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doorward.identity.v1 import history_pb2 as pb
from doorward.identity.v1.accounts_pb2 import ACCOUNT_STATUS_ACTIVE, ACCOUNT_STATUS_CLOSED
from doorward.identity.v1.tags_pb2 import Tag
from doorward_client import AsyncClient
from doorward_directory.snapshot import FORMAT
from doorward_eventlog.log import EventLog
from doorward_eventlog.sql import open_log
from doorward_kernel.errors import DoorwardError, InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from google.protobuf.timestamp_pb2 import Timestamp

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL, KEY, identity_service
from tests.integration.identity.histories import DENY_ALL, a_history, every


async def at(client: AsyncClient, **moment: Any) -> pb.GetAccountAtResponse:
    """All pages as one answer."""
    whole = pb.GetAccountAtResponse()
    async for page in client.pages(client.identity.get_account_at, **moment):
        whole.MergeFrom(page)
    return whole


async def test_the_account_is_shown_as_it_was_at_each_revision(client: AsyncClient, address: str) -> None:
    await a_history(client, address)
    revisions = {event.type: event.revision for event in await every(client)}

    born = await at(client, revision=revisions["AccountCreated"])
    hired = await at(client, revision=revisions["GroupPolicyAttached"])
    gone = await at(client, revision=revisions["UserDeleted"])

    assert (born.account.account_name, len(born.users), len(born.groups), len(born.policies)) == ("example", 0, 0, 0)
    assert (born.version, born.revision) == (1, revisions["AccountCreated"])
    (alice,), (admins,), (policy,) = hired.users, hired.groups, hired.policies
    assert (alice.user_name, alice.arn) == ("alice", f"arn:aws:iam::{ACCOUNT}:user/alice")
    assert list(alice.group_list) == ["admins"]
    assert [each.policy_name for each in admins.attached_managed_policies] == ["all"]
    assert (policy.attachment_count, policy.default_version_id) == (1, "v1")
    assert [each.document for each in policy.policy_version_list] == [ALLOW_ALL]
    assert (hired.version, hired.revision) == (6, revisions["GroupPolicyAttached"])
    assert (len(gone.users), len(gone.groups), gone.version) == (0, 1, 10)


async def test_a_revision_of_another_account_and_within_a_commit_is_a_moment_too(
    client: AsyncClient, address: str
) -> None:
    await a_history(client, address)
    events = {event.type: event for event in await every(client)}
    attached, renamed = events["GroupPolicyAttached"], events["UserRenamed"]
    stranger = Revision.parse(attached.revision)

    between = await at(client, revision=str(Revision("identity", stranger.epoch, attached.position + 1)))
    within = await at(client, revision=renamed.revision)
    in_time = await at(client, time=renamed.recorded_at)

    assert (between.version, between.revision) == (6, attached.revision)
    assert not renamed.commit_last
    assert [user.arn for user in within.users] == [f"arn:aws:iam::{ACCOUNT}:user/carol"]
    assert [user.arn for user in in_time.users] == [f"arn:aws:iam::{ACCOUNT}:user/alice"]  # nobody saw half of it
    assert in_time.revision == attached.revision


async def test_a_time_shows_what_was_committed_up_to_it(client: AsyncClient, address: str) -> None:
    await a_history(client, address)
    events = await every(client)

    for event in events:
        if event.commit_last:
            assert (await at(client, time=event.recorded_at)).version == event.version
    moved = next(event for event in events if event.type == "UserMoved")
    just_before = Timestamp()
    just_before.FromMicroseconds(moved.recorded_at.ToMicroseconds() - 1)
    found = await at(client, time=just_before)
    assert found.version == 6
    assert found.recorded_at == events[5].recorded_at
    now = Timestamp()
    now.FromDatetime(datetime.now(UTC))
    assert (await at(client, time=now)).version == 10


async def test_everything_that_an_account_holds_is_there_in_pages(client: AsyncClient) -> None:
    identity = client.identity
    arn = (await identity.create_policy(policy_name="Zeta", policy_document=ALLOW_ALL, description="d")).policy.arn
    await identity.create_policy_version(policy_arn=arn, policy_document=DENY_ALL, set_as_default=True)
    for name in ("b", "A", "a+b", "a.b", "c"):
        await identity.create_user(user_name=name, path="/staff/")
        await identity.create_group(group_name=name)
        await identity.add_user_to_group(group_name="a", user_name=name) if name != "b" else None
        await identity.put_user_policy(user_name=name, policy_name="own", policy_document=DENY_ALL)
        await identity.put_group_policy(group_name=name, policy_name="ours", policy_document=ALLOW_ALL)
    await identity.attach_user_policy(user_name="c", policy_arn=arn)
    revision = (await client.log.get_head()).revision

    whole = await at(client, revision=revision)
    pages = [page async for page in client.pages(identity.get_account_at, revision=revision, max_items=2)]

    assert [user.user_name for user in whole.users] == [group.group_name for group in whole.groups]
    assert [user.user_name for user in whole.users] == ["A", "a+b", "a.b", "b", "c"]
    assert [list(user.group_list) for user in whole.users] == [["A"], ["A"], ["A"], [], ["A"]]
    assert {user.user_policy_list[0].policy_document for user in whole.users} == {DENY_ALL}
    assert {group.group_policy_list[0].policy_name for group in whole.groups} == {"ours"}
    assert whole.users[4].attached_managed_policies[0].policy_arn == arn
    (zeta,) = whole.policies
    assert [(v.version_id, v.is_default_version, v.document) for v in zeta.policy_version_list] == [
        ("v1", False, ALLOW_ALL),
        ("v2", True, DENY_ALL),
    ]
    assert [len(page.users) + len(page.groups) + len(page.policies) for page in pages] == [2, 2, 2, 2, 2, 1]
    assert [user for page in pages for user in page.users] == list(whole.users)
    assert [group for page in pages for group in page.groups] == list(whole.groups)
    assert [policy for page in pages for policy in page.policies] == list(whole.policies)


async def test_a_role_is_shown_with_whom_it_trusted_then_and_with_its_boundary(client: AsyncClient) -> None:
    identity = client.identity
    trusting = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )
    alice = (await identity.create_user(user_name="alice")).user
    arn = (await identity.create_policy(policy_name="most", policy_document=ALLOW_ALL)).policy.arn
    created = await identity.create_role(
        role_name="deploy",
        assume_role_policy_document=trusting,
        description="d",
        max_session_duration=7200,
        permissions_boundary=arn,
    )
    await identity.put_role_policy(role_name="deploy", policy_name="own", policy_document=DENY_ALL)
    renamed = await identity.update_user(user_name="alice", new_user_name="carol")
    deleted = await identity.delete_user(user_name="carol")

    (then,) = (await at(client, revision=created.revision)).roles
    (later,) = (await at(client, revision=renamed.revision)).roles
    (now,) = (await at(client, revision=deleted.revision)).roles
    (most,) = (await at(client, revision=deleted.revision)).policies

    assert f'"arn:aws:iam::{ACCOUNT}:user/alice"' in then.assume_role_policy_document
    assert f'"arn:aws:iam::{ACCOUNT}:user/carol"' in later.assume_role_policy_document
    assert f'"{alice.user_id}"' in now.assume_role_policy_document
    role = (await identity.get_role(role_name="deploy")).role
    assert now.assume_role_policy_document == role.assume_role_policy_document
    assert (now.description, now.max_session_duration, now.arn) == ("d", 7200, role.arn)
    assert now.permissions_boundary == role.permissions_boundary
    assert [each.policy_name for each in now.role_policy_list] == ["own"]
    assert (most.permissions_boundary_usage_count, most.attachment_count) == (1, 0)
    assert [event.type for event in await every(client, entity=alice.user_id)][1] == "RoleCreated"  # it trusts alice


async def test_tags_quotas_policies_of_aws_and_of_resources_are_there_and_when_it_was_closed(
    client: AsyncClient,
) -> None:
    identity = client.identity
    aws, bucket = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:s3:::reports"
    alice = (await identity.create_user(user_name="alice", tags=[Tag(key="team", value="a")])).user
    await identity.attach_user_policy(user_name="alice", policy_arn=aws)
    document = json.loads(ALLOW_ALL)
    document["Statement"][0] |= {"Principal": {"AWS": alice.arn}, "Resource": bucket}
    await identity.put_resource_policy(resource_arn=bucket, policy_document=json.dumps(document))
    opened = await identity.put_account_quota(quota_name="UsersPerAccount", value=7)
    closed = await identity.close_account()

    then, now = await at(client, revision=opened.revision), await at(client, revision=closed.revision)

    assert [(tag.key, tag.value) for tag in then.users[0].tags] == [("team", "a")]
    assert [each.policy_arn for each in then.users[0].attached_managed_policies] == [aws]
    (policy,) = then.policies
    assert (policy.arn, policy.is_attachable, policy.HasField("create_date")) == (aws, True, False)
    (resource,) = then.resource_policies
    assert resource.resource_arn == bucket
    assert alice.arn in resource.policy_document
    assert dict(then.own_quotas) == {"UsersPerAccount": 7}
    assert (then.HasField("close_date"), now.HasField("close_date")) == (False, True)
    assert (then.account.status, now.account.status) == (ACCOUNT_STATUS_ACTIVE, ACCOUNT_STATUS_CLOSED)
    pages = [page async for page in client.pages(identity.get_account_at, revision=opened.revision, max_items=1)]
    assert [len(page.resource_policies) for page in pages] == [0, 0, 1]
    assert [event.type for event in await every(client, entity=bucket)] == ["ResourcePolicyPut"]
    assert [event.type for event in await every(client, entity=aws)] == ["AwsPolicyAdopted", "UserPolicyAttached"]


async def test_a_user_whose_policies_are_larger_than_a_message_comes_in_pieces(client: AsyncClient) -> None:
    await client.identity.create_user(user_name="alice")
    await client.identity.create_user(user_name="bob")
    large = ALLOW_ALL + " " * 130_000
    for number in range(22):
        await client.identity.put_user_policy(user_name="alice", policy_name=f"p{number:02d}", policy_document=large)
    revision = (await client.log.get_head()).revision

    pages = [page async for page in client.pages(client.identity.get_account_at, revision=revision)]

    policies = [each.policy_name for page in pages for user in page.users for each in user.user_policy_list]
    assert policies == [f"p{number:02d}" for number in range(22)]
    assert [user.user_name for page in pages for user in page.users][-1] == "bob"
    assert all(page.ByteSize() < 2 * 1024 * 1024 for page in pages)
    assert len(pages) > 2


async def test_pages_of_a_moment_stay_of_it_while_the_account_changes(client: AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await client.identity.create_user(user_name=name)
    now = Timestamp()
    now.FromDatetime(datetime.now(UTC))
    first = await client.identity.get_account_at(time=now, max_items=1)

    await client.identity.delete_user(user_name="b")
    second = await client.identity.get_account_at(time=now, max_items=5, marker=first.marker)

    assert [user.user_name for user in second.users] == ["b", "c"]
    assert second.revision == first.revision


@pytest.mark.parametrize(
    ("revision", "error", "told"),
    [
        ("gibberish", InvalidInput, "is not a revision"),
        ("", InvalidInput, "is not a revision"),
        ("credential.{epoch}.1", InvalidInput, "not of the identity log"),
        ("identity.00000000.1", InvalidInput, "another epoch"),
        ("identity.{epoch}.4", NoSuchEntity, "there is no revision `identity.{epoch}.4` yet"),
        ("identity.{epoch}.9223372036854775807", NoSuchEntity, "yet"),
        ("identity.{epoch}.9999999999999999999", NoSuchEntity, "yet"),
        ("identity.{epoch}.0", NoSuchEntity, "it was created at `identity.{epoch}.3`"),
    ],
)
async def test_a_revision_that_is_no_moment_of_the_account_is_refused(
    client: AsyncClient, revision: str, error: type[DoorwardError], told: str
) -> None:
    epoch = Revision.parse((await client.log.get_head()).revision).epoch

    with pytest.raises(error) as refused:
        await client.identity.get_account_at(revision=revision.format(epoch=epoch))

    assert told.format(epoch=epoch) in refused.value.message


async def test_a_time_that_is_no_moment_of_the_account_is_refused(client: AsyncClient) -> None:
    head = (await client.log.get_head()).revision
    tomorrow = Timestamp()
    tomorrow.FromDatetime(datetime.now(UTC) + timedelta(days=1))

    with pytest.raises(NoSuchEntity, match="not come yet"):
        await client.identity.get_account_at(time=tomorrow)
    with pytest.raises(NoSuchEntity, match="was not there at `1970-01-01T00:00:05Z`"):
        await client.identity.get_account_at(time=Timestamp(seconds=5))
    with pytest.raises(NoSuchEntity, match="was not there at"):
        await client.identity.get_account_at(time=Timestamp(seconds=-62135596800))
    with pytest.raises(InvalidInput, match="`time`"):
        await client.identity.get_account_at(time=Timestamp(seconds=-62135596801))
    with pytest.raises(InvalidInput, match="no moment"):
        await client.identity.get_account_at()
    with pytest.raises(InvalidInput, match="`marker`"):
        await client.identity.get_account_at(revision=head, marker="MVtd")
    with pytest.raises(InvalidInput, match="`maxItems`"):
        await client.identity.get_account_at(revision=head, max_items=1001)


async def test_reading_the_past_changes_nothing(client: AsyncClient, address: str, log: EventLog) -> None:
    await a_history(client, address)
    before, users = await log.head(), await client.identity.list_users()
    snapshots = await log.load_snapshot(AccountId(ACCOUNT), FORMAT)

    for event in await every(client, entity="alice"):
        await at(client, revision=event.revision)

    assert await log.head() == before
    assert await client.identity.list_users() == users
    assert await log.load_snapshot(ACCOUNT, 1) == snapshots  # type: ignore[arg-type]


async def test_other_calls_go_on_while_a_long_past_is_folded(tmp_path: Path) -> None:
    async with (
        open_log(f"sqlite:///{tmp_path}/identity.db", "identity") as log,
        identity_service(log) as address,
        AsyncClient(identity=address, service_key=KEY, account=ACCOUNT, deadline=60) as client,
    ):
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        await client.identity.create_user(user_name="alice")
        revisions = [
            (await client.identity.update_user(user_name="alice", new_path=f"/{number}/")).revision
            for number in range(1200)
        ]

        past = asyncio.create_task(at(client, revision=revisions[-2]))
        answered = 0
        while not past.done():
            await client.identity.get_user(user_name="alice")
            answered += 1
        found = await past

    assert found.users[0].path == "/1198/"
    assert answered > 1
