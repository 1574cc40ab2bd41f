"""What only PostgreSQL brings: several writers, and connections that break, even in the middle of a commit."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import doorward_eventlog.postgres
import pytest
from doorward_eventlog.log import EventLog, VersionConflict
from doorward_eventlog.sql import SqlEventLog, open_log
from doorward_eventlog.verification import verify
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent, Record
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.contract.conftest import SqlStore

A, B, C = AccountId("000000000001"), AccountId("000000000002"), AccountId("000000000003")


async def append(log: EventLog, account: AccountId, version: int, text: str = "{}") -> list[Record]:
    event = NewEvent(type="UserCreated", schema_version=1, payload=text.encode())
    return await log.append(account, version, [event], metadata=b"{}")


async def append_until_it_fits(log: EventLog, account: AccountId, text: str) -> int:
    """Append at whatever version; returns how many conflicts there were."""
    version = conflicts = 0
    while True:
        while records := await log.read_account(account, version, 100):
            version = records[-1].version
        try:
            await append(log, account, version, text)
        except VersionConflict:
            conflicts += 1
        else:
            return conflicts


# --- several writers ---


async def test_logs_opened_at_the_same_time_make_the_tables_once(postgres_store: SqlStore) -> None:
    opened = await asyncio.gather(*(SqlEventLog.open(postgres_store.url, "identity") for _ in range(4)))

    assert len({await log.head() for log in opened}) == 1
    for log in opened:
        await log.close()


async def test_opening_waits_for_the_one_that_is_making_the_tables(postgres_store: SqlStore) -> None:
    key = doorward_eventlog.postgres._OPENING
    with closing(postgres_store.connect()) as maker:
        maker.execute("SELECT pg_advisory_lock(%s)", (key,))
        opening = asyncio.create_task(SqlEventLog.open(postgres_store.url, "identity"))
        await asyncio.sleep(0.3)
        assert not opening.done()
        assert postgres_store.execute("SELECT to_regclass('events')") == [(None,)]
        maker.execute("SELECT pg_advisory_unlock(%s)", (key,))
        log = await opening

    assert (await log.head()).position == 0
    await log.close()


async def test_two_writers_append_without_gaps(postgres_store: SqlStore) -> None:
    each = 25
    async with postgres_store.open() as one, postgres_store.open() as other:
        seen: list[Record] = []

        async def write(log: SqlEventLog, number: int) -> int:
            texts = (f"{number}.{count}" for count in range(each))
            return sum([await append_until_it_fits(log, (A, B, C)[number % 3], text) for text in texts])

        async def tail() -> None:
            while len(seen) < 8 * each:
                records = await one.read(len(seen), 50)
                assert [r.position for r in records] == list(range(len(seen) + 1, len(seen) + 1 + len(records)))
                seen.extend(records)

        async with asyncio.timeout(30):
            tailing = asyncio.create_task(tail())
            conflicts = await asyncio.gather(*(write((one, other)[n % 2], n) for n in range(8)))
            await tailing

        assert sum(conflicts) > 0
        assert len({r.payload for r in seen}) == 8 * each
        assert (await verify(other)).head == (await verify(one)).head


async def test_a_conflict_with_another_process_spares_the_rest_of_the_group(postgres_store: SqlStore) -> None:
    async with postgres_store.open() as log, postgres_store.open() as other:
        accounts = [AccountId(f"{n:012d}") for n in range(1, 11)]
        for version in range(20):
            outcomes = await asyncio.gather(
                *(append(log, account, version) for account in accounts),
                append(other, accounts[0], version),
                return_exceptions=True,
            )

            contested = {type(outcomes[0]), type(outcomes[-1])}
            assert contested == {list, VersionConflict}
            assert {type(outcome) for outcome in outcomes[1:-1]} == {list}
        assert (await verify(log)).commits == 200


# --- connections that break ---


async def test_a_connection_that_broke_while_idle_is_replaced(postgres_store: SqlStore) -> None:
    async with postgres_store.open() as log:
        await append(log, A, 0)
        await log.read(0, 1)
        postgres_store.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

        await append(log, A, 1)
        assert len(await log.read(0, 10)) == 2


class CuttingProxy:
    """Passes bytes between a log and PostgreSQL; cuts the line before or behind the next COMMIT when told to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cut: str | None = None
        self.connections: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(task := asyncio.create_task(self._pass_on(reader, writer)))
        await task

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._port)
        answers = asyncio.create_task(copy(server_reader, writer))
        while data := await reader.read(65536):
            if self.cut is None or b"COMMIT\0" not in data:
                await send(server_writer, data)
                continue
            answers.cancel()
            await asyncio.wait([answers])
            if self.cut == "behind":
                await send(server_writer, data)
                assert b"COMMIT" in await server_reader.read(65536)  # only we know
            self.cut = None
            break
        answers.cancel()
        for stream in (writer, server_writer):
            stream.close()
            with contextlib.suppress(OSError):
                await stream.wait_closed()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        await send(writer, data)


async def send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


@asynccontextmanager
async def through_a_proxy(store: SqlStore) -> AsyncIterator[tuple[CuttingProxy, SqlEventLog]]:
    url = make_url(store.url)
    assert url.port
    proxy = CuttingProxy(url.port)
    async with await asyncio.start_server(proxy.accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_log(url.set(port=port).render_as_string(hide_password=False), "identity") as log:
            yield proxy, log
        await asyncio.wait(proxy.connections)


@pytest.mark.parametrize(("cut", "stored"), [("before", 1), ("behind", 2)])
async def test_a_commit_without_an_answer_is_an_unknown_outcome(
    postgres_store: SqlStore, cut: str, stored: int
) -> None:
    async with through_a_proxy(postgres_store) as (proxy, log):
        await append(log, A, 0, "first")

        proxy.cut = cut
        with pytest.raises(Unavailable, match="outcome is unknown"):
            await append(log, A, 1, "in doubt")

        assert len(await log.read_account(A, 0, 10)) == stored
        assert await append_until_it_fits(log, A, "third") == 0
        assert (await verify(log)).head.position == stored + 1
