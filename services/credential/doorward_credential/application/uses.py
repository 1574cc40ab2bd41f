"""When keys, users and roles were last used: gathered here, and written once in a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from doorward_eventlog.last_used import INTERVAL, LastUsed, LastUses
from doorward_kernel.errors import DoorwardError
from doorward_kernel.ids import UniqueId
from doorward_keyring.passport import Passport, PassportKind

_log = structlog.get_logger()

WRITE_SECONDS = 1.0
MOST = 50_000
"""Uses that are gathered, and that are remembered as written."""

_AT_ONCE = 500
SIGN_IN = "signin"
"""The service of a use of a password."""


class IdentityUses(Protocol):
    """Where uses of users and roles are recorded. Raises DoorwardError."""

    async def record(self, uses: list[LastUsed]) -> None:
        """Keep these; nothing of what is gone."""


class Uses:
    """A use is written when the one before is 15 minutes older (see `last_used.INTERVAL`), and may be lost when the
    process ends."""

    def __init__(self, uses: LastUses, identity: IdentityUses) -> None:
        self._uses = uses
        self._identity = identity
        self._noted: OrderedDict[str, int] = OrderedDict()
        self._keys: list[LastUsed] = []
        self._principals: list[LastUsed] = []

    def note(self, passport: Passport, access_key_id: str, service: str, region: str, now: int) -> None:
        """A request was signed with this key."""
        if access_key_id and not passport.temporary:
            self._note(self._keys, passport, access_key_id, service, region, now)
        if passport.kind in {PassportKind.USER, PassportKind.ROLE_SESSION}:
            self._note(self._principals, passport, passport.principal_id, service, region, now)

    def note_password(self, passport: Passport, now: int) -> None:
        """Somebody signed in with a password."""
        self._note(self._keys, passport, password_use(passport.principal_id), SIGN_IN, "global", now)

    async def run(self) -> None:
        """Write what was noted, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write what was noted. What cannot be written is told and given up; the next use is noted anew."""
        keys, self._keys = self._keys, []
        principals, self._principals = self._principals, []
        await self._write(keys, self._uses.record_uses)
        await self._write(principals, self._identity.record)

    async def _write(self, uses: list[LastUsed], write: Callable[[list[LastUsed]], Awaitable[object]]) -> None:
        for start in range(0, len(uses), _AT_ONCE):
            try:
                await write(uses[start : start + _AT_ONCE])
            except DoorwardError as error:
                lost = uses[start:]
                _log.warning("uses not recorded", uses=len(lost), error=error.message)
                for use in lost:
                    self._noted.pop(use.unique_id, None)
                return

    def _note(self, noted: list[LastUsed], passport: Passport, id: str, service: str, region: str, now: int) -> None:
        last = self._noted.get(id)
        if len(noted) >= MOST or (last is not None and (now - last) * 1_000_000 < INTERVAL):
            return
        self._noted[id] = now
        self._noted.move_to_end(id)
        if len(self._noted) > MOST:
            self._noted.popitem(last=False)
        noted.append(
            LastUsed(
                account=passport.account,
                unique_id=UniqueId(id),
                used_at=now * 1_000_000,
                service=service,
                region=region,
            )
        )


def password_use(principal_id: str) -> str:
    """What a use of a password is recorded under."""
    return f"password/{principal_id}"
