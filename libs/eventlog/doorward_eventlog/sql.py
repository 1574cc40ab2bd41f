"""The log in SQLite or PostgreSQL."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Self, TypeVar

from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.record import Head, NewEvent, Record
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from doorward_eventlog import last_used_statements, statements
from doorward_eventlog.chaining import Append
from doorward_eventlog.counters_sql import SqlCounters
from doorward_eventlog.data_keys_sql import SqlDataKeys
from doorward_eventlog.database import READERS, Database
from doorward_eventlog.faults import translated
from doorward_eventlog.last_used import LastUsed, is_worth_writing
from doorward_eventlog.log import (
    MOST_POSITION,
    CannotOpen,
    Clock,
    Snapshot,
    check_append,
    check_name,
    microseconds_now,
)
from doorward_eventlog.migration import migrate
from doorward_eventlog.postgres import postgres_database
from doorward_eventlog.secrets_sql import SqlSecrets
from doorward_eventlog.sqlite import sqlite_database
from doorward_eventlog.waiting import Growth
from doorward_eventlog.writer import Writer

T = TypeVar("T")


@asynccontextmanager
async def open_log(url: str, name: str, *, clock: Clock = microseconds_now) -> AsyncIterator["SqlEventLog"]:
    """The log `name` in the database at `sqlite:////path` or `postgresql+psycopg://…`, closed at the end.

    Makes the tables, or brings them up to date. Raises CannotOpen when the database is not usable as
    this log, Unavailable when it does not answer.
    """
    log = await SqlEventLog.open(url, name, clock=clock)
    try:
        yield log
    finally:
        await log.close()


class SqlEventLog:
    """An EventLog, and LastUses; reads run in a few threads, writes in one."""

    def __init__(self, database: Database, writing: Connection, head: Head, *, name: str, clock: Clock) -> None:
        self._database = database
        self._name = name
        self._closing = threading.Lock()
        self._closed = False
        self._growth = Growth(head.position)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=f"{name}-log-reader")
        self._writer = Writer(writing, name=name, clock=clock, growth=self._growth)
        self._data_keys = SqlDataKeys(self._read, self._write, clock)
        self._secrets = SqlSecrets(self._read, self._write)
        self._counters = SqlCounters(self._read, self._write)

    @classmethod
    async def open(cls, url: str, name: str, *, clock: Clock = microseconds_now) -> Self:
        """Like `open_log`, for a caller that will call `close`."""
        database, writing, head = await asyncio.to_thread(_open, url, check_name(name))
        return cls(database, writing, head, name=name, clock=clock)

    @property
    def name(self) -> str:
        return self._name

    @property
    def data_keys(self) -> SqlDataKeys:
        """The data keys in the same database; they open and close with the log."""
        return self._data_keys

    @property
    def secrets(self) -> SqlSecrets:
        """The sealed values in the same database."""
        return self._secrets

    @property
    def counters(self) -> SqlCounters:
        """The numbers that only rise in the same database."""
        return self._counters

    async def append(
        self, account: AccountId, expected_version: int, events: Sequence[NewEvent], *, metadata: bytes
    ) -> list[Record]:
        check_append(account, events, metadata)
        append = Append(account=account, expected_version=expected_version, events=tuple(events), metadata=metadata)
        return await asyncio.wrap_future(self._writer.append(append))

    async def read(self, after: int, limit: int) -> list[Record]:
        return await self._read(lambda connection: statements.records(connection, after, limit))

    async def read_account(self, account: AccountId, after_version: int, limit: int) -> list[Record]:
        return await self._read(lambda connection: statements.records_of(connection, account, after_version, limit))

    async def read_account_back(self, account: AccountId, before_version: int, limit: int) -> list[Record]:
        return await self._read(
            lambda connection: statements.records_before(connection, account, before_version, limit)
        )

    async def version_at(
        self, account: AccountId, *, position: int = MOST_POSITION, recorded_at: int = MOST_POSITION
    ) -> int:
        return await self._read(lambda connection: statements.version_at(connection, account, position, recorded_at))

    async def accounts(self, after: str, limit: int) -> list[AccountId]:
        return await self._read(lambda connection: statements.accounts(connection, after, limit))

    async def head(self) -> Head:
        return await self._read(statements.head)

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        await self._write(lambda connection: statements.keep_snapshot(connection, snapshot))

    async def load_snapshot(self, account: AccountId, format: int) -> Snapshot | None:
        return await self._read(lambda connection: statements.snapshot(connection, account, format))

    async def record_uses(self, uses: Sequence[LastUsed]) -> int:
        kept: dict[tuple[str, str], LastUsed] = {}
        for account in {use.account for use in uses}:
            found = await self.last_used(account, {use.unique_id for use in uses if use.account == account})
            kept |= {use.key: use for use in found.values()}
        wanted = sorted(
            (use for use in uses if is_worth_writing(use, kept.get(use.key))), key=lambda use: (use.key, use.used_at)
        )
        if not wanted:  # most times: nobody has to wait for a commit
            return 0
        return await asyncio.wrap_future(
            self._writer.run(lambda connection: last_used_statements.keep_uses(connection, wanted))
        )

    async def last_used(self, account: AccountId, unique_ids: Collection[UniqueId]) -> Mapping[UniqueId, LastUsed]:
        if not unique_ids:
            return {}
        found = await self._read(lambda connection: last_used_statements.uses_of(connection, account, unique_ids))
        return {use.unique_id: use for use in found}

    def wake(self) -> None:
        self._growth.wake()

    async def committed(self, after: int, timeout: float) -> None:
        await self._growth.past(after, timeout)

    async def renew_epoch(self) -> str:
        epoch = await self._write(statements.begin_epoch)
        self._growth.wake()
        return epoch

    async def close(self) -> None:
        await asyncio.to_thread(self._close)
        self._growth.wake()

    def _close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._readers.shutdown()
            self._database.readers.dispose()
            self._writer.close()  # last, for the last connection to SQLite folds its write-ahead log in
            self._database.release()

    async def _read(self, query: Callable[[Connection], T]) -> T:
        if self._closed:
            raise Unavailable("the log is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._query, query)

    async def _write(self, task: Callable[[Connection], T]) -> T:
        return await asyncio.wrap_future(self._writer.run(task))

    def _query(self, query: Callable[[Connection], T]) -> T:
        with translated(self._name), self._database.readers.connect() as connection:
            return query(connection)


def _open(url: str, name: str) -> tuple[Database, Connection, Head]:
    database = _database(url)
    try:
        with translated(name):
            connection = database.writer.connect()
            try:
                with connection.begin():
                    database.take_turn(connection)
                    migrate(connection)
                    statements.claim(connection, name)
                    head = statements.head(connection)
            except BaseException:
                connection.close()
                raise
    except BaseException:
        database.release()
        raise
    return database, connection, head


def _database(url: str) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise CannotOpen("the address of the log is not a URL") from error
    match parsed.drivername:
        case "sqlite" if "?" in url:
            raise CannotOpen("a `?` in the path of the log must be written as `%3F`")
        case "sqlite":
            return sqlite_database(parsed)
        case "postgresql" | "postgresql+psycopg":
            return postgres_database(parsed)
        case other:
            raise CannotOpen(f"there is no log on `{other}`: expected `sqlite` or `postgresql+psycopg`")
