"""What the decision service needs from others."""

from collections.abc import Coroutine
from typing import Any, Protocol

from doorward_keyring.passport import Passport

IDENTITY, CREDENTIAL = "identity", "credential"
"""The logs by their names."""


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


class PassportVerifier(Protocol):
    """Who knows the keys that passports are signed with."""

    def verify(self, token: str) -> Passport | Coroutine[Any, Any, Passport]:
        """What a token says, at once when the key that signed it is known.

        Raises (or the coroutine does) Unauthenticated when it is no passport, or not in force any more.
        """
