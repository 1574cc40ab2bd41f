"""The replica alone: an owner on a log in memory, and a cache that is a dictionary."""

from datetime import UTC, datetime

import pytest
from doorward_decision.application.ports import AccountState
from doorward_decision.application.replica import KEEP_AGAIN, MOST_BEHIND, Replica
from doorward_directory.account import Account, AccountCreated
from doorward_directory.codec import encode
from doorward_directory.events import Event
from doorward_directory.stream import fold_records
from doorward_directory.users import UserCreated
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.record import Head, Record

A, B, C = (AccountId(digit * 12) for digit in "123")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Owner:
    """An IdentityLog on a log in memory; `log` can be put in another's place, as a restore does."""

    def __init__(self) -> None:
        self.log = MemoryEventLog("identity")
        self.whole_accounts = 0

    async def write(self, account_id: AccountId, *names: str) -> None:
        records = await self.log.read_account(account_id, 0, 100_000)
        events: list[Event] = [
            UserCreated(user_id=UniqueId(f"AIDA{name}"), name=name, path="/", created_at=NOW) for name in names
        ]
        if not records:
            events.insert(0, AccountCreated(account_id=account_id, name="example", created_at=NOW))
        await self.log.append(account_id, len(records), [encode(event) for event in events], metadata=b"{}")

    async def head(self) -> Head:
        return await self.log.head()

    async def read(self, after: int, limit: int) -> list[Record]:
        return await self.log.read(after, limit)

    async def read_account(self, account_id: AccountId) -> AccountState:
        self.whole_accounts += 1
        records = await self.log.read_account(account_id, 0, 100_000)
        account = fold_records(None, records)
        if account is None:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        return AccountState(account, (await self.log.head()).epoch, records[-1].digest)

    async def read_account_events(
        self, account_id: AccountId, after_version: int, limit: int
    ) -> tuple[str, list[Record]]:
        records = await self.log.read_account(account_id, after_version, limit)
        return (await self.log.head()).epoch if records else "", records


class Cache:
    """A SnapshotCache that never forgets."""

    available = True

    def __init__(self) -> None:
        self.states: dict[tuple[AccountId, str], AccountState] = {}

    async def load(self, account_id: AccountId, epoch: str) -> AccountState | None:
        return self.states.get((account_id, epoch))

    async def save(self, state: AccountState) -> None:
        self.states[state.account.account_id, state.epoch] = state


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def cache() -> Cache:
    return Cache()


async def following(owner: Owner, cache: Cache, held: int = 10) -> Replica:
    replica = Replica(owner, cache, held=held)
    replica.reset(await owner.head())
    return replica


def names(account: Account) -> set[str]:
    return {user.name for user in account.users.values()}


async def test_an_account_of_an_epoch_that_was_not_noticed_yet_is_not_answered_from(owner: Owner, cache: Cache) -> None:
    await owner.write(A, "alice")
    replica = await following(owner, cache)

    await owner.log.renew_epoch()

    with pytest.raises(Unavailable, match="epoch"):
        await replica.load(A)
    replica.reset(await owner.head())
    assert names((await replica.load(A)).account) == {"alice"}


async def test_a_cached_account_of_a_branch_that_the_log_lost_is_ignored(owner: Owner, cache: Cache) -> None:
    await owner.write(A, "alice", "lost")
    lost = await owner.read_account(A)
    epoch = lost.epoch
    owner.log = MemoryEventLog("identity")
    await owner.write(A, "alice", "kept")
    await owner.write(A, "later")
    cache.states[A, epoch] = lost
    replica = Replica(owner, cache, held=10)
    replica.reset(Head(epoch, 4, b""))
    actual = (await owner.head()).epoch
    cache.states[A, actual] = AccountState(lost.account, actual, lost.digest)
    replica.reset(await owner.head())

    resident = await replica.load(A)

    assert names(resident.account) == {"alice", "kept", "later"}
    assert not replica.frozen


async def test_a_cached_account_is_brought_up_to_date_without_reading_all_of_it(owner: Owner, cache: Cache) -> None:
    await owner.write(A, "alice")
    await (await following(owner, cache)).load(A)
    await owner.write(A, "bob")
    read_before = owner.whole_accounts

    resident = await (await following(owner, cache)).load(A)

    assert names(resident.account) == {"alice", "bob"}
    assert owner.whole_accounts == read_before


@pytest.mark.parametrize(("behind", "whole"), [(KEEP_AGAIN, 1), (MOST_BEHIND + 1, 2)])
async def test_a_cached_account_that_is_far_behind_is_replaced(
    owner: Owner, cache: Cache, behind: int, whole: int
) -> None:
    await owner.write(A, "alice")
    first = await following(owner, cache)
    await first.load(A)
    await first.close()
    await owner.write(A, *(f"u{number}" for number in range(behind)))

    second = await following(owner, cache)
    await second.load(A)
    await second.close()

    (kept,) = cache.states.values()
    assert len(kept.account.users) == behind + 1
    assert owner.whole_accounts == whole


async def test_the_account_that_was_not_asked_about_for_longest_is_let_go(owner: Owner, cache: Cache) -> None:
    for account_id in (A, B, C):
        await owner.write(account_id, "alice")
    replica = await following(owner, cache, held=2)
    await replica.load(A)
    await replica.load(B)

    assert replica.knows(A)
    await replica.load(C)

    assert replica.knows(A)
    assert not replica.knows(B)


async def test_a_commit_that_arrives_while_an_account_is_loading_is_not_missed(owner: Owner, cache: Cache) -> None:
    await owner.write(A, "alice")
    replica = await following(owner, cache)
    plain_load = owner.read_account

    async def meanwhile(account_id: AccountId) -> AccountState:
        state = await plain_load(account_id)
        await owner.write(A, "bob")
        replica.apply((await owner.log.read(0, 10))[-1:])
        return state

    owner.read_account = meanwhile  # type: ignore[method-assign]

    assert names((await replica.load(A)).account) == {"alice", "bob"}


async def test_an_account_that_is_created_after_somebody_asked_is_found(owner: Owner, cache: Cache) -> None:
    replica = await following(owner, cache)
    for _ in range(2):
        with pytest.raises(NoSuchEntity):
            await replica.load(A)
    assert owner.whole_accounts == 1

    await owner.write(A, "alice")
    replica.apply(await owner.log.read(0, 10))

    assert names((await replica.load(A)).account) == {"alice"}
