"""What a replica does when its log, its cache or an event fails it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from doorward_client import AsyncClient
from doorward_decision.settings import Settings
from doorward_directory.snapshot import FORMAT
from doorward_eventlog.sql import open_log
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent
from doorward_local.ports import free_port
from doorward_local.process import Running
from redis.asyncio import Redis

from tests.integration.decision.conftest import (
    ALICE,
    PASSWORD,
    REPORT,
    World,
    decision_service,
    relayed_identity,
    settings_for,
    valkey_url_of,
)
from tests.integration.decision.test_checks import document, put
from tests.integration.identity.conftest import ACCOUNT, KEY

OTHER = "222222222222"


async def test_an_event_that_cannot_be_applied_freezes_its_account_and_no_other(world: World) -> None:
    await put(world, document())
    await world.client.identity.create_account(account_name="other", account_id=OTHER)
    async with _acting_on(world, OTHER) as other:
        await other.identity.create_user(user_name="bob")
    assert await world.allowed()

    records = await world.log.read_account(AccountId(ACCOUNT), 0, 100)
    unknown = NewEvent(type="FromTheFuture", schema_version=1, payload=b"{}")
    await world.log.append(AccountId(ACCOUNT), records[-1].version, [unknown], metadata=b"{}")

    with pytest.raises(Unavailable, match="frozen"):
        await world.client.check(ALICE, "documents:Read", REPORT, latest=True)
    status = await world.client.replica.get_replica_status()
    assert list(status.frozen_accounts) == [ACCOUNT]
    bob = await world.client.check(f"arn:aws:iam::{OTHER}:user/bob", "documents:Read", REPORT, latest=True)
    assert not bob.allowed


async def test_a_replica_that_is_cut_off_answers_until_it_is_too_stale_and_then_is_unavailable(
    tmp_path: Path, nats: Running
) -> None:
    async with open_log(f"sqlite:///{tmp_path}/identity.db", "identity") as log:
        async with relayed_identity(log, nats) as identity:
            settings = settings_for(tmp_path, identity, nats, max_staleness_seconds=2.0)
            serving = decision_service(settings)
            decision = await serving.__aenter__()
            client = AsyncClient(identity=identity, decision=decision, service_key=KEY, account=ACCOUNT)
            await client.identity.create_account(account_name="example", account_id=ACCOUNT)
            await client.identity.create_user(user_name="alice")
            fresh = await client.check(ALICE, "documents:Read", REPORT, latest=True)
        try:
            cut_off = await client.check(ALICE, "documents:Read", REPORT)

            with pytest.raises(Unavailable, match="behind"):
                await asyncio.wait_for(_check_on_and_on(client), 20)
        finally:
            await client.close()
            await serving.__aexit__(None, None, None)

    assert fresh.effect == cut_off.effect


async def test_a_replica_that_never_reached_its_log_is_unavailable(tmp_path: Path, nats: Running) -> None:
    settings = settings_for(tmp_path, f"127.0.0.1:{free_port()}", nats)
    async with (
        decision_service(settings) as decision,
        AsyncClient(decision=decision, service_key=KEY, account=ACCOUNT) as client,
    ):
        with pytest.raises(Unavailable):
            await client.check(ALICE, "documents:Read", REPORT)


async def test_many_first_checks_of_an_account_share_one_load(world: World) -> None:
    async with _asked(_beside(world)) as client:
        answers = await asyncio.gather(*(client.check(ALICE, "documents:Read", REPORT, latest=True) for _ in range(50)))

    assert len(answers) == 50


async def test_writes_during_a_first_load_are_not_missed(world: World) -> None:
    for number in range(10):
        await put(world, document("Deny" if number % 2 else "Allow"))
        async with _asked(_beside(world)) as client:
            first, revision = await asyncio.gather(
                client.check(ALICE, "documents:Read", REPORT, latest=True),
                put(world, document("Allow" if number % 2 else "Deny")),
            )
            after = await client.check(ALICE, "documents:Read", REPORT, at_least=revision)

        assert first.revisions
        assert after.allowed == bool(number % 2)


async def test_a_second_replica_starts_from_the_cache_and_still_sees_what_came_after(
    world: World, valkey: Running, tmp_path: Path
) -> None:
    await put(world, document())
    cached = _beside(world, redis_url=valkey_url_of(valkey), redis_password_file=_password(tmp_path))
    async with _asked(cached) as client:
        assert (await client.check(ALICE, "documents:Read", REPORT, latest=True)).allowed
    async with Redis.from_url(valkey_url_of(valkey), password=PASSWORD) as redis:
        assert await redis.hexists(f"doorward:{{{ACCOUNT}}}:account:{FORMAT}", "key")

    await put(world, document("Deny"))

    again = cached.model_copy(update={"admin_port": free_port()})
    async with _asked(again) as client:
        assert not (await client.check(ALICE, "documents:Read", REPORT, latest=True)).allowed


@pytest.mark.parametrize("fault", ["killed", "hung"])
async def test_checks_do_not_need_the_cache(world: World, valkey: Running, tmp_path: Path, fault: str) -> None:
    await put(world, document())
    if fault == "killed":
        valkey.kill()
    else:
        valkey.send(signal.SIGSTOP)
    settings = _beside(world, redis_url=valkey_url_of(valkey), redis_password_file=_password(tmp_path))

    async with _asked(settings) as client:
        answer = await client.check(ALICE, "documents:Read", REPORT, latest=True)
        status = await client.replica.get_replica_status()

    assert answer.allowed
    assert not status.cache_available


async def _check_on_and_on(client: AsyncClient) -> None:
    while True:
        await client.check(ALICE, "documents:Read", REPORT)
        await asyncio.sleep(0.1)


def _password(directory: Path) -> Path:
    file = directory / "valkey.key"
    file.write_text(PASSWORD)
    return file


@asynccontextmanager
async def _asked(settings: Settings) -> AsyncIterator[AsyncClient]:
    """A client of a decision service with these settings."""
    async with (
        decision_service(settings) as decision,
        AsyncClient(
            decision=decision,
            decision_admin=f"127.0.0.1:{settings.admin_port}",
            service_key=KEY,
            account=ACCOUNT,
            deadline=5.0,
        ) as client,
    ):
        yield client


def _beside(world: World, **more: object) -> Settings:
    return world.settings.model_copy(update={"admin_port": free_port(), **more})


def _acting_on(world: World, account: str) -> AsyncClient:
    return AsyncClient(identity=world.settings.identity_target, service_key=KEY, account=account)
