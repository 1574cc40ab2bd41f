"""ID tokens of registered OIDC providers: their keys discovered, kept a while, and the token held against them."""

import asyncio
import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import jwt
from doorward_kernel.errors import (
    DoorwardError,
    ExpiredIdentityToken,
    IDPCommunicationError,
    IDPRejectedClaim,
    InvalidIdentityToken,
)

from doorward_credential.application.ports import RegisteredProvider, WebIdentity

LONGEST_TOKEN = 20_000
"""Characters (STS API reference, AssumeRoleWithWebIdentity)."""

LONGEST_SUBJECT = 255
CLOCK_SKEW = 60
"""Seconds that a provider's clock may be ahead; a token that is over is over at once."""

KEPT_SECONDS = 3600.0
"""How long keys are believed without asking again."""

PAUSE_SECONDS = 30.0
"""From one fetch of a provider's keys to the next, at least, however many unknown keys are named."""

PAUSE_AFTER_FAILURE = 5.0
"""Seconds; twice as long after each failure in a row, up to LONGEST_PAUSE."""

LONGEST_PAUSE = 300.0
MOST_PROVIDERS = 1000
"""Whose keys, or whose pause, are remembered. One whose pause is not over is never forgotten: when all are such, no
other provider is asked until the first pause ends."""

MOST_KEYS = 100
"""Of one provider."""

