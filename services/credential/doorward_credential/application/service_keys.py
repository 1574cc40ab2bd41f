"""Keys that the service itself makes: they sign passports and seal session tokens, and change while it runs."""

import base64
import json
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from doorward_kernel.errors import DoorwardError, EntityTemporarilyUnmodifiable, Unavailable
from doorward_kernel.ids import OPERATOR
from doorward_runtime import key_ring

from doorward_credential.application.stored_secrets import StoredSecrets

_log = structlog.get_logger()

KEY_BYTES = 32
_PAGE = 100
"""Names of keys that are read at once."""

REFRESH_SECONDS = 5.0
"""An unknown key is looked for no more often than that."""

LOOK_SECONDS = 60
"""How often each process looks whether a key is old enough, and what other processes made."""

CACHE_SECONDS = 60
"""For how long others may keep the public keys that they were told, before they ask again."""

_SLACK_SECONDS = 60
"""For clocks that differ, and for answers that take their time."""

LEAD_SECONDS = LOOK_SECONDS + CACHE_SECONDS + int(key_ring.REFRESH_SECONDS) + _SLACK_SECONDS
"""A new key is made so long before it is used that everybody knows it by then: also a verifier whose keys come from a
cache, whose keys come from a process that did not make it, when each asked the other just too early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey:
    """KEY_BYTES random bytes; times in seconds since 1970. It is used from `used_from` on, 0 for the first;
    `not_after`: what it made is over by then, None for the newest."""

    kid: str
    created_at: int
    used_from: int
    not_after: int | None
    private: bytes = field(repr=False)


class ServiceKeys:
    """The keys of one kind, such as `passport-key`, the newest of which is used.

    They are kept sealed in the database, so all processes of the service have the same; one that another process made
    is found as soon as something made with it is seen. A new key is used LEAD_SECONDS after it was made, the first one
    at once. An older key counts for `overlap` seconds after it was replaced: as long as anything that it made can be
    valid.
    """

    def __init__(self, kind: str, stored: StoredSecrets, clock: Callable[[], float], *, overlap: int) -> None:
        self._kind = kind
        self._stored = stored
        self._clock = clock
        self._overlap = overlap
        self._keys: dict[str, ServiceKey] = {}
        self._looked_at = float("-inf")
        self._failed = False
        self._last_made_at = 0

    @property
    def in_use(self) -> ServiceKey:
        """The newest key whose time has come. Raises ValueError before `open`."""
        now = self._clock()
        for key in self._keys.values():
            if key.used_from <= now:
                return key
        raise ValueError(f"the keys of kind `{self._kind}` are not open yet")

    @property
    def valid(self) -> list[ServiceKey]:
        """All that still count, the newest first."""
        now = self._clock()
        return [key for key in self._keys.values() if key.not_after is None or key.not_after > now]

    async def open(self) -> None:
        """Read the keys, and make the first one when there is none. Raises Unavailable, CannotUnseal."""
        await self._read()
        if not self._keys:
            await self._make()
            await self._read()

    async def check_in_use(self) -> None:
        """Raises EntityTemporarilyUnmodifiable when the newest key is not used yet; then there is no need for another.

        Reads what other processes made first. Raises Unavailable, CannotUnseal.
        """
        await self._read()
        newest = self._newest
        if newest is not None and newest.used_from > self._clock():
            seconds = math.ceil(newest.used_from - self._clock())
            raise EntityTemporarilyUnmodifiable(f"the key that was made last is used in {seconds} s: try again then")

    async def rotate(self) -> ServiceKey:
        """Make the next key; forget those that no longer count.

        Raises EntityTemporarilyUnmodifiable when the one before is not used yet, Unavailable, CannotUnseal.
        """
        await self.check_in_use()
        kid = await self._make()
        await self._read()
        valid = {key.kid for key in self.valid}
        await self._stored.delete(OPERATOR, [self._name(kid) for kid in self._keys if kid not in valid])
        self._keys = {kid: key for kid, key in self._keys.items() if kid in valid}
        _log.info("a new key was made", kind=self._kind, kid=kid, used_in=LEAD_SECONDS, valid=len(valid))
        return self._keys.get(kid) or self.in_use  # somebody may have withdrawn it meanwhile

    async def withdraw(self) -> ServiceKey:
        """Make a key that is used at once, and forget all others: whatever they made proves nothing any more.

        Other processes follow within LOOK_SECONDS. Raises Unavailable, CannotUnseal; then call it again.
        """
        before = await self._names()
        kid = await self._make()
        await self._stored.delete(OPERATOR, before)
        await self._read()
        _log.warning("all keys were withdrawn", kind=self._kind, kid=kid, withdrawn=len(before))
        return self.in_use

    async def rotate_if_older(self, seconds: float) -> bool:
        """Rotate when the newest key is that old, and is used; whether it was. Reads what other processes made first.

        Raises Unavailable, CannotUnseal.
        """
        await self._read()
        newest, now = self._newest, self._clock()
        if newest is not None and (now - newest.created_at < seconds or newest.used_from > now):
            return False
        await self.rotate()
        return True

    def find(self, kid: str) -> ServiceKey | None:
        """A key that still counts, as far as is known."""
        key = self._keys.get(kid)
        return key if key is not None and (key.not_after is None or key.not_after > self._clock()) else None

    async def look_for(self, kid: str) -> ServiceKey | None:
        """A key that still counts; reads the database for one that is unknown, but not too often.

        None when it was not there at the last look, which was less than REFRESH_SECONDS ago. Raises Unavailable,
        CannotUnseal when the keys cannot be read, and as long as the last look failed.
        """
        key = self.find(kid)
        if key is not None:
            return key
        if self._clock() - self._looked_at >= REFRESH_SECONDS:
            await self._read()
        elif self._failed:
            raise Unavailable("the keys of the service cannot be read now: try again")
        return self.find(kid)

    @property
    def _newest(self) -> ServiceKey | None:
        return next(iter(self._keys.values()), None)

    async def _make(self) -> str:
        kid = secrets.token_hex(8)
        fields = {
            # After the one before, also when another process with a clock that is ahead made that.
            "created_at": max(int(self._clock() * 1000), self._last_made_at + 1),
            "private": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"),
        }
        await self._stored.put(OPERATOR, self._name(kid), json.dumps(fields))
        return kid

    async def _names(self) -> list[str]:
        """Of all keys of the kind, however many there are."""
        prefix = f"{self._kind}/"
        names = page = await self._stored.names(OPERATOR, prefix, _PAGE)
        while len(page) == _PAGE:
            page = await self._stored.names(OPERATOR, prefix, _PAGE, after=page[-1])
            names = names + page
        return names

    async def _read(self) -> None:
        self._looked_at = self._clock()
        try:
            self._keys = await self._found()
        except DoorwardError:
            self._failed = True
            raise
        self._failed = False

    async def _found(self) -> dict[str, ServiceKey]:
        """All that are kept, the newest first."""
        values = await self._stored.find_many(OPERATOR, await self._names())
        found = sorted(
            ((json.loads(value), name.rpartition("/")[2]) for name, value in values.items()),
            key=lambda each: (each[0]["created_at"], each[1]),
        )
        self._last_made_at = found[-1][0]["created_at"] if found else 0
        keys: dict[str, ServiceKey] = {}
        replaced_at: int | None = None
        for number, (fields, kid) in reversed(list(enumerate(found))):
            created_at = fields["created_at"] // 1000
            used_from = created_at + LEAD_SECONDS if number else 0
            keys[kid] = ServiceKey(
                kid=kid,
                created_at=created_at,
                used_from=used_from,
                not_after=None if replaced_at is None else replaced_at + self._overlap,
                private=base64.b64decode(fields["private"]),
            )
            replaced_at = used_from
        return keys

    def _name(self, kid: str) -> str:
        return f"{self._kind}/{kid}"
