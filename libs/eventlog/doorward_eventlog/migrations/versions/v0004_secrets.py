"""Secrets, sealed, and numbers that only rise."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")  # in the order of codes, as in SQLite


def upgrade() -> None:
    op.create_table(
        "secrets",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "counters",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("value", _LONG, nullable=False),
        sqlite_strict=True,
    )
