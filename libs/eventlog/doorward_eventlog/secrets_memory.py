"""Secrets in memory, for tests of what uses them."""

import asyncio
from collections.abc import Collection, Mapping

from doorward_kernel.errors import EntityAlreadyExists
from doorward_kernel.ids import AccountId

from doorward_eventlog.secrets import check_names, check_prefix, check_sealed


class MemorySecrets:
    """Secrets that are gone when the process ends."""

    def __init__(self) -> None:
        self._kept: dict[tuple[AccountId, str], str] = {}

    async def put(self, account: AccountId, name: str, sealed: str) -> None:
        await self.put_many(account, {name: sealed})

    async def put_many(self, account: AccountId, sealed: Mapping[str, str]) -> None:
        check_names(account, sealed)
        new = {(account, name): check_sealed(value) for name, value in sealed.items()}
        await asyncio.sleep(0)  # others get their turn, as with a real one
        if new.keys() & self._kept.keys():
            names = ", ".join(f"`{name}`" for name in sealed)
            raise EntityAlreadyExists(f"account `{account}` has a secret under {names} already")
        self._kept |= new

    async def replace(self, account: AccountId, name: str, sealed: str, expected: str) -> bool:
        check_names(account, (name,))
        check_sealed(expected)
        check_sealed(sealed)
        await asyncio.sleep(0)
        if self._kept.get((account, name)) != expected:
            return False
        self._kept[account, name] = sealed
        return True

    async def find(self, account: AccountId, name: str) -> str | None:
        check_names(account, (name,))
        await asyncio.sleep(0)
        return self._kept.get((account, name))

    async def find_many(self, account: AccountId, names: Collection[str]) -> Mapping[str, str]:
        check_names(account, names)
        await asyncio.sleep(0)
        return {name: self._kept[account, name] for name in names if (account, name) in self._kept}

    async def take(self, account: AccountId, name: str, expected: str) -> bool:
        check_names(account, (name,))
        check_sealed(expected)
        await asyncio.sleep(0)
        if self._kept.get((account, name)) != expected:
            return False
        del self._kept[account, name]
        return True

    async def delete(self, account: AccountId, names: Collection[str]) -> int:
        check_names(account, names)
        await asyncio.sleep(0)
        return sum(self._kept.pop((account, name), None) is not None for name in set(names))

    async def names(self, account: AccountId, prefix: str, limit: int, *, after: str = "") -> list[str]:
        check_prefix(account, prefix, after)
        await asyncio.sleep(0)
        found = (name for owner, name in self._kept if owner == account and name.startswith(prefix) and name > after)
        return sorted(found)[:limit]

    async def delete_account(self, account: AccountId) -> int:
        check_names(account, ())
        await asyncio.sleep(0)
        return await self.delete(account, [name for owner, name in self._kept if owner == account])
