"""The snapshot cache alone, against a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doorward_decision.adapters.snapshot_cache import RedisSnapshotCache
from doorward_directory.account import Account, AccountCreated
from doorward_directory.events import apply
from doorward_directory.snapshot import FORMAT
from doorward_kernel.ids import AccountId
from doorward_local.process import Running
from doorward_messaging import AccountState
from redis.asyncio import Redis

from tests.integration.decision.conftest import PASSWORD, valkey_url_of
from tests.integration.identity.conftest import ACCOUNT, KEY

EPOCH = "00000001"


def account(number: int = int(ACCOUNT), **changes: int) -> Account:
    account_id = AccountId(f"{number:012}")
    created = AccountCreated(account_id=account_id, name="example", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    return replace(apply(None, created), **changes)  # type: ignore[arg-type]


def state(held: Account | None = None, epoch: str = EPOCH) -> AccountState[Account]:
    return AccountState(held or account(), epoch, bytes(range(32)))


@pytest.fixture
async def cache(valkey: Running) -> AsyncIterator[RedisSnapshotCache]:
    cache = RedisSnapshotCache(valkey_url_of(valkey), PASSWORD, KEY)
    yield cache
    await cache.close()


@pytest.fixture
async def redis(valkey: Running) -> AsyncIterator["Redis"]:
    async with Redis.from_url(valkey_url_of(valkey), password=PASSWORD) as client:
        yield client


def pointer(account_id: str = ACCOUNT) -> str:
    return f"doorward:{{{account_id}}}:account:{FORMAT}"


async def blob_key(redis: Redis, account_id: str = ACCOUNT) -> str:
    key = await redis.hget(pointer(account_id), "key")
    assert key is not None
    return key.decode() if isinstance(key, bytes) else key


async def test_it_gives_back_what_it_was_given(cache: RedisSnapshotCache) -> None:
    await cache.save(state())

    assert await cache.load(AccountId(ACCOUNT), EPOCH) == state()
    assert await cache.load(AccountId(ACCOUNT), "00000002") is None
    assert await cache.load(AccountId("222222222222"), EPOCH) is None


async def test_it_never_goes_back_within_an_epoch(cache: RedisSnapshotCache) -> None:
    newer = state(account(version=9, position=9))

    await cache.save(newer)
    await cache.save(state(account(version=5, position=5)))

    assert await cache.load(AccountId(ACCOUNT), EPOCH) == newer


async def test_another_epoch_takes_the_place_of_the_one_before(cache: RedisSnapshotCache) -> None:
    await cache.save(state(account(version=9, position=9)))

    await cache.save(state(account(version=5, position=5), epoch="00000002"))

    assert await cache.load(AccountId(ACCOUNT), EPOCH) is None
    assert await cache.load(AccountId(ACCOUNT), "00000002") is not None


@pytest.mark.parametrize("place", [0, 40, 70], ids=["seal", "digest", "state"])
async def test_a_damaged_state_is_ignored(cache: RedisSnapshotCache, redis: Redis, place: int) -> None:
    await cache.save(state())
    key = await blob_key(redis)
    held = await redis.get(key)
    assert isinstance(held, bytes)

    await redis.setrange(key, place, chr(held[place] ^ 1))

    assert await cache.load(AccountId(ACCOUNT), EPOCH) is None
    assert cache.available


async def test_the_state_of_another_account_is_ignored(cache: RedisSnapshotCache, redis: Redis) -> None:
    """Who can write to the server, but does not have the key, could otherwise lend one account another's policies."""
    await cache.save(state())
    await cache.save(state(account(222222222222)))

    await redis.hset(pointer(), "key", await blob_key(redis, "222222222222"))

    assert await cache.load(AccountId(ACCOUNT), EPOCH) is None


async def test_a_state_that_was_sealed_with_another_key_is_ignored(valkey: Running, cache: RedisSnapshotCache) -> None:
    forger = RedisSnapshotCache(valkey_url_of(valkey), PASSWORD, "another key of more than 32 characters")
    await forger.save(state())

    assert await cache.load(AccountId(ACCOUNT), EPOCH) is None
    await forger.close()


async def test_a_key_of_a_wrong_type_is_no_reason_to_leave_the_server_alone(
    cache: RedisSnapshotCache, redis: Redis
) -> None:
    await cache.save(state(account(222222222222)))
    await redis.set(pointer(), "a text where a hash should be")

    assert await cache.load(AccountId(ACCOUNT), EPOCH) is None
    assert await cache.load(AccountId("222222222222"), EPOCH) is not None


async def test_a_herd_of_first_loads_is_served(cache: RedisSnapshotCache) -> None:
    ids = [111111111111 + number for number in range(100)]
    for number in ids:
        await cache.save(state(account(number)))

    found = await asyncio.gather(*(cache.load(AccountId(str(number)), EPOCH) for number in ids))

    assert [each.account.account_id for each in found if each] == [str(number) for number in ids]


async def test_a_wrong_password_is_no_cache_and_no_error(valkey: Running) -> None:
    stranger = RedisSnapshotCache(valkey_url_of(valkey), "wrong", KEY)

    await stranger.save(state())

    assert await stranger.load(AccountId(ACCOUNT), EPOCH) is None
    assert not stranger.available
    await stranger.close()
