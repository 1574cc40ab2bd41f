"""Wakes those who wait for the log to grow, from whatever thread made it grow."""

import asyncio
import contextlib
import threading


class Growth:
    """The highest position committed by this process, and who waits for a higher one."""

    def __init__(self, position: int) -> None:
        self._position = position
        self._waiting: set[asyncio.Future[None]] = set()
        self._lock = threading.Lock()

    def reached(self, position: int) -> None:
        """A commit moved the head to `position`."""
        with self._lock:
            self._position = max(self._position, position)
        self.wake()

    def wake(self) -> None:
        """Let everybody look again."""
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        for future in waiting:
            with contextlib.suppress(RuntimeError):  # its loop has ended
                future.get_loop().call_soon_threadsafe(_finish, future)

    async def past(self, after: int, timeout: float) -> None:
        """Return when the position is beyond `after`, when woken, or after `timeout` seconds."""
        future = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._position > after:
                return
            self._waiting.add(future)
        try:
            await asyncio.wait((future,), timeout=timeout)
        finally:
            future.cancel()
            with self._lock:
                self._waiting.discard(future)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
