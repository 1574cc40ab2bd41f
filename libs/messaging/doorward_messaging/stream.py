"""The JetStream stream of a log: how it is made, and whether it still agrees with the log."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from doorward_kernel.record import Head, Record
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from doorward_messaging.message import NotARecord, delivered, stream_name, stream_subjects

_EPOCH = "doorward-epoch"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """What an operator may choose: copies in the cluster, and how long messages are kept (seconds)."""

    replicas: int = 1
    max_age: float = 7 * 86400.0


def stream_config(log: str, settings: StreamSettings, epoch: str, first: int) -> StreamConfig:
    """The stream of a log in an epoch, whose first message will be position `first`."""
    return StreamConfig(
        name=stream_name(log),
        subjects=[stream_subjects(log)],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        max_age=settings.max_age,
        num_replicas=settings.replicas,
        duplicate_window=min(120.0, settings.max_age),
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        first_seq=first if first > 1 else None,
        metadata={_EPOCH: epoch},
    )


async def adopt_settings(js: JetStreamContext, info: StreamInfo, settings: StreamSettings) -> None:
    """Bring an existing stream to the settings, if they have changed."""
    config = info.config
    if (config.num_replicas, config.max_age) != (settings.replicas, settings.max_age):
        await js.update_stream(
            config,
            num_replicas=settings.replicas,
            max_age=settings.max_age,
            duplicate_window=min(120.0, settings.max_age),
        )


def misplaced(info: StreamInfo, head: Head, refill_limit: int) -> str | None:
    """Why the stream as a whole cannot be continued from the log, if so. `head` was read after `info`."""
    epoch = (info.config.metadata or {}).get(_EPOCH)
    if epoch != head.epoch:
        return f"it was made in epoch {epoch}, the log is in {head.epoch}"
    if info.state.last_seq > head.position:
        return f"it ends at {info.state.last_seq}, the log at {head.position}"
    if head.position - info.state.last_seq > refill_limit:
        return f"it ends at {info.state.last_seq}, more than {refill_limit} before the log"
    return None


async def altered(js: JetStreamContext, log: str, epoch: str, records: Sequence[Record]) -> str | None:
    """Why the messages at the positions of these records are not these records, if so.

    A message that is no longer there (too old) is no disagreement.
    """
    found = await asyncio.gather(*(_differs(js, log, epoch, record) for record in records))
    return next((reason for reason in found if reason), None)


async def _differs(js: JetStreamContext, log: str, epoch: str, record: Record) -> str | None:
    try:
        message = await js.get_msg(stream_name(log), record.position)
    except NotFoundError:
        return None
    try:
        there = delivered(log, message.subject or "", message.headers, message.data or b"")
    except NotARecord as error:
        return f"position {record.position}: {error}"
    if there.epoch != epoch:
        return f"position {record.position} is of epoch {there.epoch}, the log is in {epoch}"
    if there.record != record:
        return f"position {record.position} is another record than the log's"
    return None
