"""Counters in the database of a log, through the log's own connections."""

from collections.abc import Collection, Mapping

from doorward_kernel.ids import AccountId
from sqlalchemy import Connection, bindparam, delete, select

from doorward_eventlog.counters import check_value
from doorward_eventlog.database import Run, insert_into, parts
from doorward_eventlog.schema import counters
from doorward_eventlog.secrets import check_names

_OF_ACCOUNT = counters.c.account == bindparam("of")
_SEVERAL = (_OF_ACCOUNT, counters.c.name.in_(bindparam("names", expanding=True)))

_READ = select(counters.c.name, counters.c.value).where(*_SEVERAL)
_DELETE = delete(counters).where(*_SEVERAL)
_DELETE_ACCOUNT = delete(counters).where(_OF_ACCOUNT)


class SqlCounters:
    """Counters in SQLite or PostgreSQL."""

    def __init__(self, read: Run, write: Run) -> None:
        self._read = read
        self._write = write

    async def advance(self, account: AccountId, name: str, value: int) -> bool:
        check_names(account, (name,))
        check_value(value)
        return await self._write(lambda connection: _advance(connection, account, name, value))

    async def read(self, account: AccountId, names: Collection[str]) -> Mapping[str, int]:
        check_names(account, names)
        return await self._read(lambda connection: _values(connection, account, names)) if names else {}

    async def delete(self, account: AccountId, names: Collection[str]) -> int:
        check_names(account, names)
        return await self._write(lambda connection: _delete(connection, account, names)) if names else 0

    async def delete_account(self, account: AccountId) -> int:
        check_names(account, ())
        return await self._write(lambda connection: connection.execute(_DELETE_ACCOUNT, {"of": account}).rowcount)


def _advance(connection: Connection, account: AccountId, name: str, value: int) -> bool:
    """One statement, which waits for whoever advances at the same time and then compares with what that one left."""
    new = insert_into(connection, counters).values(account=account, name=name, value=value)
    statement = new.on_conflict_do_update(
        index_elements=["account", "name"],
        set_={"value": new.excluded.value},
        where=counters.c.value < new.excluded.value,
    )
    return connection.execute(statement.returning(counters.c.value)).one_or_none() is not None


def _values(connection: Connection, account: AccountId, names: Collection[str]) -> dict[str, int]:
    return {
        row.name: row.value
        for part in parts(names)
        for row in connection.execute(_READ, {"of": account, "names": part})
    }


def _delete(connection: Connection, account: AccountId, names: Collection[str]) -> int:
    return sum(connection.execute(_DELETE, {"of": account, "names": part}).rowcount for part in parts(names))
