"""Challenges: what is given out in the middle of something and brought back within minutes, once."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from doorward_eventlog.secrets import Secrets
from doorward_kernel.errors import AuthenticationFailed, DoorwardError
from doorward_kernel.ids import OPERATOR

from doorward_credential.application.minting import Mint
from doorward_credential.application.sealed_tokens import NoSuchToken, SealedTokens

_log = structlog.get_logger()

LIFETIME = 300
"""Seconds that a challenge may be answered in."""

CLEAN_SECONDS = 300.0
_PAGE = 500
_MARK = "open"


class Challenges:
    """Sealed tokens, each with a mark in the database that is used up with it: whatever replays one comes too late."""

    def __init__(self, tokens: SealedTokens, secrets: Secrets, mint: Mint) -> None:
        self._tokens = tokens
        self._secrets = secrets
        self._mint = mint

    async def issue(self, purpose: str, fields: Mapping[str, Any]) -> str:
        """A challenge that holds these fields and, unless it stands in for an earlier one and they say so, when it was
        issued (`iat`, seconds since 1970). Raises Unavailable."""
        now = self._mint.seconds()
        expires_at = now + LIFETIME
        mark = f"challenge/{expires_at:011d}/{self._mint.id()}"
        await self._secrets.put(OPERATOR, mark, _MARK)
        return self._tokens.seal(purpose, {"iat": now, **fields, "mark": mark, "exp": expires_at})

    async def read(self, purpose: str, challenge: str) -> dict[str, Any]:
        """What a challenge holds; it stays open. Raises AuthenticationFailed when it was used, is over, or none."""
        try:
            fields = await self._tokens.open(purpose, challenge)
        except NoSuchToken:
            raise _over() from None
        if fields["exp"] < self._mint.seconds() or await self._secrets.find(OPERATOR, fields["mark"]) is None:
            raise _over()
        return fields

    async def use(self, fields: Mapping[str, Any]) -> None:
        """Close a challenge for good. Raises AuthenticationFailed when somebody did before."""
        if not await self._secrets.take(OPERATOR, fields["mark"], _MARK):
            raise _over()

    async def clean(self) -> None:
        """Forget the marks of challenges that nobody answered; runs until cancelled."""
        while True:
            try:
                await self._clean()
            except DoorwardError as error:
                _log.warning("challenges not cleaned; trying again", error=error.message)
            await asyncio.sleep(CLEAN_SECONDS)

    async def _clean(self) -> None:
        over = f"challenge/{self._mint.seconds():011d}/"
        while marks := [mark for mark in await self._secrets.names(OPERATOR, "challenge/", _PAGE) if mark < over]:
            await self._secrets.delete(OPERATOR, marks)


def _over() -> AuthenticationFailed:
    return AuthenticationFailed("the challenge was answered before, is older than five minutes, or is none")
