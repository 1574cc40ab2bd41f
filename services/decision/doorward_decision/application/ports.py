"""What the decision service needs from others."""

from dataclasses import dataclass
from typing import Protocol

from doorward_directory.account import Account
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, Record


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as it was at one moment of an epoch; `digest` is that of the last record in it."""

    account: Account
    epoch: str
    digest: bytes


class IdentityLog(Protocol):
    """The owner of the identity log. Every method raises Unavailable when it does not answer, or not usefully."""

    async def head(self) -> Head:
        """Where the log ends now."""

    async def read(self, after: int, limit: int) -> list[Record]:
        """At most `limit` records after a position, in order."""

    async def read_account(self, account_id: AccountId) -> AccountState:
        """The account as it is now. Raises NoSuchEntity."""

    async def read_account_events(
        self, account_id: AccountId, after_version: int, limit: int
    ) -> tuple[str, list[Record]]:
        """At most `limit` records of the account after a version, in order, and their epoch (empty without any)."""


class Progress(Protocol):
    """How far this replica follows the log."""

    @property
    def epoch(self) -> str:
        """The epoch that the position belongs to; empty before the first contact with the owner."""

    @property
    def position(self) -> int:
        """Everything up to here is applied."""

    def staleness(self) -> float:
        """Seconds since this replica last held everything that was announced; infinite before the first time."""

    async def wait_for(self, position: int, timeout: float) -> bool:
        """Wait until a position is applied, at most `timeout` seconds; whether it is."""


class CountingProgress(Progress, Protocol):
    """Progress that counts what happened since the start."""

    @property
    def applied(self) -> int:
        """Events applied."""

    @property
    def gap_repairs(self) -> int:
        """Times that missing events were read from the owner."""

    @property
    def digest_mismatches(self) -> int:
        """Messages refused because their digest did not follow."""


class SnapshotCache(Protocol):
    """Accounts that some replica held before; only saves time. Never raises, answers within 0.1 s."""

    @property
    def available(self) -> bool:
        """Whether it answered the last time that it was asked."""

    async def load(self, account_id: AccountId, epoch: str) -> AccountState | None:
        """An account as it was at some moment of this epoch."""

    async def save(self, state: AccountState) -> None:
        """Keep an account, unless a newer state of it is kept."""


class NoCache:
    """A SnapshotCache that keeps nothing."""

    available = False

    async def load(self, account_id: AccountId, epoch: str) -> AccountState | None:
        return None

    async def save(self, state: AccountState) -> None:
        return None
