"""The past of an account: moments as requests have them, and pages put together."""

from datetime import datetime
from typing import Any, TypedDict

from doorward.identity.v1.history_pb2 import GetAccountAtResponse
from doorward_kernel.errors import InvalidInput
from google.protobuf.timestamp_pb2 import Timestamp

MOST_ITEMS = 1000
"""In one page, at most."""


class Moment(TypedDict, total=False):
    """The fields of a GetAccountAtRequest that say which moment is meant; one of them."""

    revision: str
    time: Timestamp


def moment_of(moment: str | datetime) -> Moment:
    """A revision, or a time that has a zone, as fields of a request. Raises InvalidInput for a time without."""
    return Moment(revision=moment) if isinstance(moment, str) else Moment(time=timestamp_of(moment))


def timestamp_of(time: datetime) -> Timestamp:
    """A time as messages have it, to the microsecond. Raises InvalidInput when it has no zone."""
    if time.tzinfo is None:
        raise InvalidInput(f"`{time.isoformat()}` has no time zone: write it as `{time.isoformat()}Z` if it is UTC")
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp


_IN_PIECES = {
    "users": ("user_id", "user_policy_list"),
    "groups": ("group_id", "group_policy_list"),
    "roles": ("role_id", "role_policy_list"),
    "policies": ("policy_id", "policy_version_list"),
}
"""Of each kind of thing that may come in pieces: what tells that it is the same, and what the pieces divide."""


class WholeAccount:
    """Puts the pages of an account together; what came in pieces becomes one again."""

    def __init__(self) -> None:
        self.account = GetAccountAtResponse()

    def add(self, page: GetAccountAtResponse) -> None:
        """Add the next page. Pieces of one thing follow each other."""
        rest: Any = GetAccountAtResponse()
        rest.CopyFrom(page)
        for kind, (identity, divided) in _IN_PIECES.items():
            things: Any = getattr(self.account, kind)
            for each in getattr(page, kind):
                if things and getattr(things[-1], identity) == getattr(each, identity):
                    getattr(things[-1], divided).extend(getattr(each, divided))
                else:
                    things.append(each)
        for field in (*_IN_PIECES, "marker", "is_truncated"):
            rest.ClearField(field)
        self.account.MergeFrom(rest)
