"""The queue in front of the writer."""

import threading

import pytest
from doorward_eventlog.pending import Pending, PendingTask
from doorward_kernel.errors import Unavailable
from sqlalchemy import Connection


def task() -> PendingTask:
    def nothing(_: Connection) -> None:
        return None

    return PendingTask(nothing)


def test_everything_that_waits_is_handed_out_in_order_up_to_a_limit() -> None:
    pending = Pending(10)
    jobs = [task() for _ in range(5)]
    for job in jobs:
        pending.put(job)

    assert pending.take(3) == jobs[:3]
    assert pending.take(3) == jobs[3:]


def test_one_too_many_is_refused() -> None:
    pending = Pending(1)
    pending.put(task())

    with pytest.raises(Unavailable, match="1 writes wait already"):
        pending.put(task())


def test_after_closing_the_rest_is_handed_out_and_then_nothing() -> None:
    pending = Pending(10)
    pending.put(job := task())
    pending.close()

    with pytest.raises(Unavailable, match="closed"):
        pending.put(task())
    assert pending.take(10) == [job]
    assert pending.take(10) == []


def test_taking_waits_for_a_job() -> None:
    pending = Pending(10)
    job = task()
    late = threading.Timer(0.02, pending.put, [job])
    late.start()

    assert pending.take(10) == [job]
    late.join()
