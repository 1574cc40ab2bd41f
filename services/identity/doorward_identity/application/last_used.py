"""When the users and roles of accounts were last used: checked, recorded beside the log, and read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from doorward_directory.account import Account
from doorward_directory.roles import Role
from doorward_eventlog.last_used import LastUsed, LastUses
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import UniqueId

from doorward_identity.application.accounts import Accounts

AHEAD = 60_000_000
"""Microseconds that the clock of whoever saw the use may be ahead of ours."""

_UNIQUE_ID = re.compile(r"[A-Z]{4}[A-Z2-7]{16,19}", re.ASCII)
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?", re.ASCII)


class UsesOfEntities:
    """What is used must exist; accounts are looked up once for a batch."""

    def __init__(self, uses: LastUses, accounts: Accounts) -> None:
        self._uses = uses
        self._accounts = accounts

    async def record(self, uses: Sequence[LastUsed], now: datetime) -> int:
        """Keep what is worth it, all or nothing; how many that are.

        Raises InvalidInput for a time before 1970 or in the future, a malformed region or service; NoSuchEntity for an
        account, user or role that does not exist.
        """
        latest = int(now.timestamp() * 1_000_000)
        for use in uses:
            _check(use, latest)
        for account_id in sorted({use.account for use in uses}):
            account = await self._accounts.get(account_id)
            for use in uses:
                if use.account == account_id:
                    _check_exists(account, use.unique_id)
        return await self._uses.record_uses([replace(use, used_at=min(use.used_at, latest)) for use in uses])

    async def of(self, account: Account, roles: Sequence[Role]) -> Mapping[UniqueId, LastUsed]:
        """The last use of each role that was ever used."""
        return await self._uses.last_used(account.account_id, {role.role_id for role in roles})


def _check(use: LastUsed, latest: int) -> None:
    if not 0 <= use.used_at <= latest + AHEAD:
        when = "in the future" if use.used_at > 0 else "before 1970"
        raise InvalidInput(f"`time` of the use of `{use.unique_id[:32]}` is {when}: nothing was recorded")
    if not _UNIQUE_ID.fullmatch(use.unique_id):
        raise InvalidInput(f"`uniqueId` is `{use.unique_id[:32]}`: expected one such as `AIDA…` or `AROA…`")
    for field, value in (("region", use.region), ("service", use.service)):
        if not _WORD.fullmatch(value):
            raise InvalidInput(f"`{field}` is `{value[:64]}`: expected 1 to 64 of a-z, 0-9, `.` and `-`")


def _check_exists(account: Account, unique_id: UniqueId) -> None:
    if unique_id not in account.roles and unique_id not in account.users:
        raise NoSuchEntity(
            f"there is no user or role `{unique_id[:32]}` in account `{account.account_id}`: nothing was recorded"
        )
