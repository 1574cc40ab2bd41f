"""Writes that are sent again under a client token, over gRPC."""

import asyncio
from typing import Any

import pytest
from doorward.identity.v1 import identity_service_pb2
from doorward_client import AsyncClient
from doorward_eventlog.sql import SqlEventLog
from doorward_kernel.errors import EntityAlreadyExists, IdempotentParameterMismatch, InvalidInput

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL, KEY, identity_service
from tests.integration.identity.test_roles import trusting

WRITES: list[tuple[str, dict[str, Any]]] = [
    ("create_user", {"user_name": "alice"}),
    ("create_group", {"group_name": "readers"}),
    ("create_role", {"role_name": "deploy", "assume_role_policy_document": trusting("*")}),
    ("create_policy", {"policy_name": "all", "policy_document": ALLOW_ALL}),
    ("put_account_quota", {"quota_name": "UsersPerAccount", "value": 7}),
]


@pytest.mark.parametrize(("method", "fields"), WRITES, ids=[method for method, _ in WRITES])
async def test_a_write_sent_again_gets_the_first_answer_whatever_happened_since(
    client: AsyncClient, method: str, fields: dict[str, Any]
) -> None:
    write = getattr(client.with_options(client_token="t-1").identity, method)
    first = await write(**fields)

    assert await write(**fields) == first

    await client.identity.create_user(user_name="bob")
    await client.identity.create_group(group_name="others")
    assert await write(**fields) == first


async def test_what_was_created_may_be_gone_by_then_and_is_not_created_again(client: AsyncClient) -> None:
    write = client.with_options(client_token="t-1").identity.create_user
    first = await write(user_name="alice")
    await client.identity.delete_user(user_name="alice")

    assert await write(user_name="alice") == first
    assert not (await client.identity.list_users()).users

    second = await client.with_options(client_token="t-2").identity.create_user(user_name="alice")
    assert second.user.user_id != first.user.user_id


async def test_what_was_there_already_is_not_done_again_when_it_is_gone(client: AsyncClient) -> None:
    identity = client.identity
    await identity.create_user(user_name="alice")
    await identity.create_group(group_name="readers")
    await identity.add_user_to_group(group_name="readers", user_name="alice")
    write = client.with_options(client_token="t-1").identity.add_user_to_group
    first = await write(group_name="readers", user_name="alice")

    await identity.remove_user_from_group(group_name="readers", user_name="alice")

    assert await write(group_name="readers", user_name="alice") == first
    assert not (await identity.list_groups_for_user(user_name="alice")).groups


async def test_a_token_is_for_one_request_of_one_method(client: AsyncClient) -> None:
    again = client.with_options(client_token="t-1").identity
    await again.create_user(user_name="alice")

    with pytest.raises(IdempotentParameterMismatch, match="client token was used for another request"):
        await again.create_user(user_name="bob")
    with pytest.raises(IdempotentParameterMismatch):
        await again.create_group(group_name="alice")
    assert len((await client.identity.list_users()).users) == 1


async def test_without_a_token_a_write_is_decided_anew(client: AsyncClient) -> None:
    await client.identity.create_user(user_name="alice")

    with pytest.raises(EntityAlreadyExists):
        await client.identity.create_user(user_name="alice")


async def test_a_refused_write_does_not_use_its_token_up(client: AsyncClient) -> None:
    again = client.with_options(client_token="t-1").identity
    with pytest.raises(InvalidInput):
        await again.create_user(user_name="not a name")

    await again.create_user(user_name="alice")


async def test_an_account_created_again_under_its_token_is_the_same(client: AsyncClient) -> None:
    create = client.with_options(client_token="t-1").identity.create_account
    first = await create(account_name="another")

    assert await create(account_name="another") == first
    assert len((await client.identity.list_accounts()).accounts) == 2


async def test_of_many_at_once_one_happens_and_all_get_its_answer(client: AsyncClient) -> None:
    write = client.with_options(client_token="t-1").identity.create_user

    answers = await asyncio.gather(*(write(user_name="alice") for _ in range(20)))

    assert all(answer == answers[0] for answer in answers)


async def test_another_process_and_a_restart_know_the_token(client: AsyncClient, log: SqlEventLog) -> None:
    first = await client.with_options(client_token="t-1").identity.create_user(user_name="alice")

    async with (
        identity_service(log) as address,
        AsyncClient(identity=address, service_key=KEY, account=ACCOUNT, client_token="t-1") as other,
    ):
        assert await other.identity.create_user(user_name="alice") == first


async def test_a_malformed_token_is_refused(client: AsyncClient) -> None:
    for token in ("x" * 65, "two words"):
        with pytest.raises(InvalidInput, match="x-doorward-client-token"):
            await client.with_options(client_token=token).identity.create_user(user_name="alice")


def test_every_write_heeds_client_tokens() -> None:
    from doorward_identity.api.identity_service import IdentityServicer  # noqa: PLC0415

    service = identity_service_pb2.DESCRIPTOR.services_by_name["IdentityService"]

    for method in service.methods:
        writes = "revision" in method.output_type.fields_by_name
        assert hasattr(getattr(IdentityServicer, method.name), "__wrapped__") is writes, method.name
