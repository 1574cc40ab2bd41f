"""Messages that no relay wrote, and logs that are not the log followed so far."""

import asyncio
from dataclasses import replace

import pytest
from doorward_kernel.record import Head, Record, digest_after
from doorward_messaging import chain
from doorward_messaging.message import (
    EXPECTED_LAST_SEQUENCE,
    heads_subject,
    record_headers,
    record_subject,
    stream_name,
)
from nats.js.errors import BadRequestError

from tests.integration.messaging.world import LOG, Source, World, assert_stream_is_log, eventually, everything


async def _publish(world: World, record: Record, *, epoch: str | None = None, previous: bytes = bytes(32)) -> None:
    """Publish a record as a relay would."""
    headers = record_headers(LOG, epoch or (await world.log.head()).epoch, previous, record)
    headers[EXPECTED_LAST_SEQUENCE] = str(record.position - 1)
    async with world.nats.client() as client:
        await client.jetstream().publish(record_subject(LOG, record), record.payload, headers=headers)


async def _forged(world: World, **changes: object) -> Record:
    """What would be the next record, and is not: its digest is that of the last one."""
    last = (await everything(world.log))[-1]
    forged = replace(last, position=last.position + 1, version=last.version + 1, payload=b'{"name":"mallory"}')
    return replace(forged, **changes)  # type: ignore[arg-type]


def _knows_mallory(commits: list[tuple[Record, ...]]) -> bool:
    return any(record.payload == b'{"name":"mallory"}' for commit in commits for record in commit)


async def test_a_forged_message_is_not_applied_and_the_stream_is_made_anew(world: World) -> None:
    relay, _ = await world.relay()
    follower, replica = await world.follower()
    await world.writer.commits(10)
    await eventually(world.stream_holds_log)

    await _publish(world, await _forged(world))
    await eventually(lambda: follower.digest_mismatches > 0)
    await eventually(lambda: relay.recreated == 1)
    await world.writer.commits(10)

    await world.assert_all_agree(follower, replica)
    assert not _knows_mallory(replica.commits)
    assert follower.resets == 0


async def test_control_a_follower_that_trusts_the_digest_in_the_header_is_fooled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.relay()
    _, replica = await world.follower()
    await world.writer.commits(10)
    await eventually(world.stream_holds_log)
    monkeypatch.setattr(chain, "digest_after", lambda _, record: record.digest)

    await _publish(world, await _forged(world))

    await eventually(lambda: _knows_mallory(replica.commits))


async def test_a_forged_message_with_a_right_digest_is_undone_by_the_owners_head(world: World) -> None:
    await world.relay()
    follower, replica = await world.follower()
    await world.writer.commits(10)
    await eventually(world.stream_holds_log)
    head = await world.log.head()
    await eventually(lambda: follower.head == head)

    forged = await _forged(world)
    await _publish(world, replace(forged, digest=digest_after(head.digest, forged)), previous=head.digest)

    await eventually(lambda: follower.resets == 1)
    assert replica.start == head
    await world.writer.commits(10)
    await world.assert_all_agree(follower, replica)
    assert not _knows_mallory(replica.commits)


async def test_a_message_without_headers_is_repaired(world: World) -> None:
    await world.relay()
    follower, replica = await world.follower()
    await world.writer.commits(10)
    await eventually(world.stream_holds_log)

    async with world.nats.client() as client:
        await client.jetstream().publish("doorward.identity.000000000000.Nonsense", b"{}")
    await world.writer.commits(10)

    await world.assert_all_agree(follower, replica)


async def test_a_forged_message_between_right_ones_is_found_by_a_relay_that_starts(world: World) -> None:
    _, relaying = await world.relay()
    await world.writer.commits(10)
    await eventually(world.stream_holds_log)
    relaying.cancel()
    await asyncio.wait((relaying,))
    await _publish(world, await _forged(world))
    before = await world.log.head()
    await world.writer.commits(5)
    for record in await everything(world.log, before.position + 1):
        await _publish(world, record)
    with pytest.raises(AssertionError):
        await assert_stream_is_log(world.nats.url, world.log)

    relay, _ = await world.relay()

    await eventually(lambda: relay.recreated == 1)
    await eventually(world.stream_holds_log)
    await assert_stream_is_log(world.nats.url, world.log)


async def test_the_stream_refuses_a_message_out_of_its_place(world: World) -> None:
    await world.relay()
    await world.writer.commits(10)
    await eventually(world.stream_holds_log)

    with pytest.raises(BadRequestError):
        await _publish(world, (await everything(world.log))[3])


async def test_a_log_with_a_new_epoch_starts_everything_anew(world: World) -> None:
    relay, _ = await world.relay()
    follower, replica = await world.follower()
    await world.writer.commits(10)
    await eventually(world.stream_holds_log)

    await world.memory.renew_epoch()
    epoch = (await world.log.head()).epoch
    await eventually(lambda: follower.epoch == epoch)
    await world.writer.commits(10)

    await world.assert_all_agree(follower, replica)
    assert (follower.resets, relay.recreated) == (1, 1)


async def test_an_empty_stream_of_another_epoch_is_made_anew(world: World) -> None:
    """With no message in it, only what was noted at its making tells."""
    relay, _ = await world.relay()
    await eventually(world.stream_exists)

    await world.memory.renew_epoch()

    await eventually(lambda: relay.recreated == 1)
    await world.writer.commits(3)
    await eventually(world.stream_holds_log)
    await assert_stream_is_log(world.nats.url, world.log)


class Restored(Source):
    """The owner after an older backup was put in place, by somebody who did not renew the epoch."""

    def __init__(self, world: World) -> None:
        super().__init__(world.log)
        self.ends_at: int | None = None

    async def head(self) -> Head:
        if self.ends_at is None:
            return await super().head()
        [last] = await self.log.read(self.ends_at - 1, 1)
        return Head((await self.log.head()).epoch, last.position, last.digest)

    async def read(self, after: int, limit: int) -> list[Record]:
        records = await super().read(after, limit)
        return [record for record in records if self.ends_at is None or record.position <= self.ends_at]


async def test_a_stream_and_a_follower_ahead_of_the_log_go_back_to_it(world: World) -> None:
    owner = Restored(world)
    relay, _ = await world.relay(owner)
    follower, replica = await world.follower(owner)
    await world.writer.commits(20)
    await eventually(world.stream_holds_log)

    owner.ends_at = next(record.position for record in await everything(world.log) if record.commit_last)

    await eventually(lambda: follower.position == owner.ends_at)
    await eventually(lambda: relay.recreated == 1)
    await eventually(lambda: relay.position == owner.ends_at)
    assert follower.resets == 1
    assert replica.start == await owner.head()


async def test_an_announcement_that_is_nonsense_is_ignored(world: World) -> None:
    await world.relay()
    follower, replica = await world.follower()
    await world.writer.commits(3)

    async with world.nats.client() as client:
        for body in (b"", b"{}", b"[" * 100_000, b'{"epoch": "00000000", "position": 1, "digest": ""}'):
            await client.publish(heads_subject(LOG), body)
        await client.flush()
    await asyncio.sleep(0.3)
    await world.writer.commits(3)

    await world.assert_all_agree(follower, replica)
    assert follower.resets == 0
    assert stream_name(LOG) == "DOORWARD_IDENTITY"
