"""What the log needs of a database: one connection to write, several to read, and turns at opening."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

READERS = 4
"""Threads, and connections, that read at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`take_turn` keeps other processes out until the transaction ends; `release` undoes what opening reserved."""

    writer: Engine
    readers: Engine
    take_turn: Callable[[Connection], None]
    release: Callable[[], None]
