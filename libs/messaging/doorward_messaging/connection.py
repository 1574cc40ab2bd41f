"""A connection to NATS that need not be there: opened in the background, opened anew whenever it is lost."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import nats.errors
import structlog
from nats.aio.client import Client

log = structlog.get_logger()

Result = TypeVar("Result")

NATS_ERRORS = (nats.errors.Error, OSError)
"""What nats-py raises when the server or the network fails; its timeouts are among them."""

FIRST_DELAY = 0.05
"""Seconds until the first new attempt after a failure."""

LONGEST_DELAY = 2.0
"""Seconds between attempts, at most."""

_CONNECT_SECONDS = 2
_PING_SECONDS = 1.0
_PONG_SECONDS = 2
_CLOSE_SECONDS = 1.0


class ConnectionLost(nats.errors.Error):
    """The connection went away while work was being done over it."""


class Backoff:
    """Waits longer after each failure in a row, and has an outage logged once, not each attempt."""

    def __init__(self, complaint: str, **context: str) -> None:
        self._complaint = complaint
        self._context = context
        self._delay = FIRST_DELAY
        self._failing = False

    async def after(self, error: BaseException) -> None:
        """Sleep as long as it is due after this failure."""
        if not self._failing:
            self._failing = True
            log.warning(self._complaint, error=repr(error), **self._context)
        await asyncio.sleep(self._delay * random.uniform(0.75, 1.0))  # noqa: S311 (jitter, not a secret)
        self._delay = min(self._delay * 2, LONGEST_DELAY)

    def over(self) -> None:
        """It works again."""
        self._failing = False
        self._delay = FIRST_DELAY


@dataclass(frozen=True, slots=True)
class _Link:
    """One TCP connection; `lost` is done, with the reason, when it is over."""

    client: Client
    lost: asyncio.Future[str]


class Connection:
    """NATS as the relay and the follower see it: there now, or not. Made by `connect`.

    Each TCP connection is a client of its own that never reconnects by itself, so that nothing
    written for one connection is ever sent over a later one.
    """

    def __init__(self, url: str, name: str, token: str | None, tls: ssl.SSLContext | None, inbox_prefix: str) -> None:
        self._servers = url.split(",")
        self._token = token
        self._name = name
        self._tls = tls
        self._inbox_prefix = inbox_prefix
        self._link: asyncio.Future[_Link] = asyncio.get_running_loop().create_future()
        self._supervisor = asyncio.create_task(self._supervise(), name=f"nats connection of {name}")

    @property
    def connected(self) -> bool:
        """Whether NATS answers now."""
        return self._link.done()

    async def while_connected(self, work: Callable[[Client], Coroutine[Any, Any, Result]]) -> Result:
        """Wait until there is a connection and do the work over it; when it is lost, cancel the work.

        Raises ConnectionLost then; otherwise whatever the work raises.
        """
        while not self._link.done():
            await asyncio.wait((self._link, self._supervisor), return_when=asyncio.FIRST_COMPLETED)
            self._raise_if_supervisor_died()
        link = self._link.result()
        task = asyncio.ensure_future(work(link.client))
        try:
            await asyncio.wait((task, link.lost, self._supervisor), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(task)
        if link.client.is_closed:  # whatever the work then says is only a consequence
            await asyncio.wait((link.lost, self._supervisor), return_when=asyncio.FIRST_COMPLETED)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, NATS_ERRORS) and link.lost.done():
            raise ConnectionLost(link.lost.result()) from failure
        if not task.cancelled():
            return task.result()
        self._raise_if_supervisor_died()
        raise ConnectionLost(link.lost.result())

    async def keep_doing(
        self,
        work: Callable[[Client, Backoff], Coroutine[Any, Any, None]],
        complaint: str,
        retried: tuple[type[Exception], ...] = NATS_ERRORS,
        **context: str,
    ) -> NoReturn:
        """Do the work over each connection, again after each error in `retried`, until cancelled.

        The work calls `over()` of the Backoff that it is given once it runs well.
        """
        backoff = Backoff(complaint, **context)
        while True:
            try:
                await self.while_connected(lambda client: work(client, backoff))
            except ConnectionLost:
                self._raise_if_supervisor_died()
            except retried as error:
                await backoff.after(error)

    async def close(self) -> None:
        """End the connection and stop trying."""
        await _end(self._supervisor)

    def _raise_if_supervisor_died(self) -> None:
        if self._supervisor.done():
            self._supervisor.result()
            raise ConnectionLost("closed")

    async def _supervise(self) -> None:
        backoff = Backoff("nats does not answer; trying on", name=self._name)
        while True:
            lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            client = Client()
            try:
                await self._open(client, lost)
                backoff.over()
                log.info("connected to nats", name=self._name)
                self._link.set_result(_Link(client, lost))
                reason = await self._lost(client, lost)
                log.warning("lost the connection to nats", name=self._name, reason=reason)
                await asyncio.sleep(FIRST_DELAY)
            except NATS_ERRORS as error:
                await backoff.after(error)
            finally:
                if self._link.done():
                    self._link = asyncio.get_running_loop().create_future()
                if not lost.done():
                    lost.set_result("closed")
                with contextlib.suppress(*NATS_ERRORS):
                    async with asyncio.timeout(_CLOSE_SECONDS):
                        await client.close()

    async def _open(self, client: Client, lost: asyncio.Future[str]) -> None:
        opened = False

        async def report(error: Exception) -> None:
            if opened and not isinstance(error, nats.errors.UnexpectedEOF):  # that one is reported by `_supervise`
                log.warning("nats reports an error", name=self._name, error=repr(error))

        async def closed() -> None:
            if not lost.done():
                lost.set_result(repr(client.last_error))

        async with asyncio.timeout(_CONNECT_SECONDS + 0.5):
            await client.connect(
                list(self._servers),
                name=self._name,
                token=self._token,
                error_cb=report,
                disconnected_cb=closed,
                closed_cb=closed,
                allow_reconnect=False,
                max_reconnect_attempts=1,  # of the first connect: 0 or less would never give up
                reconnect_time_wait=0,
                connect_timeout=_CONNECT_SECONDS,
                ping_interval=3600,  # `_lost` pings: nats-py goes on when its reading task has died
                tls=self._tls,
                inbox_prefix=self._inbox_prefix,
            )
        opened = True

    async def _lost(self, client: Client, lost: asyncio.Future[str]) -> str:
        """Wait until the connection is over, or hangs; say why."""
        while True:
            done, _ = await asyncio.wait((lost,), timeout=_PING_SECONDS)
            if done:
                return lost.result()
            try:
                await client.rtt(timeout=_PONG_SECONDS)
            except NATS_ERRORS as error:
                if not lost.done():
                    lost.set_result(f"no answer to a ping: {error!r}")


@contextlib.asynccontextmanager
async def connect(
    url: str,
    *,
    name: str,
    token: str | None = None,
    tls: ssl.SSLContext | None = None,
    inbox_prefix: str = "_INBOX",
) -> AsyncIterator[Connection]:
    """A connection to the servers in `url` (one, or several between commas), shown to them as `name` with `token`.

    Returns at once: NATS may be there, come later, go and come back.
    """
    connection = Connection(url, name, token, tls, inbox_prefix)
    try:
        yield connection
    finally:
        await connection.close()


async def _end(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait for its end; again and again, since nats-py swallows cancellations here and there."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=0.2)
    if not task.cancelled():
        task.exception()
