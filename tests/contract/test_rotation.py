"""Key-encryption keys that change while several tasks seal, unseal and erase on a real store."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.data_keys import ErasedKey
from doorward_kernel.ids import AccountId
from doorward_sealing.errors import KeyErased
from doorward_sealing.key_encryption import ExchangeableKeys, KeyEncryptionKey, KeyEncryptionKeys
from doorward_sealing.rotation import Rotation
from doorward_sealing.vault import Vault, open_vault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path
    from typing import Any

    from doorward_eventlog.sql import SqlEventLog

    from tests.contract.conftest import SqlStore

OLD, NEW = KeyEncryptionKey(bytes(range(32))), KeyEncryptionKey(bytes(range(1, 33)))
EMAIL = "root-email"


def write(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o600)
    new.rename(file)


class Users:
    """Tasks that seal and unseal for ever more accounts, and erase every fifth."""

    def __init__(self) -> None:
        self.sealed: dict[AccountId, str] = {}
        self.erased: set[AccountId] = set()
        self._next = 1

    async def use(self, vault: Vault) -> None:
        while True:
            account, self._next = AccountId(f"{self._next:012d}"), self._next + 1
            self.sealed[account] = await vault.seal(account, EMAIL, account)
            assert await vault.unseal(account, EMAIL, self.sealed[account]) == account
            if int(account) % 5 == 0:
                await vault.erase(account)
                self.erased.add(account)


@asynccontextmanager
async def background(*loops: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Inside the block the loops run; none of them must have ended by itself."""
    running = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
        assert [task for task in running if task.done()] == []
    finally:
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task


async def rotate(processes: list[SqlEventLog], file: Path, users: Users) -> None:
    """Each process uses its own connections; the key file is put in order, broken, and relieved of the old key."""
    keys = [ExchangeableKeys(KeyEncryptionKeys((OLD,))) for _ in processes]
    vaults = [await open_vault(log.data_keys, each) for log, each in zip(processes, keys, strict=True)]
    rotations = [
        Rotation(vault, each, file, look_seconds=0.01, settling_seconds=0.3)
        for vault, each in zip(vaults, keys, strict=True)
    ]
    async with background(*(each.run() for each in rotations), *(users.use(vault) for vault in vaults * 2)):
        for first, second in ((OLD, NEW), (NEW, OLD)):
            write(file, f"{first.key.hex()}\n{second.key.hex()}")
            await used(keys, (first.id, second.id))
        write(file, "broken")
        await asyncio.sleep(0.1)
        await used(keys, (NEW.id, OLD.id))
        write(file, NEW.key.hex())
        await used(keys, (NEW.id,))
        assert users.erased


async def used(keys: list[ExchangeableKeys], ids: tuple[str, ...]) -> None:
    async with asyncio.timeout(60):
        while {each.now.ids for each in keys} != {ids}:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def assert_only_what_was_erased_is_lost(log: SqlEventLog, users: Users) -> None:
    vault = await open_vault(log.data_keys, KeyEncryptionKeys((NEW,)))
    for account, value in users.sealed.items():
        if isinstance(await log.data_keys.find(account), ErasedKey):
            with pytest.raises(KeyErased):
                await vault.unseal(account, EMAIL, value)
        else:
            assert account not in users.erased
            assert await vault.unseal(account, EMAIL, value) == account


async def test_keys_change_and_the_old_one_vanishes_while_many_seal_and_erase(
    sql_store: SqlStore, tmp_path: Path
) -> None:
    file, users = tmp_path / "key-encryption.key", Users()
    write(file, OLD.key.hex())
    async with sql_store.open() as log:
        await rotate([log], file, users)

    async with sql_store.open() as log:
        await assert_only_what_was_erased_is_lost(log, users)


async def test_keys_change_in_two_processes_beside_each_other(postgres_store: SqlStore, tmp_path: Path) -> None:
    file, users = tmp_path / "key-encryption.key", Users()
    write(file, OLD.key.hex())
    async with AsyncExitStack() as stack:
        logs = [await stack.enter_async_context(postgres_store.open()) for _ in range(2)]
        await rotate(logs, file, users)

        await assert_only_what_was_erased_is_lost(logs[0], users)
