"""What the credential service stands on, in memory, with a clock that a test moves."""

from doorward_credential.application.minting import Mint
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_eventlog.data_keys_memory import MemoryDataKeys
from doorward_eventlog.secrets_memory import MemorySecrets
from doorward_kernel.ids import AccountId
from doorward_sealing.key_encryption import KeyEncryptionKey, KeyEncryptionKeys
from doorward_sealing.vault import open_vault

ACCOUNT = AccountId("123456789012")
NOW = 1_800_000_000


class Clock:
    """Seconds since 1970, as a test says."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class ClockMint(Mint):
    """A mint with that clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def seconds(self) -> int:
        return int(self._clock())


async def stored_secrets() -> StoredSecrets:
    vault = await open_vault(MemoryDataKeys(), KeyEncryptionKeys((KeyEncryptionKey(bytes(range(32))),)))
    return StoredSecrets(MemorySecrets(), vault)


async def service_keys(stored: StoredSecrets, clock: Clock, overlap: int = 1000) -> ServiceKeys:
    keys = ServiceKeys("token-key", stored, clock, overlap=overlap)
    await keys.open()
    return keys
