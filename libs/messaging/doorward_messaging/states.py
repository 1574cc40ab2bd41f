"""What a replica reads from: the owner of a log, and a cache of states that replicas held before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from doorward_kernel.ids import AccountId
from doorward_kernel.record import Record

from doorward_messaging.source import RecordSource


class Versioned(Protocol):
    """What an account's records fold to: an immutable value."""

    @property
    def account_id(self) -> AccountId:
        """The account whose records they are."""

    @property
    def version(self) -> int:
        """How many of its records are folded in, from its first on."""


State = TypeVar("State", bound=Versioned)


class Fold(Protocol[State]):
    """How records change the state of an account."""

    def __call__(self, account: State | None, records: Iterable[Record], /) -> State | None:
        """The state after `records`, which follow its version without a gap; None if there never was one.

        Raises the error that the replica is told of when they do not follow, or cannot be decoded or applied.
        """


@dataclass(frozen=True, slots=True)
class AccountState(Generic[State]):
    """An account as it was at one moment of an epoch; `digest` is that of the last record in it."""

    account: State
    epoch: str
    digest: bytes


class StateSource(RecordSource, Protocol[State]):
    """The owner of a log. Every method raises Unavailable when it does not answer, or not usefully."""

    async def read_account(self, account_id: AccountId) -> AccountState[State]:
        """The account as it is now. Raises NoSuchEntity when the log has no record of it."""

    async def read_account_events(
        self, account_id: AccountId, after_version: int, limit: int
    ) -> tuple[str, Sequence[Record]]:
        """At most `limit` records of the account after a version, in order, and their epoch (empty without any)."""


class SnapshotCache(Protocol[State]):
    """Accounts that some replica held before; only saves time. Never raises, answers within 0.1 s."""

    @property
    def available(self) -> bool:
        """Whether it answered the last time that it was asked."""

    async def load(self, account_id: AccountId, epoch: str) -> AccountState[State] | None:
        """An account as it was at some moment of this epoch."""

    async def save(self, state: AccountState[State]) -> None:
        """Keep an account, unless a newer state of it is kept."""


class NoCache:
    """A SnapshotCache that keeps nothing."""

    available = False

    async def load(self, account_id: AccountId, epoch: str) -> None:
        return None

    async def save(self, state: AccountState[Any]) -> None:
        return None
