"""Relays, NATS and owner killed, paused, rolled back: in the end stream and follower are exactly the log."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doorward_eventlog.sql import open_log
from doorward_kernel.record import GENESIS, Record
from doorward_local.process import Program, Running
from doorward_messaging import chain
from doorward_messaging.chain import Chain, Outcome
from doorward_messaging.message import record_headers, record_subject, stream_name, stream_subjects
from structlog.testing import capture_logs

from tests.integration.messaging import file_log
from tests.integration.messaging.world import LOG, World, assert_stream_is_log, eventually, everything


@pytest.fixture(params=["memory", "sqlite"])
async def any_log(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> AsyncIterator[World]:
    """A world over each kind of log."""
    if request.param == "memory":
        yield world
        return
    async with open_log(f"sqlite:///{tmp_path / 'log.db'}", LOG) as log:
        world.use(log)
        yield world


async def _delete_stream(world: World) -> None:
    async with world.nats.client() as client:
        await client.jetstream(timeout=5).delete_stream(stream_name(LOG))


async def test_racing_relays_that_die_and_a_nats_that_dies_forgets_and_loses_its_stream(
    any_log: World, tmp_path: Path
) -> None:
    world, chance = any_log, random.Random(7)  # noqa: S311
    follower, replica = await world.follower()
    ever = [await world.relay() for _ in range(2)]
    relays = [task for _, task in ever]
    writing = await world.background(world.writer.commits(600, pause=0.008))

    async def kill_relays(times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(chance.uniform(0.02, 0.2))
            which = chance.randrange(2)
            relays[which].cancel()
            ever.append(await world.relay())
            relays[which] = ever[-1][1]

    await kill_relays(4)
    world.nats.kill()
    await kill_relays(2)
    await asyncio.to_thread(world.nats.start)
    await kill_relays(4)
    await asyncio.to_thread(world.nats.copy_data, tmp_path / "older")
    await kill_relays(4)
    world.nats.kill()
    await asyncio.to_thread(world.nats.start)
    await kill_relays(2)
    await asyncio.to_thread(world.nats.roll_back, tmp_path / "older")
    await kill_relays(4)
    await eventually(world.stream_exists)
    await _delete_stream(world)
    await kill_relays(4)
    await writing

    await world.assert_all_agree(follower, replica)
    assert (follower.resets, follower.digest_mismatches) == (0, 0)
    assert sum(relay.recreated for relay, _ in ever) == 0  # nobody ever put anything in a wrong place


async def test_racing_relay_processes_that_are_killed(world: World, tmp_path: Path) -> None:
    path, chance = tmp_path / "log.jsonl", random.Random(11)  # noqa: S311
    path.touch()
    epoch = (await world.log.head()).epoch
    follower, replica = await world.follower()

    def relay_process(number: int) -> Running:
        argv = (sys.executable, file_log.__file__, str(path), world.nats.url, epoch)
        return Running.spawn(Program(name="relay", argv=argv, log=tmp_path / f"relay-{number}.log", ready=lambda: True))

    async def write() -> None:
        for _ in range(500):
            file_log.append_commit(path, await world.writer.commit())
            await asyncio.sleep(0.01)

    processes = [relay_process(0), relay_process(1)]
    try:
        writing = await world.background(write())
        for round_ in range(6):
            await asyncio.sleep(chance.uniform(0.5, 1.2))
            which = chance.randrange(2)
            processes[which].kill()
            if round_ == 3:
                world.nats.kill()
                await asyncio.to_thread(world.nats.start)
            processes[which] = relay_process(which)
        await writing
        await world.assert_all_agree(follower, replica)
    finally:
        for process in processes:
            process.stop()


async def test_control_relays_without_an_expected_sequence_do_not_give_the_log(world: World) -> None:
    await world.writer.commits(50)
    records, epoch = await everything(world.log), (await world.log.head()).epoch
    async with world.nats.client() as client:
        js = client.jetstream()
        await js.add_stream(name=stream_name(LOG), subjects=[stream_subjects(LOG)])

        async def careless_relay() -> None:
            previous = GENESIS
            for record in records:
                headers = record_headers(LOG, epoch, previous, record)
                await js.publish(record_subject(LOG, record), record.payload, headers=headers)
                previous = record.digest

        await asyncio.gather(careless_relay(), careless_relay())

    with pytest.raises(AssertionError):
        await assert_stream_is_log(world.nats.url, world.log)


async def test_control_a_follower_that_skips_gaps_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = Chain.offer

    def careless_offer(self: Chain, record: Record) -> Outcome:
        if record.position > self.received.position + 1:
            self.received = type(self.received)(self.received.epoch, record.position - 1, self.received.digest)
        return offer(self, record)

    follower, replica = await world.follower()
    await world.writer.commits(30)
    monkeypatch.setattr(Chain, "offer", careless_offer)
    monkeypatch.setattr(chain, "digest_after", lambda _, record: record.digest)
    await world.relay(refill_limit=10)

    head = await world.log.head()
    await eventually(lambda: follower.position == head.position)
    assert replica.positions != [record.position for record in await everything(world.log)]


async def test_nats_that_is_not_there_at_the_start(world: World) -> None:
    world.nats.stop()
    with capture_logs() as logs:
        await world.relay()
        follower, replica = await world.follower()
        await world.writer.commits(20)
        head = await world.log.head()
        await eventually(lambda: follower.head == head)
        await asyncio.sleep(1.0)
        assert follower.staleness() < 5

        await asyncio.to_thread(world.nats.start)
        await world.writer.commits(20)
        await world.assert_all_agree(follower, replica)

    complaints = [entry["name"] for entry in logs if entry["event"] == "nats does not answer; trying on"]
    assert sorted(complaints) == ["follower", "relay"]


async def test_nats_that_hangs(world: World) -> None:
    await world.relay()
    follower, replica = await world.follower()
    await world.writer.commits(20)
    await eventually(world.stream_holds_log)

    world.nats.pause()
    await world.writer.commits(20)
    head = await world.log.head()
    reached = await follower.wait_for(head.position, 1.0)
    await asyncio.sleep(4.0)
    await world.writer.commits(20)
    later = await world.log.head()
    await eventually(lambda: follower.head == later, 5)
    world.nats.resume()

    assert reached
    await world.writer.commits(20)
    await world.assert_all_agree(follower, replica)


async def test_an_owner_that_is_away_while_nats_delivers(world: World) -> None:
    await world.relay()
    follower, replica = await world.follower()
    await world.writer.commits(20)
    await eventually(world.stream_holds_log)
    world.source.away = True

    await world.writer.commits(20)
    head = await world.log.head()
    await eventually(lambda: follower.head == head)

    await _delete_stream(world)
    await world.writer.commits(20)
    await asyncio.sleep(0.5)
    world.source.away = False
    await world.assert_all_agree(follower, replica)


async def test_staleness_grows_while_nobody_says_where_the_log_ends(world: World) -> None:
    _, relaying = await world.relay()
    follower, _ = await world.follower()
    await world.writer.commits(5)
    await asyncio.sleep(1.5)
    assert follower.staleness() < 1.5

    relaying.cancel()
    world.source.away = True
    await asyncio.sleep(4.0)
    assert follower.staleness() > 2.9

    world.source.away = False
    await eventually(lambda: follower.staleness() < 1.0, 6)
    assert follower.resets == 0


async def test_the_owner_alone_keeps_a_follower_fresh(world: World) -> None:
    """There is no relay: no announcement ever comes."""
    follower, _ = await world.follower()
    await asyncio.sleep(3.0)
    await world.writer.commits(5)

    head = await world.log.head()
    await eventually(lambda: follower.head == head, 3)
    assert follower.staleness() < 1.0
