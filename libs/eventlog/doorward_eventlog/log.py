"""The port: an append-only log of events in which each account is one stream of versions."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from doorward_kernel.errors import ConcurrentModification, LimitExceeded
from doorward_kernel.ids import AccountId, account_id
from doorward_kernel.record import Head, NewEvent, Record

MAX_EVENT_BYTES = 512 * 1024
"""Payload and metadata of one event together; a NATS message carries at most 1 MB."""

MAX_METADATA_BYTES = 16 * 1024
"""Metadata of one event; it travels in the headers of a NATS message, which hold at most 64 KB."""

MOST_POSITION = 2**63 - 1
"""No position, version or time in microseconds is greater."""

Clock = Callable[[], int]
"""Says the time in microseconds since 1970, UTC."""

_EVENT_TYPE = re.compile(r"[A-Z][A-Za-z0-9]{0,99}", re.ASCII)
_LOG_NAME = re.compile(r"[a-z]{1,32}", re.ASCII)


class VersionConflict(ConcurrentModification):
    """The account is not at the version that the append expects: load it again and decide anew."""


class CannotOpen(Exception):
    """The database cannot be used as this log: another log's, a newer version's, in use, or too old a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of an account at one version, in a `format` of its owner; only saves time."""

    account: AccountId
    version: int
    position: int
    format: int
    state: bytes


class EventLog(Protocol):
    """Where events are appended and read.

    Every method raises Unavailable when the database does not answer.
    """

    @property
    def name(self) -> str:
        """What revisions call this log, such as `identity`."""

    async def append(
        self, account: AccountId, expected_version: int, events: Sequence[NewEvent], *, metadata: bytes
    ) -> list[Record]:
        """Store `events` as one commit, each with `metadata`.

        Raises VersionConflict when the account is not at `expected_version` (0: it has no events),
        LimitExceeded when an event is larger than MAX_EVENT_BYTES, ValueError when there are no events.
        After Unavailable, and when the call is cancelled, the events may still have been stored.
        """

    async def read(self, after: int, limit: int) -> list[Record]:
        """At most `limit` records of the whole log after a position, in order."""

    async def read_account(self, account: AccountId, after_version: int, limit: int) -> list[Record]:
        """At most `limit` records of one account after a version, in order."""

    async def read_account_back(self, account: AccountId, before_version: int, limit: int) -> list[Record]:
        """At most `limit` records of one account before a version, the newest first."""

    async def version_at(
        self, account: AccountId, *, position: int = MOST_POSITION, recorded_at: int = MOST_POSITION
    ) -> int:
        """The version of an account's last record up to a position and up to a time, 0 if there is none.

        `recorded_at` is in microseconds since 1970; both include the record itself. Looks at few records, however
        many there are: positions and times rise with the version.
        """

    async def accounts(self, after: str, limit: int) -> list[AccountId]:
        """At most `limit` accounts that have events, sorted, after `after` (the first page: the empty string)."""

    async def head(self) -> Head:
        """Where the log ends now."""

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot unless there is a newer one of the same account and format."""

    async def load_snapshot(self, account: AccountId, format: int) -> Snapshot | None:
        """The newest snapshot in that format whose version the log holds at that position."""

    def wake(self) -> None:
        """Let everybody who waits in `committed` return."""

    async def committed(self, after: int, timeout: float) -> None:
        """Return as soon as a commit of this process moved the head past `after`, or after `timeout` seconds.

        Commits of other processes are not noticed, and it may return early: look at the log again.
        """

    async def renew_epoch(self) -> str:
        """Begin a new epoch, and forget the snapshots: the log was restored from a backup. Returns the epoch."""

    async def close(self) -> None:
        """Finish what was asked for so far, and release everything."""


def microseconds_now() -> int:
    """The system's clock."""
    return time.time_ns() // 1000


def check_name(name: str) -> str:
    """The name of a log. Raises ValueError unless it is 1 to 32 lower-case letters, as in a revision."""
    if not _LOG_NAME.fullmatch(name):
        raise ValueError(f"`{name}` is not a name of a log: expected lower-case letters")
    return name


def check_append(account: AccountId, events: Sequence[NewEvent], metadata: bytes) -> None:
    """Refuse what cannot be stored, before it waits beside others.

    Raises LimitExceeded or InvalidInput for what a caller's request can cause, ValueError for a defect.
    """
    account_id(account)
    if not events:
        raise ValueError("a commit holds at least one event")
    if len(metadata) > MAX_METADATA_BYTES:
        raise LimitExceeded(
            f"the metadata of an event has at most {MAX_METADATA_BYTES} bytes, this has {len(metadata)}"
        )
    for event in events:
        if not _EVENT_TYPE.fullmatch(event.type) or not 1 <= event.schema_version < 2**31:
            raise ValueError(f"`{event.type}` version {event.schema_version} is not a type of event")
        if (size := len(event.payload) + len(metadata)) > MAX_EVENT_BYTES:
            raise LimitExceeded(f"an event has at most {MAX_EVENT_BYTES} bytes with its metadata, this one {size}")
