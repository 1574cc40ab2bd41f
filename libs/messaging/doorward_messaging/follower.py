"""The follower: applies a log's commits in order, from JetStream or, where that fails, from the log's owner."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress

import structlog
from doorward_kernel.record import GENESIS, Head, Record
from nats.aio.client import Client
from nats.aio.msg import Msg

from doorward_messaging.chain import Chain, Outcome
from doorward_messaging.connection import NATS_ERRORS, Backoff, Connection
from doorward_messaging.freshness import Freshness, now
from doorward_messaging.message import NotARecord, announced, delivered, heads_subject, stream_name
from doorward_messaging.pull import BATCH, pull
from doorward_messaging.source import SOURCE_ERRORS, RecordSource
from doorward_messaging.waiters import Waiters

log = structlog.get_logger()

PATIENCE = 0.05
"""Seconds that a caller waits for NATS before the owner is asked; also between questions to it."""

_OWNER_SECONDS = 5.0
_LATE = 0.1
_POLL = 1.0
_SILENCE = 2.5

_PAUSE = 2.5
"""A process that did not run for so long (stopped, frozen, asleep) may hear of heads that are as old; the owner is
asked before anything that is heard counts as fresh again."""


class ApplyFailed(Exception):
    """`apply` or `on_reset` raised, which they promise not to do."""


class Follower:
    """Holds a place in a log and hands each whole commit after it to `apply`, in order, once.

    It starts at the owner's head; `on_reset` tells the consumer to drop what it holds and go on from
    there, now and whenever the log turns out to be another one (restored from a backup, or forked).
    """

    def __init__(
        self,
        log_name: str,
        connection: Connection,
        source: RecordSource,
        apply: Callable[[Sequence[Record]], None],
        on_reset: Callable[[Head], None],
    ) -> None:
        self.applied = 0
        """Records applied."""
        self.gap_repairs = 0
        """How often missing records were read from the owner."""
        self.digest_mismatches = 0
        """Delivered records that were not what they claimed to be."""
        self.resets = 0
        """How often the log turned out to be another one."""
        self._log = log_name
        self._connection = connection
        self._source = source
        self._apply = apply
        self._on_reset = on_reset
        self._chain = Chain(Head("", 0, GENESIS), self._commit)
        self._waiters = Waiters()
        self._freshness = Freshness()
        self._moved_at = self._heard_at = self._asked_at = self._ticked_at = now()
        self._paused_at: float | None = None
        self._in_doubt = self._demanded = False
        self._attention = asyncio.Event()
        self._asking = asyncio.Lock()

    @property
    def head(self) -> Head:
        """The place reached: epoch, position and digest of one moment."""
        return self._chain.applied

    @property
    def position(self) -> int:
        return self._chain.applied.position

    @property
    def epoch(self) -> str:
        """Empty before the owner has answered for the first time."""
        return self._chain.applied.epoch

    @property
    def digest(self) -> bytes:
        return self._chain.applied.digest

    def staleness(self) -> float:
        """Seconds since everything up to an announced or polled head was held; infinity before the first."""
        return self._freshness.staleness(now())

    async def wait_for(self, position: int, timeout: float) -> bool:
        """Whether `position` is applied, now or within `timeout` seconds; the owner is asked if NATS is slow."""
        if position <= self.position:
            return True
        deadline = now() + timeout
        reached = self._waiters.add(position)
        try:
            patience = PATIENCE
            while (left := deadline - now()) > 0:
                await asyncio.wait((reached,), timeout=min(patience, left))
                if reached.done():
                    return True
                self._demanded = True
                self._attention.set()
                patience = 5 * PATIENCE
            return False
        finally:
            self._waiters.give_up(reached)

    async def catch_up(self) -> None:
        """Apply everything up to the head that the owner has after this call began.

        Calls at the same time share one question. Raises what the source raises.
        """
        called = now()
        async with self._asking:
            if self._asked_at < called:
                asked = now()
                await self._ask_owner()
                self._asked_at = asked
                if self._paused_at is not None and self._paused_at <= asked:
                    self._paused_at = None

    async def run(self) -> None:
        """Follow until cancelled. NATS or the owner being away is waited out; a defect raises."""
        await self._start()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick())
            group.create_task(self._keep_up())
            group.create_task(
                self._connection.keep_doing(self._listen, "cannot hear the heads; trying on", log=self._log)
            )
            group.create_task(
                self._connection.keep_doing(
                    self._consume,
                    "cannot consume the stream; trying on",
                    (*NATS_ERRORS, *SOURCE_ERRORS),
                    log=self._log,
                )
            )

    # --- from the owner ---

    async def _start(self) -> None:
        backoff = Backoff("the log's owner does not answer; trying on", log=self._log)
        while True:
            try:
                asked = now()
                self._restart(await self._source.head(), asked)
            except SOURCE_ERRORS as error:
                await backoff.after(error)
            else:
                return

    async def _keep_up(self) -> None:
        """Ask the owner whenever NATS is late, silent or not to be trusted."""
        backoff = Backoff("the log's owner does not answer; trying on", log=self._log)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._attention.wait()
            self._attention.clear()
            moment = now()
            since = moment - self._asked_at
            late = moment - self._freshness.behind_since() > _LATE
            silent = moment - self._heard_at > _SILENCE and since > _POLL
            if not silent and (since < PATIENCE or not (self._in_doubt or self._demanded or late)):
                continue
            self._in_doubt = self._demanded = False
            try:
                await self.catch_up()
                backoff.over()
            except SOURCE_ERRORS as error:
                await backoff.after(error)

    async def _ask_owner(self) -> None:
        target: int | None = None
        begun_at = self._chain.received.position
        while target is None or self._chain.received.position < target:
            async with asyncio.timeout(_OWNER_SECONDS):
                records = await self._source.read(self._chain.received.position, BATCH)
                held = self._chain.received
                asked = now()
                head = await self._source.head()  # after reading, so that it vouches for the epoch of what was read
            if (
                head.epoch != held.epoch
                or head.position < held.position
                or (head.position == held.position and head.digest != held.digest)
            ):
                return self._reset(head, asked, "the owner's log is not the one followed so far")
            outcomes = [self._chain.offer(record) for record in records]
            if Outcome.GAP in outcomes or Outcome.ALTERED in outcomes:
                return self._reset(head, asked, "the owner's records do not follow those held")
            self._freshness.asked(head.position, asked, self.position)
            target = head.position if target is None else target
        self.gap_repairs += Outcome.TAKEN in outcomes or self._chain.received.position > begun_at
        return None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE / 10)
            self._paused()

    def _paused(self) -> bool:
        """Whether this process did not run for a while, and the owner was not asked since."""
        moment = now()
        if moment - self._ticked_at > _PAUSE:
            self._paused_at = moment
            self._in_doubt = True
            self._attention.set()
        self._ticked_at = moment
        return self._paused_at is not None

    # --- from NATS ---

    async def _listen(self, client: Client, backoff: Backoff) -> None:
        """Hear the heads that relays announce."""
        heard: asyncio.Queue[Msg] = asyncio.Queue()
        subscription = await client.subscribe(heads_subject(self._log), cb=heard.put)
        try:
            backoff.over()
            while True:
                message = await heard.get()
                try:
                    self._hear(announced(message.data))
                except NotARecord as error:
                    log.warning("ignored an announcement", log=self._log, error=str(error))
        finally:
            if not client.is_closed:
                await subscription.unsubscribe()

    def _hear(self, head: Head) -> None:
        moment = now()
        held = self._chain.applied
        other = head.epoch != held.epoch or (head.position == held.position and head.digest != held.digest)
        if self._paused() or other or (head.position < held.position and moment - self._moved_at > _LATE * 5):
            self._in_doubt = True
            self._attention.set()
        else:
            self._heard_at = moment
            self._freshness.heard(head.position, moment, held.position)

    async def _consume(self, client: Client, backoff: Backoff) -> None:
        async with aclosing(pull(client, stream_name(self._log), self._chain.received.position + 1)) as batches:
            async for messages in batches:
                backoff.over()
                asked = False
                for message in messages:
                    if not self._accept(message) and not asked:
                        await self.catch_up()
                        asked = True

    def _accept(self, message: Msg) -> bool:
        """Take a delivered record; False when only the owner can tell what belongs there."""
        try:
            there = delivered(self._log, message.subject, message.headers, message.data)
        except NotARecord as error:
            log.warning("a foreign message is in the stream", log=self._log, error=str(error))
            self.digest_mismatches += 1
            return False
        if there.epoch != self.epoch:
            return False
        outcome = self._chain.offer(there.record)
        if outcome is Outcome.ALTERED:
            self.digest_mismatches += 1
            log.error("a delivered record does not follow", log=self._log, position=there.record.position)
        return outcome in (Outcome.TAKEN, Outcome.KNOWN)

    # --- the place moves ---

    def _commit(self, records: Sequence[Record]) -> None:
        try:
            self._apply(records)
        except Exception as error:
            raise ApplyFailed(f"positions {records[0].position} to {records[-1].position}") from error
        self.applied += len(records)
        self._moved_at = now()
        self._freshness.reached(records[-1].position)
        self._waiters.reached(records[-1].position)

    def _restart(self, head: Head, asked: float) -> None:
        try:
            self._on_reset(head)
        except Exception as error:
            raise ApplyFailed(f"reset to {head.position}") from error
        self._chain.restart(head)
        self._moved_at = now()
        self._freshness.forget()
        self._freshness.heard(head.position, asked, head.position)
        self._waiters.reached(head.position)

    def _reset(self, head: Head, asked: float, reason: str) -> None:
        self.resets += 1
        log.error("the follower starts anew", log=self._log, reason=reason, held=str(self.head), head=str(head))
        self._restart(head, asked)
