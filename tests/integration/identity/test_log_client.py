"""The client of logs, at the identity service."""

from collections.abc import AsyncIterator, Callable

import grpc
import pytest
from doorward.identity.v1 import log_service_pb2
from doorward.identity.v1.log_service_pb2_grpc import LogServiceStub
from doorward_directory.account import Account
from doorward_directory.snapshot import UnreadableSnapshot, load
from doorward_directory.stream import fold_records
from doorward_eventlog.sql import SqlEventLog
from doorward_kernel.errors import NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId
from doorward_local.ports import free_port
from doorward_runtime.rpc.log_client import GrpcLog

from tests.integration.identity.conftest import ACCOUNT, KEY

ABSENT = AccountId("999999999999")


def log_behind(channel: grpc.aio.Channel, key: str = KEY, load: Callable[[bytes], Account] = load) -> GrpcLog[Account]:
    return GrpcLog(
        channel,
        key,
        service="identity",
        messages=log_service_pb2,
        stub=LogServiceStub,
        load=load,
        unreadable=UnreadableSnapshot,
    )


@pytest.fixture
async def channel(address: str) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(address) as channel:
        yield channel


@pytest.mark.usefixtures("client")
async def test_it_reads_what_the_log_holds(channel: grpc.aio.Channel, log: SqlEventLog) -> None:
    remote = log_behind(channel)
    head = await log.head()

    records = await log.read_account(AccountId(ACCOUNT), 0, 100)

    assert await remote.head() == head
    assert await remote.read(0, 100) == await log.read(0, 100)
    assert await remote.read_account_events(AccountId(ACCOUNT), 0, 100) == (head.epoch, records)
    state = await remote.read_account(AccountId(ACCOUNT))
    assert (state.account, state.epoch, state.digest) == (fold_records(None, records), head.epoch, records[-1].digest)


async def test_an_account_without_events_is_told_apart_from_an_owner_that_fails(channel: grpc.aio.Channel) -> None:
    remote = log_behind(channel)

    assert await remote.read_account_events(ABSENT, 0, 100) == ("", [])
    with pytest.raises(NoSuchEntity):
        await remote.read_account(ABSENT)


async def test_an_owner_that_refuses_the_key_is_unavailable(channel: grpc.aio.Channel) -> None:
    with pytest.raises(Unavailable, match="the identity service does not answer"):
        await log_behind(channel, key="x" * 40).read(0, 1)


async def test_an_owner_that_is_not_there_is_unavailable() -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{free_port()}") as channel:
        with pytest.raises(Unavailable, match="the identity service does not answer"):
            await log_behind(channel).head()


@pytest.mark.usefixtures("client")
async def test_a_state_in_a_form_of_another_version_is_unavailable(channel: grpc.aio.Channel) -> None:
    def of_another_version(_snapshot: bytes) -> Account:
        raise UnreadableSnapshot("format 0")

    with pytest.raises(Unavailable, match="a form that this version does not know"):
        await log_behind(channel, load=of_another_version).read_account(AccountId(ACCOUNT))
