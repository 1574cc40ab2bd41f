"""A NATS server that can be hurt, a log to bring over, and replicas that say what they were given."""

import asyncio
import shutil
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import nats
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, Head, NewEvent, Record
from doorward_local.nats import nats_program, nats_url
from doorward_local.ports import free_port
from doorward_local.process import Running
from doorward_messaging import Follower, Relay, WakingSource, connect
from doorward_messaging.message import delivered, stream_name
from nats.aio.client import Client

LOG = "identity"
ACCOUNTS = tuple(AccountId(f"{number:012d}") for number in (111111111111, 222222222222, 333333333333))


class Nats:
    """One nats-server with a directory and a port of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "nats"
        self._port = free_port()
        self._running: Running | None = None
        self.url = nats_url(self._port, "secret")

    def start(self) -> None:
        self._running = Running.start(nats_program(self._directory, self._port, "secret"))

    def kill(self) -> None:
        assert self._running is not None
        self._running.kill()

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    def pause(self) -> None:
        assert self._running is not None
        self._running.send(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._running is not None
        self._running.send(signal.SIGCONT)

    def copy_data(self, to: Path) -> None:
        """Stop, copy the data, start again."""
        self.stop()
        shutil.copytree(self._directory / "jetstream", to)
        self.start()

    def roll_back(self, to: Path) -> None:
        """Stop, put an older copy of the data in place, start again."""
        self.stop()
        shutil.rmtree(self._directory / "jetstream")
        shutil.copytree(to, self._directory / "jetstream")
        self.start()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A plain nats-py client: the test's own eyes and hands."""
        async with await nats.connect(self.url, error_cb=_ignore) as client:
            yield client


async def _ignore(_: Exception) -> None: ...


class Log(WakingSource, Protocol):
    """What these tests need of an event log."""

    async def append(
        self, account: AccountId, expected_version: int, events: Sequence[NewEvent], *, metadata: bytes
    ) -> list[Record]: ...


class Writer:
    """Appends commits of one to three events, spread over some accounts."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._versions = dict.fromkeys(ACCOUNTS, 0)
        self._written = 0

    async def commit(self, events: int | None = None) -> list[Record]:
        self._written += 1
        account = ACCOUNTS[self._written % len(ACCOUNTS)]
        records = await self._log.append(
            account,
            self._versions[account],
            [
                NewEvent(type="UserCreated", schema_version=1, payload=b'{"name":"user-%d-%d"}' % (self._written, n))
                for n in range(events or 1 + self._written % 3)
            ],
            metadata=b'{"actor":"root","request_id":"%d"}' % self._written,
        )
        self._versions[account] += len(records)
        return records

    async def commits(self, count: int, pause: float = 0.0) -> None:
        for _ in range(count):
            await self.commit()
            if pause:
                await asyncio.sleep(pause)


class Replica:
    """What a consumer of a follower holds: a running digest over everything that it was given, in order."""

    def __init__(self) -> None:
        self.start = Head("", 0, GENESIS)
        self.resets = 0
        self.commits: list[tuple[Record, ...]] = []
        self.fold = b""
        self.applied_at: dict[int, float] = {}

    def apply(self, records: Sequence[Record]) -> None:
        self.commits.append(tuple(records))
        self.fold = fold(records, self.fold)
        self.applied_at.update((record.position, time.perf_counter()) for record in records)

    def on_reset(self, head: Head) -> None:
        self.start, self.fold, self.commits = head, b"", []
        self.resets += 1

    @property
    def positions(self) -> list[int]:
        return [record.position for commit in self.commits for record in commit]


def fold(records: Sequence[Record], begun: bytes = b"") -> bytes:
    """A digest of records in their order, with everything that they say."""
    for record in records:
        begun = sha256(begun + repr(record).encode()).digest()
    return begun


async def everything(log: WakingSource, after: int = 0) -> list[Record]:
    """All records of a log."""
    records: list[Record] = []
    while page := await log.read(after + len(records), 1000):
        records += page
    return records


async def stream_records(url: str, first: int = 1) -> list[tuple[int, str, Record]]:
    """Sequence, epoch and record of every message in the stream, each fetched by its sequence."""
    async with await nats.connect(url) as client:
        js = client.jetstream(timeout=5)
        state = (await js.stream_info(stream_name(LOG))).state
        assert state.first_seq == first
        found = []
        for start in range(first, state.last_seq + 1, 100):
            found += await asyncio.gather(
                *(
                    js.get_msg(stream_name(LOG), sequence)
                    for sequence in range(start, min(start + 100, state.last_seq + 1))
                )
            )
        return [
            (message.seq or 0, one.epoch, one.record)
            for message in found
            for one in [delivered(LOG, message.subject or "", message.headers, message.data or b"")]
        ]


async def assert_stream_is_log(url: str, log: WakingSource, first: int = 1) -> None:
    """The stream holds the log from `first` on: every sequence, body and digest, and nothing else."""
    epoch = (await log.head()).epoch
    expected = [(record.position, epoch, record) for record in await everything(log, first - 1)]
    assert await stream_records(url, first) == expected


async def eventually(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 15.0) -> None:
    """Wait until it holds. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        holds = condition()
        if isinstance(holds, Awaitable):
            holds = await holds
        if holds:
            return
        assert time.monotonic() < deadline, f"did not come true within {seconds:g} s"
        await asyncio.sleep(0.02)


