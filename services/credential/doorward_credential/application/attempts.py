"""Attempts to prove who one is: slowed down when they fail, and noted."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from doorward_kernel.errors import AccessDenied, AuthenticationFailed, DoorwardError, Throttling
from doorward_kernel.ids import AccountId

from doorward_credential.application.backoff import Backoff
from doorward_credential.application.ports import Activity, Happened

HOLD_SECONDS = 1.0, 4.0
"""For how long, at least and at most, whoever must wait is kept waiting for that answer. It costs nothing here, and a
thousand who ask again at once are then a few hundred calls in a second, and not as many as there is time for."""

MOST_HELD = 2_000

Source = str
"""The address that a call comes from; empty when it has none, as through a socket file."""


class Attempt:
    """One attempt under way; who it claims to be becomes known in its course."""

    def __init__(self) -> None:
        self.account = ""
        self.principal_id = ""
        self.unfinished = False
        """What was shown is right, and more is asked for: neither a failure nor a success yet."""

    def is_of(self, account: AccountId, principal_id: str) -> None:
        """The claimed principal exists."""
        self.account, self.principal_id = account, principal_id


class Attempts:
    """Lets attempts through one by one, later and later when they fail."""

    def __init__(
        self, backoff: Backoff, activity: Activity, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._backoff = backoff
        self._activity = activity
        self._pause = pause
        self._held = 0

    @asynccontextmanager
    async def of(self, claimed: str, source: Source) -> AsyncIterator[Attempt]:
        """An attempt of whoever `claimed` names. Raises Throttling, after a while, when it must wait.

        AuthenticationFailed and AccessDenied from within count as failures, and so does an attempt that its caller did
        not wait for: it cost as much. Nothing else does.
        """
        attempt = Attempt()
        try:
            self._backoff.begin(claimed, source, time.monotonic())
        except Throttling:
            await self._hold()
            raise
        try:
            yield attempt
        except (AuthenticationFailed, AccessDenied) as error:
            self._backoff.failed(claimed, source, time.monotonic())
            self._note("SignInFailed", attempt, source, error)
            raise
        except asyncio.CancelledError:
            self._backoff.failed(claimed, source, time.monotonic())
            raise
        except BaseException:
            self._backoff.abandoned(claimed, source, time.monotonic())
            raise
        if attempt.unfinished:
            self._backoff.abandoned(claimed, source, time.monotonic())
            self._note("SignInContinued", attempt, source, None)
        else:
            self._backoff.succeeded(claimed, source, time.monotonic())
            self._note("SignInSucceeded", attempt, source, None)

    async def _hold(self) -> None:
        """Keep the caller waiting, unless many are."""
        if self._held >= MOST_HELD:
            return
        self._held += 1
        try:
            await self._pause(random.uniform(*HOLD_SECONDS))  # noqa: S311 - no secret
        finally:
            self._held -= 1

    def _note(self, type: str, attempt: Attempt, source: Source, error: DoorwardError | None) -> None:
        self._activity.note(
            Happened(
                type=type,
                account=attempt.account,
                principal_id=attempt.principal_id,
                source_ip=source,
                reason="" if error is None else error.reason,
            )
        )
