"""Data keys in the database of a log, through the log's own connections."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from doorward_eventlog.data_keys import ErasedKey, Rewrapping, WrappedKey, check_erasable, check_owner
from doorward_eventlog.database import Run, insert_into
from doorward_eventlog.log import Clock
from doorward_eventlog.schema import data_keys

_FIND = select(data_keys).where(data_keys.c.owner == bindparam("owner"))
_NOT_WRAPPED_BY = (
    select(data_keys)
    .where(data_keys.c.wrapped_by != bindparam("wrapped_by"))  # never true of an erased one: it has none
    .order_by(data_keys.c.owner)
    .limit(bindparam("limit"))
)
_REWRAP = (
    update(data_keys)
    .where(data_keys.c.owner == bindparam("of"), data_keys.c.wrapped == bindparam("found"))
    .values(wrapped=bindparam("anew"), wrapped_by=bindparam("by"))
)


class SqlDataKeys:
    """DataKeys in SQLite or PostgreSQL.

    An erased key is overwritten in SQLite's file as soon as its write-ahead log is folded in, in PostgreSQL's by
    the next vacuum. Copies in backups stay: what ends them is to destroy the key-encryption key that wrapped them.
    """

    def __init__(self, read: Run, write: Run, clock: Clock) -> None:
        self._read = read
        self._write = write
        self._clock = clock

    async def find(self, owner: str) -> WrappedKey | ErasedKey | None:
        return await self._read(lambda connection: _find(connection, owner))

    async def keep(self, owner: str, wrapped: bytes, wrapped_by: str) -> WrappedKey | ErasedKey:
        new = {"owner": check_owner(owner), "wrapped": wrapped, "wrapped_by": wrapped_by, "created_at": self._clock()}
        return await self._write(lambda connection: _keep(connection, new))

    async def erase(self, owner: str) -> ErasedKey:
        check_erasable(owner)
        return await self._write(lambda connection: _erase(connection, owner, self._clock()))

    async def not_wrapped_by(self, wrapped_by: str, limit: int) -> list[WrappedKey]:
        values = {"wrapped_by": wrapped_by, "limit": limit}

        def query(connection: Connection) -> list[WrappedKey]:
            found = [_key(row) for row in connection.execute(_NOT_WRAPPED_BY, values)]
            return [key for key in found if isinstance(key, WrappedKey)]

        return await self._read(query)

    async def rewrap(self, rewrappings: Sequence[Rewrapping]) -> None:
        values = [
            {"of": each.found.owner, "found": each.found.wrapped, "anew": each.wrapped, "by": each.wrapped_by}
            for each in rewrappings
        ]
        if values:
            await self._write(lambda connection: connection.execute(_REWRAP, values).close())


def _find(connection: Connection, owner: str) -> WrappedKey | ErasedKey | None:
    row = connection.execute(_FIND, {"owner": owner}).one_or_none()
    return None if row is None else _key(row)


def _keep(connection: Connection, new: dict[str, Any]) -> WrappedKey | ErasedKey:
    """Insert, or wait for the one who inserts at the same time; then look at who won."""
    connection.execute(insert_into(connection, data_keys).values(new).on_conflict_do_nothing(index_elements=["owner"]))
    return _key(connection.execute(_FIND, {"owner": new["owner"]}).one())


def _erase(connection: Connection, owner: str, now: int) -> ErasedKey:
    tombstone = {"wrapped": None, "wrapped_by": None, "erased_at": now}
    new = insert_into(connection, data_keys).values({"owner": owner, "created_at": now, **tombstone})
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["owner"], set_=tombstone, where=data_keys.c.erased_at.is_(None)
        )  # who erases again learns when it was erased
    )
    row = connection.execute(_FIND, {"owner": owner}).one()
    return ErasedKey(owner=owner, erased_at=row.erased_at)


def _key(row: Row[Any]) -> WrappedKey | ErasedKey:
    if row.wrapped is None:
        return ErasedKey(owner=row.owner, erased_at=row.erased_at)
    return WrappedKey(owner=row.owner, wrapped=row.wrapped, wrapped_by=row.wrapped_by, created_at=row.created_at)
