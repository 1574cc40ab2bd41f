"""The one thread that writes to a log, and commits together what waits together."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from doorward_kernel.errors import InternalFailure, Unavailable
from doorward_kernel.record import Record
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from doorward_eventlog.chaining import Append
from doorward_eventlog.faults import ConnectionLost, translated
from doorward_eventlog.log import Clock
from doorward_eventlog.pending import Pending, PendingAppend, PendingTask
from doorward_eventlog.statements import append_all
from doorward_eventlog.waiting import Growth

QUEUE = 1024
"""Writes that may wait; a further one is refused."""

GROUP = 128
"""Writes in one transaction."""

T = TypeVar("T")


class Writer:
    """Owns the connection that writes. A failed transaction costs the connection, never the thread."""

    def __init__(self, connection: Connection, *, name: str, clock: Clock, growth: Growth) -> None:
        self._connection: Connection | None = connection
        self._engine = connection.engine
        self._name = name
        self._clock = clock
        self._growth = growth
        self._pending = Pending(QUEUE)
        self._thread = threading.Thread(target=self._work, name=f"{name}-log-writer", daemon=True)
        self._thread.start()

    def append(self, append: Append) -> "Future[list[Record]]":
        """Queue an append; cancelling the future takes it back as long as it waits."""
        job = PendingAppend(append)
        self._pending.put(job)
        return job.done

    def run(self, task: Callable[[Connection], T]) -> "Future[T]":
        """Queue a task that gets a transaction of its own."""
        job = PendingTask(task)
        self._pending.put(job)
        return job.done

    def close(self) -> None:
        """Finish what waits, and end."""
        self._pending.close()
        self._thread.join()

    def _work(self) -> None:
        while taken := self._pending.take(GROUP):
            jobs = [job for job in taken if job.done.set_running_or_notify_cancel()]
            appends = [job for job in jobs if isinstance(job, PendingAppend)]
            for append, outcome in zip(appends, self._store([job.append for job in appends]), strict=True):
                _answer(append.done, outcome)
            for job in jobs:
                if isinstance(job, PendingTask):
                    _answer(job.done, self._outcome(job.task))
        self._drop()

    def _store(self, appends: Sequence[Append]) -> "list[list[Record] | Exception]":
        """The outcome of each append: all in one transaction, or else one by one."""
        if not appends:
            return []
        together = self._outcome(lambda connection: append_all(connection, appends, self._clock))
        if isinstance(together, Exception) and not isinstance(together, Unavailable) and len(appends) > 1:
            # One of them is at fault, or another process appended to its account after we looked.
            return [outcome for append in appends for outcome in self._store([append])]
        if isinstance(together, IntegrityError):
            # Looking again tells a conflict with another process.
            together = self._outcome(lambda connection: append_all(connection, appends, self._clock))
        if isinstance(together, IntegrityError):
            together = InternalFailure(f"the head of the {self._name} log is not where its events end")
        if isinstance(together, Exception):
            return [together] * len(appends)
        ends = [outcome[-1].position for outcome in together if not isinstance(outcome, Exception)]
        if ends:
            self._growth.reached(ends[-1])
        return [*together]

    def _outcome(self, task: Callable[[Connection], T]) -> "T | Exception":
        try:
            try:
                return self._transact(task)
            except ConnectionLost:
                # Nothing was committed, so a connection that broke while it was idle costs nobody an error.
                return self._transact(task)
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to those who wait for the outcome
            return error

    def _transact(self, task: Callable[[Connection], T]) -> T:
        """Run a task and commit. Raises ConnectionLost and IntegrityError only when nothing was committed."""
        try:
            with translated(self._name, letting=IntegrityError):
                connection = self._connection = self._connection or self._engine.connect()
                try:
                    result = task(connection)
                except IntegrityError:
                    connection.rollback()
                    raise
        except IntegrityError:
            raise
        except BaseException:
            self._drop()
            raise
        try:
            connection.commit()
        except Exception as error:
            self._drop()
            self._growth.wake()
            raise Unavailable(f"the {self._name} log did not confirm a commit: its outcome is unknown") from error
        return result

    def _drop(self) -> None:
        """Give the connection up; closing it rolls back. The next transaction makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.close()


def _answer(done: "Future[T]", outcome: "T | Exception") -> None:
    if isinstance(outcome, Exception):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)
