"""The past of accounts equals what the present was, whatever is remembered, kept in snapshots or lost.

| property | why |
| --- | --- |
| the account at every revision is the state that the live fold had there | the past is not told otherwise than it was |
| at a time it is the state of the last whole commit | nobody ever saw half of a commit |
| snapshots change no answer | they may be there or not at any moment |
"""

import asyncio
import threading
from dataclasses import dataclass, replace
from typing import Any

import pytest
from doorward_directory.account import Account
from doorward_directory.codec import encode
from doorward_directory.commands import Command
from doorward_directory.snapshot import FORMAT, dump
from doorward_directory.stream import fold_records
from doorward_directory.users import CreateUser, UpdateUser, User
from doorward_eventlog.log import Snapshot
from doorward_eventlog.memory import MemoryEventLog
from doorward_identity.application import past_accounts
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.past_accounts import AtRevision, AtTime, PastAccounts
from doorward_kernel.errors import DoorwardError, Unavailable
from doorward_kernel.ids import USER_PREFIX, AccountId
from doorward_kernel.record import NewEvent, Record
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.directory.test_properties import QUOTAS, commands, settled_world, with_new_id
from tests.unit.directory.world import ACCOUNT, START, World

OTHER = AccountId("999999999999")


@dataclass
class Lived:
    """An account that lives on a log in memory beside another, and what it was after each of its commits."""

    log: MemoryEventLog
    accounts: Accounts
    past: PastAccounts
    live: dict[int, Account]
    ids: World

    @classmethod
    async def begin(cls, world: World | None = None) -> "Lived":
        """With everything that happened in a world, if there is one."""
        world = world or World()
        times = iter(range(1_000, 10**9, 1_000))
        log = MemoryEventLog("identity", clock=lambda: next(times))
        accounts = Accounts(log, epoch=(await log.head()).epoch, quotas=QUOTAS)
        lived = cls(log, accounts, PastAccounts(log, accounts, clock=lambda: 10**12), {}, world)
        for version, event in enumerate(world.events):
            await log.append(ACCOUNT, version, [encode(event)], metadata=b"{}")
            lived.live[version + 1] = await accounts.get(ACCOUNT)
        return lived

    async def do(self, command: Command) -> None:
        """Obey, if it can be obeyed, and let something happen in the other account."""
        try:
            changed = await self.accounts.execute(ACCOUNT, with_new_id(self.ids, command), b"{}")
            self.live[changed.account.version] = changed.account
        except DoorwardError:
            pass
        beside = await self.log.version_at(OTHER)
        await self.log.append(OTHER, beside, [NewEvent(type="Beside", schema_version=1, payload=b"{}")], metadata=b"{}")

    async def users(self, count: int) -> None:
        """So many events: a user who gets another path again and again."""
        user_id = self.ids.new_id(USER_PREFIX)
        await self.do(
            CreateUser(user_id=user_id, user_name="a", path="/", permissions_boundary=None, tags=(), created_at=START)
        )
        for number in range(count - 1):
            await self.do(UpdateUser(user_name="a", new_user_name=None, new_path=f"/{number}/"))

    async def records(self) -> list[Record]:
        return await self.log.read_account(ACCOUNT, 0, 10_000)

    async def keep_snapshot(self, version: int) -> None:
        account = fold_records(None, (await self.records())[:version])
        assert account is not None
        await self.log.save_snapshot(
            Snapshot(account=ACCOUNT, version=version, position=account.position, format=FORMAT, state=dump(account))
        )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(commands, min_size=15, max_size=40), st.data())
def test_the_account_at_every_moment_is_what_it_was(wanted: list[Command], data: st.DataObject) -> None:
    asyncio.run(_lives_and_is_asked(wanted, data))


async def _lives_and_is_asked(wanted: list[Command], data: st.DataObject) -> None:
    lived = await Lived.begin(settled_world())
    for command in wanted:
        await lived.do(command)
    records = await lived.records()
    versions = data.draw(st.permutations(range(1, len(records) + 1)))
    for version in data.draw(st.lists(st.sampled_from(versions), max_size=2)):
        await lived.keep_snapshot(version)
    whole = sorted(lived.live)

    for version in versions:
        record = records[version - 1]
        at_revision = await lived.past.version_at(ACCOUNT, AtRevision(str(lived.accounts.revision(record.position))))
        found = await lived.past.at(ACCOUNT, at_revision)
        assert (at_revision, found.last) == (version, record)
        assert found.account == fold_records(None, records[:version])
        assert found.account == lived.live.get(version, found.account)
        at_time = await lived.past.version_at(ACCOUNT, AtTime(record.recorded_at))
        assert at_time == max(each for each in whole if each <= version)
        assert (await lived.past.at(ACCOUNT, at_time)).account == lived.live[at_time]


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """From which version to which version the past was folded, in turn."""
    seen: list[tuple[int, int]] = []

    def fold(account: Account | None, records: list[Record]) -> Account | None:
        result = fold_records(account, records)
        assert result is not None
        seen.append((account.version if account else 0, result.version))
        return result

    monkeypatch.setattr(past_accounts, "fold_records", fold)
    monkeypatch.setattr(past_accounts, "BATCH", 10)
    return seen


