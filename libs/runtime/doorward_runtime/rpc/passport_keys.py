"""The keys of passports, as the credential service publishes them over gRPC."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from doorward_kernel.errors import DoorwardError, Unavailable


class _Timestamp(Protocol):
    seconds: int


class _PublishedKey(Protocol):
    kid: str
    public_key: bytes

    @property
    def not_after(self) -> _Timestamp: ...


class RpcPassportKeys:
    """PassportKeys behind `AuthenticationService/GetPassportKeys`; `ask` makes the call."""

    def __init__(
        self, ask: Callable[[], Awaitable[Sequence[_PublishedKey]]], clock: Callable[[], float] = time.time
    ) -> None:
        self._ask = ask
        self._clock = clock

    async def fetch(self) -> Mapping[str, Ed25519PublicKey]:
        """All keys that are valid now. Raises Unavailable, also when what comes is no key."""
        now = self._clock()
        try:
            published = await self._ask()
            return {
                key.kid: Ed25519PublicKey.from_public_bytes(key.public_key)
                for key in published
                if key.not_after.seconds > now
            }
        except (DoorwardError, ValueError) as error:
            raise Unavailable("the credential service does not tell the keys of passports") from error
