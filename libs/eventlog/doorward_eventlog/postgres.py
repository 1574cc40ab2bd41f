"""PostgreSQL: any number of processes append; the head row puts them in order."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool, QueuePool

from doorward_eventlog.database import READERS, Database
from doorward_eventlog.log import CannotOpen

OLDEST = (14,)

_OPENING = 0x646F6F7277617264
"""The advisory lock under which migrations run."""

_SESSION = """
SELECT set_config('lock_timeout', '10s', false),
       set_config('statement_timeout', '30s', false),
       set_config('idle_in_transaction_session_timeout', '30s', false),
       CASE current_setting('synchronous_commit')
           WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END
"""
"""A writer that hangs must not hold the head row for good; a commit that is acknowledged is on disk."""


def postgres_database(url: URL) -> Database:
    """The database that `url` names."""
    writer = _engine(url, poolclass=NullPool, isolation_level="READ COMMITTED")
    readers = _engine(
        url,
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",
    )
    return Database(writer=writer, readers=readers, take_turn=_take_turn, release=lambda: None)


def _engine(url: URL, **options: Any) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15000,
            "client_encoding": "utf8",
        },
        hide_parameters=True,  # for errors get into logs, and parameters hold what is sealed
        **options,
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SESSION)
    connection.commit()


def _take_turn(connection: Connection) -> None:
    version = connection.dialect.server_version_info
    if version is None or version < OLDEST:
        raise CannotOpen(f"PostgreSQL {version} is too old, expected {OLDEST[0]} or newer")
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _OPENING})
