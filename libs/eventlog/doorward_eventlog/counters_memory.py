"""Counters in memory, for tests of what uses them."""

import asyncio
from collections.abc import Collection, Mapping

from doorward_kernel.ids import AccountId

from doorward_eventlog.counters import check_value
from doorward_eventlog.secrets import check_names


class MemoryCounters:
    """Counters that are gone when the process ends."""

    def __init__(self) -> None:
        self._kept: dict[tuple[AccountId, str], int] = {}

    async def advance(self, account: AccountId, name: str, value: int) -> bool:
        check_names(account, (name,))
        check_value(value)
        await asyncio.sleep(0)  # others get their turn, as with a real one
        if self._kept.get((account, name), -1) >= value:
            return False
        self._kept[account, name] = value
        return True

    async def read(self, account: AccountId, names: Collection[str]) -> Mapping[str, int]:
        check_names(account, names)
        await asyncio.sleep(0)
        return {name: self._kept[account, name] for name in names if (account, name) in self._kept}

    async def delete(self, account: AccountId, names: Collection[str]) -> int:
        check_names(account, names)
        await asyncio.sleep(0)
        return sum(self._kept.pop((account, name), None) is not None for name in set(names))

    async def delete_account(self, account: AccountId) -> int:
        check_names(account, ())
        await asyncio.sleep(0)
        return await self.delete(account, [name for owner, name in self._kept if owner == account])
