"""From an append to records: positions, versions, times and digests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, NewEvent, Record, digest_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Events that one caller wants to have stored together."""

    account: AccountId
    expected_version: int
    events: Sequence[NewEvent]
    metadata: bytes


@dataclass(frozen=True, slots=True)
class Tail:
    """What the next record must follow: the last one's position, digest and time in microseconds."""

    position: int = 0
    digest: bytes = GENESIS
    recorded_at: int = 0


def records_after(tail: Tail, append: Append, now: int) -> tuple[list[Record], Tail]:
    """The records of one commit behind `tail`; their times rise even when the clock `now` does not."""
    records = []
    last = len(append.events) - 1
    for index, event in enumerate(append.events):
        unchained = Record(
            position=tail.position + 1,
            account=append.account,
            version=append.expected_version + 1 + index,
            type=event.type,
            schema_version=event.schema_version,
            payload=event.payload,
            metadata=append.metadata,
            recorded_at=max(tail.recorded_at + 1, now),
            commit_last=index == last,
            digest=b"",
        )
        record = replace(unchained, digest=digest_after(tail.digest, unchained))
        tail = Tail(record.position, record.digest, record.recorded_at)
        records.append(record)
    return records, tail
