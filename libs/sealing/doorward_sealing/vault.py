"""The vault: seals and unseals with a data key per account, tells equal texts by fingerprints, erases, rewraps."""

from doorward_eventlog.data_keys import INSTALLATION, DataKeys, ErasedKey, Rewrapping, WrappedKey
from doorward_kernel.ids import AccountId, account_id

from doorward_sealing import cipher
from doorward_sealing.errors import CannotUnseal, KeyErased
from doorward_sealing.key_encryption import KeyEncryptionKeys


async def open_vault(keys: DataKeys, wrapping: KeyEncryptionKeys) -> "Vault":
    """The vault on the data keys of a log; makes the key of fingerprints when there is none yet.

    So it finds out at the start whether `wrapping` fits the database. Raises UnknownKeyEncryptionKey when it does not,
    CannotUnseal when the kept key was changed, Unavailable when the database does not answer.
    """
    return Vault(keys, wrapping, await _kept_or_new(keys, wrapping, INSTALLATION))


class Vault:
    """Data keys are unwrapped for one call and not remembered: what is erased is erased in every process at once.

    Every coroutine raises Unavailable when the database does not answer, InvalidInput when the account is no
    account id, UnknownKeyEncryptionKey and CannotUnseal when a kept data key cannot be unwrapped.
    """

    def __init__(self, keys: DataKeys, wrapping: KeyEncryptionKeys, fingerprint_key: bytes) -> None:
        self._keys = keys
        self._wrapping = wrapping
        self._fingerprint_key = fingerprint_key

    @property
    def wrapped_by(self) -> str:
        """The id of the key-encryption key that wraps new data keys."""
        return self._wrapping.first.id

    async def seal(self, account: AccountId, purpose: str, text: str) -> str:
        """`text` sealed for one account and purpose, as printable ASCII; the first time, the account gets its key.

        Raises KeyErased for an account whose key was erased; about purpose and text see `cipher.seal`.
        """
        key = await _kept_or_new(self._keys, self._wrapping, account_id(account))
        return cipher.seal(key, account, purpose, text)

    async def unseal(self, account: AccountId, purpose: str, sealed: str) -> str:
        """The text that was sealed for this account and purpose.

        Raises KeyErased when the account's key was erased, CannotUnseal when anything is not as it was sealed.
        """
        found = await self._keys.find(account_id(account))
        if found is None:
            raise CannotUnseal(f"nothing was ever sealed for account `{account}`")
        return cipher.unseal(_unwrapped(found, self._wrapping), account, purpose, sealed)

    def fingerprint(self, purpose: str, text: str) -> str:
        """What tells whether two texts are equal without telling the text: 64 hexadecimal digits, for good.

        It is no account's: it finds equal texts across accounts, and outlives the erasure of an account's key.
        The caller brings texts that count as equal into one form.
        """
        return cipher.fingerprint(self._fingerprint_key, purpose, text)

    async def erase(self, account: AccountId) -> None:
        """Destroy the account's data key for good, and with it everything that it sealed. Twice does no harm."""
        await self._keys.erase(account_id(account))

    async def rewrap(self, limit: int = 100) -> int:
        """Wrap at most `limit` data keys anew that the first key-encryption key does not wrap; how many there were.

        Call it until it returns 0. What is sealed, and every fingerprint, stays as it is. It may be interrupted
        anywhere, and run in several processes at once; keys that are erased meanwhile stay erased.
        """
        found = await self._keys.not_wrapped_by(self.wrapped_by, limit)
        await self._keys.rewrap([self._rewrapping(key) for key in found])
        return len(found)

    def _rewrapping(self, found: WrappedKey) -> Rewrapping:
        wrapped = cipher.wrap(self._wrapping.first.key, found.owner, _unwrapped(found, self._wrapping))
        return Rewrapping(found=found, wrapped=wrapped, wrapped_by=self.wrapped_by)


async def _kept_or_new(keys: DataKeys, wrapping: KeyEncryptionKeys, owner: str) -> bytes:
    """The owner's data key; a new one is used only once it is kept, and is the one that everybody uses."""
    found = await keys.find(owner)
    if found is None:
        wrapped = cipher.wrap(wrapping.first.key, owner, cipher.new_key())
        found = await keys.keep(owner, wrapped, wrapping.first.id)
    return _unwrapped(found, wrapping)


def _unwrapped(found: WrappedKey | ErasedKey, wrapping: KeyEncryptionKeys) -> bytes:
    if isinstance(found, ErasedKey):
        raise KeyErased(f"the data key of account `{found.owner}` was erased, and with it what it sealed")
    return cipher.unwrap(wrapping.named(found.wrapped_by).key, found.owner, found.wrapped)
