"""Exponential back-off of failed attempts, which never locks anybody out for good.

An attempt is counted three times: for whom it claims to be together with the address that it comes from, for the
address, and for whom it claims to be. So guesses at one name from one address are slowed down most, guesses at many
names from one address next; guesses at one name from many addresses are slowed down, too. What strangers do, at the
same address or at others, slows nobody down who signed in from there with this name before: of those only their own
failures count. Names are not looked up here, so one that nobody has is treated as any.

A success forgets the failures of its name at its address and no others: who has a name of its own gains nothing for
guessing at those of others.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

from doorward_kernel.errors import Throttling

FORGET_SECONDS = 900.0
"""After so long without a failure, what was counted is forgotten."""

MOST = 50_000
"""Counts that are kept of each kind; then the one that was not touched for longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` failures cost nothing; the delay after each further one doubles, from a second to `longest` seconds."""

    free: int
    longest: float


PAIR = Limit(free=5, longest=60.0)
SOURCE = Limit(free=50, longest=30.0)
CLAIMED = Limit(free=100, longest=5.0)
"""NIST SP 800-63B-4, 3.2.2: no more than 100 failures in a row without a limit."""


@dataclass(slots=True)
class _Count:
    failures: int = 0
    running: int = 0
    """Attempts under way, each of which may fail."""
    failed_at: float = -math.inf
    again_at: float = -math.inf


class _Counts:
    """The counts of one kind."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def wait(self, name: str, now: float) -> float:
        """Seconds until an attempt may begin, 0 for now."""
        count = self._counts.get(name)
        if count is None:
            return 0.0
        if now - count.failed_at > FORGET_SECONDS and not count.running:
            del self._counts[name]
            return 0.0
        if count.failures + count.running < self._limit.free:
            return 0.0
        if count.running:
            return max(1.0, count.again_at - now)
        return max(0.0, count.again_at - now)

    def begin(self, name: str) -> None:
        count = self._counts.setdefault(name, _Count())
        count.running += 1
        self._counts.move_to_end(name)
        if len(self._counts) > MOST:
            self._counts.popitem(last=False)

    def end(self, name: str, now: float, *, failed: bool) -> None:
        count = self._counts.get(name)
        if count is None:
            return
        count.running = max(0, count.running - 1)
        if failed:
            count.failures += 1
            count.failed_at = now
            beyond = count.failures - self._limit.free
            if beyond >= 0:
                count.again_at = now + min(2.0 ** min(beyond, 16), self._limit.longest)

    def forget(self, name: str) -> None:
        """Failures so far; attempts under way still count."""
        count = self._counts.get(name)
        if count is not None:
            count.failures, count.again_at = 0, -math.inf


class Backoff:
    """Attempts in this process. Each that `begin` lets through is ended once. Times are seconds of any one clock."""

    def __init__(self, pair: Limit = PAIR, source: Limit = SOURCE, claimed: Limit = CLAIMED) -> None:
        self._pairs = _Counts(pair)
        self._sources = _Counts(source)
        self._claimed = _Counts(claimed)
        self._good: OrderedDict[str, None] = OrderedDict()

    def begin(self, claimed: str, source: str, now: float) -> None:
        """Raises Throttling, with the seconds to wait, when the attempt comes too early."""
        pair = _pair(claimed, source)
        wait = self._pairs.wait(pair, now)
        if pair not in self._good:
            wait = max(wait, self._sources.wait(source, now), self._claimed.wait(claimed, now))
        if wait > 0:
            raise Throttling(f"too many attempts failed: try again in {math.ceil(wait)} s")
        self._pairs.begin(pair)
        self._sources.begin(source)
        self._claimed.begin(claimed)

    def failed(self, claimed: str, source: str, now: float) -> None:
        """The attempt was wrong."""
        self._end(claimed, source, now, failed=True)

    def succeeded(self, claimed: str, source: str, now: float) -> None:
        """The attempt was right."""
        self._end(claimed, source, now, failed=False)
        pair = _pair(claimed, source)
        self._pairs.forget(pair)
        self._good[pair] = None
        self._good.move_to_end(pair)
        if len(self._good) > MOST:
            self._good.popitem(last=False)

    def abandoned(self, claimed: str, source: str, now: float) -> None:
        """It was not found out whether the attempt was right."""
        self._end(claimed, source, now, failed=False)

    def _end(self, claimed: str, source: str, now: float, *, failed: bool) -> None:
        self._pairs.end(_pair(claimed, source), now, failed=failed)
        self._sources.end(source, now, failed=failed)
        self._claimed.end(claimed, now, failed=failed)


def _pair(claimed: str, source: str) -> str:
    return f"{source}\0{claimed}"
