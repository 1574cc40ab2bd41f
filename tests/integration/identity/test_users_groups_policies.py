"""What the identity service does, asked over gRPC."""

import asyncio
import json
from typing import Any

import pytest
from doorward_client import AsyncClient
from doorward_kernel.errors import (
    DeleteConflict,
    DoorwardError,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    MalformedPolicyDocument,
    NoSuchEntity,
    Unauthenticated,
)
from doorward_kernel.revision import Revision

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL, KEY

DENY_ALL = ALLOW_ALL.replace("Allow", "Deny")


async def test_a_user_lives_from_its_creation_to_its_deletion(client: AsyncClient) -> None:
    created = (await client.identity.create_user(user_name="alice", path="/staff/")).user

    assert created.arn == f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
    assert created.user_id.startswith("AIDA")
    assert (await client.identity.get_user(user_name="ALICE")).user == created

    await client.identity.update_user(user_name="alice", new_user_name="Alicia", new_path="/")

    renamed = (await client.identity.get_user(user_name="alicia")).user
    assert (renamed.user_name, renamed.path, renamed.user_id) == ("Alicia", "/", created.user_id)

    await client.identity.delete_user(user_name="alicia")

    with pytest.raises(NoSuchEntity, match="The user with name alicia cannot be found"):
        await client.identity.get_user(user_name="alicia")


async def test_a_group_lives_with_its_members(client: AsyncClient) -> None:
    await client.identity.create_user(user_name="alice")
    group = (await client.identity.create_group(group_name="developers")).group
    await client.identity.add_user_to_group(group_name="developers", user_name="alice")

    found = await client.identity.get_group(group_name="Developers")

    assert found.group == group
    assert [user.user_name for user in found.users] == ["alice"]
    assert [each.arn for each in (await client.identity.list_groups_for_user(user_name="alice")).groups] == [group.arn]

    with pytest.raises(DeleteConflict):
        await client.identity.delete_group(group_name="developers")
    with pytest.raises(DeleteConflict):
        await client.identity.delete_user(user_name="alice")

    await client.identity.remove_user_from_group(group_name="developers", user_name="alice")
    await client.identity.update_group(group_name="developers", new_group_name="engineers", new_path="/x/")
    await client.identity.delete_group(group_name="engineers")

    assert not (await client.identity.list_groups()).groups


async def test_a_managed_policy_lives_through_its_versions(client: AsyncClient) -> None:
    policy = (await client.identity.create_policy(policy_name="all", policy_document=ALLOW_ALL, description="d")).policy
    second = await client.identity.create_policy_version(policy_arn=policy.arn, policy_document=DENY_ALL)
    await client.identity.set_default_policy_version(policy_arn=policy.arn, version_id="v2")

    versions = (await client.identity.list_policy_versions(policy_arn=policy.arn)).versions

    assert second.policy_version.version_id == "v2"
    assert [(each.version_id, each.is_default_version, each.document) for each in versions] == [
        ("v2", True, ""),
        ("v1", False, ""),
    ]
    found = await client.identity.get_policy_version(policy_arn=policy.arn, version_id="v2")
    assert json.loads(found.policy_version.document) == json.loads(DENY_ALL)

    with pytest.raises(DeleteConflict):
        await client.identity.delete_policy_version(policy_arn=policy.arn, version_id="v2")
    with pytest.raises(DeleteConflict):
        await client.identity.delete_policy(policy_arn=policy.arn)

    await client.identity.delete_policy_version(policy_arn=policy.arn, version_id="v1")
    await client.identity.delete_policy(policy_arn=policy.arn)

    with pytest.raises(NoSuchEntity):
        await client.identity.get_policy(policy_arn=policy.arn)


@pytest.mark.parametrize("kind", ["user", "group"])
async def test_policies_are_attached_put_listed_and_taken_away(client: AsyncClient, kind: str) -> None:
    identity = client.identity
    name = {f"{kind}_name": "subject"}
    await getattr(identity, f"create_{kind}")(**name)
    arn = (await identity.create_policy(policy_name="all", path="/p/", policy_document=ALLOW_ALL)).policy.arn

    await getattr(identity, f"attach_{kind}_policy")(**name, policy_arn=arn)
    await getattr(identity, f"put_{kind}_policy")(**name, policy_name="inline", policy_document=DENY_ALL)

    attached = await getattr(identity, f"list_attached_{kind}_policies")(**name, path_prefix="/p/")
    assert [(each.policy_name, each.policy_arn) for each in attached.attached_policies] == [("all", arn)]
    assert (await getattr(identity, f"list_{kind}_policies")(**name)).policy_names == ["inline"]
    assert (await getattr(identity, f"get_{kind}_policy")(**name, policy_name="inline")).policy_document == DENY_ALL
    assert (await identity.get_policy(policy_arn=arn)).policy.attachment_count == 1
    assert [each.arn for each in (await identity.list_policies(only_attached=True)).policies] == [arn]
    with pytest.raises(DeleteConflict):
        await identity.delete_policy(policy_arn=arn)

    await getattr(identity, f"detach_{kind}_policy")(**name, policy_arn=arn)
    await getattr(identity, f"delete_{kind}_policy")(**name, policy_name="inline")
    await getattr(identity, f"delete_{kind}")(**name)

    assert not (await identity.list_policies(only_attached=True)).policies


async def test_a_write_whose_effect_is_there_returns_the_revision_at_which_it_was(client: AsyncClient) -> None:
    await client.identity.create_user(user_name="alice")
    arn = (await client.identity.create_policy(policy_name="all", policy_document=ALLOW_ALL)).policy.arn

    first = await client.identity.attach_user_policy(user_name="alice", policy_arn=arn)
    again = await client.identity.attach_user_policy(user_name="alice", policy_arn=arn)

    assert again.revision == first.revision
    assert Revision.parse(first.revision).position == Revision.parse((await client.log.get_head()).revision).position


