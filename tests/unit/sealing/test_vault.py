"""The vault on data keys in memory: a key for each account, erased for good, wrapped anew without a change."""

import traceback

import pytest
from doorward_eventlog.data_keys import INSTALLATION, ErasedKey, WrappedKey
from doorward_eventlog.data_keys_memory import MemoryDataKeys
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId
from doorward_sealing import cipher
from doorward_sealing.errors import CannotUnseal, KeyErased, UnknownKeyEncryptionKey
from doorward_sealing.key_encryption import KeyEncryptionKey, KeyEncryptionKeys
from doorward_sealing.vault import Vault, open_vault

A, B, C = AccountId("000000000001"), AccountId("000000000002"), AccountId("000000000003")
EMAIL = "root-email"
SECRET = "ann@example.com"
OLD, NEW = KeyEncryptionKey(bytes(range(32))), KeyEncryptionKey(bytes(range(1, 33)))


@pytest.fixture
def keys() -> MemoryDataKeys:
    return MemoryDataKeys()


@pytest.fixture
async def vault(keys: MemoryDataKeys) -> Vault:
    return await open_vault(keys, KeyEncryptionKeys((OLD,)))


async def wrapped_by(keys: MemoryDataKeys, owner: str) -> str:
    found = await keys.find(owner)
    assert isinstance(found, WrappedKey)
    return found.wrapped_by


# --- sealing ---


async def test_what_is_sealed_is_unsealed_also_by_another_process(keys: MemoryDataKeys, vault: Vault) -> None:
    sealed = await vault.seal(A, EMAIL, SECRET)

    other = await open_vault(keys, KeyEncryptionKeys((OLD,)))
    assert await other.unseal(A, EMAIL, sealed) == SECRET
    assert other.fingerprint(EMAIL, SECRET) == vault.fingerprint(EMAIL, SECRET)


async def test_each_account_has_a_key_of_its_own(keys: MemoryDataKeys, vault: Vault) -> None:
    sealed = await vault.seal(A, EMAIL, SECRET)
    await vault.seal(B, EMAIL, SECRET)

    unwrapped = set()
    for owner in (A, B, INSTALLATION):
        found = await keys.find(owner)
        assert isinstance(found, WrappedKey)
        unwrapped.add(cipher.unwrap(OLD.key, owner, found.wrapped))
    assert len(unwrapped) == 3
    with pytest.raises(CannotUnseal):
        await vault.unseal(B, EMAIL, sealed)
    with pytest.raises(CannotUnseal):
        await vault.unseal(A, "phone", sealed)


async def test_unsealing_makes_no_key(keys: MemoryDataKeys, vault: Vault) -> None:
    sealed = await vault.seal(A, EMAIL, SECRET)

    with pytest.raises(CannotUnseal, match=B):
        await vault.unseal(B, EMAIL, sealed)

    assert await keys.find(B) is None


async def test_however_much_is_unsealed_at_once_the_data_key_is_read_once(keys: MemoryDataKeys, vault: Vault) -> None:
    read: list[str] = []

    class Counts(MemoryDataKeys):
        async def find(self, owner: str) -> WrappedKey | ErasedKey | None:
            read.append(owner)
            return await keys.find(owner)

    sealed = [(f"phone/{number}", await vault.seal(A, f"phone/{number}", f"{number}")) for number in range(20)]
    counting = await open_vault(Counts(), KeyEncryptionKeys((OLD,)))
    read.clear()

    assert await counting.unseal_many(A, sealed) == [f"{number}" for number in range(20)]
    assert read == [A]
    assert await counting.unseal(A, *sealed[3]) == "3"
    assert read == [A, A]
    assert await counting.unseal_many(A, []) == []


async def test_of_what_is_unsealed_at_once_each_value_must_be_as_it_was_sealed(vault: Vault) -> None:
    sealed = await vault.seal(A, EMAIL, SECRET)

    with pytest.raises(CannotUnseal, match="phone"):
        await vault.unseal_many(A, [(EMAIL, sealed), ("phone", sealed)])
    await vault.erase(A)
    with pytest.raises(KeyErased):
        await vault.unseal_many(A, [(EMAIL, sealed)])


