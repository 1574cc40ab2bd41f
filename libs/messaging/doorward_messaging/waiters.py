"""Callers that wait for a position: woken when it is reached, cheap in thousands."""

import asyncio
import heapq
from itertools import count


class Waiters:
    """Futures in order of the position that they wait for."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = count()
        self._given_up = 0

    def __len__(self) -> int:
        return len(self._heap) - self._given_up

    def add(self, position: int) -> asyncio.Future[None]:
        """A future that is done when `position` is reached; give it back with `give_up` if it is not awaited on."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._heap, (position, next(self._number), future))
        return future

    def give_up(self, future: asyncio.Future[None]) -> None:
        """Nobody waits for this one any longer."""
        if future.done():
            return
        future.cancel()
        self._given_up += 1
        if self._given_up > 64 and self._given_up * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if not entry[2].done()]
            heapq.heapify(self._heap)
            self._given_up = 0

    def reached(self, position: int) -> None:
        """Wake everybody who waits for `position` or less."""
        while self._heap and self._heap[0][0] <= position:
            future = heapq.heappop(self._heap)[2]
            if future.done():
                self._given_up -= 1
            else:
                future.set_result(None)