async def test_lists_are_sorted_ignoring_case_and_paged_without_loss(client: AsyncClient) -> None:
    names = ["b", "A", "c", "D", "e", "F", "g"]
    for name in names:
        await client.identity.create_user(user_name=name, path="/x/" if name == "c" else "/")

    pages = [page async for page in client.pages(client.identity.list_users, max_items=3)]

    assert [len(page.users) for page in pages] == [3, 3, 1]
    assert [user.user_name for page in pages for user in page.users] == sorted(names, key=str.lower)
    assert [user.user_name for user in (await client.identity.list_users(path_prefix="/x/")).users] == ["c"]


@pytest.mark.parametrize("bad", [{"max_items": -1}, {"max_items": 1001}, {"marker": "x"}, {"marker": "é" * 900}])
async def test_a_page_that_cannot_be_is_refused(client: AsyncClient, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await client.identity.list_users(**bad)


@pytest.mark.parametrize(
    ("method", "request_fields", "error"),
    [
        ("create_user", {"user_name": ""}, InvalidInput),
        ("create_user", {"user_name": "a b"}, InvalidInput),
        ("create_user", {"user_name": "x" * 65}, InvalidInput),
        ("create_user", {"user_name": "bob", "path": "no-slashes"}, InvalidInput),
        ("create_user", {"user_name": "ALICE"}, EntityAlreadyExists),
        ("get_user", {"user_name": "nobody"}, NoSuchEntity),
        ("delete_user", {"user_name": "nobody"}, NoSuchEntity),
        ("create_policy", {"policy_name": "p", "policy_document": "{"}, MalformedPolicyDocument),
        ("create_policy", {"policy_name": "p", "policy_document": '{"a": NaN}'}, MalformedPolicyDocument),
        ("create_policy", {"policy_name": "p", "policy_document": "[" * 60_000}, MalformedPolicyDocument),
        ("create_policy", {"policy_name": "p", "policy_document": ALLOW_ALL + " " * 131_072}, InvalidInput),
        ("put_user_policy", {"user_name": "alice", "policy_name": "p", "policy_document": " " * 131_073}, InvalidInput),
        ("list_accounts", {"marker": "MQA"}, InvalidInput),
        ("attach_user_policy", {"user_name": "alice", "policy_arn": "x"}, InvalidInput),
        (
            "attach_user_policy",
            {"user_name": "alice", "policy_arn": f"arn:aws:iam::{ACCOUNT}:policy/none"},
            NoSuchEntity,
        ),
        (
            "put_user_policy",
            {"user_name": "alice", "policy_name": "p", "policy_document": "{}"},
            MalformedPolicyDocument,
        ),
        ("create_account", {"account_name": "x", "account_id": "1"}, InvalidInput),
        ("create_account", {"account_name": "x", "account_id": ACCOUNT}, EntityAlreadyExists),
        ("create_account", {"account_name": ""}, InvalidInput),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_error_that_aws_has_for_it(
    client: AsyncClient, method: str, request_fields: dict[str, str], error: type[DoorwardError]
) -> None:
    await client.identity.create_user(user_name="alice")

    with pytest.raises(error):
        await getattr(client.identity, method)(**request_fields)


async def test_a_quota_is_told_with_its_number(client: AsyncClient) -> None:
    await client.identity.create_user(user_name="alice")
    for number in range(10):
        await client.identity.create_group(group_name=f"g{number}")
        await client.identity.add_user_to_group(group_name=f"g{number}", user_name="alice")
    await client.identity.create_group(group_name="g10")

    with pytest.raises(LimitExceeded, match="Cannot exceed quota for GroupsPerUser: 10"):
        await client.identity.add_user_to_group(group_name="g10", user_name="alice")


async def test_an_account_must_be_named_and_exist(address: str) -> None:
    async with AsyncClient(identity=address, service_key=KEY) as nobody:
        with pytest.raises(InvalidInput, match="x-doorward-account"):
            await nobody.identity.list_users()
    async with AsyncClient(identity=address, service_key=KEY, account="999999999999") as stranger:
        with pytest.raises(NoSuchEntity, match="there is no account"):
            await stranger.identity.list_users()
        with pytest.raises(NoSuchEntity, match="account does not exist"):
            await stranger.identity.create_user(user_name="alice")


async def test_without_the_key_nothing_is_told(address: str) -> None:
    async with AsyncClient(identity=address, service_key="x" * 40, account=ACCOUNT) as stranger:
        with pytest.raises(Unauthenticated):
            await stranger.identity.list_users()
        with pytest.raises(Unauthenticated):
            async for _ in stranger.events():
                pass


async def test_accounts_are_apart_and_listed(client: AsyncClient, address: str) -> None:
    made = (await client.identity.create_account(account_name="other")).account
    async with AsyncClient(identity=address, service_key=KEY, account=made.account_id) as other:
        await other.identity.create_user(user_name="bob")

        assert [user.user_name for user in (await other.identity.list_users()).users] == ["bob"]
    assert not (await client.identity.list_users()).users
    pages = [page async for page in client.pages(client.identity.list_accounts, max_items=1)]
    assert {page.accounts[0].account_id for page in pages} == {ACCOUNT, made.account_id}


async def test_many_writers_of_one_account_lose_nothing(client: AsyncClient) -> None:
    await asyncio.gather(*(client.identity.create_user(user_name=f"user-{number}") for number in range(60)))

    assert len((await client.identity.list_users()).users) == 60