async def test_a_fold_begins_at_the_latest_state_that_is_known_and_not_after_the_moment(
    folded: list[tuple[int, int]],
) -> None:
    lived = await Lived.begin()
    await lived.users(40)
    await lived.keep_snapshot(20)

    await lived.past.at(ACCOUNT, 5)
    await lived.past.at(ACCOUNT, 25)
    await lived.past.at(ACCOUNT, 23)
    await lived.past.at(ACCOUNT, 25)
    await lived.past.at(ACCOUNT, 8)

    assert folded == [(0, 5), (20, 25), (20, 23), (5, 8)]


async def test_the_past_is_folded_beside_the_event_loop_and_not_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def fold(account: Account | None, records: list[Record]) -> Account | None:
        threads.append(threading.get_ident())
        return fold_records(account, records)

    lived = await Lived.begin()
    await lived.users(20)
    monkeypatch.setattr(past_accounts, "fold_records", fold)

    await lived.past.at(ACCOUNT, 20)

    assert threads
    assert threading.get_ident() not in threads


async def test_all_pages_show_the_state_of_the_first_one() -> None:
    """A commit may get a time that was asked for before it was there."""
    lived = await Lived.begin(settled_world())
    moment = AtTime(10**9)
    first, page = await lived.past.page(ACCOUNT, moment, "", 1)
    await lived.do(UpdateUser(user_name="b", new_user_name=None, new_path="/later/"))

    second, rest = await lived.past.page(ACCOUNT, moment, page.marker, 1000)

    assert await lived.past.version_at(ACCOUNT, moment) > first.last.version
    assert second == first
    assert [piece.thing.path for piece in rest.items if isinstance(piece.thing, User)] == ["/"]


async def test_a_snapshot_that_cannot_be_read_only_costs_time(folded: list[tuple[int, int]]) -> None:
    lived = await Lived.begin()
    await lived.users(20)
    await lived.log.save_snapshot(
        Snapshot(account=ACCOUNT, version=10, position=(await lived.records())[9].position, format=FORMAT, state=b"?")
    )

    found = await lived.past.at(ACCOUNT, 12)

    assert found.account == lived.live[12]
    assert folded[0] == (0, 10)


async def test_a_snapshot_of_another_account_is_not_believed(folded: list[tuple[int, int]]) -> None:
    lived = await Lived.begin()
    await lived.users(20)
    wrong = replace(lived.live[10], account_id=OTHER)
    await lived.log.save_snapshot(
        Snapshot(account=ACCOUNT, version=10, position=wrong.position, format=FORMAT, state=dump(wrong))
    )

    assert (await lived.past.at(ACCOUNT, 12)).account == lived.live[12]
    assert folded[0] == (0, 10)


async def test_a_caller_whose_time_is_over_leaves_the_next_one_less_to_do(
    folded: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lived = await Lived.begin()
    await lived.users(60)
    read = lived.log.read_account

    async def slow_after_20(account: AccountId, after: int, limit: int) -> list[Record]:
        if after >= 20:
            await asyncio.sleep(60)
        return await read(account, after, limit)

    with monkeypatch.context() as patch:
        patch.setattr(lived.log, "read_account", slow_after_20)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await lived.past.at(ACCOUNT, 50)
    found = await lived.past.at(ACCOUNT, 50)

    assert folded == [(0, 10), (10, 20), (20, 30), (30, 40), (40, 50)]
    assert found.account == lived.live[50]


async def test_a_log_that_lost_its_end_and_grew_another_is_believed_and_not_what_is_remembered() -> None:
    lived = await Lived.begin()
    await lived.users(10)
    remembered = await lived.past.at(ACCOUNT, 10)

    await _lose_end(lived.log, ACCOUNT, 8)
    await lived.accounts.execute(ACCOUNT, UpdateUser(user_name="a", new_user_name=None, new_path="/new/"), b"{}")
    await lived.accounts.execute(ACCOUNT, UpdateUser(user_name="a", new_user_name="b", new_path=None), b"{}")
    found = await lived.past.at(ACCOUNT, 10)

    assert found.account == fold_records(None, await lived.records())
    assert found.account != remembered.account


async def test_what_the_log_no_longer_has_is_unavailable() -> None:
    lived = await Lived.begin()
    await lived.users(10)
    version = await lived.past.version_at(ACCOUNT, AtTime(10**9))
    await _lose_end(lived.log, ACCOUNT, 8)

    with pytest.raises(Unavailable, match="no longer has version"):
        await lived.past.at(ACCOUNT, version)


async def _lose_end(log: Any, account: AccountId, version: int) -> None:
    """What a failover to a copy that was behind looks like: records are gone as if they had never been."""
    position = log._accounts[account][version - 1].position
    log._records = log._records[:position]
    log._accounts = {who: [r for r in records if r.position <= position] for who, records in log._accounts.items()}
    last = log._records[-1]
    log._tail = replace(log._tail, position=position, digest=last.digest)
