"""The public keys that passports are signed with, as a process that verifies them knows them."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from doorward_kernel.errors import DoorwardError, Unavailable

_log = structlog.get_logger()

REFRESH_SECONDS = 60.0
"""The age at which the keys are asked for again, at their next use, while the old ones still serve. Whoever makes a
new key publishes it for longer than this before it signs with it; then nobody waits for it."""

WAIT_SECONDS = 120.0
"""The age at which an answer is waited for before they serve, if anybody answers: who was idle must not take what a
key signed that was withdrawn meanwhile."""

PAUSE_SECONDS = 5.0
"""Between two questions at least, whatever comes in; a made-up key id costs no more than one of them."""

LONGEST_SECONDS = 3600.0
"""The age at which the keys are no longer believed when nobody answers: no passport lives longer."""

FETCH_SECONDS = 2.0
"""How long one question may take."""


class PassportKeys(Protocol):
    """Where the keys come from: the credential service."""

    async def fetch(self) -> Mapping[str, Ed25519PublicKey]:
        """All keys that are valid now, by key id. Raises Unavailable."""
        ...


class KeyRing:
    """The keys that were fetched last. They are never asked for by two at once nor twice within PAUSE_SECONDS, so that
    made-up key ids cost the credential service nothing.

    Belongs to one event loop. `changed` is called when a key is there no more or is another one now; `elapsed` tells
    the seconds since any fixed moment.
    """

    def __init__(
        self, keys: PassportKeys, changed: Callable[[], None], elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = keys
        self._changed = changed
        self._elapsed = elapsed
        self._keys: Mapping[str, Ed25519PublicKey] = {}
        self._fetched_at: float | None = None
        self._asked_at: float | None = None
        self._question: asyncio.Task[None] | None = None
        self._failure: DoorwardError | None = None

    def get(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or None when it is unknown or too old: then `find` may know more."""
        return self._keys.get(kid) if self.are_believed() else None

    def are_believed(self) -> bool:
        """Whether the keys may serve without waiting; those that are no longer fresh are asked for."""
        age = self.keep_fresh()
        return age <= WAIT_SECONDS or (self._failure is not None and age <= LONGEST_SECONDS)

    def keep_fresh(self) -> float:
        """The age of the keys in seconds; those that are no longer fresh are asked for, without waiting."""
        if self._fetched_at is None:
            return math.inf
        age = self._elapsed() - self._fetched_at
        if age > REFRESH_SECONDS:
            self._ask()
        return age

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key after asking for it, if it may be asked now. Raises Unavailable when nobody answers, and as long as
        the last question had no answer.

        None when it may not be asked now, and the last answer did not name the key: a key is published for minutes
        before it is used, so whoever was answered within PAUSE_SECONDS knows all that sign, and one that it does not
        know is made up or withdrawn. To say "try again" to that would bring everything made up back again and again.
        """
        self._ask()
        if self._question is not None:
            await asyncio.shield(self._question)
        key = self.get(kid)
        if key is None and self._failure is not None:
            raise Unavailable("the keys that passports are signed with cannot be had") from self._failure
        return key

    def _ask(self) -> None:
        now = self._elapsed()
        if self._question is None and (self._asked_at is None or now - self._asked_at >= PAUSE_SECONDS):
            self._asked_at = now
            self._question = asyncio.get_running_loop().create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = dict(await self._source.fetch())
        except (DoorwardError, TimeoutError) as error:
            self._failure = error if isinstance(error, DoorwardError) else Unavailable("no answer in time")
            _log.warning("the keys of passports cannot be fetched", error=str(self._failure))
        else:
            self._failure = None
            self._fetched_at = self._elapsed()
            before, self._keys = self._keys, keys
            if any(_raw(keys.get(kid)) != _raw(key) for kid, key in before.items()):
                self._changed()
        finally:
            self._question = None


def _raw(key: Ed25519PublicKey | None) -> bytes:
    return b"" if key is None else key.public_bytes_raw()
