"""The log as replicas read it, and what is kept of each call."""

import asyncio
import json
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import grpc
import pysqlite3
import pytest
from doorward.identity.v1 import log_service_pb2 as pb
from doorward.identity.v1.log_service_pb2_grpc import LogServiceStub
from doorward_client import AsyncClient, record_of
from doorward_directory.snapshot import FORMAT, load
from doorward_directory.stream import fold_records
from doorward_eventlog.sql import SqlEventLog, open_log
from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, follow
from doorward_kernel.revision import Revision
from doorward_runtime.rpc.channel import service_metadata

from tests.integration.identity.conftest import ACCOUNT, KEY, identity_service


async def make_users(client: AsyncClient, count: int) -> None:
    for number in range(count):
        await client.identity.create_user(user_name=f"user-{number}")


async def read_account(address: str) -> tuple[pb.ReadAccountResponse, bytes]:
    async with grpc.aio.insecure_channel(address) as channel:
        call = LogServiceStub(channel).ReadAccount(
            pb.ReadAccountRequest(account=ACCOUNT), metadata=service_metadata(KEY), timeout=10
        )
        parts = [part async for part in call]
    return parts[0], b"".join(part.part for part in parts)


async def test_events_are_the_log_and_their_chain_can_be_followed(client: AsyncClient, log: SqlEventLog) -> None:
    await make_users(client, 5)

    records = [record_of(event) async for event in client.events()]

    assert records == await log.read(0, 100)
    head = await log.head()
    assert follow(0, GENESIS, records) == (head.position, head.digest)


async def test_events_can_be_read_from_a_place_on_and_of_one_account(client: AsyncClient) -> None:
    await make_users(client, 5)
    await client.identity.create_account(account_name="other")

    assert [event.position async for event in client.events(after_position=6)] == [7, 8, 9]
    assert [event.position async for event in client.events(after_position=1, limit=2)] == [2, 3]
    assert [event.version async for event in client.events(account=ACCOUNT)] == [1, 2, 3, 4, 5, 6]


async def test_a_reader_that_stays_sees_what_is_committed_later(client: AsyncClient) -> None:
    async with aclosing(client.events(account=ACCOUNT, follow=True)) as events:
        first = await anext(events)
        later = asyncio.create_task(anext(events))
        await asyncio.sleep(0.05)
        await client.identity.create_user(user_name="alice")

        second = await asyncio.wait_for(later, 5)

    assert (first.type, second.type) == ("AccountCreated", "UserCreated")


async def test_an_account_is_sent_whole_and_equals_the_fold_of_its_events(
    client: AsyncClient, address: str, log: SqlEventLog
) -> None:
    await make_users(client, 20)

    first, state = await read_account(address)

    assert load(state) == fold_records(None, await log.read_account(AccountId(ACCOUNT), 0, 100))
    assert (first.version, Revision.parse(first.revision).position) == (21, 23)


async def test_an_account_larger_than_a_message_is_sent_in_parts(client: AsyncClient, address: str) -> None:
    filler = "x" * 6000
    document = (
        f'{{"Version":"2012-10-17","Id":"{filler}","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}}]}}'
    )
    for number in range(200):
        await client.identity.create_policy(policy_name=f"p{number}", policy_document=document)

    _, state = await read_account(address)

    assert len(state) > 1024 * 1024
    assert len(load(state).policies) == 200


async def test_events_remember_who_why_and_in_which_request(address: str, log: SqlEventLog) -> None:
    async with AsyncClient(
        identity=address, service_key=KEY, account=ACCOUNT, reason="ticket 7", request_id="r-1"
    ) as client:
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)

    (record,) = await log.read_account(AccountId(ACCOUNT), 0, 10)

    metadata = json.loads(record.metadata)
    assert metadata == {
        "actor": "service-key",
        "reason": "ticket 7",
        "request_id": "r-1",
        "source_ip": "127.0.0.1",
    }


async def test_after_a_restart_accounts_are_as_they_were_also_from_a_snapshot(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/identity.db"
    async with (
        open_log(url, "identity") as log,
        identity_service(log) as address,
        AsyncClient(identity=address, service_key=KEY, account=ACCOUNT) as client,
    ):
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        await make_users(client, 510)
        _, before = await read_account(address)

    async with open_log(url, "identity") as log, identity_service(log) as address:
        snapshot = await log.load_snapshot(load(before).account_id, FORMAT)
        _, after = await read_account(address)

    assert snapshot is not None
    assert snapshot.version >= 500
    assert after == before


async def test_two_services_on_one_log_see_each_others_writes(client: AsyncClient, log: SqlEventLog) -> None:
    async with (
        identity_service(log) as second,
        AsyncClient(identity=second, service_key=KEY, account=ACCOUNT) as other,
    ):
        await asyncio.gather(
            *(client.identity.create_user(user_name=f"a{number}") for number in range(20)),
            *(other.identity.create_user(user_name=f"b{number}") for number in range(20)),
        )

        assert len((await other.identity.list_users()).users) == 40
    assert len((await client.identity.list_users()).users) == 40


async def test_a_version_without_an_account_is_refused(address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        call = LogServiceStub(channel).ReadEvents(
            pb.ReadEventsRequest(after_version=1), metadata=service_metadata(KEY), timeout=10
        )

        with pytest.raises(grpc.aio.AioRpcError) as refused:
            [part async for part in call]

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "request_fields", [{"after_position": 2**63}, {"account": ACCOUNT, "after_version": 2**64 - 1}]
)
async def test_a_number_beyond_every_log_is_refused(address: str, request_fields: dict[str, Any]) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        call = LogServiceStub(channel).ReadEvents(
            pb.ReadEventsRequest(**request_fields), metadata=service_metadata(KEY), timeout=10
        )

        with pytest.raises(grpc.aio.AioRpcError) as refused:
            [part async for part in call]

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_log_that_lost_its_tail_is_believed_and_not_what_memory_holds(tmp_path: Path) -> None:
    """What a failover to a replica of the database that was behind looks like to a running service."""
    file = tmp_path / "identity.db"
    async with (
        open_log(f"sqlite:///{file}", "identity") as log,
        identity_service(log) as address,
        AsyncClient(identity=address, service_key=KEY, account=ACCOUNT) as client,
    ):
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        await client.identity.create_user(user_name="kept")
        await client.identity.create_user(user_name="lost")
        cut_off(file, 1)

        left = [user.user_name for user in (await client.identity.list_users()).users]
        await client.identity.create_user(user_name="new")
        after = [user.user_name for user in (await client.identity.list_users()).users]

    assert left == ["kept"]
    assert after == ["kept", "new"]


def cut_off(file: Path, count: int) -> None:
    """Take the last records from a log as if they had never been."""
    with closing(pysqlite3.connect(file)) as database:
        (head,) = database.execute("SELECT position FROM log_head").fetchone()
        database.execute("DELETE FROM events WHERE position > ?", (head - count,))
        (digest,) = database.execute("SELECT digest FROM events WHERE position = ?", (head - count,)).fetchone()
        database.execute("UPDATE log_head SET position = ?, digest = ?", (head - count, digest))
        database.commit()


async def test_a_new_epoch_is_taken_over_while_the_service_runs(client: AsyncClient, log: SqlEventLog) -> None:
    before = Revision.parse((await client.identity.create_user(user_name="alice")).revision)

    epoch = await log.renew_epoch()
    head = Revision.parse((await client.log.get_head()).revision)
    after = Revision.parse((await client.identity.create_user(user_name="bob")).revision)

    assert before.epoch != epoch
    assert (head.epoch, after.epoch) == (epoch, epoch)
