"""The log: events, its head, snapshots."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("position", _LONG, primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("version", _LONG, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("metadata", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", _LONG, nullable=False),
        sa.Column("commit_last", _FLAG, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("account", "version", name="events_account_version"),
        sqlite_strict=True,
    )
    first = sa.text("version = 1")
    op.create_index("events_first", "events", ["account"], sqlite_where=first, postgresql_where=first)
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("position", _LONG, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", _LONG, nullable=False),
        sa.CheckConstraint("id = 1", name="log_head_one_row"),
        sqlite_strict=True,
        postgresql_with={"fillfactor": "10"},  # room on its page, so that an update touches no index
    )
    op.create_table(
        "snapshots",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("format", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", _LONG, nullable=False),
        sa.Column("position", _LONG, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
