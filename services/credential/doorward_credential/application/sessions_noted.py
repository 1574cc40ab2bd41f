"""Sessions that were issued, told to whoever watches."""

from doorward_runtime.rpc.call import CALL

from doorward_credential.application.ports import Activity, Happened
from doorward_credential.application.sessions import Issued


class SessionsNoted:
    """Notes who got a session of whom; never what proves it."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity

    def issued(self, action: str, issued: Issued) -> Issued:
        """The session, noted."""
        self._activity.note(
            Happened(
                type=action,
                account=issued.arn.split(":")[4],
                principal_id=issued.id,
                source_ip=CALL.get().source_ip,
                reason="",
            )
        )
        return issued
