"""Records of a log: what is stored, delivered and chained by digests."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from doorward_kernel.ids import AccountId

GENESIS = bytes(32)
"""The digest before the first record of a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event that is about to be appended; `payload` is JSON (UTF-8)."""

    type: str
    schema_version: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event as the log holds it, at its place.

    `position` counts in the log and `version` in the account, both from 1 without gaps;
    `recorded_at` is in microseconds since 1970, UTC; `commit_last` marks the last record of a commit.
    """

    position: int
    account: AccountId
    version: int
    type: str
    schema_version: int
    payload: bytes
    metadata: bytes
    recorded_at: int
    commit_last: bool
    digest: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log ends: its epoch, the position of its last record (0 when empty) and that record's digest."""

    epoch: str
    position: int
    digest: bytes


class BrokenChain(Exception):
    """The records do not follow one another: something was altered, removed or put in between."""


def chain_digest(
    previous: bytes,
    *,
    position: int,
    account: str,
    version: int,
    type: str,
    schema_version: int,
    payload: bytes,
    metadata: bytes,
    recorded_at: int,
    commit_last: bool,
) -> bytes:
    """The SHA-256 digest (32 bytes) that chains a record to the one before it.

    Every stored field is covered. Fields of variable length are hashed on their own or preceded by
    their length, so that no two different records give the same input.
    """
    named = account.encode(), type.encode()
    return sha256(
        b"".join(
            (
                previous,
                struct.pack(">QQQI?", position, version, recorded_at, schema_version, commit_last),
                *(struct.pack(">H", len(text)) + text for text in named),
                sha256(metadata).digest(),
                sha256(payload).digest(),
            )
        )
    ).digest()


def digest_after(previous: bytes, record: Record) -> bytes:
    """What the digest of `record` must be when it follows a record whose digest is `previous`."""
    return chain_digest(
        previous,
        position=record.position,
        account=record.account,
        version=record.version,
        type=record.type,
        schema_version=record.schema_version,
        payload=record.payload,
        metadata=record.metadata,
        recorded_at=record.recorded_at,
        commit_last=record.commit_last,
    )


def follow(position: int, digest: bytes, records: Iterable[Record]) -> tuple[int, bytes]:
    """Walk along `records` from a known place; return the place reached.

    Raises BrokenChain, naming the first position that is missing, out of turn or altered.
    """
    for record in records:
        if record.position != position + 1:
            raise BrokenChain(f"expected position {position + 1}, found {record.position}")
        if record.digest != digest_after(digest, record):
            raise BrokenChain(f"position {record.position} was altered: its digest does not follow")
        position, digest = record.position, record.digest
    return position, digest
