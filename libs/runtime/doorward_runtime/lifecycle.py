"""A process's life: run until a signal comes or a background loop dies, then close everything in order."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import structlog
import uvloop

from doorward_runtime.logs import configure_logs

_log = structlog.get_logger()


class LoopDied(RuntimeError):
    """A background loop ended although nobody asked it to."""


class Lifecycle:
    """Owns what a process opened. Background loops that end, for whatever reason, end the process."""

    def __init__(self) -> None:
        self.stack = AsyncExitStack()
        self._loops: list[asyncio.Task[Any]] = []
        self._stopped = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    def background(self, name: str, loop: Coroutine[Any, Any, object]) -> None:
        """Run `loop` until the process ends."""
        task = asyncio.get_running_loop().create_task(loop, name=name)
        task.add_done_callback(lambda _task: self._stopped.set())
        self._loops.append(task)

    @property
    def stopping(self) -> bool:
        """Whether it is time to end."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ask the process to end."""
        self._stopped.set()

    def stop_on_signals(self) -> None:
        """End on SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)

    async def wait(self) -> None:
        """Wait until it is time to end. Raises LoopDied, with the cause, when a background loop died."""
        await self._stopped.wait()
        for task in self._loops:
            if task.done():
                cause = None if task.cancelled() else task.exception()
                raise LoopDied(f"background loop `{task.get_name()}` died") from cause

    def watch(self, died: Callable[[LoopDied], None]) -> None:
        """Call `died` as soon as a background loop does; for processes whose main loop is not ours."""

        async def watching() -> None:
            try:
                await self.wait()
            except LoopDied as error:
                died(error)

        self._watch = asyncio.get_running_loop().create_task(watching(), name="watch")

    async def close(self) -> None:
        """End the loops, then close what was opened, the last first."""
        if self._watch is not None:
            self._watch.cancel()
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self.stack.aclose()


def run_until_stopped(main: Awaitable[None], *, name: str) -> int:
    """Run a process's main coroutine; the exit status is 1 when it fails, and the failure is logged.

    Logs are configured at once, so that no failure is told by a renderer that shows the values of variables.
    """

    configure_logs()

    async def supervised() -> int:
        try:
            await main
        except Exception:  # noqa: BLE001 - the last place where a failure can be told
            _log.exception("process failed", process=name)
            return 1
        return 0

    return uvloop.run(supervised())
