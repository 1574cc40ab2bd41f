"""What the log needs of a database: one connection to write, several to read, and turns at opening."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite

READERS = 4
"""Threads, and connections, that read at the same time."""

AT_ONCE = 500
"""Ids in one statement; SQLite allows some thousands of parameters."""

S = TypeVar("S", bound=str)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`take_turn` keeps other processes out until the transaction ends; `release` undoes what opening reserved."""

    writer: Engine
    readers: Engine
    take_turn: Callable[[Connection], None]
    release: Callable[[], None]


class Run(Protocol):
    """Runs a function on a connection, in a thread and a transaction of the log's."""

    def __call__(self, task: Callable[[Connection], T], /) -> Awaitable[T]: ...


def insert_into(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """The database's own kind of insertion, which knows what to do about a row that is there already."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def parts(ids: Collection[S]) -> Iterable[list[S]]:
    """The ids, sorted and each once, AT_ONCE at a time."""
    ordered = sorted(set(ids))
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))
