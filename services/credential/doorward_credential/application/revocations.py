"""Sessions that end before their time, credentials of users that are gone, and the erasure of all secrets."""

import asyncio
from contextlib import suppress
from datetime import datetime

import structlog
from doorward_kernel.errors import DoorwardError, EntityAlreadyExists
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.commands import check_has_credentials
from doorward_keyring.keyring import EraseSecrets
from doorward_keyring.revocations import RevokeSessions

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.stored_secrets import StoredSecrets

_log = structlog.get_logger()

LOOK_SECONDS = 60.0
"""From one look for erasures that were interrupted to the next."""

_BEGUN = "erasure/"
"""What marks, in the operator's account, the accounts whose erasure was begun."""

_MOST_BEGUN = 1000


class Revocations:
    """Each is an event, in force on every replica that has read up to its revision."""

    def __init__(self, keyrings: Keyrings, stored: StoredSecrets, mint: Mint) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._mint = mint

    async def revoke_sessions(
        self, account: AccountId, principal_id: str, before: datetime | None, metadata: bytes
    ) -> Revision:
        """End the sessions of a user, role or root user that began at `before` (now when None) or earlier.

        Access keys stay as they are. A time up to five minutes ahead counts as now. Raises InvalidInput for a later one
        and for the operator's account.
        """
        now = self._mint.now()
        command = RevokeSessions(principal_id=principal_id, before=before or now, now=now)
        return (await self._keyrings.execute(account, command, metadata)).revision

    async def erase(self, account: AccountId, metadata: bytes) -> Revision:
        """Destroy the account's data key and all that it sealed, for good.

        The event comes first: what it says holds from then on. A mark tells `run` to do the rest if it is interrupted.
        Raises InvalidInput for the operator's account.
        """
        check_has_credentials(account)
        with suppress(EntityAlreadyExists):
            await self._stored.put(OPERATOR, _BEGUN + account, "begun")
        command = EraseSecrets(erased_at=self._mint.now())
        changed = await self._keyrings.execute(account, command, metadata)
        await self._erase(account)
        return changed.revision

    async def run(self) -> None:
        """Finish what was interrupted, in whatever process, until cancelled."""
        while True:
            try:
                await self.finish_erasures()
            except DoorwardError as error:
                _log.warning("secrets are not erased yet, trying again", error=error.message)
            await asyncio.sleep(LOOK_SECONDS)

    async def finish_erasures(self) -> None:
        """Destroy what accounts still have whose erasure is an event. One that was begun and is no event is left as it
        is: its command is under way, or was never obeyed. Raises Unavailable when the marks cannot be read; an account
        whose turn fails is told, and does not keep back the others.
        """
        for mark in await self._stored.names(OPERATOR, _BEGUN, _MOST_BEGUN):
            account = AccountId(mark.removeprefix(_BEGUN))
            try:
                if (await self._keyrings.get(account)).erased_at is not None:
                    await self._erase(account)
                    _log.info("the erasure of an account's secrets was finished", account=account)
            except Exception as error:  # noqa: BLE001 - also a log that cannot be read must not end the process
                _log.error("the secrets of an account are not erased yet", account=account, error=str(error))

    async def _erase(self, account: AccountId) -> None:
        await self._stored.erase(account)
        await self._stored.delete(OPERATOR, [_BEGUN + account])
