"""When something was last used, beside the log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "last_used",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("unique_id", sa.Text, primary_key=True),
        sa.Column("used_at", _LONG, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sqlite_strict=True,
    )
