"""What only stores in a database must bear: groups, reopening, wrong databases, several processes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from doorward_eventlog.log import CannotOpen, VersionConflict
from doorward_eventlog.schema import metadata
from doorward_eventlog.sql import SqlEventLog, open_log
from doorward_eventlog.verification import verify
from doorward_kernel.errors import InternalFailure, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent, Record
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.contract.conftest import SqlStore

A, B, C = AccountId("000000000001"), AccountId("000000000002"), AccountId("000000000003")
EVENT = NewEvent(type="UserCreated", schema_version=1, payload=b"{}")


async def append(log: SqlEventLog, account: AccountId, version: int, count: int = 1) -> list[Record]:
    return await log.append(account, version, [EVENT] * count, metadata=b"{}")


@asynccontextmanager
async def writer_held(log: SqlEventLog) -> AsyncIterator[None]:
    """Inside the block the writer thread is busy, so that what is appended waits together."""
    busy, free = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        busy.set()
        free.wait(10)

    held = log._writer.run(hold)
    await asyncio.to_thread(busy.wait, 10)
    try:
        yield
        await asyncio.sleep(0.01)
    finally:
        free.set()
    await asyncio.wrap_future(held)


# --- group commit ---


@pytest.fixture
def commits() -> Iterator[list[Connection]]:
    """One entry for each commit of any database."""
    seen: list[Connection] = []
    remember = seen.append
    event.listen(Engine, "commit", remember)
    yield seen
    event.remove(Engine, "commit", remember)


async def test_appends_that_wait_together_are_one_transaction(sql_store: SqlStore, commits: list[Connection]) -> None:
    others = [AccountId(f"{n:012d}") for n in range(100, 130)]

    async with sql_store.open() as log:
        async with writer_held(log):
            tasks = [asyncio.create_task(append(log, account, 0)) for account in (*others, *others)]
            await asyncio.sleep(0)
            commits.clear()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)

        assert [type(outcome) for outcome in outcomes] == [list] * 30 + [VersionConflict] * 30
        assert len(commits) == 1
        assert (await verify(log)).commits == 30


async def test_a_defect_in_one_append_does_not_fail_those_beside_it(sql_log: SqlEventLog) -> None:
    defect = NewEvent(type="UserCreated", schema_version=1, payload="text")  # type: ignore[arg-type]

    async with writer_held(sql_log):
        good = [asyncio.create_task(append(sql_log, account, 0)) for account in (A, B)]
        bad = asyncio.create_task(sql_log.append(C, 0, [defect], metadata=b""))
        await asyncio.sleep(0)

    with pytest.raises(TypeError):
        await bad
    assert [(await task)[0].position for task in good] == [1, 2]
    await verify(sql_log)


async def test_an_append_that_is_cancelled_while_it_waits_is_taken_back(sql_log: SqlEventLog) -> None:
    async with writer_held(sql_log):
        cancelled = asyncio.create_task(append(sql_log, A, 0))
        kept = asyncio.create_task(append(sql_log, B, 0))
        await asyncio.sleep(0)
        cancelled.cancel()

    await kept
    assert await sql_log.accounts("", 10) == [B]


async def test_too_many_waiting_writes_are_refused(sql_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward_eventlog.writer.QUEUE", 3)
    async with sql_store.open() as log:
        async with writer_held(log):
            tasks = [asyncio.create_task(append(log, AccountId(f"{n:012d}"), 0)) for n in range(1, 6)]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)

        assert [type(outcome) for outcome in outcomes] == [list] * 3 + [Unavailable] * 2
        assert (await verify(log)).head.position == 3


async def test_closing_finishes_what_waits(sql_store: SqlStore) -> None:
    async with sql_store.open() as log:
        async with writer_held(log):
            tasks = [asyncio.create_task(append(log, account, 0)) for account in (A, B, C)]
            await asyncio.sleep(0)
            closing = asyncio.create_task(log.close())
        await closing
        assert [records[0].position for records in await asyncio.gather(*tasks)] == [1, 2, 3]
        with pytest.raises(Unavailable):
            await log.read(0, 1)

    async with sql_store.open() as log:
        assert (await verify(log)).accounts == 3


# --- the writer survives ---


async def test_a_failed_write_leaves_a_writer_that_works(sql_log: SqlEventLog, sql_store: SqlStore) -> None:
    await append(sql_log, A, 0)

    sql_store.execute("ALTER TABLE events RENAME TO elsewhere")
    with pytest.raises((InternalFailure, Unavailable)) as failure:
        await append(sql_log, A, 1)
    assert "elsewhere" not in str(failure.value)
    assert failure.value.__cause__ is not None
    sql_store.execute("ALTER TABLE elsewhere RENAME TO events")

    await append(sql_log, A, 1)
    await verify(sql_log)


async def test_a_head_that_lags_behind_its_events_is_reported_not_overwritten(
    sql_log: SqlEventLog, sql_store: SqlStore
) -> None:
    await append(sql_log, A, 0, 3)
    sql_store.execute("UPDATE log_head SET position = 1")

    with pytest.raises(InternalFailure, match="head"):
        await append(sql_log, A, 3)

    assert len(await sql_log.read(0, 10)) == 3


# --- wrong databases ---


async def test_the_migrations_make_the_tables_that_the_code_uses(sql_log: SqlEventLog) -> None:
    def differences(connection: Connection) -> list[object]:
        return [*compare_metadata(MigrationContext.configure(connection), metadata)]

    assert await asyncio.wrap_future(sql_log._writer.run(differences)) == []


async def test_another_log_is_refused(sql_store: SqlStore) -> None:
    async with sql_store.open("identity") as log:
        await append(log, A, 0)

    with pytest.raises(CannotOpen, match="`identity`, not `credential`"):
        async with sql_store.open("credential"):
            pass

    async with sql_store.open("identity") as log:
        await append(log, A, 1)


async def test_a_database_of_a_newer_version_is_refused(sql_store: SqlStore) -> None:
    async with sql_store.open():
        pass
    sql_store.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(CannotOpen, match="`9999`, newer"):
        async with sql_store.open():
            pass


@pytest.mark.parametrize("url", ["", "mysql://root@127.0.0.1/x", "sqlite://", "sqlite:///:memory:", "sqlite:////no/x"])
async def test_an_address_that_names_no_log_is_refused(url: str) -> None:
    with pytest.raises(CannotOpen):
        async with open_log(url, "identity"):
            pass


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        async with open_log("postgresql+psycopg://doorward@127.0.0.1:1/doorward", "identity"):
            pass


async def test_a_name_that_no_revision_could_bear_is_refused(sqlite_store: SqlStore) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        async with sqlite_store.open("Identity.1"):
            pass


# --- SQLite ---


async def test_an_sqlite_with_the_lost_commits_defect_is_refused(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorward_eventlog.sqlite.driver.sqlite_version_info", (3, 51, 2))

    with pytest.raises(CannotOpen, match="too old"):
        async with sqlite_store.open():
            pass


async def test_an_sqlite_file_is_open_once(sqlite_store: SqlStore) -> None:
    async with sqlite_store.open() as log:
        with pytest.raises(CannotOpen, match="another process"):
            async with sqlite_store.open():
                pass
        await append(log, A, 0)

    async with sqlite_store.open() as log:
        await append(log, A, 1)


async def test_an_sqlite_file_is_for_its_owner_only(sqlite_store: SqlStore, tmp_path: Path) -> None:
    async with sqlite_store.open() as log:
        await append(log, A, 0)

        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}  # noqa: ASYNC240
    assert set(modes) >= {"identity.db", "identity.db-wal", "identity.db.lock"}
    assert set(modes.values()) == {0o600}


async def test_sqlite_commits_are_synchronous_in_a_write_ahead_log(sqlite_store: SqlStore) -> None:
    def settings(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "mmap_size")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    async with sqlite_store.open() as log:
        await append(log, A, 0)
        assert await asyncio.wrap_future(log._writer.run(settings)) == ["wal", 2, 1, 0]
        with log._database.readers.connect() as reader, pytest.raises(OperationalError, match="readonly"):
            reader.exec_driver_sql("DELETE FROM events")


async def test_a_full_disk_costs_an_error_and_nothing_else(sqlite_store: SqlStore) -> None:
    async with sqlite_store.open() as log:
        acknowledged = await append(log, A, 0)
        await asyncio.wrap_future(
            log._writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1").close())
        )
        large = NewEvent(type="Large", schema_version=1, payload=bytes(200_000))

        with pytest.raises(Unavailable) as full:
            await log.append(A, 1, [large], metadata=b"")

        assert "full" in str(full.value.__cause__)
        assert await log.read(0, 10) == acknowledged
        [record] = await log.append(A, 1, [large], metadata=b"")  # on a new connection, without the limit
        assert record.position == 2
        await verify(log)
