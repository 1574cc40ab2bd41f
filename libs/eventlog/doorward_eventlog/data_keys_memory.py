"""Data keys in memory, for tests of what uses them."""

import asyncio
from collections.abc import Sequence

from doorward_eventlog.data_keys import ErasedKey, Rewrapping, WrappedKey, check_erasable, check_owner
from doorward_eventlog.log import Clock, microseconds_now


class MemoryDataKeys:
    """DataKeys that are gone when the process ends."""

    def __init__(self, *, clock: Clock = microseconds_now) -> None:
        self._clock = clock
        self._keys: dict[str, WrappedKey | ErasedKey] = {}

    async def find(self, owner: str) -> WrappedKey | ErasedKey | None:
        await asyncio.sleep(0)  # others get their turn, as with a real one
        return self._keys.get(owner)

    async def keep(self, owner: str, wrapped: bytes, wrapped_by: str) -> WrappedKey | ErasedKey:
        key = WrappedKey(owner=check_owner(owner), wrapped=wrapped, wrapped_by=wrapped_by, created_at=self._clock())
        await asyncio.sleep(0)
        return self._keys.setdefault(owner, key)

    async def erase(self, owner: str) -> ErasedKey:
        erased = ErasedKey(owner=check_erasable(owner), erased_at=self._clock())
        found = self._keys.get(owner)
        if isinstance(found, ErasedKey):
            return found
        self._keys[owner] = erased
        return erased

    async def not_wrapped_by(self, wrapped_by: str, limit: int, *, after: str = "") -> list[WrappedKey]:
        others = (key for _, key in sorted(self._keys.items()) if isinstance(key, WrappedKey))
        return [key for key in others if key.wrapped_by != wrapped_by and key.owner > after][:limit]

    async def rewrap(self, rewrappings: Sequence[Rewrapping]) -> None:
        for each in rewrappings:
            owner = each.found.owner
            if self._keys.get(owner) == each.found:
                self._keys[owner] = WrappedKey(
                    owner=owner, wrapped=each.wrapped, wrapped_by=each.wrapped_by, created_at=each.found.created_at
                )
