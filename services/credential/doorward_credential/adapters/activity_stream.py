"""Activity as a JetStream stream of its own, `DOORWARD_ACTIVITY`: sign-ins, sessions, failures.

It is no log: what is noted while NATS is away, or too fast, is dropped and counted. Failures are told once a minute
for each account, principal, source and reason, with how many there were, so that nobody can fill a disk with them; when
those are too many, only for each account and reason. Each kind of thing of each account has a subject and a bound of
its own, so that neither failures nor one busy account push out of the stream what else is in it.
"""

import asyncio
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from doorward_messaging import Connection
from doorward_messaging.connection import Backoff
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError
from prometheus_client import Counter

from doorward_credential.application.ports import Happened

STREAM = "DOORWARD_ACTIVITY"
SUBJECTS = "doorward.activity.>"

WINDOW_SECONDS = 60.0
"""Failures of the same kind within a window are one message."""

MOST_WAITING = 10_000
MOST_WINDOWS = 10_000
"""Of each of the two degrees of detail."""

MAX_BYTES = 256 * 1024 * 1024
MAX_AGE = 90 * 86_400.0
MAX_OF_A_KIND = 10_000
"""Messages of one type in one account; some 4 MB. There are half a dozen types, so one account alone fills less than a
tenth of the stream, and pushes out nothing of others."""

_LIMITS = ("max_bytes", "max_age", "max_msgs_per_subject", "num_replicas")
_PUBLISH_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_WORD = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)

_dropped = Counter("doorward_activity_dropped_total", "activity that was noted and could not be kept")


class ActivityStream:
    """Notes at once, publishes in `run`."""

    def __init__(
        self,
        connection: Connection,
        *,
        replicas: int = 1,
        clock: Callable[[], float] = time.time,
        window: float = WINDOW_SECONDS,
        most_waiting: int = MOST_WAITING,
        most_windows: int = MOST_WINDOWS,
    ) -> None:
        self.dropped = 0
        """How many things were not kept."""
        self._connection = connection
        self._replicas = replicas
        self._clock = clock
        self._window = window
        self._most_windows = most_windows
        self._waiting: asyncio.Queue[tuple[Happened, float, int]] = asyncio.Queue(most_waiting)
        self._failures: OrderedDict[Happened, tuple[float, int]] = OrderedDict()
        self._summaries: OrderedDict[Happened, tuple[float, int]] = OrderedDict()

    def note(self, happened: Happened) -> None:
        """See `ports.Activity`."""
        now = self._clock()
        if not happened.type.endswith("Failed"):
            self._enqueue(happened, now, 1)
            return
        if self._counted(self._failures, happened, now):
            return
        summary = replace(happened, principal_id="", source_ip="")
        if not self._counted(self._summaries, summary, now):
            self._drop(1)

    async def run(self) -> None:
        """Publish until cancelled. NATS being away is waited out."""
        await self._connection.keep_doing(self._publish, "activity is not published; trying on")

    def close_windows(self, *, all: bool = False) -> None:
        """Have the failures told whose minute is over."""
        over = self._clock() - self._window
        for windows in (self._failures, self._summaries):
            while windows:
                happened, (begun, count) = next(iter(windows.items()))
                if begun > over and not all:
                    break
                del windows[happened]
                self._enqueue(happened, begun, count)

    async def _publish(self, client: Client, backoff: Backoff) -> None:
        js = client.jetstream(timeout=_PUBLISH_SECONDS)
        await self._have_stream(js)
        backoff.over()
        while True:
            self.close_windows()
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    happened, at, count = await self._waiting.get()
            except TimeoutError:
                continue
            try:
                await js.publish(_subject(happened), _message(happened, at, count))
            except BaseException:
                self._drop(count)
                raise

    async def _have_stream(self, js: Any) -> None:
        config = StreamConfig(
            name=STREAM,
            subjects=[SUBJECTS],
            storage=StorageType.FILE,
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.OLD,
            max_bytes=MAX_BYTES,
            max_age=MAX_AGE,
            max_msgs_per_subject=MAX_OF_A_KIND,
            num_replicas=self._replicas,
        )
        try:
            there = (await js.stream_info(STREAM)).config
        except NotFoundError:
            await js.add_stream(config)
            return
        if any(getattr(there, name) != getattr(config, name) for name in _LIMITS):
            await js.update_stream(config)

    def _counted(self, windows: OrderedDict[Happened, tuple[float, int]], happened: Happened, now: float) -> bool:
        """Whether there was room to count it."""
        begun, count = windows.get(happened, (now, 0))
        if count == 0 and len(windows) >= self._most_windows:
            return False
        windows[happened] = (begun, count + 1)
        return True

    def _enqueue(self, happened: Happened, at: float, count: int) -> None:
        try:
            self._waiting.put_nowait((happened, at, count))
        except asyncio.QueueFull:
            self._drop(count)

    def _drop(self, count: int) -> None:
        self.dropped += count
        _dropped.inc(count)


def _subject(happened: Happened) -> str:
    account = happened.account if _WORD.fullmatch(happened.account) else "unknown"
    return f"doorward.activity.{account}.{happened.type}"


def _message(happened: Happened, at: float, count: int) -> bytes:
    fields = {name: value for name, value in asdict(happened).items() if value}
    return json.dumps({**fields, "at": round(at, 3), "count": count}, sort_keys=True).encode()
