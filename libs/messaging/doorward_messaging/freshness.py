"""How far silence reaches: the last moment at which a replica surely held everything."""

import time
from collections import deque
from math import inf

_MOST_PENDING = 4096


def now() -> float:
    """Seconds on a clock that never goes back, and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Freshness:
    """Compares the heads that were heard of with the position that is held. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._fresh_at = -inf
        self._pending: deque[tuple[int, float]] = deque(maxlen=_MOST_PENDING)

    def heard(self, head: int, at: float, held: int) -> None:
        """The log ended at `head` at the moment `at`; the replica holds everything up to `held`."""
        if head <= held:
            self._fresh_at = max(self._fresh_at, at)
        else:
            self._pending.append((head, at))

    def asked(self, head: int, at: float, held: int) -> None:
        """The same from the log's owner, asked at the moment `at`: a higher head heard of before was not true."""
        self._pending = deque(
            (pending for pending in self._pending if pending[0] <= head or pending[1] > at), maxlen=_MOST_PENDING
        )
        self.heard(head, at, held)

    def reached(self, held: int) -> None:
        """The replica now holds everything up to `held`."""
        while self._pending and self._pending[0][0] <= held:
            self._fresh_at = max(self._fresh_at, self._pending.popleft()[1])

    def forget(self) -> None:
        """What was heard of belongs to another log."""
        self._fresh_at = -inf
        self._pending.clear()

    def behind_since(self) -> float:
        """When the oldest head was heard of that is not reached yet; infinity when there is none."""
        return self._pending[0][1] if self._pending else inf

    def staleness(self, now: float) -> float:
        """Seconds since the replica last held everything; infinity when it never did."""
        return max(0.0, now - self._fresh_at)
