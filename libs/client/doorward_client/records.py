"""Events of the log as records, and the proof that the log was not altered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from doorward.identity.v1.log_service_pb2 import Event, ReadEventsRequest
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, BrokenChain, Record, follow
from doorward_kernel.revision import Revision

from doorward_client.methods import message

LogName: TypeAlias = Literal["identity", "credential"]
"""Both logs have the same messages."""

READ_EVENTS = {
    "identity": "/doorward.identity.v1.LogService/ReadEvents",
    "credential": "/doorward.credential.v1.LogService/ReadEvents",
}


class Head(Protocol):
    """A GetHeadResponse of either log."""

    @property
    def revision(self) -> str: ...

    @property
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How far a log is sound: up to `position`, whose digest is `digest`; `broken_at` is the first bad position."""

    log: str
    epoch: str
    position: int
    digest: bytes
    accounts: int
    broken_at: int | None = None
    problem: str = ""

    @property
    def sound(self) -> bool:
        return self.broken_at is None


def record_of(event: Event) -> Record:
    """The record that an event of the wire is."""
    return Record(
        position=event.position,
        account=AccountId(event.account),
        version=event.version,
        type=event.type,
        schema_version=event.schema_version,
        payload=event.payload,
        metadata=event.metadata,
        recorded_at=event.recorded_at.seconds * 1_000_000 + event.recorded_at.nanos // 1000,
        commit_last=event.commit_last,
        digest=event.digest,
    )


def verify(
    head: Head,
    events: Iterable[Event],
    progress: Callable[[int], object] = lambda _position: None,
    head_now: Callable[[], Head] | None = None,
) -> Verification:
    """Walk along a whole log from its first event to `head`, which must have been read before `events`.

    Each event's digest is computed anew and must chain; each account's versions must count from 1, and each commit
    must end; the last digest must be the head's. When there are events after `head`, `head_now` must say that the log
    has grown meanwhile. Whoever can write to the database could cut off its end together with the head, or write all
    of it anew: comparing the digest with one that was kept elsewhere shows that too.
    Raises InvalidInput when `head` is not a head.
    """
    end = Revision.parse(head.revision)
    walk = _Walk(end)
    problem = ""
    try:
        for event in events:
            if walk.position >= end.position:
                if head_now is not None and Revision.parse(head_now().revision).position < event.position:
                    raise BrokenChain(f"the head is at position {end.position}, but there are records after it")
                break
            walk.step(event)
            progress(walk.position)
        walk.arrive(head.digest)
    except BrokenChain as broken:
        problem = str(broken)
    return Verification(
        log=end.log,
        epoch=end.epoch,
        position=walk.position,
        digest=walk.digest,
        accounts=len(walk.versions),
        broken_at=walk.position + 1 if problem else None,
        problem=problem,
    )


def read_events_request(after_position: int, account: str | None, follow: bool, limit: int | None) -> ReadEventsRequest:
    """The request of `Client.events`. Raises InvalidInput when a number is out of range."""
    if limit is not None and limit < 1:
        raise InvalidInput(f"`limit` must be 1 or more, not {limit}")
    fields = {"after_position": after_position, "account": account or "", "follow": follow, "limit": limit or 0}
    request = message(ReadEventsRequest, fields)
    assert isinstance(request, ReadEventsRequest)  # noqa: S101 - for the type checker
    return request


class _Walk:
    """Where the walk is, and the versions seen so far."""

    def __init__(self, end: Revision) -> None:
        self._end = end
        self.position = 0
        self.digest = GENESIS
        self.versions: dict[str, int] = {}
        self._open = ""

    def step(self, event: Event) -> None:
        """Go on to `event`. Raises BrokenChain and stays when it does not follow."""
        position, digest = follow(self.position, self.digest, (record_of(event),))
        here = str(Revision(self._end.log, self._end.epoch, position))
        if event.revision != here:
            raise BrokenChain(f"position {position} calls itself `{event.revision}`, expected `{here}`")
        version = self.versions.get(event.account, 0) + 1
        if event.version != version:
            raise BrokenChain(f"position {position} has version {event.version} of its account, expected {version}")
        if self._open not in ("", event.account):
            raise BrokenChain(f"the commit before position {position} has no end")
        self.position, self.digest = position, digest
        self.versions[event.account] = version
        self._open = "" if event.commit_last else event.account

    def arrive(self, digest: bytes) -> None:
        """Raises BrokenChain unless this is where the head is."""
        if self.position != self._end.position:
            raise BrokenChain(f"the log ends after position {self.position}, its head says {self._end.position}")
        if self._open:
            raise BrokenChain(f"the commit at position {self.position} has no end")
        if self.digest != digest:
            self.position -= 1
            raise BrokenChain(f"position {self._end.position} has another digest than the head of the log")
