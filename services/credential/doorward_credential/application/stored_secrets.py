"""Secrets beside the log: sealed with their account's data key, and bound to the name that they are kept under."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from doorward_eventlog.secrets import Secrets
from doorward_kernel.errors import DoorwardError, InternalFailure, NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId
from doorward_sealing.vault import Vault

T = TypeVar("T")


class StoredSecrets:
    """What a name of one account stands for. No error holds a value.

    Every method raises Unavailable when the database does not answer, KeyErased for an account whose secrets were
    erased, CannotUnseal when what is kept was changed.
    """

    def __init__(self, secrets: Secrets, vault: Vault) -> None:
        self._secrets = secrets
        self._vault = vault
        self._changes: set[asyncio.Task[Any]] = set()

    async def put(self, account: AccountId, name: str, value: str) -> None:
        """Keep a value under a name that is free. Raises EntityAlreadyExists when it is not."""
        await self._secrets.put(account, name, await self._vault.seal(account, name, value))

    async def put_many(self, account: AccountId, values: Mapping[str, str]) -> None:
        """Each value under its name, all or none."""
        sealed = {name: await self._vault.seal(account, name, value) for name, value in values.items()}
        await self._secrets.put_many(account, sealed)

    async def keep_for(self, account: AccountId, values: Mapping[str, str], change: Callable[[], Awaitable[T]]) -> T:
        """Keep each value under its name, which was never used, and then do `change`, which commits the event that
        names them; its result. It is carried through even when the caller is cancelled.

        When `change` is refused, the values are forgotten. They stay when it may be committed all the same
        (Unavailable, InternalFailure): a value that no event names proves nothing, an event without its value locks
        somebody out.
        """
        task = asyncio.get_running_loop().create_task(self._keep_for(account, values, change))
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        return await asyncio.shield(task)

    async def _keep_for(self, account: AccountId, values: Mapping[str, str], change: Callable[[], Awaitable[T]]) -> T:
        try:
            if values:
                await self.put_many(account, values)
        except Unavailable:
            await self._try_to_delete(account, values)
            raise
        try:
            return await change()
        except (Unavailable, InternalFailure):
            raise
        except DoorwardError:
            await self._try_to_delete(account, values)
            raise

    async def _try_to_delete(self, account: AccountId, names: Collection[str]) -> None:
        with suppress(DoorwardError):  # what is told is why they are not needed
            await self.delete(account, names)

    async def find(self, account: AccountId, name: str) -> str | None:
        """The value, None when there is none."""
        sealed = await self._secrets.find(account, name)
        return None if sealed is None else await self._vault.unseal(account, name, sealed)

    async def get(self, account: AccountId, name: str) -> str:
        """The value. Raises NoSuchEntity, which does not tell the name, when it is gone."""
        value = await self.find(account, name)
        if value is None:
            raise NoSuchEntity("what proves it is no longer there")
        return value

    async def find_many(self, account: AccountId, names: Collection[str]) -> Mapping[str, str]:
        """The value of each of the names that have one."""
        sealed = await self._secrets.find_many(account, names)
        values = await self._vault.unseal_many(account, list(sealed.items())) if sealed else []
        return dict(zip(sealed, values, strict=True))

    async def exchange(self, account: AccountId, name: str, before: str, after: str) -> bool:
        """Keep `after` in the place of `before`; whether that was there."""
        sealed = await self._secrets.find(account, name)
        if sealed is None or await self._vault.unseal(account, name, sealed) != before:
            return False
        return await self._secrets.replace(account, name, await self._vault.seal(account, name, after), sealed)

    async def take(self, account: AccountId, name: str, expected: str) -> bool:
        """Use up a value: of all who bring it at once, exactly one is told True."""
        sealed = await self._secrets.find(account, name)
        if sealed is None or await self._vault.unseal(account, name, sealed) != expected:
            return False
        return await self._secrets.take(account, name, sealed)

    async def delete(self, account: AccountId, names: Collection[str]) -> None:
        """Forget these; what is not there does no harm."""
        if names:
            await self._secrets.delete(account, names)

    async def names(self, account: AccountId, prefix: str, limit: int, *, after: str = "") -> list[str]:
        """At most `limit` names that begin so, sorted, after the name `after`."""
        return await self._secrets.names(account, prefix, limit, after=after)

    async def erase(self, account: AccountId) -> None:
        """Destroy the account's data key, and what it sealed, for good."""
        await self._vault.erase(account)
        await self._secrets.delete_account(account)
