"""Users that were deleted: what they still had is forgotten, so that nothing of them stays behind.

A user that has credentials cannot be deleted; what is made while it is being deleted is found here. It proves nothing
either way, for its principal is gone.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from doorward_eventlog.counters import Counters
from doorward_kernel.errors import ConcurrentModification, DoorwardError, Unavailable
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.record import Head, Record
from doorward_keyring.access_keys import access_keys_of
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import mfa_devices_of
from doorward_keyring.principals_gone import ForgetPrincipal

from doorward_credential.application.access_keys import secret_name
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.second_factors import device_name, recovery_name
from doorward_credential.application.stored_secrets import StoredSecrets

_log = structlog.get_logger()

PAGE = 500
"""Records that are read at once."""

NOTE_SECONDS = 60.0
"""How often it is written down how far this process is, and how soon what failed is tried again."""

_BECAUSE = b'{"actor": "credential-service", "reason": "the user was deleted"}'


class IdentityLog(Protocol):
    """Where deletions are read that nobody told of. Raises DoorwardError, OSError."""

    async def read(self, after: int, limit: int) -> Sequence[Record]:
        """At most `limit` records after a position, in order."""


class Departures:
    """Told of the identity log's commits; forgets in `run`.

    Up to which position everybody who left was forgotten is kept beside the credential log, for each epoch of the
    identity log: what was deleted while no process ran is read from there, once, by the next one.
    """

    def __init__(self, keyrings: Keyrings, stored: StoredSecrets, counters: Counters, log: IdentityLog) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._counters = counters
        self._log = log
        self._epoch = ""
        self._told = 0
        """The position up to which this process was told of commits."""
        self._done: int | None = None
        """The position up to which all who left are forgotten; None while it was not looked up."""
        self._kept = 0
        """What is written down of it."""
        self._due = asyncio.Event()

    def starts_at(self, head: Head) -> None:
        """Commits are told from here on; what is before it has to be read."""
        self._epoch, self._told, self._done = head.epoch, head.position, None
        self._due.set()

    def note(self, commit: Sequence[Record]) -> None:
        """Take in one commit of the identity log."""
        is_done = self._done == self._told and not any(record.type == "UserDeleted" for record in commit)
        self._told = commit[-1].position
        if is_done:
            self._done = self._told
        else:
            self._due.set()

    async def run(self) -> None:
        """Forget whoever is gone, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(NOTE_SECONDS):
                    await self._due.wait()
            self._due.clear()
            try:
                await self.catch_up()
            except (DoorwardError, OSError) as error:
                _log.warning("credentials of deleted users are left, trying again", error=str(error))

    async def catch_up(self) -> None:
        """Forget all who left up to where this process was told of commits, and write down that it is done.

        Raises what the logs raise; whoever was not forgotten then is the next time.
        """
        epoch = self._epoch
        if not epoch:
            return
        name = f"departures/{epoch}"
        if self._done is None:
            kept = (await self._counters.read(OPERATOR, [name])).get(name, 0)
            if self._epoch != epoch:
                return
            self._kept, self._done = kept, min(kept, self._told)
        while self._epoch == epoch and self._done is not None and self._done < self._told:
            records = await self._log.read(self._done, PAGE)
            for record in records:
                if record.type == "UserDeleted":
                    await self._forget(record)
            if self._epoch != epoch or not records:
                return
            self._done = records[-1].position
            await self._write_down(name, self._done)
        if self._epoch == epoch and self._done is not None:
            await self._write_down(name, self._done)

    async def _write_down(self, name: str, position: int) -> None:
        if position > self._kept:
            await self._counters.advance(OPERATOR, name, position)
            self._kept = position

    async def _forget(self, deleted: Record) -> None:
        try:
            await self.forget(deleted.account, json.loads(deleted.payload)["user_id"])
        except (Unavailable, ConcurrentModification):
            raise
        except Exception as error:  # noqa: BLE001 - one account that cannot be changed must not keep back all others
            _log.error("credentials of a deleted user are left", account=deleted.account, error=str(error))

    async def forget(self, account: AccountId, user_id: str) -> None:
        """No event when the user had nothing. Raises what `Accounts.execute` raises.

        Secrets go first: once there is the event, nothing tells any more what they were kept under.
        """
        keyring = await self._keyrings.get(account)
        await self._stored.delete(account, _names(keyring, user_id))
        await self._counters.delete(account, [device_name(device) for device in mfa_devices_of(keyring, user_id)])
        await self._keyrings.execute(account, ForgetPrincipal(principal_id=user_id), _BECAUSE)


def _names(keyring: Keyring, user_id: str) -> list[str]:
    """What the user's secrets are kept under."""
    names = [secret_name(key.access_key_id) for key in access_keys_of(keyring, user_id)]
    names += [device_name(device) for device in mfa_devices_of(keyring, user_id)]
    profile, batch = keyring.login_profiles.get(user_id), keyring.recovery_codes.get(user_id)
    if profile is not None:
        names += [f"password/{id}" for id in (profile.password_id, *profile.previous)]
    if batch is not None:
        names += [recovery_name(batch.batch_id, number) for number in batch.remaining]
    return names
