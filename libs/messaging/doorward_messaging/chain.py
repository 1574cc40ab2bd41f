"""The chain of records as a follower holds it: what is applied, and what waits for the rest of its commit."""

from collections.abc import Callable, Sequence
from enum import Enum, auto

from doorward_kernel.record import Head, Record, digest_after


class Outcome(Enum):
    """What became of an offered record."""

    TAKEN = auto()
    KNOWN = auto()
    GAP = auto()
    ALTERED = auto()


class Chain:
    """Takes a record only when it is the next one and its digest, computed anew, follows.

    `commit` is called with each whole commit, before the position moves.
    """

    def __init__(self, head: Head, commit: Callable[[Sequence[Record]], None]) -> None:
        self.applied = head
        """The end of the last whole commit."""
        self.received = head
        """The last record taken; beyond `applied` while a commit is incomplete."""
        self._commit = commit
        self._incomplete: list[Record] = []

    def offer(self, record: Record) -> Outcome:
        """Take the record if it follows; a record at or before the received position is known already."""
        place = self.received
        if record.position <= place.position:
            same_place = record.position == place.position
            return Outcome.ALTERED if same_place and record.digest != place.digest else Outcome.KNOWN
        if record.position != place.position + 1:
            return Outcome.GAP
        if record.digest != digest_after(place.digest, record):
            return Outcome.ALTERED
        self._incomplete.append(record)
        self.received = Head(place.epoch, record.position, record.digest)
        if record.commit_last:
            commit, self._incomplete = self._incomplete, []
            self._commit(commit)
            self.applied = self.received
        return Outcome.TAKEN

    def restart(self, head: Head) -> None:
        """Go on from another place; an incomplete commit is forgotten."""
        self.applied = self.received = head
        self._incomplete = []
