"""SQLite: one process, one connection that writes and checkpoints, readers that cannot write."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pysqlite3.dbapi2 as driver
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from doorward_eventlog.database import READERS, Database
from doorward_eventlog.log import CannotOpen

OLDEST = (3, 51, 3)
"""Older ones may lose commits in WAL mode when two connections checkpoint at the same time."""

_BUSY_SECONDS = 5.0


def sqlite_database(url: URL) -> Database:
    """The database in the file that `url` names; made when it is not there.

    Raises CannotOpen when another process has it open, or SQLite is too old.
    """
    if driver.sqlite_version_info < OLDEST:
        raise CannotOpen(f"SQLite {driver.sqlite_version} is too old, expected {'.'.join(map(str, OLDEST))} or newer")
    if not url.database or url.database == ":memory:" or url.query:
        raise CannotOpen("expected the path of a file, such as `sqlite:////var/lib/doorward/identity.db`")
    path = Path(url.database).absolute()
    release = _reserve(path)
    writer = _engine(lambda: _connect(path, "rwc", _WRITER), poolclass=NullPool)
    event.listen(writer, "begin", _begin_immediate)
    readers = _engine(lambda: _connect(path, "ro", _READER), poolclass=QueuePool, pool_size=READERS, max_overflow=0)
    return Database(writer=writer, readers=readers, take_turn=lambda _: None, release=release)


_EVERY = ("PRAGMA mmap_size=0", "PRAGMA foreign_keys=ON")
_READER = (*_EVERY, "PRAGMA query_only=ON")
_WRITER = (
    *_EVERY,
    "PRAGMA synchronous=FULL",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA secure_delete=FAST",  # an erased data key is overwritten, not only forgotten
)


def _engine(connect: Callable[[], Any], **options: Any) -> Engine:
    return create_engine("sqlite+pysqlite://", module=driver, creator=connect, hide_parameters=True, **options)


def _connect(path: Path, mode: str, pragmas: tuple[str, ...]) -> Any:
    connection = driver.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,  # transactions begin by hand
        check_same_thread=False,
    )
    try:
        if mode == "rwc" and connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            raise CannotOpen(f"`{path}` lies where SQLite cannot keep a write-ahead log")
        for pragma in pragmas:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reserve(path: Path) -> Callable[[], None]:
    """Hold a lock file beside the database for as long as the log is open; the kernel frees it when we die."""
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # for its owner only
        except BaseException:
            os.close(lock)
            raise
    except BlockingIOError as error:
        raise CannotOpen(f"another process has the log `{path}` open") from error
    except OSError as error:
        raise CannotOpen(f"cannot open `{path}`: {error.strerror}") from error
    return lambda: os.close(lock)
