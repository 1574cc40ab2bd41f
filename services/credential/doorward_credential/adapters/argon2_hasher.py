"""Passwords as Argon2id (RFC 9106), worked out in a few threads of low priority, so that all else goes on.

What is stored is `v1$<pepper version>$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<tag>`, salt and tag in base64. The tag is
what Argon2id gives or, with a pepper, the HMAC-SHA-256 of that: whoever steals the stored text alone cannot even
start to guess. Pepper version 0 means none.
"""

import asyncio
import contextlib
import hmac
import os
import secrets
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

import structlog
from argon2.exceptions import HashingError
from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw
from doorward_kernel.errors import InternalFailure, InvalidInput, Throttling, Unavailable

from doorward_credential.application.ports import LONGEST_PASSWORD, Verified

log = structlog.get_logger()

NO_PEPPER = 0
SHORTEST_PEPPER = 32
"""Bytes."""

_SALT, _TAG = 16, 32
_POLITENESS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Argon2Profile:
    """What a guess costs. The default is one of OWASP's equivalents (46 MiB, one pass, one lane): about 50 ms."""

    memory_kib: int = 46 * 1024
    passes: int = 1
    lanes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pepper:
    """A key that is kept apart from the database; `version` counts from 1 and says which."""

    version: int
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    pepper: int
    profile: Argon2Profile
    salt: bytes
    tag: bytes

    def __str__(self) -> str:
        cost = f"m={self.profile.memory_kib},t={self.profile.passes},p={self.profile.lanes}"
        return f"v1${self.pepper}${cost}${b64encode(self.salt).decode()}${b64encode(self.tag).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InternalFailure for what `__str__` did not write: the store is damaged."""
        try:
            form, pepper, cost, salt, tag = text.split("$")
            numbers = dict(part.split("=") for part in cost.split(","))
            stored = cls(
                pepper=int(pepper),
                profile=Argon2Profile(memory_kib=int(numbers["m"]), passes=int(numbers["t"]), lanes=int(numbers["p"])),
                salt=b64decode(salt, validate=True),
                tag=b64decode(tag, validate=True),
            )
        except (ValueError, KeyError) as error:
            raise InternalFailure("a stored password is damaged") from error
        if form != "v1" or len(stored.tag) != _TAG:
            raise InternalFailure("a stored password is damaged")
        return stored


class Argon2Hasher:
    """A PasswordHasher with at most `workers` threads and `queue_limit` passwords that wait for one.

    `peppers` has the newest first; older ones only verify. Raises ValueError when they are not fit to be used.
    """

    def __init__(
        self,
        profile: Argon2Profile = Argon2Profile(),
        *,
        peppers: Sequence[Pepper] = (),
        workers: int | None = None,
        queue_limit: int = 64,
    ) -> None:
        _check(peppers)
        threads = workers or max(1, (os.cpu_count() or 1) // 2)
        self._profile = profile
        self._peppers = {pepper.version: pepper.key for pepper in peppers}
        self._newest = peppers[0].version if peppers else NO_PEPPER
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2", initializer=_be_polite)
        self._places = threading.BoundedSemaphore(threads + queue_limit)
        self._nobody = str(self._stored(secrets.token_bytes(_SALT), secrets.token_bytes(_TAG)))

    async def hash(self, password: str) -> str:
        if len(password) > LONGEST_PASSWORD:
            raise InvalidInput(f"the password has more than {LONGEST_PASSWORD} characters")
        salt = secrets.token_bytes(_SALT)
        return str(self._stored(salt, await self._tag(self._profile, self._newest, salt, password)))

    async def verify(self, stored: str, password: str) -> Verified:
        known = _Stored.parse(stored)
        tag = await self._tag(known.profile, known.pepper, known.salt, password[:LONGEST_PASSWORD])
        ok = hmac.compare_digest(tag, known.tag) and len(password) <= LONGEST_PASSWORD
        return Verified(ok, ok and (known.profile, known.pepper) != (self._profile, self._newest))

    async def waste(self, password: str) -> None:
        await self.verify(self._nobody, password)

    def close(self) -> None:
        """Take no more work, and forget what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _stored(self, salt: bytes, tag: bytes) -> _Stored:
        return _Stored(pepper=self._newest, profile=self._profile, salt=salt, tag=tag)

    async def _tag(self, profile: Argon2Profile, pepper: int, salt: bytes, password: str) -> bytes:
        """Wait for a thread to work it out; whoever gives up waiting leaves the queue."""
        key = self._key(pepper)
        if not self._places.acquire(blocking=False):
            raise Throttling("too many passwords are being checked: try again")
        try:
            work: Future[bytes] = self._pool.submit(_argon2id, profile, salt, password)
        except RuntimeError as error:  # closed
            self._places.release()
            raise Unavailable("the service is shutting down") from error
        work.add_done_callback(lambda _: self._places.release())
        try:
            tag = await asyncio.wrap_future(work)
        except HashingError as error:
            log.warning("argon2 failed", error=str(error), memory_kib=profile.memory_kib)
            raise Unavailable("the password cannot be checked now") from error
        return tag if key is None else hmac.digest(key, tag, "sha256")

    def _key(self, version: int) -> bytes | None:
        if version == NO_PEPPER:
            return None
        if version not in self._peppers:
            log.error("a password was stored with a pepper that is not configured", pepper=version)
            raise Unavailable("the password cannot be checked now")
        return self._peppers[version]


def _argon2id(profile: Argon2Profile, salt: bytes, password: str) -> bytes:
    return hash_secret_raw(
        secret=password.encode("utf-8", "surrogatepass"),
        salt=salt,
        time_cost=profile.passes,
        memory_cost=profile.memory_kib,
        parallelism=profile.lanes,
        hash_len=_TAG,
        type=Type.ID,
        version=ARGON2_VERSION,
    )


def _be_polite() -> None:
    """On Linux a priority belongs to a thread: whenever the event loop has work, it goes first."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _POLITENESS)


def _check(peppers: Sequence[Pepper]) -> None:
    if len({pepper.version for pepper in peppers}) != len(peppers):
        raise ValueError("two peppers have the same version")
    for pepper in peppers:
        if pepper.version <= NO_PEPPER:
            raise ValueError(f"the version of a pepper is {pepper.version}: expected 1 or more")
        if len(pepper.key) < SHORTEST_PEPPER:
            raise ValueError(f"pepper {pepper.version} has fewer than {SHORTEST_PEPPER} bytes")
