"""The keys of passports and session tokens, renewed while the service runs."""

import asyncio
from dataclasses import dataclass

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from doorward_kernel.errors import DoorwardError
from doorward_keyring.passport import Passport
from doorward_runtime.passports import PassportSigner

from doorward_credential.application.service_keys import LOOK_SECONDS, ServiceKey, ServiceKeys

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What passports are verified with: Ed25519, 32 bytes. `not_after` in seconds since 1970."""

    kid: str
    public_key: bytes
    not_after: int | None


class KeyInUse:
    """Signs passports with the key in use."""

    def __init__(self, keys: ServiceKeys) -> None:
        self._keys = keys
        self._signer: PassportSigner | None = None

    def sign(self, passport: Passport, now: int, seconds: int) -> str:
        """See `PassportSigner.sign`."""
        key = self._keys.in_use
        if self._signer is None or self._signer.kid != key.kid:
            self._signer = PassportSigner(key.kid, _private(key))
        return self._signer.sign(passport, now, seconds)


class KeyRotation:
    """Makes new keys when those in use are `max_age` seconds old, or when asked."""

    def __init__(self, passport_keys: ServiceKeys, token_keys: ServiceKeys, *, max_age: float) -> None:
        self._passport_keys = passport_keys
        self._token_keys = token_keys
        self._max_age = max_age

    def public(self) -> list[PublicKey]:
        """The keys that passports may have been signed with, the newest first."""
        return [
            PublicKey(
                kid=key.kid,
                public_key=_private(key).public_key().public_bytes_raw(),
                not_after=key.not_after,
            )
            for key in self._passport_keys.valid
        ]

    async def rotate(self) -> str:
        """New keys for both, used LEAD_SECONDS from now on; the id of the passport key.

        Raises EntityTemporarilyUnmodifiable when one of those before is not used yet, Unavailable.
        """
        await self._token_keys.check_in_use()
        await self._passport_keys.check_in_use()
        await self._token_keys.rotate()
        return (await self._passport_keys.rotate()).kid

    async def withdraw(self) -> str:
        """New keys for both, used at once, and none but them; the id of the passport key. For keys that leaked: every
        session and passport ends. Raises Unavailable; then call it again."""
        await self._token_keys.withdraw()
        return (await self._passport_keys.withdraw()).kid

    async def run(self) -> None:
        """Rotate when it is time, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._passport_keys.rotate_if_older(self._max_age)
                await self._token_keys.rotate_if_older(self._max_age)
            except DoorwardError as error:
                _log.warning("keys not rotated; trying again", error=error.message)


def _private(key: ServiceKey) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.private)
