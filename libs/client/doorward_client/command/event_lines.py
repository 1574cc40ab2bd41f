"""Events as the command prints them: documents for programs, lines for people."""

import json as text
from datetime import UTC, datetime

from doorward.identity.v1.history_pb2 import AccountEvent
from doorward.identity.v1.log_service_pb2 import Event
from google.protobuf.timestamp_pb2 import Timestamp
from rich.table import Table
from rich.text import Text

HEADER = f"{'POSITION':>8}  {'RECORDED':<27}  {'ACCOUNT':<12}  {'VERSION':>7}  {'TYPE':<28}  DETAIL"


def event_document(event: Event) -> dict[str, object]:
    """An event for programs."""
    return {
        "revision": event.revision,
        "position": event.position,
        "account": event.account,
        "version": event.version,
        "type": event.type,
        "schema_version": event.schema_version,
        "payload": text.loads(event.payload),
        "metadata": text.loads(event.metadata or b"{}"),
        "recorded_at": instant(event.recorded_at),
        "commit_last": event.commit_last,
        "digest": event.digest.hex(),
    }


def event_line(event: Event) -> str:
    """An event for people."""
    why = text.loads(event.metadata or b"{}").get("reason")
    detail = as_ascii(text.loads(event.payload)) + (f"  # {as_ascii(why)}" if why else "")
    return (
        f"{event.position:>8}  {instant(event.recorded_at):<27}  {event.account:<12}  {event.version:>7}  "
        f"{event.type:<28}  {detail}"
    )


def event_table(event: Event) -> Table:
    """An event for people, in full."""
    shown = event_document(event)
    table = Table.grid(padding=(0, 2))
    for name in ("revision", "account", "version", "type", "schema_version", "recorded_at"):
        table.add_row(name.replace("_", " "), Text(str(shown[name]), overflow="fold"))
    metadata = shown["metadata"]
    for name, value in metadata.items() if isinstance(metadata, dict) else ():
        table.add_row(name.replace("_", " "), Text(as_ascii(value)[1:-1], overflow="fold"))
    table.add_row("commit", "ends with this event" if event.commit_last else "has more events")
    table.add_row("digest", Text(event.digest.hex(), overflow="fold"))
    table.add_row("payload", Text(as_ascii(shown["payload"], indent=2), overflow="fold"))
    return table


def log_event(event: AccountEvent, account: str) -> Event:
    """An event of an account as the log has it, so that both are printed alike."""
    known = {
        "actor": event.actor,
        "reason": event.reason,
        "request_id": event.request_id,
        "source_ip": event.source_ip,
        "traceparent": event.traceparent,
    }
    return Event(
        position=event.position,
        account=account,
        version=event.version,
        type=event.type,
        schema_version=event.schema_version,
        payload=event.payload.encode(),
        metadata=text.dumps({key: value for key, value in known.items() if value}).encode(),
        recorded_at=event.recorded_at,
        commit_last=event.commit_last,
        digest=event.digest,
        revision=event.revision,
    )


def instant(time: Timestamp) -> str:
    """A time in UTC, to the microsecond."""
    recorded = datetime.fromtimestamp(time.seconds, UTC)
    return recorded.replace(microsecond=time.nanos // 1000).isoformat(timespec="microseconds")[:26] + "Z"


def as_ascii(value: object, indent: int | None = None) -> str:
    """JSON in ASCII, so that nothing in an event can steer a terminal."""
    return text.dumps(value, indent=indent, separators=(",", ":") if indent is None else (",", ": "))
