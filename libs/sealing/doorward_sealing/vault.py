"""The vault: seals and unseals with a data key per account, tells equal texts by fingerprints, erases, rewraps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorward_eventlog.data_keys import INSTALLATION, DataKeys, ErasedKey, Rewrapping, WrappedKey
from doorward_kernel.ids import AccountId, account_id

from doorward_sealing import cipher
from doorward_sealing.errors import CannotUnseal, KeyErased, UnknownKeyEncryptionKey
from doorward_sealing.key_wrapping import KeyWrapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """What came of wrapping some data keys anew; `failed` says for each owner why its key was left as it is.

    `last` is the owner after whom to go on, None when there was nothing more.
    """

    done: int
    failed: Mapping[str, CannotUnseal | UnknownKeyEncryptionKey]
    last: str | None


async def open_vault(keys: DataKeys, wrapping: KeyWrapping) -> "Vault":
    """The vault on the data keys of a log; makes the key of fingerprints when there is none yet.

    So it finds out at the start whether `wrapping` fits the database. Raises UnknownKeyEncryptionKey when it does not,
    CannotUnseal when the kept key was changed, Unavailable when the database does not answer.
    """
    return Vault(keys, wrapping, await _kept_or_new(keys, wrapping, INSTALLATION))


class Vault:
    """Data keys are unwrapped for one call and not remembered: what is erased is erased in every process at once.

    Every coroutine raises Unavailable when the database, or what wraps, does not answer, InvalidInput when the account
    is no account id, UnknownKeyEncryptionKey and CannotUnseal when a kept data key cannot be unwrapped.
    """

    def __init__(self, keys: DataKeys, wrapping: KeyWrapping, fingerprint_key: bytes) -> None:
        self._keys = keys
        self._wrapping = wrapping
        self._fingerprint_key = fingerprint_key

    @property
    def wrapped_by(self) -> str:
        """The id of the key-encryption key that wraps new data keys."""
        return self._wrapping.first_id

    async def seal(self, account: AccountId, purpose: str, text: str) -> str:
        """`text` sealed for one account and purpose, as printable ASCII; the first time, the account gets its key.

        Raises KeyErased for an account whose key was erased; about purpose and text see `cipher.seal`.
        """
        key = await _kept_or_new(self._keys, self._wrapping, account_id(account))
        return cipher.seal(key, account, purpose, text)

    async def unseal(self, account: AccountId, purpose: str, sealed: str) -> str:
        """The text that was sealed for this account and purpose; costs one read of the database.

        Raises KeyErased when the account's key was erased, CannotUnseal when anything is not as it was sealed.
        """
        [text] = await self.unseal_many(account, [(purpose, sealed)])
        return text

    async def unseal_many(self, account: AccountId, sealed: Sequence[tuple[str, str]]) -> list[str]:
        """The texts that were sealed for this account, each for its purpose: pairs of purpose and sealed value.

        Costs one read of the database, however many there are. Raises as `unseal` does, whichever value is at fault.
        """
        found = await self._keys.find(account_id(account))
        if found is None:
            raise CannotUnseal(f"nothing was ever sealed for account `{account}`")
        key = await _unwrapped(found, self._wrapping)
        return [cipher.unseal(key, account, purpose, value) for purpose, value in sealed]

    def fingerprint(self, purpose: str, text: str) -> str:
        """What tells whether two texts are equal without telling the text: 64 hexadecimal digits, for good.

        It is no account's: it finds equal texts across accounts, and outlives the erasure of an account's key.
        The caller brings texts that count as equal into one form.
        """
        return cipher.fingerprint(self._fingerprint_key, purpose, text)

    async def erase(self, account: AccountId) -> None:
        """Destroy the account's data key for good, and with it everything that it sealed. Twice does no harm."""
        await self._keys.erase(account_id(account))

    async def rewrap(self, limit: int = 100, *, after: str = "") -> Rewrapped:
        """Wrap at most `limit` data keys anew that the first key-encryption key does not wrap, after an owner.

        What is sealed, and every fingerprint, stays as it is. It may be interrupted anywhere, and run in several
        processes at once; keys that are erased meanwhile stay erased. A key that cannot be unwrapped stops no other.
        """
        found = await self._keys.not_wrapped_by(self.wrapped_by, limit, after=after)
        rewrappings: list[Rewrapping] = []
        failed: dict[str, CannotUnseal | UnknownKeyEncryptionKey] = {}
        for key in found:
            try:
                rewrappings.append(await self._rewrapping(key))
            except (CannotUnseal, UnknownKeyEncryptionKey) as error:
                failed[key.owner] = error
        await self._keys.rewrap(rewrappings)
        return Rewrapped(done=len(rewrappings), failed=failed, last=found[-1].owner if found else None)

    async def _rewrapping(self, found: WrappedKey) -> Rewrapping:
        wrapped = await self._wrapping.wrap(found.owner, await _unwrapped(found, self._wrapping))
        return Rewrapping(found=found, wrapped=wrapped.data, wrapped_by=wrapped.by)


async def _kept_or_new(keys: DataKeys, wrapping: KeyWrapping, owner: str) -> bytes:
    """The owner's data key; a new one is used only once it is kept, and is the one that everybody uses."""
    found = await keys.find(owner)
    if found is None:
        wrapped = await wrapping.wrap(owner, cipher.new_key())
        found = await keys.keep(owner, wrapped.data, wrapped.by)
    return await _unwrapped(found, wrapping)


async def _unwrapped(found: WrappedKey | ErasedKey, wrapping: KeyWrapping) -> bytes:
    if isinstance(found, ErasedKey):
        raise KeyErased(f"the data key of account `{found.owner}` was erased, and with it what it sealed")
    return await wrapping.unwrap(found.wrapped_by, found.owner, found.wrapped)
