"""Secrets in the database of a log, through the log's own connections."""

from collections.abc import Collection, Mapping
from typing import Any

from doorward_kernel.errors import EntityAlreadyExists
from doorward_kernel.ids import AccountId
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from doorward_eventlog.database import Run, parts
from doorward_eventlog.schema import secrets
from doorward_eventlog.secrets import check_names, check_prefix, check_sealed

_PAST_EVERY_NAME = "\x7f"
"""Greater than whatever follows a prefix: names hold only lesser characters, and are compared by their codes."""

_OF_ACCOUNT = secrets.c.account == bindparam("of")
_ONE = (_OF_ACCOUNT, secrets.c.name == bindparam("named"))
_AS_EXPECTED = (*_ONE, secrets.c.sealed == bindparam("expected"))
_SEVERAL = (_OF_ACCOUNT, secrets.c.name.in_(bindparam("names", expanding=True)))

_FIND = select(secrets.c.sealed).where(*_ONE)
_FIND_MANY = select(secrets.c.name, secrets.c.sealed).where(*_SEVERAL)
_NAMES = (
    select(secrets.c.name)
    .where(_OF_ACCOUNT, secrets.c.name >= bindparam("prefix"), secrets.c.name < bindparam("end"))
    .where(secrets.c.name > bindparam("after"))
    .order_by(secrets.c.name)
    .limit(bindparam("limit"))
)
_PUT = insert(secrets)
_REPLACE = update(secrets).where(*_AS_EXPECTED).values(sealed=bindparam("anew"))
_TAKE = delete(secrets).where(*_AS_EXPECTED)
_DELETE = delete(secrets).where(*_SEVERAL)
_DELETE_ACCOUNT = delete(secrets).where(_OF_ACCOUNT)


class SqlSecrets:
    """Secrets in SQLite or PostgreSQL. What is deleted is overwritten in the files as an erased data key is."""

    def __init__(self, read: Run, write: Run) -> None:
        self._read = read
        self._write = write

    async def put(self, account: AccountId, name: str, sealed: str) -> None:
        await self.put_many(account, {name: sealed})

    async def put_many(self, account: AccountId, sealed: Mapping[str, str]) -> None:
        check_names(account, sealed)
        rows = [  # in order, so that two who put never wait for each other
            {"account": account, "name": name, "sealed": check_sealed(value)} for name, value in sorted(sealed.items())
        ]
        if not rows:
            return
        try:
            await self._write(lambda connection: connection.execute(_PUT, rows).close())
        except IntegrityError:
            names = ", ".join(f"`{name}`" for name in sealed)
            raise EntityAlreadyExists(f"account `{account}` has a secret under {names} already") from None

    async def replace(self, account: AccountId, name: str, sealed: str, expected: str) -> bool:
        check_names(account, (name,))
        values = {"of": account, "named": name, "anew": check_sealed(sealed), "expected": check_sealed(expected)}
        return await self._write(lambda connection: connection.execute(_REPLACE, values).rowcount) == 1

    async def find(self, account: AccountId, name: str) -> str | None:
        check_names(account, (name,))
        return await self._read(lambda connection: _find(connection, account, name))

    async def find_many(self, account: AccountId, names: Collection[str]) -> Mapping[str, str]:
        check_names(account, names)
        return await self._read(lambda connection: _find_many(connection, account, names)) if names else {}

    async def take(self, account: AccountId, name: str, expected: str) -> bool:
        check_names(account, (name,))
        values = {"of": account, "named": name, "expected": check_sealed(expected)}
        return await self._write(lambda connection: connection.execute(_TAKE, values).rowcount) == 1

    async def delete(self, account: AccountId, names: Collection[str]) -> int:
        check_names(account, names)
        return await self._write(lambda connection: _delete(connection, account, names)) if names else 0

    async def names(self, account: AccountId, prefix: str, limit: int, *, after: str = "") -> list[str]:
        check_prefix(account, prefix, after)
        values = {"of": account, "prefix": prefix, "end": prefix + _PAST_EVERY_NAME, "after": after, "limit": limit}
        return await self._read(lambda connection: _names(connection, values))

    async def delete_account(self, account: AccountId) -> int:
        check_names(account, ())
        return await self._write(lambda connection: connection.execute(_DELETE_ACCOUNT, {"of": account}).rowcount)


def _find(connection: Connection, account: AccountId, name: str) -> str | None:
    return connection.execute(_FIND, {"of": account, "named": name}).scalar_one_or_none()


def _find_many(connection: Connection, account: AccountId, names: Collection[str]) -> dict[str, str]:
    return {
        row.name: row.sealed
        for part in parts(names)
        for row in connection.execute(_FIND_MANY, {"of": account, "names": part})
    }


def _delete(connection: Connection, account: AccountId, names: Collection[str]) -> int:
    return sum(connection.execute(_DELETE, {"of": account, "names": part}).rowcount for part in parts(names))


def _names(connection: Connection, values: dict[str, Any]) -> list[str]:
    return list(connection.execute(_NAMES, values).scalars())
