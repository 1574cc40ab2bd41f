"""What accompanies a call besides its message: who asks, on which account, why, and for how long."""

import re
from dataclasses import dataclass, field, replace
from typing import TypedDict

from doorward_kernel.errors import InvalidInput
from doorward_runtime.rpc import metadata

from doorward_client.sessions import Session

DEFAULT_DEADLINE = 10.0
"""Seconds until a unary call without an answer raises DeadlineExceeded."""

_PRINTABLE = re.compile(r"[ -~]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What accompanies each call.

    `deadline` is in seconds and holds for unary calls; streams have none. With `wait_for_ready` a call waits, within
    its deadline, for a connection instead of raising Unavailable at once. A write that is sent again under the same
    `client_token`, within 24 hours, happens once and gets the first answer; take a new one for each write.

    A caller shows the `service_key`, as services and the operator do, or a `passport`, which is good for its own
    account alone, or that of a `session`, which renews it.
    """

    service_key: str = field(default="", repr=False)
    passport: str = field(default="", repr=False)
    session: Session | None = None
    account: str = ""
    reason: str = ""
    request_id: str = ""
    client_token: str = ""
    deadline: float | None = DEFAULT_DEADLINE
    wait_for_ready: bool = False

    def metadata(self, of_session: str = "") -> tuple[tuple[str, str], ...]:
        """The call's gRPC metadata, with the passport that the session has now.

        Raises InvalidInput when a value cannot travel there.
        """
        passport = of_session or self.passport
        pairs = (
            (metadata.SERVICE_KEY, self.service_key),
            (metadata.AUTHORIZATION, f"Bearer {passport}" if passport else ""),
            (metadata.ACCOUNT, self.account),
            (metadata.REASON, self.reason),
            (metadata.REQUEST_ID, self.request_id),
            (metadata.CLIENT_TOKEN, self.client_token),
        )
        for key, value in pairs:
            if not _PRINTABLE.fullmatch(value):
                raise InvalidInput(f"the value of `{key}` must be printable ASCII")
        return tuple((key, value) for key, value in pairs if value)


def changed(options: Options, changes: "Changes") -> Options:
    """The options with others in their place. A passport takes the place of the service key and of the account, and
    the service key that of a passport; either that of a session."""
    one_shown: dict[str, dict[str, str | None]] = {
        "passport": {"service_key": "", "account": "", "session": None},
        "service_key": {"passport": "", "session": None},
    }
    implied = {name: value for shown in changes for name, value in one_shown.get(shown, {}).items()}
    return replace(options, **{**implied, **changes})  # type: ignore[arg-type]


def of_session(options: Options, session: Session) -> Options:
    """The options of a caller who signed in."""
    return replace(options, service_key="", passport="", account="", session=session)


class Changes(TypedDict, total=False):
    """What `with_options` can change."""

    service_key: str
    passport: str
    account: str
    reason: str
    request_id: str
    client_token: str
    deadline: float | None
    wait_for_ready: bool
