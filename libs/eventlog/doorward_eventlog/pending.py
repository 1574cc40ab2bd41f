"""What waits for the writer: a bounded queue that hands out everything that waits at once."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from doorward_kernel.errors import Unavailable
from doorward_kernel.record import Record
from sqlalchemy import Connection

from doorward_eventlog.chaining import Append


@dataclass(frozen=True, slots=True)
class PendingAppend:
    """An append, and where its outcome goes."""

    append: Append
    done: "Future[list[Record]]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class PendingTask:
    """Anything else that writes, in a transaction of its own."""

    task: Callable[[Connection], Any]
    done: "Future[Any]" = field(default_factory=Future)


Job = PendingAppend | PendingTask


class Pending:
    """Jobs in order of arrival."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._jobs: deque[Job] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, job: Job) -> None:
        """Add a job. Raises Unavailable when too many wait already, or after `close`."""
        with self._changed:
            if self._closed:
                raise Unavailable("the log is closed")
            if len(self._jobs) >= self._capacity:
                raise Unavailable(f"{self._capacity} writes wait already, try again")
            self._jobs.append(job)
            self._changed.notify()

    def take(self, limit: int) -> list[Job]:
        """Wait for jobs and take at most `limit`; none means that the queue is closed and empty."""
        with self._changed:
            while not self._jobs and not self._closed:
                self._changed.wait()
            return [self._jobs.popleft() for _ in range(min(limit, len(self._jobs)))]

    def close(self) -> None:
        """Let nothing more in; what is in is still handed out."""
        with self._changed:
            self._closed = True
            self._changed.notify()
