"""What a deleted user still had is forgotten, with its secrets, also when nobody heard that it was deleted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from doorward_credential.application.access_keys import secret_name
from doorward_credential.application.departures import Departures
from doorward_credential.application.keyrings import Keyrings, open_keyrings
from doorward_credential.application.second_factors import device_name
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_eventlog.counters_memory import MemoryCounters
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import Unavailable
from doorward_kernel.record import GENESIS, Head, Record
from doorward_keyring.mfa_devices import mfa_devices_of

from tests.unit.credential.parts import stored_secrets
from tests.unit.keyring.world import ACCOUNT, ALICE, BOB, codes, device, enabled, key, profile

KEY_OF_BOB = secret_name(key(2).access_key_id)


@dataclass
class IdentityLog:
    """Users of the account that were deleted, or that something else happened to, one at each position."""

    records: list[Record] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    is_away: bool = False

    def happens(self, user_id: str, type: str = "UserDeleted") -> list[Record]:
        """One more commit."""
        position = len(self.records) + 1
        record = Record(
            position=position,
            account=ACCOUNT,
            version=position,
            type=type,
            schema_version=1,
            payload=json.dumps({"user_id": user_id}).encode(),
            metadata=b"{}",
            recorded_at=0,
            commit_last=True,
            digest=GENESIS,
        )
        self.records.append(record)
        return [record]

    def head(self, epoch: str = "e1") -> Head:
        return Head(epoch, len(self.records), GENESIS)

    async def read(self, after: int, limit: int) -> Sequence[Record]:
        if self.is_away:
            raise Unavailable("the identity service does not answer")
        self.reads.append(after)
        return self.records[after : after + limit]


@dataclass
class World:
    keyrings: Keyrings
    stored: StoredSecrets
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    log: IdentityLog = field(default_factory=IdentityLog)

    def started(self, epoch: str = "e1") -> Departures:
        """A process that follows the identity log from where it ends now."""
        departures = Departures(self.keyrings, self.stored, self.counters, self.log)
        departures.starts_at(self.log.head(epoch))
        return departures

    async def have_keys(self) -> set[str]:
        return {each.principal_id for each in (await self.keyrings.get(ACCOUNT)).access_keys.values()}


@pytest.fixture
async def world() -> World:
    log = MemoryEventLog("credential")
    keyrings, stored = open_keyrings(log, epoch=(await log.head()).epoch), await stored_secrets()
    for command in (profile(), key(1), key(2, BOB), device(), enabled(), codes()):
        await keyrings.execute(ACCOUNT, command, b"{}")
    for name in ("password/p1", secret_name(key(1).access_key_id), KEY_OF_BOB, "totp/d1", "recovery/b1/2"):
        await stored.put(ACCOUNT, name, "secret")
    return World(keyrings, stored)


async def test_a_deleted_user_leaves_nothing_and_others_keep_what_they_have(world: World) -> None:
    (held,) = mfa_devices_of(await world.keyrings.get(ACCOUNT), ALICE)
    assert device_name(held) == "totp/d1"
    await world.counters.advance(ACCOUNT, "totp/d1", 7)

    await world.started().forget(ACCOUNT, ALICE)

    keyring = await world.keyrings.get(ACCOUNT)
    assert list(keyring.access_keys) == [key(2).access_key_id]
    assert not keyring.login_profiles
    assert not keyring.mfa_devices
    assert await world.stored.names(ACCOUNT, "", 10) == [KEY_OF_BOB]
    assert await world.counters.read(ACCOUNT, ["totp/d1"]) == {}


async def test_a_user_that_had_nothing_is_no_event(world: World) -> None:
    before = (await world.keyrings.get(ACCOUNT)).version

    await world.started().forget(ACCOUNT, "AIDANOBODY")

    assert (await world.keyrings.get(ACCOUNT)).version == before


async def test_who_is_deleted_while_the_process_runs_is_forgotten(world: World) -> None:
    departures = world.started()
    await departures.catch_up()
    for _ in range(3):
        departures.note(world.log.happens(ALICE, "UserCreated"))
    departures.note(world.log.happens(ALICE))
    departures.note(world.log.happens(BOB, "UserCreated"))

    await departures.catch_up()

    assert await world.have_keys() == {BOB}
    assert world.log.reads == [3], "what was heard of and deletes nobody is not read"


async def test_who_was_deleted_while_no_process_ran_is_forgotten_by_the_next_one_and_read_once(world: World) -> None:
    await world.started().catch_up()
    world.log.happens(BOB, "UserCreated")
    world.log.happens(ALICE)

    await world.started().catch_up()
    await world.started().catch_up()

    assert await world.have_keys() == {BOB}
    assert world.log.reads == [0]


async def test_what_is_interrupted_is_done_the_next_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    departures = world.started()
    await departures.catch_up()
    departures.note(world.log.happens(ALICE))
    world.log.is_away = True
    with pytest.raises(Unavailable):
        await departures.catch_up()
    world.log.is_away = False
    with monkeypatch.context() as broken:
        broken.setattr(world.keyrings, "execute", _unavailable)
        with pytest.raises(Unavailable):
            await departures.catch_up()

    await world.started().catch_up()

    assert await world.have_keys() == {BOB}
    assert await world.stored.names(ACCOUNT, "", 10) == [KEY_OF_BOB]


async def test_a_log_that_was_restored_is_read_from_its_begin(world: World) -> None:
    world.log.happens(BOB, "UserCreated")
    await world.started().catch_up()
    world.log.records.clear()
    world.log.happens(ALICE)

    await world.started("e2").catch_up()

    assert await world.have_keys() == {BOB}


async def test_one_account_that_cannot_be_changed_does_not_keep_back_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, failed = world.keyrings.execute, list[object]()

    async def broken_once(*arguments: object) -> object:
        if not failed:
            failed.append(arguments)
            raise ValueError("a defect")
        return await execute(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(world.keyrings, "execute", broken_once)
    world.log.happens(BOB)
    world.log.happens(ALICE)

    await world.started().catch_up()

    assert await world.have_keys() == {BOB}


async def _unavailable(*_arguments: object) -> None:
    raise Unavailable("the credential log does not answer")
