"""Waiting for the log to grow, from one loop or several threads."""

import asyncio
import threading

from doorward_eventlog.waiting import Growth


async def test_growth_up_to_the_position_does_not_end_the_wait() -> None:
    growth = Growth(5)

    async with asyncio.timeout(2):
        await growth.past(4, 60)
        waiting = asyncio.create_task(growth.past(5, 0.05))
        await asyncio.sleep(0.01)
    assert not waiting.done()
    await waiting


async def test_growth_in_another_thread_ends_the_wait() -> None:
    growth = Growth(0)
    thread = threading.Timer(0.02, growth.reached, [1])
    thread.start()

    async with asyncio.timeout(2):
        await growth.past(0, 60)
    thread.join()


async def test_nobody_is_remembered_after_waiting() -> None:
    growth = Growth(0)

    await growth.past(0, 0.001)
    cancelled = asyncio.create_task(growth.past(0, 60))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)

    assert growth._waiting == set()


def test_a_loop_that_ended_while_waiting_does_no_harm() -> None:
    growth = Growth(0)

    async def leave() -> None:
        growth._waiting.add(asyncio.get_running_loop().create_future())

    asyncio.run(leave())

    growth.reached(1)


async def test_positions_do_not_go_back() -> None:
    growth = Growth(0)

    growth.reached(7)
    growth.reached(6)

    async with asyncio.timeout(2):
        await growth.past(6, 60)