@pytest.mark.parametrize("account", ["", "12", INSTALLATION, "00000000000x"])
async def test_what_is_no_account_has_no_key(vault: Vault, account: AccountId) -> None:
    with pytest.raises(InvalidInput):
        await vault.seal(account, EMAIL, SECRET)
    with pytest.raises(InvalidInput):
        await vault.unseal(account, EMAIL, SECRET)
    with pytest.raises(InvalidInput):
        await vault.erase(account)


async def test_a_data_key_that_was_moved_to_another_account_is_refused(keys: MemoryDataKeys, vault: Vault) -> None:
    await vault.seal(A, EMAIL, SECRET)
    found = await keys.find(A)
    assert isinstance(found, WrappedKey)
    await keys.keep(B, found.wrapped, found.wrapped_by)

    with pytest.raises(CannotUnseal, match=B):
        await vault.seal(B, EMAIL, SECRET)


# --- the key-encryption key ---


async def test_a_vault_does_not_open_with_a_key_that_did_not_wrap_its_keys(keys: MemoryDataKeys, vault: Vault) -> None:
    await vault.seal(A, EMAIL, SECRET)

    with pytest.raises(UnknownKeyEncryptionKey, match=OLD.id):
        await open_vault(keys, KeyEncryptionKeys((NEW,)))


async def test_a_data_key_that_another_process_wrapped_by_a_newer_key_is_unavailable(
    keys: MemoryDataKeys, vault: Vault
) -> None:
    rotated = await open_vault(keys, KeyEncryptionKeys((NEW, OLD)))
    sealed = await rotated.seal(A, EMAIL, SECRET)

    with pytest.raises(UnknownKeyEncryptionKey, match=NEW.id):
        await vault.unseal(A, EMAIL, sealed)
    with pytest.raises(UnknownKeyEncryptionKey, match=NEW.id):
        await vault.seal(A, EMAIL, SECRET)


# --- erasing ---


async def test_what_an_erased_key_sealed_is_gone_and_nothing_more_is_sealed(keys: MemoryDataKeys, vault: Vault) -> None:
    sealed = await vault.seal(A, EMAIL, SECRET)
    others = await vault.seal(B, EMAIL, SECRET)
    told = vault.fingerprint(EMAIL, SECRET)

    await vault.erase(A)
    await vault.erase(A)

    with pytest.raises(KeyErased, match=A):
        await vault.unseal(A, EMAIL, sealed)
    with pytest.raises(KeyErased, match=A):
        await vault.seal(A, EMAIL, SECRET)
    assert isinstance(await keys.find(A), ErasedKey)
    assert await vault.unseal(B, EMAIL, others) == SECRET
    assert vault.fingerprint(EMAIL, SECRET) == told


async def test_an_account_that_never_had_a_key_gets_none_once_it_is_erased(vault: Vault) -> None:
    await vault.erase(A)

    with pytest.raises(KeyErased):
        await vault.seal(A, EMAIL, SECRET)


async def test_a_key_erased_in_one_process_is_gone_in_every_other_at_once(keys: MemoryDataKeys, vault: Vault) -> None:
    other = await open_vault(keys, KeyEncryptionKeys((OLD,)))
    sealed = await other.seal(A, EMAIL, SECRET)
    assert await other.unseal(A, EMAIL, sealed) == SECRET

    await vault.erase(A)

    with pytest.raises(KeyErased):
        await other.unseal(A, EMAIL, sealed)


# --- wrapping anew ---


