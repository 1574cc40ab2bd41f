"""The replica alone: an owner on a log in memory, and a cache that is a dictionary."""

import asyncio

import pytest
from doorward_directory.account import Account
from doorward_directory.stream import BrokenStream, fold_records
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import NoSuchEntity, Unavailable
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.record import Head, NewEvent
from doorward_messaging import AccountState, Replica, itself
from doorward_messaging.replica import KEEP_AGAIN, MOST_BEHIND

from tests.unit.messaging.owner import A, B, C, Cache, Owner


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def cache() -> Cache:
    return Cache()


def replica_of(owner: Owner, cache: Cache, held: int = 10) -> Replica[Account, Account]:
    return Replica(
        "identity",
        owner,
        cache,
        fold=fold_records,
        broken=BrokenStream,
        make=itself,
        held=held,
        kept={OPERATOR},
    )


async def following(owner: Owner, cache: Cache, held: int = 10) -> Replica[Account, Account]:
    replica = replica_of(owner, cache, held)
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
    assert names(await replica.load(A)) == {"alice"}


async def test_a_cached_account_of_a_branch_that_the_log_lost_is_ignored(owner: Owner, cache: Cache) -> None:
    await owner.write(A, "alice", "lost")
    lost = await owner.read_account(A)
    epoch = lost.epoch
    owner.log = MemoryEventLog("identity")
    await owner.write(A, "alice", "kept")
    await owner.write(A, "later")
    cache.states[A, epoch] = lost
    replica = replica_of(owner, cache)
    replica.reset(Head(epoch, 4, b""))
    actual = (await owner.head()).epoch
    cache.states[A, actual] = AccountState(lost.account, actual, lost.digest)
    replica.reset(await owner.head())

    account = await replica.load(A)

    assert names(account) == {"alice", "kept", "later"}
    assert not replica.frozen


async def test_a_cached_account_is_brought_up_to_date_without_reading_all_of_it(owner: Owner, cache: Cache) -> None:
    await owner.write(A, "alice")
    await (await following(owner, cache)).load(A)
    await owner.write(A, "bob")
    read_before = owner.whole_accounts

    account = await (await following(owner, cache)).load(A)

    assert names(account) == {"alice", "bob"}
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

    async def meanwhile(account_id: AccountId) -> AccountState[Account]:
        state = await plain_load(account_id)
        await owner.write(A, "bob")
        replica.apply((await owner.log.read(0, 10))[-1:])
        return state

    owner.read_account = meanwhile  # type: ignore[method-assign]

    assert names(await replica.load(A)) == {"alice", "bob"}


async def test_an_account_that_is_created_after_somebody_asked_is_found(owner: Owner, cache: Cache) -> None:
    replica = await following(owner, cache)
    for _ in range(2):
        with pytest.raises(NoSuchEntity):
            await replica.load(A)
    assert owner.whole_accounts == 1

    await owner.write(A, "alice")
    replica.apply(await owner.log.read(0, 10))

    assert names(await replica.load(A)) == {"alice"}


async def test_many_who_ask_at_once_share_one_load(owner: Owner, cache: Cache) -> None:
    await owner.write(A, "alice")
    replica = await following(owner, cache)

    found = await asyncio.gather(*(replica.load(A) for _ in range(10)))

    assert owner.whole_accounts == 1
    assert all(account is found[0] for account in found)


async def test_a_kept_account_is_never_let_go_nor_counted(owner: Owner, cache: Cache) -> None:
    for account_id in (OPERATOR, A, B, C):
        await owner.write(account_id, "alice")
    replica = await following(owner, cache, held=2)

    for account_id in (OPERATOR, A, B):
        await replica.load(account_id)
    assert len(replica) == 3
    await replica.load(C)

    assert replica.knows(OPERATOR)
    assert not replica.knows(A)
    assert len(replica) == 3


async def test_an_event_that_cannot_be_applied_freezes_its_account_alone(owner: Owner, cache: Cache) -> None:
    for account_id in (A, B):
        await owner.write(account_id, "alice")
    replica = await following(owner, cache)
    await replica.load(A)
    await replica.load(B)

    unknown = NewEvent(type="Unheard", schema_version=1, payload=b"{}")
    replica.apply(await owner.log.append(A, 2, [unknown], metadata=b"{}"))

    with pytest.raises(Unavailable, match="frozen"):
        replica.known(A)
    assert replica.knows(B)


async def test_what_is_made_of_an_account_is_made_of_what_was_made_before(owner: Owner, cache: Cache) -> None:
    made: list[tuple[int, str | None]] = []

    def make(account: Account, before: str | None) -> str:
        made.append((account.version, before))
        return f"version {account.version}"

    await owner.write(A, "alice")
    replica = Replica("identity", owner, cache, fold=fold_records, broken=BrokenStream, make=make, held=2)
    replica.reset(await owner.head())
    await replica.load(A)

    await owner.write(A, "bob")
    replica.apply((await owner.log.read(0, 10))[-1:])

    assert made == [(2, None), (3, "version 2")]
    assert replica.known(A) == "version 3"
