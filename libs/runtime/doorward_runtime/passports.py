"""Passports as tokens: JWTs that the credential service signs with Ed25519 and everybody else verifies.

RFC 7519 (JWT), RFC 8037 (EdDSA, OKP keys), RFC 8725 (best practices: one algorithm, an explicit type, issuer and
audience checked). The token is a bearer's secret: it stands in no message, log or event.
"""

import base64
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, NoReturn

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from doorward_kernel.errors import Unauthenticated
from doorward_keyring.passport import Passport, claims_of, passport_of

from doorward_runtime.key_ring import KeyRing, PassportKeys

__all__ = ("PassportKeys", "PassportSigner", "PassportVerifier", "jwks")

ISSUER = "doorward"
AUDIENCE = "doorward"
TYPE = "passport+jwt"
ALGORITHM = "EdDSA"

MAX_CHARACTERS = 12 * 1024
"""Of a token."""

MAX_SECONDS = 3600
"""The longest that a passport may be valid."""

LEEWAY_SECONDS = 5
"""For how long an expired passport is still taken, since clocks differ."""

FUTURE_SECONDS = 60
"""How far ahead the clock of whoever signed may be."""

MAX_REMEMBERED = 16 * 1024 * 1024
"""Characters of verified tokens that are remembered; then the oldest are verified anew."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}", re.ASCII)
_KID = re.compile(r"[!-~]{1,64}", re.ASCII)
_HEADER = frozenset(("alg", "typ", "kid"))


class PassportSigner:
    """Signs passports with one key."""

    def __init__(self, kid: str, private_key: Ed25519PrivateKey) -> None:
        if not _KID.fullmatch(kid):
            raise ValueError(f"`{kid}` is no key id: expected 1 to 64 printable ASCII characters")
        self.kid = kid
        self._key = private_key

    def sign(self, passport: Passport, now: int, seconds: int) -> str:
        """A token that is valid from `now` (seconds since 1970) for `seconds`, at most MAX_SECONDS.

        Raises ValueError when it would be longer than a verifier takes, or valid for too long.
        """
        if not 0 < seconds <= MAX_SECONDS:
            raise ValueError(f"a passport is valid for 1 to {MAX_SECONDS} s, not {seconds}")
        claims = claims_of(passport) | {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + seconds}
        token = jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self.kid, "typ": TYPE})
        if len(token) > MAX_CHARACTERS:
            raise ValueError(f"a passport has at most {MAX_CHARACTERS} characters, this one {len(token)}")
        return token


def jwks(public_keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """The keys, by key id, as a JSON Web Key Set (RFC 7517, RFC 8037 section 2)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode(),
                "kid": kid,
                "use": "sig",
                "alg": ALGORITHM,
            }
            for kid, key in public_keys.items()
        ]
    }


class _Verified(NamedTuple):
    passport: Passport
    expires_at: int


class PassportVerifier:
    """Verifies passports; a verified one is remembered until it expires or its key is withdrawn.

    `clock` tells the seconds since 1970, `elapsed` those since any fixed moment. Belongs to one event loop.
    """

    def __init__(
        self,
        keys: PassportKeys,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._remembered: OrderedDict[str, _Verified] = OrderedDict()
        self._characters = 0
        self._ring = KeyRing(keys, self._forget, elapsed)

    def verify(self, token: str) -> Passport | Coroutine[Any, Any, Passport]:
        """Who the bearer is: at once when the key is known, else what to await.

        Raises, as does what is awaited, Unauthenticated for whatever is wrong with the token, without telling what,
        and Unavailable when the keys cannot be fetched. Call it on the event loop.
        """
        verified = self._remembered.get(token)
        if verified is not None and self._ring.are_believed():
            if verified.expires_at + LEEWAY_SECONDS > self._clock():
                return verified.passport
            self._drop(token)
            _refuse()
        kid = _kid(token)
        key = self._ring.get(kid)
        return self._verify_with_new_key(token, kid) if key is None else self._verify(token, key)

    async def _verify_with_new_key(self, token: str, kid: str) -> Passport:
        key = await self._ring.find(kid)
        if key is None:
            _refuse()
        return self._verify(token, key)

    def _verify(self, token: str, key: Ed25519PublicKey) -> Passport:
        try:
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], options=_OPTIONS, audience=AUDIENCE, issuer=ISSUER)
        except (jwt.InvalidTokenError, RecursionError):
            _refuse()
        issued_at, expires_at, now = claims["iat"], claims["exp"], self._clock()
        if type(issued_at) is not int or type(expires_at) is not int or not 0 < expires_at - issued_at <= MAX_SECONDS:
            _refuse()
        if now >= expires_at + LEEWAY_SECONDS or now < issued_at - FUTURE_SECONDS:
            _refuse()
        passport = passport_of(claims)
        self._remember(token, _Verified(passport, expires_at))
        return passport

    def _remember(self, token: str, verified: _Verified) -> None:
        if token not in self._remembered:
            self._characters += len(token)
        self._remembered[token] = verified
        while self._characters > MAX_REMEMBERED:
            self._drop(next(iter(self._remembered)))

    def _drop(self, token: str) -> None:
        del self._remembered[token]
        self._characters -= len(token)

    def _forget(self) -> None:
        """A key was withdrawn: what it signed is to be looked at again."""
        self._remembered.clear()
        self._characters = 0


_OPTIONS: Any = {
    "require": ["iss", "aud", "sub", "iat", "exp"],
    "strict_aud": True,
    "verify_exp": False,  # below, by this process's own clock
    "verify_iat": False,
    "verify_nbf": False,
}


def _kid(token: str) -> str:
    """The id of the key that the token says it is signed with. Raises Unauthenticated when it is no passport."""
    if len(token) > MAX_CHARACTERS or not _TOKEN.fullmatch(token):
        _refuse()
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, RecursionError):
        _refuse()
    kid = header.get("kid")
    if header.keys() != _HEADER or header["alg"] != ALGORITHM or header["typ"] != TYPE:
        _refuse()
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        _refuse()
    return kid


def _refuse() -> NoReturn:
    raise Unauthenticated("the passport is not valid, or not any more") from None
