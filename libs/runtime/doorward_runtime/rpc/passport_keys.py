"""The keys of passports, as the credential service publishes them over gRPC."""

import time
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from doorward.credential.v1.authentication_pb2 import GetPassportKeysRequest
from doorward.credential.v1.authentication_service_pb2_grpc import AuthenticationServiceStub
from doorward_kernel.errors import DoorwardError, Unavailable
from grpc import aio

from doorward_runtime.key_ring import FETCH_SECONDS
from doorward_runtime.rpc.channel import answer


class RpcPassportKeys:
    """PassportKeys behind `AuthenticationService.GetPassportKeys`, which anybody may call."""

    def __init__(self, channel: aio.Channel, clock: Callable[[], float] = time.time) -> None:
        self._stub = AuthenticationServiceStub(channel)
        self._clock = clock

    async def fetch(self) -> Mapping[str, Ed25519PublicKey]:
        """All keys that are valid now. Raises Unavailable, also when what comes is no key."""
        try:
            response = await answer(self._stub.GetPassportKeys(GetPassportKeysRequest(), timeout=FETCH_SECONDS))
            now = self._clock()
            return {
                key.kid: Ed25519PublicKey.from_public_bytes(key.public_key)
                for key in response.keys
                if not key.HasField("not_after") or key.not_after.seconds > now
            }
        except (DoorwardError, ValueError) as error:
            raise Unavailable("the credential service does not tell the keys of passports") from error
