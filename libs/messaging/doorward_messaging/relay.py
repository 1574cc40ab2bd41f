"""The relay: brings a log into its JetStream stream, where the stream itself holds the cursor."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from math import inf
from typing import Self

import nats.errors
import structlog
from doorward_kernel.record import GENESIS, BrokenChain, Head, Record
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError

from doorward_messaging.connection import NATS_ERRORS, Backoff, Connection
from doorward_messaging.message import (
    EXPECTED_LAST_SEQUENCE,
    announcement,
    heads_subject,
    record_headers,
    record_subject,
    stream_name,
)
from doorward_messaging.source import SOURCE_ERRORS, WakingSource
from doorward_messaging.stream import StreamSettings, adopt_settings, altered, misplaced, stream_config

log = structlog.get_logger()

WINDOW = 64
"""Messages in flight."""

_TICK = 1.0
_NATS_SECONDS = 2.0
_MOST_CHECKED = 1024
_WRONG_LAST_SEQUENCE = 10071


class NotStored(nats.errors.Error):
    """JetStream refused a message for another reason than its place."""


class Relay:
    """Publishes each position of a log at the same sequence of its stream; any number may run.

    What the stream holds is compared with the log: at the start, once a second, and wherever a
    publish was not acknowledged. A stream that holds anything else is deleted and made anew, from at
    most the last `refill_limit` positions; what is older, followers read from the owner.
    """

    def __init__(
        self,
        log_name: str,
        source: WakingSource,
        connection: Connection,
        *,
        settings: StreamSettings = StreamSettings(),  # noqa: B008 (frozen)
        refill_limit: int = 1_000_000,
    ) -> None:
        self.position = 0
        """The position up to which the stream is known to hold the log."""
        self.published = 0
        """Messages that this relay stored."""
        self.recreated = 0
        """How often this relay deleted a stream that did not agree with the log."""
        self._log = log_name
        self._stream = stream_name(log_name)
        self._source = source
        self._connection = connection
        self._settings = settings
        self._refill_limit = refill_limit
        self._unproven: float = inf

    async def run(self) -> None:
        """Relay until cancelled. NATS or the source being away is waited out; a defect raises."""
        retried = (*NATS_ERRORS, *SOURCE_ERRORS)
        async with asyncio.TaskGroup() as group:
            group.create_task(
                self._connection.keep_doing(self._relay, "the relay cannot publish; trying on", retried, log=self._log)
            )
            group.create_task(
                self._connection.keep_doing(
                    self._announce_each_second, "the relay cannot announce; trying on", retried, log=self._log
                )
            )

    async def _relay(self, client: Client, backoff: Backoff) -> None:
        js = client.jetstream(timeout=_NATS_SECONDS)
        self._unproven = -inf
        check_at = -inf
        place = Head("", 0, GENESIS)
        async with Publisher.open(client, self._log) as publisher:
            while True:
                if time.monotonic() >= check_at:
                    place = await self._settle(js)
                    self.position = place.position
                    check_at = time.monotonic() + _TICK
                    backoff.over()
                records = await self._source.read(place.position, WINDOW)
                if not records:
                    await self._source.committed(place.position, max(0.0, check_at - time.monotonic()))
                    continue
                self._unproven = min(self._unproven, records[0].position)
                if not await publisher.publish(place, records):
                    check_at = -inf
                    continue
                self._unproven = inf
                place = Head(place.epoch, records[-1].position, records[-1].digest)
                self.position = place.position
                self.published += len(records)
                if (await self._announce(client)).epoch != place.epoch:
                    check_at = -inf

    async def _announce_each_second(self, client: Client, backoff: Backoff) -> None:
        while True:
            await self._announce(client)
            backoff.over()
            await asyncio.sleep(_TICK)

    async def _announce(self, client: Client) -> Head:
        """Tell the head, read now: proof that both the log and NATS are there."""
        head = await self._source.head()
        await client.publish(heads_subject(self._log), announcement(head))
        return head

    async def _settle(self, js: JetStreamContext) -> Head:
        """See to it that there is a stream that agrees with the log; return its end."""
        while True:
            try:
                info = await js.stream_info(self._stream)
            except NotFoundError:
                await self._create(js)
                continue
            head = await self._source.head()
            reason = misplaced(info, head, self._refill_limit)
            if reason is None:
                records = await self._to_compare(info)
                reason = await altered(
                    js, self._log, head.epoch, [one for one in records if one.position >= info.state.first_seq]
                )
                if reason is None:
                    await adopt_settings(js, info, self._settings)
                    self._unproven = inf
                    last = records[-1] if records else None
                    return Head(head.epoch, last.position, last.digest) if last else Head(head.epoch, 0, GENESIS)
            await self._delete(js, info, reason)

    async def _to_compare(self, info: StreamInfo) -> list[Record]:
        """The log's records from the first position in doubt to the stream's last."""
        last = info.state.last_seq
        if last == 0:
            return []
        first = last - WINDOW + 1 if self._unproven == -inf else min(self._unproven, last)
        first = int(max(first, last - _MOST_CHECKED + 1, 1))
        records = await self._source.read(first - 1, last - first + 1)
        if not records or records[-1].position != last:
            raise BrokenChain(f"the log's head is past {last}, but it holds no such position")
        return records

    async def _create(self, js: JetStreamContext) -> None:
        head = await self._source.head()
        first = max(1, head.position - self._refill_limit + 1)
        await js.add_stream(stream_config(self._log, self._settings, head.epoch, first))
        log.info("made the stream", stream=self._stream, epoch=head.epoch, first=first, head=head.position)

    async def _delete(self, js: JetStreamContext, seen: StreamInfo, reason: str) -> None:
        """Delete the stream that was seen; not one that another relay has put in its place."""
        log.error("the stream does not agree with the log: making it anew", stream=self._stream, reason=reason)
        try:
            if (await js.stream_info(self._stream)).created == seen.created:
                await js.delete_stream(self._stream)
                self.recreated += 1
        except NotFoundError:
            pass


class Publisher:
    """Publishes records, each at its own sequence or not at all; acknowledgements come to one inbox."""

    def __init__(self, client: Client, log_name: str) -> None:
        self._client = client
        self._log = log_name
        self._inbox = client.new_inbox()
        self._waiting: set[int] = set()
        self._misplaced = False
        self._refusal: str | None = None
        self._answered = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, client: Client, log_name: str) -> AsyncIterator[Self]:
        """A publisher for as long as the block lasts."""
        publisher = cls(client, log_name)
        subscription = await client.subscribe(f"{publisher._inbox}.*", cb=publisher._answer)
        try:
            yield publisher
        finally:
            if not client.is_closed:
                await subscription.unsubscribe()

    async def publish(self, place: Head, records: Sequence[Record]) -> bool:
        """Publish what follows `place`; whether all of it was stored now, by this call.

        False means that the stream does not end at `place`. Raises NotStored for any other refusal
        and TimeoutError when answers are missing; some may be stored nevertheless.
        """
        self._waiting = {record.position for record in records}
        self._misplaced, self._refusal = False, None
        self._answered.clear()
        previous = place.digest
        for record in records:
            headers = record_headers(self._log, place.epoch, previous, record)
            headers[EXPECTED_LAST_SEQUENCE] = str(record.position - 1)
            await self._client.publish(
                record_subject(self._log, record),
                record.payload,
                reply=f"{self._inbox}.{record.position}",
                headers=headers,
            )
            previous = record.digest
        async with asyncio.timeout(_NATS_SECONDS):
            await self._answered.wait()
        if self._refusal is not None:
            raise NotStored(self._refusal)
        return not self._misplaced

    async def _answer(self, message: Msg) -> None:
        position = int(message.subject.rsplit(".", 1)[1])
        answer = json.loads(message.data) if message.data else {"error": {"description": "no such stream"}}
        error = answer.get("error")
        if error is None:
            self._misplaced |= answer.get("seq") != position
        elif error.get("err_code") == _WRONG_LAST_SEQUENCE:
            self._misplaced = True
        else:
            self._refusal = str(error.get("description"))
        self._waiting.discard(position)
        if not self._waiting:
            self._answered.set()
