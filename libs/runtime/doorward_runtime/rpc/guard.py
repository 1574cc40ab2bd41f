"""Who may call: until callers bring passports, whoever shows the key that the services share."""

import hmac
from collections.abc import Mapping

from doorward_kernel.errors import Unauthenticated

from doorward_runtime.rpc import metadata

SHARED_KEY_ACTOR = "service-key"
"""What events name as their actor when the caller showed the shared key."""

OPEN_SERVICES = frozenset(
    (
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    )
)
"""The services that need no key: they tell nothing of any account."""


class Guard:
    """Compares what callers show with the shared key, in constant time."""

    def __init__(self, service_key: str) -> None:
        self._key = service_key.encode()

    def check(self, shown: str | bytes | None) -> None:
        """Raises Unauthenticated unless `shown` is the key."""
        if shown is None:
            raise Unauthenticated(f"no credentials: send the service key in the metadata `{metadata.SERVICE_KEY}`")
        if not hmac.compare_digest(shown if isinstance(shown, bytes) else shown.encode(), self._key):
            raise Unauthenticated("the service key is wrong")

    def actor(self, method: str, pairs: Mapping[str, str]) -> str:
        """Who calls `method` (`/package.Service/Method`). Raises Unauthenticated."""
        if method[1:].rpartition("/")[0] in OPEN_SERVICES:
            return "anonymous"
        self.check(pairs.get(metadata.SERVICE_KEY))
        return SHARED_KEY_ACTOR