_ALGORITHMS = {
    **{f"{family}{bits}": ("RSA", None) for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Signatures that are accepted, each with the only kind of key that makes them (RFC 7518, RFC 8037)."""

_PUBLIC = ("kty", "crv", "x", "y", "n", "e")
_PARTS = ("kid", "use", "alg", *_PUBLIC)
_END_OF_TIME = 1 << 53
_LONGEST_KEY = 2000
"""Characters of all its parts: the number of an RSA key with 8,192 bits has some 1,370."""

_NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
_NO_KEY = (
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
_EXPIRED = "Token expired: current date/time must be before the expiration date/time"

_JWT_ERRORS = (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, RecursionError)

Key = Mapping[str, Any]


class Web(Protocol):
    """Where documents of providers come from."""

    async def get(self, url: str, thumbprints: Sequence[str]) -> Any: ...


@dataclass(slots=True)
class _Kept:
    """The keys of one provider as one way of trusting it found them, and when it may be asked again."""

    keys: tuple[Key, ...] = ()
    fresh_until: float = -math.inf
    ask_again_at: float = -math.inf
    failure: DoorwardError | None = None
    pause: float = PAUSE_AFTER_FAILURE
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def may_be_forgotten(self, now: float) -> bool:
        """Whether that has its provider asked no sooner than it may be."""
        return now >= self.ask_again_at and not self.asking.locked()


class OidcTokens:
    """WebIdentityTokens. What is kept of a provider is kept apart for each list of thumbprints: an account that
    trusts a false certificate has only itself to blame for it."""

    def __init__(self, web: Web, clock: Callable[[], float] = time.monotonic, *, most: int = MOST_PROVIDERS) -> None:
        self._web = web
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[tuple[str, tuple[str, ...]], _Kept] = OrderedDict()

    def issuer(self, token: str) -> str:
        _, claims = _unverified(token)
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or not issuer:
            raise InvalidIdentityToken("Missing a required claim: iss")
        return issuer

    async def verify(self, token: str, provider: RegisteredProvider, now: int) -> WebIdentity:
        header, claims = _unverified(token)
        if claims.get("iss") != f"https://{provider.url}":
            raise InvalidIdentityToken("the issuer of the token is not the provider")
        key = await self._key(provider, header)
        _check_signature(token, key)
        return _identity(claims, provider, now)

    async def _key(self, provider: RegisteredProvider, header: Mapping[str, Any]) -> jwt.PyJWK:
        kept = self._kept_of(provider)
        found = _fitting(kept.keys, header) if self._clock() < kept.fresh_until else None
        if found is None:
            await self._ask(kept, provider, header)
            found = _fitting(kept.keys, header)
        if found is None:
            raise InvalidIdentityToken(_NO_KEY)
        return found

    async def _ask(self, kept: _Kept, provider: RegisteredProvider, header: Mapping[str, Any]) -> None:
        """Have the provider's keys fetched, once for all who wait, and not again too soon."""
        async with kept.asking:
            fresh = self._clock() < kept.fresh_until
            if fresh and _fitting(kept.keys, header) is not None:
                return
            if self._clock() >= kept.ask_again_at:
                await self._fetch_into(kept, provider)
            elif not fresh and kept.failure is not None:
                raise type(kept.failure)(kept.failure.message)

    async def _fetch_into(self, kept: _Kept, provider: RegisteredProvider) -> None:
        try:
            kept.keys = await self._fetch(provider)
        except DoorwardError as failure:
            kept.failure = failure
            kept.ask_again_at = self._clock() + kept.pause
            kept.pause = min(2 * kept.pause, LONGEST_PAUSE)
            raise
        kept.failure, kept.pause = None, PAUSE_AFTER_FAILURE
        kept.fresh_until = self._clock() + KEPT_SECONDS
        kept.ask_again_at = self._clock() + PAUSE_SECONDS

    async def _fetch(self, provider: RegisteredProvider) -> tuple[Key, ...]:
        """The keys that the provider says are its own (OpenID Connect Discovery 1.0, section 4)."""
        issuer = f"https://{provider.url}"
        about = await self._web.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", provider.thumbprints)
        where = about.get("jwks_uri") if isinstance(about, dict) and about.get("issuer") == issuer else None
        if not isinstance(where, str):
            raise InvalidIdentityToken(_NO_KEY)
        found = await self._web.get(where, provider.thumbprints)
        keys = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(keys, list):
            raise InvalidIdentityToken(_NO_KEY)
        bare = (_bare(key) for key in keys[:MOST_KEYS] if isinstance(key, dict))
        return tuple(key for key in bare if sum(len(str(part)) for part in key.values()) <= _LONGEST_KEY)

    def _kept_of(self, provider: RegisteredProvider) -> _Kept:
        name = provider.url, tuple(sorted(provider.thumbprints))
        kept = self._kept.get(name)
        if kept is None:
            self._make_room()
            kept = self._kept[name] = _Kept()
        self._kept.move_to_end(name)
        return kept

    def _make_room(self) -> None:
        """Raises IDPCommunicationError when nobody may be forgotten."""
        if len(self._kept) < self._most:
            return
        now = self._clock()
        idle = next((name for name, kept in self._kept.items() if kept.may_be_forgotten(now)), None)
        if idle is None:
            raise IDPCommunicationError("too many identity providers were asked for their keys lately: try again later")
        del self._kept[idle]


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, as they are. Raises InvalidIdentityToken, also where a lone surrogate makes them no text."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise InvalidIdentityToken(_NOT_A_JWT)
    try:
        decoded = jwt.decode_complete(token, options={"verify_signature": False})
        json.dumps([decoded["header"], decoded["payload"]], ensure_ascii=False).encode()
    except _JWT_ERRORS:
        raise InvalidIdentityToken(_NOT_A_JWT) from None
    if str(decoded["header"].get("alg")) not in _ALGORITHMS:
        raise InvalidIdentityToken("the token is not signed with an algorithm that is accepted")
    return decoded["header"], decoded["payload"]


def _fitting(keys: Sequence[Key], header: Mapping[str, Any]) -> jwt.PyJWK | None:
    """The key that the header names, if it is one for the algorithm; the only one there is, if it names none."""
    algorithm, name = header["alg"], header.get("kid")
    if name is None and len(keys) != 1:
        return None
    for key in keys:
        if (name is None or key.get("kid") == name) and _is_for(key, algorithm):
            try:
                return jwt.PyJWK({part: key[part] for part in _PUBLIC if part in key}, algorithm)
            except _JWT_ERRORS:
                continue
    return None


def _bare(key: Key) -> Key:
    """What is looked at of a key, whatever else a provider tells of it."""
    return {part: key[part] for part in _PARTS if part in key}


def _is_for(key: Key, algorithm: str) -> bool:
    kind, curve = _ALGORITHMS[algorithm]
    return (
        key.get("kty") == kind
        and key.get("crv") == curve
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _check_signature(token: str, key: jwt.PyJWK) -> None:
    """Raises InvalidIdentityToken also for RSA keys below 2,048 bits."""
    try:
        jwt.PyJWS(options={"enforce_minimum_key_length": True}).decode(token, key, algorithms=[key.algorithm_name])
    except _JWT_ERRORS:
        raise InvalidIdentityToken("the signature of the token is not the provider's") from None


def _identity(claims: Mapping[str, Any], provider: RegisteredProvider, now: int) -> WebIdentity:
    """What the claims say, if they hold now (OpenID Connect Core 1.0, section 3.1.3.7)."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise InvalidIdentityToken("Missing a required claim: sub")
    expires_at, issued_at = _time(claims, "exp"), _time(claims, "iat")
    if now >= expires_at:
        raise ExpiredIdentityToken(_EXPIRED)
    if max(issued_at, _time(claims, "nbf", default=0)) > now + CLOCK_SKEW:
        raise IDPRejectedClaim("the token is not valid yet")
    return WebIdentity(
        issuer=f"https://{provider.url}",
        subject=subject,
        audience=_audience(claims, provider.client_ids),
        expires_at=expires_at,
        claims=claims,
    )


def _time(claims: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1 < value < _END_OF_TIME:
        raise InvalidIdentityToken(f"Missing a required claim: {name}")
    return int(value)


def _audience(claims: Mapping[str, Any], client_ids: Sequence[str]) -> str:
    """The client that the token is for. Others may be named beside it only if `azp` says which one asked for it."""
    named = claims.get("aud")
    audiences = [named] if isinstance(named, str) else named
    if not isinstance(audiences, list) or not any(each in client_ids for each in audiences):
        raise InvalidIdentityToken("Incorrect token audience")
    asked = claims.get("azp", audiences[0] if len(audiences) == 1 else None)
    if not isinstance(asked, str) or asked not in client_ids:
        raise InvalidIdentityToken("Incorrect token audience")
    return asked
