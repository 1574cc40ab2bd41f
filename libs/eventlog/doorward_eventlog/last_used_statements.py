"""The statements on last uses, the same for every database; the caller owns the transaction."""

from collections.abc import Collection, Sequence

from doorward_kernel.ids import AccountId, UniqueId
from sqlalchemy import Connection, bindparam, select

from doorward_eventlog.database import insert_into, parts
from doorward_eventlog.last_used import INTERVAL, LastUsed
from doorward_eventlog.schema import last_used

_KEPT = select(last_used).where(
    last_used.c.account == bindparam("account"), last_used.c.unique_id.in_(bindparam("ids", expanding=True))
)


def keep_uses(connection: Connection, uses: Sequence[LastUsed]) -> int:
    """Write each use unless the one that is kept is too close to it, or later; how many were written."""
    written = 0
    for use in uses:
        new = insert_into(connection, last_used).values(
            account=use.account,
            unique_id=use.unique_id,
            used_at=use.used_at,
            service=use.service,
            region=use.region,
        )
        statement = new.on_conflict_do_update(
            index_elements=["account", "unique_id"],
            set_={name: new.excluded[name] for name in ("used_at", "service", "region")},
            where=last_used.c.used_at <= new.excluded.used_at - INTERVAL,
        )
        written += len(connection.execute(statement.returning(last_used.c.unique_id)).all())
    return written


def uses_of(connection: Connection, account: AccountId, unique_ids: Collection[UniqueId]) -> list[LastUsed]:
    """The uses that are kept of these."""
    return [use for ids in parts(unique_ids) for use in _uses(connection, account, ids)]


def _uses(connection: Connection, account: AccountId, ids: list[UniqueId]) -> list[LastUsed]:
    return [
        LastUsed(
            account=account,
            unique_id=UniqueId(row.unique_id),
            used_at=row.used_at,
            service=row.service,
            region=row.region,
        )
        for row in connection.execute(_KEPT, {"account": account, "ids": ids})
    ]
