"""Passports and sessions, as this service issues them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from doorward_kernel.errors import ExpiredToken, Unauthenticated
from doorward_kernel.ids import TEMPORARY_KEY_PREFIX
from doorward_keyring.keyring import Keyring
from doorward_keyring.passport import Passport, claims_of, passport_of
from doorward_keyring.validity import refusal
from doorward_runtime.passports import MAX_CHARACTERS

from doorward_credential.application.minting import Mint
from doorward_credential.application.people import INVALID_TOKEN
from doorward_credential.application.sealed_tokens import MOST_CHARACTERS, SealedTokens

PASSPORT_SECONDS = 300
"""How long a passport is valid at most; a new one costs one signature."""

_AROUND = 512
"""Characters of a passport besides the claims of whom it speaks: header, times, signature; rather too many."""

_SESSION = "session"
_SIGN_IN = "sign-in session"

EXPIRED = "The security token included in the request is expired"


class Signer(Protocol):
    """Signs passports with the key in use."""

    def sign(self, passport: Passport, now: int, seconds: int) -> str:
        """The token, valid from `now` (seconds since 1970) for `seconds`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPassport:
    """A passport as a token; `expires_at` in seconds since 1970."""

    passport: Passport
    token: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Temporary credentials; `expires_at` in seconds since 1970."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: int
    fullness: float
    """How much of a session token, or of a passport, they take: of what is above 1.0 nothing could be read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a session token says."""

    passport: Passport
    expires_at: int
    secret_access_key: str = field(repr=False)


class Passports:
    """Issues passports, and sessions that passports are issued for."""

    def __init__(self, signer: Signer, tokens: SealedTokens, mint: Mint) -> None:
        self._signer = signer
        self._tokens = tokens
        self._mint = mint

    def issue(self, passport: Passport, until: int | None = None) -> IssuedPassport:
        """A passport for at most PASSPORT_SECONDS, and not longer than `until` (seconds since 1970)."""
        now = self._mint.seconds()
        seconds = PASSPORT_SECONDS if until is None else min(PASSPORT_SECONDS, max(until - now, 1))
        return IssuedPassport(
            passport=passport, token=self._signer.sign(passport, now, seconds), expires_at=now + seconds
        )

    def credentials(self, passport: Passport, seconds: int) -> Credentials:
        """Temporary credentials of whoever the passport speaks of. Its key id is made here."""
        id = self._mint.access_key_id(passport.account, TEMPORARY_KEY_PREFIX)
        secret = self._tokens.secret_of(self._tokens.kid, id)
        if secret is None:
            raise ValueError("the key in use does not count")
        expires_at = passport.authenticated_at + seconds
        claims = claims_of(replace(passport, access_key_id=id, temporary=True))
        token = self._tokens.seal(_SESSION, {"claims": claims, "exp": expires_at, "kid": self._tokens.kid})
        signed = _AROUND + len(json.dumps(claims)) * 4 / 3
        return Credentials(
            access_key_id=id,
            secret_access_key=secret,
            session_token=token,
            expires_at=expires_at,
            fullness=max(len(token) / MOST_CHARACTERS, signed / MAX_CHARACTERS),
        )

    def session_now(self, token: str) -> Session | None:
        """What a session token says; None when its key is unknown here. Raises Unauthenticated."""
        fields = self._tokens.open_now(_SESSION, token)
        return None if fields is None else self._session(fields)

    async def session(self, token: str) -> Session:
        """What a session token says. Raises Unauthenticated, Unavailable."""
        return self._session(await self._tokens.open(_SESSION, token))

    def sign_in_session(self, passport: Passport, seconds: int) -> tuple[str, int]:
        """A token that more passports are issued for, and when it expires."""
        expires_at = passport.authenticated_at + seconds
        return self._tokens.seal(_SIGN_IN, {"claims": claims_of(passport), "exp": expires_at}), expires_at

    async def signed_in(self, token: str) -> tuple[Passport, int]:
        """Who signed in, and until when. Raises Unauthenticated, ExpiredToken, Unavailable."""
        fields = await self._tokens.open(_SIGN_IN, token)
        if fields["exp"] <= self._mint.seconds():
            raise ExpiredToken(EXPIRED)
        return passport_of(fields["claims"]), fields["exp"]

    def _session(self, fields: Mapping[str, Any]) -> Session:
        passport = passport_of(fields["claims"])
        secret = self._tokens.secret_of(fields["kid"], passport.access_key_id)
        if secret is None:
            raise ExpiredToken(EXPIRED)
        return Session(passport=passport, expires_at=fields["exp"], secret_access_key=secret)


def check_not_refused(keyring: Keyring | None, passport: Passport) -> None:
    """Raises Unauthenticated when the credential log says that the passport no longer holds."""
    if refusal(keyring, passport) is not None:
        raise Unauthenticated(INVALID_TOKEN)
