"""Records as JetStream messages, and back: CloudEvents in binary mode, plus what chains and places them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, Record
from doorward_kernel.revision import Revision

EXPECTED_LAST_SEQUENCE = "Nats-Expected-Last-Sequence"

_EPOCH = "Doorward-Epoch"
_POSITION = "Doorward-Position"
_PREVIOUS_DIGEST = "Doorward-Previous-Digest"
_DIGEST = "Doorward-Digest"
_VERSION = "Doorward-Version"
_SCHEMA_VERSION = "Doorward-Schema-Version"
_RECORDED_AT = "Doorward-Recorded-At"
_COMMIT_LAST = "Doorward-Commit-Last"
_METADATA = "Doorward-Metadata"
_METADATA_BASE64 = "Doorward-Metadata-Base64"

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


class NotARecord(Exception):
    """A message that no relay wrote: a header is missing or malformed."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A record as a message claims it; only its digest proves it."""

    epoch: str
    record: Record


def stream_name(log: str) -> str:
    """The JetStream stream of a log."""
    return f"DOORWARD_{log.upper()}"


def stream_subjects(log: str) -> str:
    """The subjects of a log's records."""
    return f"doorward.{log}.>"


def heads_subject(log: str) -> str:
    """Where heads are announced: core NATS, outside the stream."""
    return f"doorward-heads.{log}"


def record_subject(log: str, record: Record) -> str:
    """The subject of one record."""
    return f"doorward.{log}.{record.account}.{record.type}"


def record_headers(log: str, epoch: str, previous: bytes, record: Record) -> dict[str, str]:
    """The headers of a record that follows one with the digest `previous`."""
    headers = {
        _EPOCH: epoch,
        _POSITION: str(record.position),
        _PREVIOUS_DIGEST: previous.hex(),
        _DIGEST: record.digest.hex(),
        _VERSION: str(record.version),
        _SCHEMA_VERSION: str(record.schema_version),
        _RECORDED_AT: str(record.recorded_at),
        _COMMIT_LAST: "1" if record.commit_last else "0",
        "ce-specversion": "1.0",
        "ce-id": str(Revision(log, epoch, record.position)),
        "ce-source": f"/doorward/{log}",
        "ce-type": f"doorward.{log}.{record.type}",
        "ce-time": (_UNIX + timedelta(microseconds=record.recorded_at)).isoformat(),
        "ce-subject": record.account,
    }
    text = _header_safe(record.metadata)
    if text is None:
        headers[_METADATA_BASE64] = base64.b64encode(record.metadata).decode("ascii")
    else:
        headers[_METADATA] = text
    if b'"traceparent"' in record.metadata:
        trace = _traceparent(record.metadata)
        if trace is not None:
            headers["traceparent"] = trace
    return headers


def delivered(log: str, subject: str, headers: Mapping[str, str] | None, body: bytes) -> Delivered:
    """Read a message. Raises NotARecord when it is not one of this log's."""
    try:
        if headers is None:
            raise ValueError("no headers")
        root, name, account, type = subject.split(".")
        if (root, name) != ("doorward", log):
            raise ValueError(f"subject `{subject}`")
        encoded = headers.get(_METADATA_BASE64)
        record = Record(
            position=int(headers[_POSITION]),
            account=AccountId(account),
            version=int(headers[_VERSION]),
            type=type,
            schema_version=int(headers[_SCHEMA_VERSION]),
            payload=body,
            metadata=headers[_METADATA].encode() if encoded is None else base64.b64decode(encoded),
            recorded_at=int(headers[_RECORDED_AT]),
            commit_last=headers[_COMMIT_LAST] == "1",
            digest=bytes.fromhex(headers[_DIGEST]),
        )
        return Delivered(headers[_EPOCH], record)
    except (KeyError, ValueError) as error:
        raise NotARecord(f"not a record of `{log}`: {error!r}") from error


def announcement(head: Head) -> bytes:
    """The body of a message that announces a head."""
    return json.dumps({"epoch": head.epoch, "position": head.position, "digest": head.digest.hex()}).encode()


def announced(body: bytes) -> Head:
    """Read an announcement. Raises NotARecord when it is not one."""
    try:
        fields = json.loads(body)
        return Head(str(fields["epoch"]), int(fields["position"]), bytes.fromhex(fields["digest"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise NotARecord(f"not an announced head: {error!r}") from error


def _header_safe(metadata: bytes) -> str | None:
    """The metadata as a header that comes back unchanged, if it can: one line of ASCII, not padded."""
    if not metadata.isascii():
        return None
    text = metadata.decode("ascii")
    return text if text.isprintable() and text == text.strip() else None


def _traceparent(metadata: bytes) -> str | None:
    try:
        fields = json.loads(metadata)
    except (ValueError, RecursionError):
        return None
    trace = fields.get("traceparent") if isinstance(fields, dict) else None
    return trace if isinstance(trace, str) and _header_safe(trace.encode()) else None
