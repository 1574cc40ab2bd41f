"""What accompanies a call besides its message: who asks, on which account, why, and for how long."""

import re
from dataclasses import dataclass, field
from typing import TypedDict

from doorward_kernel.errors import InvalidInput
from doorward_runtime.rpc import metadata

DEFAULT_DEADLINE = 10.0
"""Seconds until a unary call without an answer raises DeadlineExceeded."""

_PRINTABLE = re.compile(r"[ -~]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What accompanies each call.

    `deadline` is in seconds and holds for unary calls; streams have none. With `wait_for_ready` a call waits, within
    its deadline, for a connection instead of raising Unavailable at once. A write that is sent again under the same
    `client_token`, within 24 hours, happens once and gets the first answer; take a new one for each write.
    """

    service_key: str = field(default="", repr=False)
    account: str = ""
    reason: str = ""
    request_id: str = ""
    client_token: str = ""
    deadline: float | None = DEFAULT_DEADLINE
    wait_for_ready: bool = False

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The call's gRPC metadata. Raises InvalidInput when a value cannot travel there."""
        pairs = (
            (metadata.SERVICE_KEY, self.service_key),
            (metadata.ACCOUNT, self.account),
            (metadata.REASON, self.reason),
            (metadata.REQUEST_ID, self.request_id),
            (metadata.CLIENT_TOKEN, self.client_token),
        )
        for key, value in pairs:
            if not _PRINTABLE.fullmatch(value):
                raise InvalidInput(f"the value of `{key}` must be printable ASCII")
        return tuple((key, value) for key, value in pairs if value)


class Changes(TypedDict, total=False):
    """What `with_options` can change."""

    service_key: str
    account: str
    reason: str
    request_id: str
    client_token: str
    deadline: float | None
    wait_for_ready: bool
