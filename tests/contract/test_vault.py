"""The vault on real stores: several who seal, erase and wrap anew at the same time, and what is left on disk."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.data_keys import DataKeys, ErasedKey, WrappedKey
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent
from doorward_sealing import cipher
from doorward_sealing.errors import KeyErased, UnknownKeyEncryptionKey
from doorward_sealing.key_encryption import KeyEncryptionKey, KeyEncryptionKeys
from doorward_sealing.vault import open_vault

from tests.contract.conftest import SqlStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

A, B, C = AccountId("000000000001"), AccountId("000000000002"), AccountId("000000000003")
KEY, NEW_KEY = KeyEncryptionKey(bytes(range(32))), KeyEncryptionKey(bytes(range(1, 33)))

# --- at the same time ---


class LooksTogether:
    """Data keys of one process, where everybody has looked for a key before anybody keeps one."""

    def __init__(self, keys: DataKeys, all_looked: asyncio.Barrier) -> None:
        self._keys = keys
        self._all_looked = all_looked
        self.keep, self.erase = keys.keep, keys.erase
        self.not_wrapped_by, self.rewrap = keys.not_wrapped_by, keys.rewrap
        self.held = False

    async def find(self, owner: str) -> WrappedKey | ErasedKey | None:
        found = await self._keys.find(owner)
        if self.held:
            await self._all_looked.wait()
            assert found is None
        return found


async def seal_at_once(processes: Sequence[DataKeys], tasks: int) -> None:
    """Many seal for one account that has no key yet, all of them having seen that it has none."""
    all_looked = asyncio.Barrier(tasks)
    looking = [LooksTogether(keys, all_looked) for keys in processes]
    vaults = [await open_vault(keys, KeyEncryptionKeys((KEY,))) for keys in looking]
    for keys in looking:
        keys.held = True

    sealed = await asyncio.gather(*(vaults[n % len(vaults)].seal(A, "root-email", f"{n}") for n in range(tasks)))

    for keys in looking:
        keys.held = False
    for vault in vaults:
        assert [await vault.unseal(A, "root-email", value) for value in sealed] == [f"{n}" for n in range(tasks)]
    assert len({vault.fingerprint("root-email", "x") for vault in vaults}) == 1


async def test_many_who_make_a_key_at_once_in_one_process_all_use_the_winners(data_keys: DataKeys) -> None:
    await seal_at_once([data_keys], 20)


async def test_two_processes_that_make_a_key_at_once_both_use_the_winners(postgres_store: SqlStore) -> None:
    async with postgres_store.open() as one, postgres_store.open() as other:
        await seal_at_once([one.data_keys, other.data_keys], 20)


async def test_processes_that_open_a_new_database_at_once_tell_the_same_fingerprints(postgres_store: SqlStore) -> None:
    async with AsyncExitStack() as stack:
        logs = [await stack.enter_async_context(postgres_store.open()) for _ in range(4)]
        vaults = await asyncio.gather(*(open_vault(log.data_keys, KeyEncryptionKeys((KEY,))) for log in logs))

        assert len({vault.fingerprint("root-email", "x") for vault in vaults}) == 1


async def test_a_key_that_is_erased_while_others_make_it_is_erased(postgres_store: SqlStore) -> None:
    async with postgres_store.open() as one, postgres_store.open() as other:
        sealing = await open_vault(one.data_keys, KeyEncryptionKeys((KEY,)))
        erasing = await open_vault(other.data_keys, KeyEncryptionKeys((KEY,)))

        for number in range(1, 30):
            account = AccountId(f"{number:012d}")
            await asyncio.gather(
                sealing.seal(account, "root-email", "x"), erasing.erase(account), return_exceptions=True
            )

            with pytest.raises(KeyErased):
                await sealing.seal(account, "root-email", "x")


async def test_two_processes_wrap_everything_anew_beside_each_other(postgres_store: SqlStore) -> None:
    accounts = [AccountId(f"{number:012d}") for number in range(1, 60)]
    async with postgres_store.open() as one, postgres_store.open() as other:
        old = await open_vault(one.data_keys, KeyEncryptionKeys((KEY,)))
        sealed = {account: await old.seal(account, "root-email", account) for account in accounts}
        both = [await open_vault(log.data_keys, KeyEncryptionKeys((NEW_KEY, KEY))) for log in (one, other)]

        async def rotate(number: int) -> None:
            while (await both[number].rewrap(limit=7)).done:
                pass

        await asyncio.gather(rotate(0), rotate(1))

        new = await open_vault(one.data_keys, KeyEncryptionKeys((NEW_KEY,)))
        assert [await new.unseal(account, "root-email", sealed[account]) for account in accounts] == accounts


# --- on disk ---


async def test_a_database_that_was_moved_without_its_key_tells_nothing_and_with_it_everything(
    sqlite_store: SqlStore, tmp_path: Path
) -> None:
    secrets = {"root-email": "ann.canary@example.com", "password/AIDA": "correct horse canary", "totp/1": "CANARYSEED"}
    async with sqlite_store.open() as log:
        vault = await open_vault(log.data_keys, KeyEncryptionKeys((KEY,)))
        sealed = {purpose: await vault.seal(A, purpose, text) for purpose, text in secrets.items()}
        await log.secrets.put_many(A, sealed)
        event = NewEvent(type="RootUserNamed", schema_version=1, payload=sealed["root-email"].encode())
        await log.append(A, 0, [event], metadata=b"{}")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(tmp_path / "identity.db", elsewhere / "moved.db")
    moved = SqlStore("sqlite", f"sqlite:///{elsewhere}/moved.db", sqlite_store.connect)

    async with moved.open() as log:
        with pytest.raises(UnknownKeyEncryptionKey, match=KEY.id):
            await open_vault(log.data_keys, KeyEncryptionKeys((NEW_KEY,)))
        files = b"".join(file.read_bytes() for file in elsewhere.iterdir())
        assert sealed["totp/1"].encode() in files  # so that what is plain would be found
        for plain in (*(text.encode() for text in secrets.values()), KEY.key, KEY.key.hex().encode()):
            assert plain not in files

        vault = await open_vault(log.data_keys, KeyEncryptionKeys((KEY,)))
        kept = await log.secrets.find_many(A, list(secrets))
        assert await vault.unseal_many(A, list(kept.items())) == [secrets[purpose] for purpose in kept]
        [record] = await log.read(0, 10)
        assert await vault.unseal(A, "root-email", record.payload.decode()) == secrets["root-email"]


async def test_no_data_key_is_ever_on_disk_and_an_erased_one_not_even_wrapped(
    sqlite_store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []

    def new_key() -> bytes:
        made.append(bytes([65 + len(made)] * 32))
        return made[-1]

    def on_disk(key: bytes) -> bool:
        """Whether any 16 bytes of it are."""
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        return any(key[n : n + 16] in files for n in range(len(key) - 15))

    monkeypatch.setattr(cipher, "new_key", new_key)
    wrapped = []
    async with sqlite_store.open() as log:
        vault = await open_vault(log.data_keys, KeyEncryptionKeys((KEY,)))
        for account in (A, B, C):
            await vault.seal(account, "root-email", "ann@example.com")
            found = await log.data_keys.find(account)
            assert isinstance(found, WrappedKey)
            wrapped.append(found.wrapped)
        assert [on_disk(key) for key in wrapped] == [True, True, True]  # so that it would be found
        await vault.erase(B)
        assert not any(on_disk(key) for key in (*made, KEY.key))

    assert len(made) == 4
    assert not any(on_disk(key) for key in (*made, KEY.key))
    assert [on_disk(key) for key in wrapped] == [True, False, True]
