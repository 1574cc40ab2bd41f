"""A replica that did not run for a while, and what it may not believe when it goes on."""

import asyncio
import threading
import time

import nats
from doorward_messaging.message import announcement, heads_subject

from tests.integration.messaging.world import LOG, World, eventually

PAUSE = 4.0


async def test_heads_that_waited_while_it_was_stopped_do_not_make_it_fresh(world: World) -> None:
    """Without the owner nobody can say what was written after those heads were announced."""
    _, relaying = await world.relay()
    await world.writer.commits(3)
    follower, _ = await world.follower()
    await eventually(lambda: follower.staleness() < 1)
    head = await world.log.head()
    relaying.cancel()
    world.source.away = True

    announcing = threading.Thread(target=_announce, args=(world.nats.url, announcement(head)))
    announcing.start()
    time.sleep(PAUSE)  # noqa: ASYNC251 - the event loop shall not run, as in a process that is stopped
    announcing.join()
    await asyncio.sleep(0.5)
    while_away = follower.staleness()
    world.source.away = False
    await eventually(lambda: follower.staleness() < 1)

    assert while_away > PAUSE - 1


def _announce(url: str, body: bytes) -> None:
    """Announce a head several times from another thread, while the replica cannot listen."""

    async def announce() -> None:
        async with await nats.connect(url) as client:
            for _ in range(5):
                await client.publish(heads_subject(LOG), body)
                await client.flush()
                await asyncio.sleep(0.2)

    asyncio.run(announce())
