"""Waiters are woken at their position, and those who gave up leave nothing behind."""

import random

from doorward_messaging.waiters import Waiters


async def test_exactly_those_who_wait_for_a_reached_position_are_woken() -> None:
    waiters = Waiters()
    positions = random.Random(3).choices(range(100), k=1000)  # noqa: S311
    futures = [waiters.add(position) for position in positions]

    waiters.reached(41)

    assert [future.done() for future in futures] == [position <= 41 for position in positions]
    assert len(waiters) == sum(position > 41 for position in positions)


async def test_those_who_gave_up_are_not_kept() -> None:
    waiters = Waiters()
    for _ in range(10_000):
        waiters.give_up(waiters.add(1_000_000))
    stays = waiters.add(1_000_000)

    assert len(waiters) == 1
    assert len(waiters._heap) < 200
    waiters.reached(1_000_000)
    assert stays.done()
    assert not stays.cancelled()
    assert len(waiters) == 0
