"""The call that is being served: who makes it, on which account, and why."""

import json
import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId, account_id
from doorward_keyring.passport import Passport

from doorward_runtime.rpc import metadata

_REQUEST_ID = re.compile(r"[!-~]{1,128}", re.ASCII)
_CLIENT_TOKEN = re.compile(r"[!-~]{1,64}", re.ASCII)
_REASON = re.compile(r"[ -~]{0,1000}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is known of a call besides its message."""

    actor: str
    request_id: str
    source_ip: str
    traceparent: str
    reason: str
    client_token: str
    named_account: str
    """As the caller names it; the passport's own when there is one."""
    user_agent: str = ""
    passport: Passport | None = None
    """Who calls, when it is a principal; None for the service key, and where nobody is asked."""
    passport_token: str = field(default="", repr=False)
    """The passport as it came, to be shown to the decision service and nowhere else."""

    @property
    def account(self) -> AccountId:
        """The account to act on. Raises InvalidInput when the caller named none."""
        if not self.named_account:
            raise InvalidInput(f"no account: name it in the metadata `{metadata.ACCOUNT}`")
        return account_id(self.named_account)

    def event_metadata(self) -> bytes:
        """What every event of this call remembers, as JSON."""
        known = {
            "actor": self.actor,
            "request_id": self.request_id,
            "source_ip": self.source_ip,
            "traceparent": self.traceparent,
            "reason": self.reason,
        }
        return json.dumps({key: value for key, value in known.items() if value}, sort_keys=True).encode()


CALL: ContextVar[Call] = ContextVar("call")
"""The call that the current task serves; set by the interceptor."""


def call_from(
    pairs: Mapping[str, str], *, actor: str, peer: str, passport: Passport | None = None, passport_token: str = ""
) -> Call:
    """Read a call's metadata. Raises InvalidInput when a value is out of bounds."""
    request_id = pairs.get(metadata.REQUEST_ID) or secrets.token_hex(8)
    if not _REQUEST_ID.fullmatch(request_id):
        raise InvalidInput(f"`{metadata.REQUEST_ID}` must be 1 to 128 printable ASCII characters")
    reason = pairs.get(metadata.REASON, "")
    if not _REASON.fullmatch(reason):
        raise InvalidInput(f"`{metadata.REASON}` must be at most 1000 printable ASCII characters")
    client_token = pairs.get(metadata.CLIENT_TOKEN, "")
    if client_token and not _CLIENT_TOKEN.fullmatch(client_token):
        raise InvalidInput(f"`{metadata.CLIENT_TOKEN}` must be 1 to 64 printable ASCII characters")
    return Call(
        actor=actor,
        request_id=request_id,
        source_ip=_ip(peer),
        traceparent=pairs.get(metadata.TRACEPARENT, "")[:64],
        reason=reason,
        client_token=client_token,
        named_account=pairs.get(metadata.ACCOUNT, "" if passport is None else passport.account),
        user_agent=pairs.get(metadata.USER_AGENT, ""),
        passport=passport,
        passport_token=passport_token,
    )


def _ip(peer: str) -> str:
    """`ipv4:127.0.0.1:5000` and `ipv6:%5B::1%5D:5000` without scheme, brackets and port."""
    scheme, _, rest = peer.partition(":")
    if scheme not in ("ipv4", "ipv6"):
        return ""
    return rest.rpartition(":")[0].replace("%5B", "").replace("%5D", "").strip("[]")