class Source:
    """A log that can be away, and counts how often it is asked."""

    def __init__(self, log: WakingSource) -> None:
        self.log = log
        self.away = False
        self.asked = 0

    async def head(self) -> Head:
        self._answer()
        return await self.log.head()

    async def read(self, after: int, limit: int) -> list[Record]:
        self._answer()
        return await self.log.read(after, limit)

    async def committed(self, after: int, timeout: float) -> None:
        await self.log.committed(after, timeout)

    def _answer(self) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable("the owner is away")


class World:
    """One log, one NATS; relays and followers started in it end with it."""

    def __init__(self, nats_server: Nats, stack: AsyncExitStack) -> None:
        self.nats = nats_server
        self.memory = MemoryEventLog(LOG)
        self.log: Log = self.memory
        self.source = Source(self.log)
        self.writer = Writer(self.log)
        self._stack = stack

    def use(self, log: Log) -> None:
        """Another log than the one in memory."""
        self.log, self.source, self.writer = log, Source(log), Writer(log)

    async def relay(self, source: WakingSource | None = None, **options: Any) -> tuple[Relay, asyncio.Task[None]]:
        """A relay that runs, over a connection that ends with its task."""
        ready: asyncio.Future[Relay] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            async with connect(self.nats.url, name="relay") as connection:
                ready.set_result(Relay(LOG, source or self.log, connection, **options))
                await ready.result().run()

        task = await self.background(run())
        return await ready, task

    async def follower(self, source: Any = None) -> tuple[Follower, Replica]:
        """A follower that has started, and what it was given."""
        connection = await self._stack.enter_async_context(connect(self.nats.url, name="follower"))
        replica = Replica()
        follower = Follower(LOG, connection, source or self.source, replica.apply, replica.on_reset)
        await self.background(follower.run())
        await eventually(lambda: replica.resets > 0)
        return follower, replica

    async def background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run it until the test is over; a crash fails the test."""
        task = asyncio.create_task(work)
        self._stack.push_async_callback(_end, task)
        return task

    async def stream_end(self) -> int | None:
        """The stream's last sequence, if there is a stream and it can be seen."""
        try:
            async with self.nats.client() as client:
                return (await client.jetstream().stream_info(stream_name(LOG))).state.last_seq
        except (OSError, nats.errors.Error):
            return None

    async def stream_exists(self) -> bool:
        return await self.stream_end() is not None

    async def stream_holds_log(self) -> bool:
        """Whether the stream's last sequence is the log's head (not yet whether it is the same)."""
        return await self.stream_end() == (await self.log.head()).position

    async def assert_all_agree(self, follower: Follower, replica: Replica) -> None:
        """Wait until stream and replica are at the head, then compare everything."""
        await eventually(self.stream_holds_log)
        head = await self.log.head()
        await eventually(lambda: follower.head == head)
        await assert_stream_is_log(self.nats.url, self.log)
        expected = await everything(self.log, replica.start.position)
        assert replica.positions == [record.position for record in expected]
        assert replica.fold == fold(expected)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled() and task.exception():
        await task
