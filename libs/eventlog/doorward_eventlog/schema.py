"""The tables, as queries name them; the migrations make them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.dialects import postgresql

metadata = MetaData()

_LONG = BigInteger().with_variant(Integer(), "sqlite")
_NAME = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_FLAG = Boolean().with_variant(Integer(), "sqlite")

events = Table(
    "events",
    metadata,
    Column("position", _LONG, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("version", _LONG, nullable=False),
    Column("type", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("metadata", LargeBinary, nullable=False),
    Column("recorded_at", _LONG, nullable=False),
    Column("commit_last", _FLAG, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("account", "version", name="events_account_version"),
)

FIRST = literal_column("1", Integer)
"""The first version, not as a parameter: so that both planners recognise the index of first events."""

_is_first = events.c.version == FIRST
Index("events_first", events.c.account, sqlite_where=_is_first, postgresql_where=_is_first)

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("position", _LONG, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("recorded_at", _LONG, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("account", Text, primary_key=True),
    Column("format", Integer, primary_key=True, autoincrement=False),
    Column("version", _LONG, nullable=False),
    Column("position", _LONG, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

last_used = Table(
    "last_used",
    metadata,
    Column("account", Text, primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("used_at", _LONG, nullable=False),
    Column("service", Text, nullable=False),
    Column("region", Text, nullable=False),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("wrapped", LargeBinary),
    Column("wrapped_by", Text),
    Column("created_at", _LONG, nullable=False),
    Column("erased_at", _LONG),
)

secrets = Table(
    "secrets",
    metadata,
    Column("account", Text, primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("sealed", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("account", Text, primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("value", _LONG, nullable=False),
)
