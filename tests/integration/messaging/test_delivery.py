"""When nothing fails: the log arrives in the stream and at the followers, commit by commit."""

import asyncio
import time

import pytest
from doorward_kernel.record import NewEvent
from doorward_messaging import ApplyFailed, Follower, StreamSettings, connect
from doorward_messaging.message import heads_subject, record_headers, record_subject, stream_name

from tests.integration.messaging.world import (
    ACCOUNTS,
    LOG,
    World,
    assert_stream_is_log,
    eventually,
)


async def test_the_log_arrives_exactly_and_the_follower_folds_the_same(world: World) -> None:
    await world.relay()
    follower, replica = await world.follower()

    await world.writer.commits(200)

    await world.assert_all_agree(follower, replica)
    assert follower.applied == (await world.log.head()).position
    assert (follower.resets, follower.digest_mismatches) == (0, 0)


async def test_a_follower_starts_at_the_head_and_replays_no_history(world: World) -> None:
    await world.writer.commits(50)
    await world.relay()
    begun = await world.log.head()

    follower, replica = await world.follower()
    await world.writer.commits(5)

    assert replica.start == begun
    await world.assert_all_agree(follower, replica)
    assert replica.positions[0] == begun.position + 1


async def test_each_commit_is_applied_by_one_call_and_never_in_part(world: World) -> None:
    await world.relay()
    _, replica = await world.follower()

    sizes = [1, 7, 2, 1, 40]
    for size in sizes:
        await world.writer.commit(size)

    await eventually(lambda: len(replica.commits) == len(sizes))
    assert [len(commit) for commit in replica.commits] == sizes
    assert all(commit[-1].commit_last for commit in replica.commits)


async def test_half_a_commit_is_held_back(world: World) -> None:
    """The first two of three messages are in the stream; no relay runs and the owner is away."""
    follower, replica = await world.follower()
    await eventually(lambda: world.source.asked > 0)
    world.source.away = True
    records = await world.writer.commit(3)
    head = await world.log.head()
    async with world.nats.client() as client:
        js = client.jetstream()
        await js.add_stream(name=stream_name(LOG), subjects=[f"doorward.{LOG}.>"])
        for record, before in zip(records, [bytes(32), *(record.digest for record in records)], strict=False):
            if record.commit_last:
                await asyncio.sleep(2.5)
                assert follower._chain.received.position == 2
                assert follower.position == 0
                assert replica.commits == []
            await js.publish(
                record_subject(LOG, record), record.payload, headers=record_headers(LOG, head.epoch, before, record)
            )

    await eventually(lambda: follower.position == 3)
    assert replica.commits == [tuple(records)]


async def test_headers_are_cloudevents_and_carry_the_trace(world: World) -> None:
    await world.relay()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    [record] = await world.log.append(
        ACCOUNTS[0],
        0,
        [NewEvent(type="UserCreated", schema_version=1, payload=b'{"name":"J\xc3\xbcrgen"}')],
        metadata=b'{"traceparent": "%s", "reason": "gr\xc3\xbcndlich"}' % trace.encode(),
    )
    await eventually(world.stream_holds_log)

    async with world.nats.client() as client:
        message = await client.jetstream().get_msg(stream_name(LOG), 1)

    head = await world.log.head()
    assert message.subject == f"doorward.identity.{ACCOUNTS[0]}.UserCreated"
    assert message.data == record.payload
    assert message.headers is not None
    assert message.headers["ce-specversion"] == "1.0"
    assert message.headers["ce-id"] == f"identity.{head.epoch}.1"
    assert message.headers["ce-type"] == "doorward.identity.UserCreated"
    assert message.headers["traceparent"] == trace
    await assert_stream_is_log(world.nats.url, world.log)


async def test_waiting_for_a_position_ends_at_once_when_it_is_applied(world: World) -> None:
    await world.relay()
    follower, _ = await world.follower()
    waiting = [asyncio.create_task(follower.wait_for(n % 30 + 1, 10.0)) for n in range(3000)]
    assert await follower.wait_for(1_000_000, 0.01) is False

    await world.writer.commits(30)

    assert all(await asyncio.gather(*waiting))


async def test_a_caller_that_waits_is_served_by_the_owner_when_nats_has_nothing(world: World) -> None:
    """There is no relay, so nothing ever comes from NATS."""
    follower, _ = await world.follower()
    await asyncio.sleep(0.2)
    [record] = await world.writer.commit(1)

    begun = time.monotonic()
    reached = await follower.wait_for(record.position, 2.0)

    assert reached
    assert time.monotonic() - begun < 1.5


async def test_catching_up_reaches_the_owners_head_without_nats(world: World) -> None:
    follower, replica = await world.follower()
    await world.writer.commits(700)

    await asyncio.gather(*(follower.catch_up() for _ in range(50)))

    assert follower.head == await world.log.head()
    assert len(replica.positions) == follower.position


async def test_the_head_is_announced_each_second_outside_the_stream(world: World) -> None:
    await world.relay()
    await world.writer.commits(3)
    async with world.nats.client() as client:
        announcements = await client.subscribe(heads_subject(LOG))

        bodies = {(await announcements.next_msg(timeout=3)).data for _ in range(2)}

    head = await world.log.head()
    expected = b'{"epoch": "%s", "position": %d, "digest": "%s"}'
    assert bodies == {expected % (head.epoch.encode(), head.position, head.digest.hex().encode())}


async def test_a_follower_whose_consumer_raises_ends_with_that_error(world: World) -> None:
    await world.relay()

    def broken(_: object) -> None:
        raise OSError("no room")

    async with connect(world.nats.url, name="broken") as connection:
        follower = Follower(LOG, connection, world.source, broken, lambda head: None)
        running = asyncio.create_task(follower.run())
        await eventually(lambda: follower.epoch != "")
        await world.writer.commit()
        with pytest.raises(ExceptionGroup) as raised:
            await asyncio.wait_for(running, 10)

    assert raised.group_contains(ApplyFailed)


async def test_changed_settings_reach_a_stream_that_exists(world: World) -> None:
    _, first = await world.relay()
    await world.writer.commits(3)
    await eventually(world.stream_holds_log)
    first.cancel()

    await world.relay(settings=StreamSettings(max_age=3600.0))

    async def adopted() -> bool:
        async with world.nats.client() as client:
            return (await client.jetstream().stream_info(stream_name(LOG))).config.max_age == 3600.0

    await eventually(adopted)
    await world.writer.commits(3)
    await eventually(world.stream_holds_log)
    await assert_stream_is_log(world.nats.url, world.log)


async def test_a_new_stream_is_filled_from_the_last_positions_only(world: World) -> None:
    await world.writer.commits(100)
    head = await world.log.head()

    relay, _ = await world.relay(refill_limit=30)
    await eventually(lambda: relay.position == head.position)
    follower, replica = await world.follower()
    await world.writer.commits(3)

    await eventually(world.stream_holds_log)
    await assert_stream_is_log(world.nats.url, world.log, first=head.position - 29)
    now = await world.log.head()
    await eventually(lambda: follower.head == now)
    assert len(replica.positions) == now.position - head.position


async def test_a_follower_that_meets_a_gap_reads_what_is_missing_from_the_owner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the announced heads nor polling help it."""

    async def nothing(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Follower, "_keep_up", nothing)
    monkeypatch.setattr(Follower, "_listen", nothing)
    follower, replica = await world.follower()
    await world.writer.commits(100)

    await world.relay(refill_limit=30)

    head = await world.log.head()
    await eventually(lambda: follower.head == head)
    assert replica.positions == list(range(1, head.position + 1))
    assert follower.gap_repairs == 1
