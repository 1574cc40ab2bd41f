"""Proves that nothing in a log was altered, removed or put in between."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, BrokenChain, Head, Record, follow

_BATCH = 500

Progress = Callable[[int, int], None]
"""Told the position that was reached and the position of the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A log whose records were all found to follow one another up to `head`.

    Who can write to the database could write all of it anew: comparing `head` with one that was kept
    elsewhere shows that too.
    """

    head: Head
    accounts: int
    commits: int


class Readable(Protocol):
    """What is asked of a log to verify it: an EventLog, or one that is read from afar."""

    async def head(self) -> Head:
        """Where the log ends now."""

    async def read(self, after: int, limit: int) -> list[Record]:
        """At most `limit` records after a position; none only when it ends there."""


async def verify(log: Readable, *, progress: Progress | None = None) -> Verified:
    """Walk along the whole log, also while it grows. Raises BrokenChain saying where it is not whole."""
    position, digest = 0, GENESIS
    streams = _Streams()
    while True:
        head = await log.head()
        records = await log.read(position, _BATCH)
        if head.position < position:
            raise BrokenChain(f"the head is at position {head.position}, but there are records after it")
        if head.position == position and head.digest != digest:
            raise BrokenChain(f"the digest of the head is not that of position {position}")
        if not records:
            break
        try:
            position, digest = follow(position, digest, records)
        except (struct.error, TypeError, ValueError) as error:
            raise BrokenChain(f"after position {position} a record holds an impossible value") from error
        streams.add(records)
        if progress is not None:
            progress(position, max(position, head.position))
    if head.position != position:
        raise BrokenChain(f"position {position + 1} is missing, the head is at {head.position}")
    streams.end()
    return Verified(head=head, accounts=len(streams.versions), commits=streams.commits)


class _Streams:
    """Follows the version of each account, and the commits."""

    def __init__(self) -> None:
        self.versions: dict[AccountId, int] = {}
        self.commits = 0
        self._open: Record | None = None

    def add(self, records: list[Record]) -> None:
        for record in records:
            expected = self.versions.get(record.account, 0) + 1
            if record.version != expected:
                raise BrokenChain(
                    f"position {record.position} has version {record.version} of account "
                    f"`{record.account}`, expected {expected}"
                )
            if self._open is not None and self._open.account != record.account:
                raise BrokenChain(f"the commit of position {self._open.position} has no end")
            self.versions[record.account] = expected
            self.commits += record.commit_last
            self._open = None if record.commit_last else record

    def end(self) -> None:
        if self._open is not None:
            raise BrokenChain(f"the commit of position {self._open.position} has no end")
