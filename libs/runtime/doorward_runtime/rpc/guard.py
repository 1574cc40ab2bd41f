"""Who calls: a service of Doorward, which shows the key that they share, or a principal, which brings a passport."""

import hmac
from collections.abc import Sequence
from typing import NamedTuple

from doorward_kernel.errors import AccessDenied, Unauthenticated, Unavailable
from doorward_keyring.passport import Passport, subject

from doorward_runtime.passports import PassportVerifier
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.methods import Audience, Method

SHARED_KEY_ACTOR = "service-key"
"""What events name as their actor when the caller showed the shared key."""

ANONYMOUS_ACTOR = "anonymous"
"""What they name when nobody was asked who it is."""

_PRINCIPALS = (Audience.PRINCIPAL, Audience.BEARER)


class Caller(NamedTuple):
    """Who calls. `passport` and its token are there when the caller is a principal."""

    actor: str
    passport: Passport | None = None
    token: str = ""


class Credentials(NamedTuple):
    """What a caller shows: at most one of both is not empty."""

    service_key: str | None
    token: str | None


class Guard:
    """Compares what callers show with the shared key, in constant time, and verifies passports."""

    def __init__(self, service_key: str, passports: PassportVerifier | None = None) -> None:
        self._key = service_key.encode()
        self._passports = passports

    def check(self, shown: str | bytes | None) -> None:
        """Raises Unauthenticated unless `shown` is the key."""
        if shown is None:
            raise Unauthenticated(f"no credentials: send the service key in the metadata `{metadata.SERVICE_KEY}`")
        if not hmac.compare_digest(shown if isinstance(shown, bytes) else shown.encode(), self._key):
            raise Unauthenticated("the service key is wrong")

    async def caller(self, method: Method, pairs: Sequence[tuple[str, str]]) -> Caller:
        """Who calls `method` with these metadata, as far as that may be.

        Raises Unauthenticated, AccessDenied when the method is not for such callers, and Unavailable when passports
        cannot be verified.
        """
        if method.audience is Audience.NOBODY:
            raise AccessDenied(f"`{method.name}` does not say who may call it, so nobody may")
        if method.audience is Audience.ANYONE:
            return Caller(ANONYMOUS_ACTOR)
        shown = _credentials(pairs)
        if shown.token is None:
            self.check(shown.service_key)
            return Caller(SHARED_KEY_ACTOR)
        passport = await self._passport(shown.token)
        if method.audience not in _PRINCIPALS:
            raise AccessDenied(f"`{method.name}` is for services and the operator, not for bearers of passports")
        return Caller(subject(passport), passport, shown.token)

    async def _passport(self, token: str) -> Passport:
        if self._passports is None:
            raise Unavailable("this server cannot verify passports")
        verified = self._passports.verify(token)
        return verified if isinstance(verified, Passport) else await verified


def _credentials(pairs: Sequence[tuple[str, str]]) -> Credentials:
    """Raises Unauthenticated when it is ambiguous what is shown."""
    keys = [value for key, value in pairs if key == metadata.SERVICE_KEY]
    authorizations = [value for key, value in pairs if key == metadata.AUTHORIZATION]
    if len(keys) + len(authorizations) > 1:
        raise Unauthenticated(
            f"more than one credential: send either `{metadata.SERVICE_KEY}` or `{metadata.AUTHORIZATION}`, and once"
        )
    if not authorizations:
        return Credentials(keys[0] if keys else None, None)
    scheme, _, token = authorizations[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(f"expected `Bearer` and a passport in the metadata `{metadata.AUTHORIZATION}`")
    return Credentials(None, token)
