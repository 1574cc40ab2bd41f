"""Accounts of a log, over a log in memory: what is held, what a follower tells, and the one way of every change."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest
from doorward_eventlog.accounts import Accounts, Fold
from doorward_eventlog.log import Snapshot
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, NewEvent, Record

from tests.unit.eventlog.sums import EMPTY_AT_FIRST, FOLD, NoNumber, Sum, Sums

A, B, C = (AccountId(digit * 12) for digit in "123")


class SlowLog(MemoryEventLog):
    """Between what it did and its answer, other things may happen."""

    def __init__(self) -> None:
        super().__init__("sums")
        self.while_reading: Callable[[], Awaitable[None]] | None = None
        self.while_appending: Callable[[], Awaitable[None]] | None = None
        self.reads = 0

    async def read_account(self, account: AccountId, after_version: int, limit: int) -> list[Record]:
        self.reads += 1
        records = await super().read_account(account, after_version, limit)
        happens, self.while_reading = self.while_reading, None
        if happens is not None:
            await happens()
        return records

    async def append(
        self, account: AccountId, expected_version: int, events: Sequence[NewEvent], *, metadata: bytes
    ) -> list[Record]:
        records = await super().append(account, expected_version, events, metadata=metadata)
        happens, self.while_appending = self.while_appending, None
        if happens is not None:
            await happens()
        return records


@pytest.fixture
def log() -> SlowLog:
    return SlowLog()


@pytest.fixture
async def sums(log: SlowLog) -> Sums:
    return await over(log)


async def over(log: MemoryEventLog, fold: Fold[Sum, int, int] = FOLD, held: int = 1000) -> Sums:
    return Accounts(log, fold, epoch=(await log.head()).epoch, held=held)


async def committed(log: MemoryEventLog, account: AccountId, *payloads: bytes) -> list[Record]:
    """A commit of another process."""
    version = await log.version_at(account)
    events = [NewEvent(type="Added", schema_version=1, payload=payload) for payload in payloads]
    return await log.append(account, version, events, metadata=b"{}")


def total(account: Sum | None) -> int | None:
    return account.total if account else None


# --- the log is believed ---


async def test_an_account_is_the_fold_of_what_every_process_committed(log: SlowLog, sums: Sums) -> None:
    changed = await sums.execute(A, 1, b"{}")
    (record,) = await committed(log, A, b"2")

    held = await sums.held(A)

    assert (changed.account.total, str(changed.revision)) == (1, f"sums.{(await log.head()).epoch}.1")
    assert (held.account.total, held.digest) == (3, record.digest)
    assert await sums.get(A) == held.account


async def test_a_command_that_changes_nothing_commits_nothing(log: SlowLog, sums: Sums) -> None:
    before = await sums.execute(A, 1, b"{}")

    assert await sums.execute(A, 0, b"{}") == before
    assert (await log.head()).position == 1


async def test_a_command_is_decided_anew_when_another_process_was_faster(log: SlowLog) -> None:
    processes = [await over(log) for _ in range(3)]

    outcomes = await asyncio.gather(*(each.execute(A, 30, b"{}") for each in processes * 2), return_exceptions=True)

    assert sum(isinstance(outcome, InvalidInput) for outcome in outcomes) == 3
    assert (await processes[0].get(A)).total == 90


async def test_pages_are_read_to_the_end(log: SlowLog, sums: Sums) -> None:
    await committed(log, A, *[b"1"] * 1200)

    assert (await sums.get(A)).total == 1200


async def test_an_account_without_events_is_none(sums: Sums) -> None:
    with pytest.raises(NoSuchEntity, match=f"there is no account `{A}`"):
        await sums.get(A)
    with pytest.raises(NoSuchEntity):
        await sums.held(A)


async def test_an_account_without_events_is_empty_where_the_log_has_it_so(log: SlowLog) -> None:
    sums = await over(log, EMPTY_AT_FIRST)

    nothing = await sums.execute(A, 0, b"{}")

    assert await sums.get(A) == nothing.account == Sum(account_id=A)
    assert nothing.revision.position == 0
    with pytest.raises(InvalidInput):  # the empty account is what a decision is given
        await sums.execute(A, 101, b"{}")
    with pytest.raises(NoSuchEntity):  # nothing that a digest could prove
        await sums.held(A)
    assert (await sums.execute(A, 7, b"{}")).account.total == 7


# --- snapshots ---


async def test_a_snapshot_is_written_when_it_is_due_and_read_later(log: SlowLog, sums: Sums) -> None:
    for _ in range(25):
        await sums.execute(A, 1, b"{}")
    await sums.close()

    snapshot = await log.load_snapshot(A, 1)
    assert snapshot is not None
    assert snapshot.version == 20
    await log.save_snapshot(replace(snapshot, version=21, position=21, state=f"{A} 1000 21 21".encode()))
    assert (await (await over(log)).get(A)).total == 1004, "the snapshot and the four events after it"


async def test_a_snapshot_that_cannot_be_read_is_not_needed(log: SlowLog, sums: Sums) -> None:
    await committed(log, A, b"1", b"2")
    await log.save_snapshot(Snapshot(account=A, version=2, position=2, format=1, state=b"? ? ? ?"))

    assert (await sums.get(A)).total == 3


# --- what is in memory, without a look at the log ---


async def test_recent_is_what_was_read_or_written_last(log: SlowLog, sums: Sums) -> None:
    await committed(log, A, b"1")

    assert sums.recent(A) is None
    await sums.get(A)
    assert total(sums.recent(A)) == 1
    await sums.execute(A, 2, b"{}")
    reads = log.reads
    assert total(sums.recent(A)) == 3
    assert log.reads == reads


async def test_the_account_that_was_asked_for_longest_ago_is_dropped(log: SlowLog) -> None:
    sums = await over(log, held=2)
    for account in (A, B):
        await sums.execute(account, 1, b"{}")

    sums.recent(A)
    await sums.execute(C, 1, b"{}")

    assert [total(sums.recent(account)) for account in (A, B, C)] == [1, None, 1]


async def test_a_noticed_commit_is_folded_in(log: SlowLog, sums: Sums) -> None:
    await sums.execute(A, 1, b"{}")

    records = await committed(log, A, b"2", b"3")
    sums.noticed(records)

    assert sums.recent(A) == Sum(account_id=A, total=6, version=3, position=3)
    assert (await sums.held(A)).digest == records[-1].digest


async def test_a_commit_that_is_noticed_twice_or_was_known_changes_nothing(log: SlowLog, sums: Sums) -> None:
    await sums.execute(A, 1, b"{}")
    await sums.execute(A, 2, b"{}")
    known = sums.recent(A)

    sums.noticed((await log.read_account(A, 0, 10))[:1])
    sums.noticed(await log.read_account(A, 0, 10))
    sums.noticed([])
    sums.noticed(await committed(log, B, b"1"))

    assert sums.recent(A) is known is not None
    assert sums.recent(B) is None


async def test_a_commit_that_does_not_follow_makes_the_account_be_read_anew(log: SlowLog, sums: Sums) -> None:
    await sums.execute(A, 1, b"{}")
    await committed(log, A, b"2")

    sums.noticed(await committed(log, A, b"3"))

    assert sums.recent(A) is None
    assert (await sums.get(A)).total == 6
    assert total(sums.recent(A)) == 6


async def test_a_commit_that_cannot_be_applied_is_not_overlooked(log: SlowLog, sums: Sums) -> None:
    await sums.execute(A, 1, b"{}")

    sums.noticed(await committed(log, A, b"?"))

    assert sums.recent(A) is None
    with pytest.raises(NoNumber):
        await sums.get(A)


async def test_another_record_in_the_place_of_the_one_held_is_not_overlooked(log: SlowLog, sums: Sums) -> None:
    await sums.execute(A, 1, b"{}")
    other = SlowLog()
    await committed(other, A, b"5")
    records = await committed(other, A, b"6")

    sums.noticed([*await other.read_account(A, 0, 1), *records])

    assert sums.recent(A) is None


async def test_a_commit_that_is_noticed_while_an_account_is_read_is_not_missed(log: SlowLog, sums: Sums) -> None:
    await committed(log, A, b"1")

    async def another_commits() -> None:
        sums.noticed(await committed(log, A, b"2"))

    log.while_reading = another_commits

    assert (await sums.get(A)).total == 1, "as it was when it was read"
    assert sums.recent(A) is None, "but it is no longer so"
    assert (await sums.get(A)).total == 3
    assert total(sums.recent(A)) == 3


@pytest.mark.parametrize("own_too", [True, False])
async def test_a_commit_that_is_noticed_while_another_is_written_is_not_missed(
    log: SlowLog, sums: Sums, own_too: bool
) -> None:
    await sums.execute(A, 1, b"{}")

    async def another_commits() -> None:
        later = await committed(log, A, b"4")
        if own_too:
            sums.noticed(await log.read_account(A, 1, 1))
        sums.noticed(later)

    log.while_appending = another_commits

    assert (await sums.execute(A, 2, b"{}")).account.total == 3
    assert total(sums.recent(A)) == (7 if own_too else None)
    assert (await sums.get(A)).total == 7


async def test_what_a_follower_that_is_behind_tells_of_does_not_keep_an_account_out(log: SlowLog, sums: Sums) -> None:
    first, _ = await committed(log, A, b"1"), await committed(log, A, b"2")

    async def the_first_is_noticed() -> None:
        sums.noticed(first)

    log.while_reading = the_first_is_noticed
    await sums.get(A)

    assert total(sums.recent(A)) == 3


# --- another log ---


async def test_after_a_reset_nothing_is_held_and_revisions_are_of_the_new_epoch(log: SlowLog, sums: Sums) -> None:
    await sums.execute(A, 1, b"{}")

    sums.forget_all(Head("00000000", 7, bytes(32)))

    assert sums.recent(A) is None
    assert str(sums.revision(7)) == "sums.00000000.7"


async def test_what_was_being_read_at_a_reset_is_not_held(log: SlowLog, sums: Sums) -> None:
    await committed(log, A, b"1")

    async def the_follower_starts_anew() -> None:
        sums.forget_all(await log.head())

    log.while_reading = the_follower_starts_anew
    await sums.get(A)

    assert sums.recent(A) is None
    await sums.get(A)
    assert total(sums.recent(A)) == 1


async def test_what_the_log_of_before_told_does_not_keep_out_what_is_read_after_a_reset(
    log: SlowLog, sums: Sums
) -> None:
    await committed(log, A, b"1")
    before = SlowLog()
    lost = await committed(before, A, *[b"1"] * 9)

    async def the_follower_starts_anew() -> None:
        sums.noticed(lost)
        sums.forget_all(await log.head())
        await sums.get(A)

    log.while_reading = the_follower_starts_anew
    await sums.get(A)

    assert total(sums.recent(A)) == 1


async def test_a_restored_log_is_noticed_when_its_head_is_asked_for(log: SlowLog, sums: Sums) -> None:
    await sums.execute(A, 1, b"{}")

    epoch = await log.renew_epoch()
    head = await sums.head()

    assert head.epoch == sums.revision(1).epoch == epoch
    assert sums.recent(A) is None