async def test_keys_are_wrapped_anew_in_batches_and_all_stays_as_it_was(keys: MemoryDataKeys, vault: Vault) -> None:
    accounts = [AccountId(f"{n:012d}") for n in range(1, 8)]
    sealed = {account: await vault.seal(account, EMAIL, f"{account}@example.com") for account in accounts}
    await vault.erase(accounts[3])
    told = vault.fingerprint(EMAIL, SECRET)
    both = await open_vault(keys, KeyEncryptionKeys((NEW, OLD)))

    assert (await both.rewrap(limit=3)).done == 3
    assert sorted([await wrapped_by(keys, a) for a in accounts[:3] + accounts[4:]]) == sorted(
        [NEW.id] * 3 + [OLD.id] * 3
    )
    assert await both.unseal(accounts[0], EMAIL, sealed[accounts[0]]) == f"{accounts[0]}@example.com"

    resumed = await open_vault(keys, KeyEncryptionKeys((NEW, OLD)))  # the first one was interrupted here
    assert [(await resumed.rewrap(limit=3)).done for _ in range(3)] == [3, 1, 0]

    alone = await open_vault(keys, KeyEncryptionKeys((NEW,)))
    for account in accounts[:3] + accounts[4:]:
        assert await alone.unseal(account, EMAIL, sealed[account]) == f"{account}@example.com"
    assert alone.fingerprint(EMAIL, SECRET) == told
    with pytest.raises(KeyErased):
        await alone.unseal(accounts[3], EMAIL, sealed[accounts[3]])


async def test_a_key_that_is_erased_while_it_is_wrapped_anew_stays_erased(keys: MemoryDataKeys, vault: Vault) -> None:
    await vault.seal(A, EMAIL, SECRET)

    class ErasesMeanwhile(MemoryDataKeys):
        async def not_wrapped_by(self, wrapped_by: str, limit: int, *, after: str = "") -> list[WrappedKey]:
            found = await keys.not_wrapped_by(wrapped_by, limit, after=after)
            await keys.erase(A)
            return found

        find, keep, rewrap = keys.find, keys.keep, keys.rewrap

    both = await open_vault(ErasesMeanwhile(), KeyEncryptionKeys((NEW, OLD)))
    assert (await both.rewrap()).done == 2

    assert isinstance(await keys.find(A), ErasedKey)
    assert await wrapped_by(keys, INSTALLATION) == NEW.id


async def test_keys_that_cannot_be_unwrapped_are_left_as_they_are_and_told_and_stop_no_other(
    keys: MemoryDataKeys, vault: Vault
) -> None:
    await keys.keep(A, bytes(60), OLD.id)
    await keys.keep(B, bytes(60), "unknown")
    await vault.seal(C, EMAIL, SECRET)
    both = await open_vault(keys, KeyEncryptionKeys((NEW, OLD)))

    first = await both.rewrap(limit=2)
    rest = await both.rewrap(limit=3, after=B)

    assert (first.done, first.last, rest.done, rest.failed) == (0, B, 2, {})
    assert {owner: type(error) for owner, error in first.failed.items()} == {
        A: CannotUnseal,
        B: UnknownKeyEncryptionKey,
    }
    assert [await wrapped_by(keys, owner) for owner in (A, B, C)] == [OLD.id, "unknown", NEW.id]
    assert (await both.rewrap(after=B)).last is None


# --- secrets ---


async def test_nothing_secret_is_in_what_is_shown_of_vaults_and_keys_and_errors(
    keys: MemoryDataKeys, vault: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data_key = bytes(range(100, 132))
    monkeypatch.setattr(cipher, "new_key", lambda: data_key)
    sealed = await vault.seal(A, EMAIL, SECRET)
    found = await keys.find(A)
    assert isinstance(found, WrappedKey)
    shown = [repr(vault), repr(found), repr(KeyEncryptionKeys((OLD,)))]

    for account, purpose, value in [(A, "phone", sealed), (B, EMAIL, sealed), (A, EMAIL, sealed[:-2]), (A, EMAIL, "")]:
        with pytest.raises(CannotUnseal) as failure:
            await vault.unseal(account, purpose, value)
        shown += traceback.format_exception(failure.value)
    await vault.erase(A)
    with pytest.raises(KeyErased) as erased:
        await vault.seal(A, EMAIL, SECRET)
    shown += traceback.format_exception(erased.value)

    told = "".join([*shown, *capsys.readouterr()])
    for secret in (data_key, OLD.key, found.wrapped):
        assert repr(secret)[2:-1] not in told
        assert secret.hex() not in told
    assert SECRET not in told
    assert sealed[10:] not in told
