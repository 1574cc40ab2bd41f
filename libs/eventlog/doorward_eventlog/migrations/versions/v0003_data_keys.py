"""Data keys, wrapped: what personal data and secrets are sealed with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("wrapped_by", sa.Text),
        sa.Column("created_at", _LONG, nullable=False),
        sa.Column("erased_at", _LONG),
        sa.CheckConstraint(
            "(wrapped IS NULL) = (erased_at IS NOT NULL) AND (wrapped IS NULL) = (wrapped_by IS NULL)",
            name="data_keys_wrapped_or_erased",
        ),
        sqlite_strict=True,
    )
