"""The stores that the suites run against: in memory, on SQLite, on a PostgreSQL of their own."""

import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pysqlite3
import pytest
from doorward_eventlog.counters import Counters
from doorward_eventlog.counters_memory import MemoryCounters
from doorward_eventlog.data_keys import DataKeys
from doorward_eventlog.data_keys_memory import MemoryDataKeys
from doorward_eventlog.last_used import LastUses
from doorward_eventlog.log import Clock, EventLog, microseconds_now
from doorward_eventlog.memory import MemoryEventLog
from doorward_eventlog.secrets import Secrets
from doorward_eventlog.secrets_memory import MemorySecrets
from doorward_eventlog.sql import SqlEventLog, open_log
from doorward_local.ports import free_port
from doorward_local.postgres import postgres_program, postgres_url
from doorward_local.process import Running

NOW = 1_700_000_000_000_000
"""When data keys begin to be kept, in microseconds; each further one a microsecond later."""


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """Opens the same log each time."""

    kind: str = "memory"
    _logs: dict[str, MemoryEventLog] = field(default_factory=dict)

    @asynccontextmanager
    async def open(self, name: str = "identity", *, clock: Clock = microseconds_now) -> AsyncIterator[MemoryEventLog]:
        yield self._logs.setdefault(name, MemoryEventLog(name, clock=clock))


@dataclass(frozen=True, slots=True)
class SqlStore:
    """A database; `execute` is somebody who changes it behind Doorward's back."""

    kind: str
    url: str
    connect: Callable[[], Any]

    def open(
        self, name: str = "identity", *, clock: Clock = microseconds_now
    ) -> AbstractAsyncContextManager[SqlEventLog]:
        return open_log(self.url, name, clock=clock)

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        placeholder = "?" if self.kind == "sqlite" else "%s"
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement.replace("?", placeholder), values)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    directory = Path(tempfile.mkdtemp(prefix="doorward-postgres-"))
    directory.chmod(0o755)  # root lends the server another user
    port = free_port()
    try:
        program = postgres_program(directory / "cluster", port)
        with Running.start(replace(program, stop_signal=signal.SIGQUIT)):  # at once: nobody needs its data
            yield port
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> SqlStore:
    path = tmp_path / "identity.db"
    return SqlStore("sqlite", f"sqlite:///{path}", lambda: pysqlite3.connect(path))


@pytest.fixture
def postgres_store(postgres_port: int) -> SqlStore:
    def connect() -> Any:
        return psycopg.connect(f"host=127.0.0.1 port={postgres_port} user=doorward dbname=postgres", autocommit=True)

    store = SqlStore("postgres", postgres_url(postgres_port), connect)
    store.execute("DROP SCHEMA public CASCADE")  # as good as a new database, and a hundred times faster
    store.execute("CREATE SCHEMA public")
    return store


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> MemoryStore | SqlStore:
    if request.param == "memory":
        return MemoryStore()
    chosen: SqlStore = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture(params=["sqlite", "postgres"])
def sql_store(request: pytest.FixtureRequest) -> SqlStore:
    chosen: SqlStore = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture
async def log(store: MemoryStore | SqlStore) -> AsyncIterator[EventLog]:
    async with store.open() as opened:
        yield opened


@pytest.fixture
async def last_uses(store: MemoryStore | SqlStore) -> AsyncIterator[LastUses]:
    async with store.open() as opened:
        yield opened


@pytest.fixture
async def sql_log(sql_store: SqlStore) -> AsyncIterator[SqlEventLog]:
    async with sql_store.open() as opened:
        yield opened


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def data_keys(request: pytest.FixtureRequest) -> AsyncIterator[DataKeys]:
    if request.param == "memory":
        yield MemoryDataKeys(clock=count(NOW).__next__)
        return
    store: SqlStore = request.getfixturevalue(f"{request.param}_store")
    async with store.open(clock=count(NOW).__next__) as log:
        yield log.data_keys


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def secrets(request: pytest.FixtureRequest) -> AsyncIterator[Secrets]:
    if request.param == "memory":
        yield MemorySecrets()
        return
    store: SqlStore = request.getfixturevalue(f"{request.param}_store")
    async with store.open() as log:
        yield log.secrets


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def counters(request: pytest.FixtureRequest) -> AsyncIterator[Counters]:
    if request.param == "memory":
        yield MemoryCounters()
        return
    store: SqlStore = request.getfixturevalue(f"{request.param}_store")
    async with store.open() as log:
        yield log.counters
