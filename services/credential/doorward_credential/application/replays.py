"""Signed requests that change something are taken once: their signatures are remembered as long as they are good."""

import heapq
from collections import Counter

from doorward_kernel.errors import SignatureDoesNotMatch, Throttling
from doorward_kernel.ids import AccountId
from doorward_keyring.sigv4 import SignedRequest, good_until

WINDOW = 600
"""Seconds from the first moment at which a request that is signed in its header is taken to the last."""

MOST = 200_000
"""Signatures that are remembered; half as many again of presigned requests that are good for longer than WINDOW."""

SHARE = 10
"""An account has one part in so many of them."""


class Replays:
    """Of this process; another one would take the request again."""

    def __init__(self, most: int = MOST) -> None:
        self._soon = _Taken(most)
        self._late = _Taken(most // 2)  # apart: what is good for a week must not leave others without room for it

    def check(self, account: AccountId, signed: SignedRequest, now: int) -> None:
        """Raises SignatureDoesNotMatch for a request that was taken before, Throttling when there were too many of the
        account, or of all, to remember another. `now` is in seconds since 1970; the signature must have been verified.
        """
        name = signed.access_key_id.encode() + bytes.fromhex(signed.signature)
        until = good_until(signed)
        if name in self._soon or name in self._late:
            raise SignatureDoesNotMatch("the request was sent before: sign it again to send it again")
        for taken in (self._soon, self._late):
            taken.forget(now)
        (self._soon if until <= now + WINDOW else self._late).add(account, name, until)


class _Taken:
    """Signatures with the last second in which each is good."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[bytes] = set()
        self._of_account: Counter[AccountId] = Counter()
        self._ends: list[tuple[int, bytes, AccountId]] = []

    def __contains__(self, name: bytes) -> bool:
        return name in self._names

    def add(self, account: AccountId, name: bytes, until: int) -> None:
        """Raises Throttling."""
        if self._of_account[account] * SHARE >= self._most:
            raise Throttling("too many signed requests of this account that are still good: try again later")
        if len(self._names) >= self._most:
            raise Throttling("too many signed requests that are still good: try again later")
        self._names.add(name)
        self._of_account[account] += 1
        heapq.heappush(self._ends, (until, name, account))

    def forget(self, now: int) -> None:
        """Those that are no longer good."""
        while self._ends and self._ends[0][0] < now:
            _, name, account = heapq.heappop(self._ends)
            self._names.discard(name)
            self._of_account[account] -= 1
            if not self._of_account[account]:
                del self._of_account[account]
