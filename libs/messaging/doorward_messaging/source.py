"""What the relay and the follower read from: a log, or its owner over the network."""

from typing import Protocol

from doorward_kernel.errors import DoorwardError
from doorward_kernel.record import Head, Record

SOURCE_ERRORS = (DoorwardError, OSError)
"""What a source raises when it cannot answer now; anything else is a defect and ends the loop that meets it."""


class RecordSource(Protocol):
    """Where the truth is read. Raises one of `SOURCE_ERRORS` when it cannot be read now."""

    async def head(self) -> Head:
        """Where the log ends now, as committed."""

    async def read(self, after: int, limit: int) -> list[Record]:
        """Up to `limit` records with a position above `after`, in order."""


class WakingSource(RecordSource, Protocol):
    """A source in the process that appends to it."""

    async def committed(self, after: int, timeout: float) -> None:
        """Return when the head is above `after`, at the latest after `timeout` seconds."""
