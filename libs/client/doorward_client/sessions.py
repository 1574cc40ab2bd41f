"""Sign-ins: what one still needs, and sessions whose passports renew themselves; what both clients share."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from doorward.credential.v1 import authentication_pb2 as pb
from doorward_kernel.errors import DeadlineExceeded, InternalFailure, InvalidInput, Unavailable

RENEWED_BEFORE = 30.0
"""Seconds before its passport's end when a session takes another; half of the passport's life when that is less."""


class SignInUnfinished(Exception):
    """The password was right, and more is needed; `challenge`, a secret, is good for five minutes and once."""

    def __init__(self, message: str, challenge: str) -> None:
        super().__init__(message)
        self.challenge = challenge


class SecondFactorNeeded(SignInUnfinished):
    """Go on with `complete_sign_in`.

    `factors` are some of `totp`, `passkey`, `sms`, `recovery-code`; a telephone gets a code by
    `authentication.send_sms_code`, which answers with the challenge in place of this one. `passkey_options` are
    PublicKeyCredentialRequestOptions as JSON, empty without a passkey.
    """

    def __init__(self, challenge: str, factors: tuple[str, ...] = (), passkey_options: str = "") -> None:
        super().__init__(f"the sign-in needs a second factor: {', '.join(factors)}", challenge)
        self.factors = factors
        self.passkey_options = passkey_options


class NewPasswordNeeded(SignInUnfinished):
    """Go on with `change_expired_password`."""

    def __init__(self, challenge: str) -> None:
        super().__init__("the sign-in needs another password", challenge)


def signed_in(answer: pb.SignInResponse | pb.CompleteSignInResponse) -> pb.SignedIn:
    """The sign-in, when it is done. Raises SecondFactorNeeded, NewPasswordNeeded, and InternalFailure when it needs
    something that this version does not know."""
    if answer.HasField("signed_in"):
        return answer.signed_in
    asked = answer.challenge
    if asked.need == pb.NEED_SECOND_FACTOR:
        raise SecondFactorNeeded(asked.challenge, tuple(asked.factors), asked.passkey_options)
    if asked.need == pb.NEED_NEW_PASSWORD:
        raise NewPasswordNeeded(asked.challenge)
    raise InternalFailure(f"the credential service asks for the unknown need {asked.need}")


def factor_fields(
    challenge: str, code: str | None, recovery_code: str | None, passkey_assertion: str | None
) -> dict[str, Any]:
    """The fields of a CompleteSignInRequest. Raises InvalidInput unless there is one factor."""
    factors = {"code": code, "recovery_code": recovery_code, "passkey_assertion": passkey_assertion}
    shown = {name: value for name, value in factors.items() if value is not None}
    if len(shown) != 1:
        raise InvalidInput("show one factor: `code`, `recovery_code` or `passkey_assertion`")
    return {"challenge": challenge, **shown}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What the last answer gave; `expires`, `renew_at` in seconds since 1970."""

    passport: str = field(repr=False)
    expires: float
    renew_at: float


class Session:
    """A sign-in: who it is of, and until when."""

    def __init__(self, made: pb.SignedIn) -> None:
        self.token = made.session
        """To go on with later by `resumed`; a secret."""
        self.expires_at: datetime = made.session_expiration.ToDatetime(UTC)
        """When somebody must sign in again."""
        self.account = made.account
        self.arn = made.arn
        self._held = _held(made)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(arn={self.arn!r}, expires_at={self.expires_at.isoformat()!r})"

    @property
    def _is_due(self) -> bool:
        return time.time() >= self._held.renew_at

    def _take(self, renewed: pb.RenewPassportResponse) -> None:
        self._held = _held(renewed.signed_in)

    def _check_still_good(self, error: Unavailable | DeadlineExceeded) -> None:
        """A passport that could not be renewed is good until its end. Raises `error` after that."""
        if time.time() >= self._held.expires:
            raise error


class SyncSession(Session):
    """Renews its passport by blocking calls of `renew`, one at a time; for many threads."""

    def __init__(self, made: pb.SignedIn, renew: Callable[..., pb.RenewPassportResponse]) -> None:
        super().__init__(made)
        self._renew = renew
        self._lock = threading.Lock()

    def passport(self) -> str:
        """A passport that is good now. Raises Unauthenticated, ExpiredToken when the session is revoked or over."""
        if self._is_due:
            with self._lock:
                if self._is_due:
                    try:
                        self._take(self._renew(session=self.token))
                    except (Unavailable, DeadlineExceeded) as error:
                        self._check_still_good(error)
        return self._held.passport


class AsyncSession(Session):
    """Renews its passport by awaited calls of `renew`, one at a time; for one event loop."""

    def __init__(self, made: pb.SignedIn, renew: Callable[..., Awaitable[pb.RenewPassportResponse]]) -> None:
        super().__init__(made)
        self._renew = renew
        self._lock = asyncio.Lock()

    async def passport(self) -> str:
        """See `SyncSession.passport`."""
        if self._is_due:
            async with self._lock:
                if self._is_due:
                    try:
                        self._take(await self._renew(session=self.token))
                    except (Unavailable, DeadlineExceeded) as error:
                        self._check_still_good(error)
        return self._held.passport


def _held(made: pb.SignedIn) -> _Held:
    expires = made.passport_expiration.ToMicroseconds() / 1e6
    life = max(expires - time.time(), 0.0)
    return _Held(passport=made.passport, expires=expires, renew_at=expires - min(RENEWED_BEFORE, life / 2))
