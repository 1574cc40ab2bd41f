"""What every event log does, whatever it is stored in."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.log import MAX_EVENT_BYTES, EventLog, Snapshot, VersionConflict
from doorward_eventlog.verification import verify
from doorward_kernel.errors import ConcurrentModification, InvalidInput, LimitExceeded, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, NewEvent, Record, follow

if TYPE_CHECKING:
    from tests.contract.conftest import MemoryStore, SqlStore

A, B, C = AccountId("000000000001"), AccountId("000000000002"), AccountId("000000000003")


def event(text: str = "{}", type: str = "UserCreated") -> NewEvent:
    return NewEvent(type=type, schema_version=1, payload=text.encode())


async def append(log: EventLog, account: AccountId, expected_version: int, *texts: str) -> list[Record]:
    events = [event(text) for text in texts or ("{}",)]
    return await log.append(account, expected_version, events, metadata=b'{"actor":"root"}')


async def append_until_it_fits(log: EventLog, account: AccountId, text: str) -> list[Record]:
    """What an application does: read, decide, append, and again when others were faster."""
    version = 0
    while True:
        while records := await log.read_account(account, version, 100):
            version = records[-1].version
        try:
            return await append(log, account, version, text)
        except VersionConflict:
            continue


# --- append and read ---


async def test_a_new_log_is_empty(log: EventLog) -> None:
    head = await log.head()

    assert (head.position, head.digest) == (0, GENESIS)
    assert re.fullmatch(r"[0-9a-f]{8}", head.epoch)
    assert log.name == "identity"
    assert await log.read(0, 10) == []
    assert await log.read_account(A, 0, 10) == []
    assert await log.accounts("", 10) == []


async def test_an_append_returns_the_records_as_they_are_read(log: EventLog) -> None:
    first = await append(log, A, 0, "1", "2", "3")
    second = await append(log, B, 0, "4")

    records = first + second
    assert await log.read(0, 10) == records
    assert [(r.position, r.account, r.version, r.commit_last) for r in records] == [
        (1, A, 1, False),
        (2, A, 2, False),
        (3, A, 3, True),
        (4, B, 1, True),
    ]
    head = await log.head()
    assert follow(0, GENESIS, records) == (head.position, head.digest)


async def test_bytes_are_kept_exactly(log: EventLog) -> None:
    payload = bytes(range(256)) + b"\x00\xff\\x00'\"%s?:x"
    metadata = payload[::-1]

    await log.append(A, 0, [NewEvent(type="Odd1", schema_version=2**31 - 1, payload=payload)], metadata=metadata)
    await log.append(A, 1, [NewEvent(type="Empty", schema_version=1, payload=b"")], metadata=b"")

    odd, empty = await log.read(0, 10)
    assert (odd.type, odd.schema_version, odd.payload, odd.metadata) == ("Odd1", 2**31 - 1, payload, metadata)
    assert (empty.payload, empty.metadata) == (b"", b"")
    assert type(odd.payload) is type(odd.digest) is bytes
    await verify(log)


async def test_reading_pages_through_the_log(log: EventLog) -> None:
    for version in range(5):
        await append(log, A, version)

    assert [r.position for r in await log.read(0, 2)] == [1, 2]
    assert [r.position for r in await log.read(2, 2)] == [3, 4]
    assert [r.position for r in await log.read(4, 2)] == [5]
    assert await log.read(5, 2) == []
    assert await log.read(99, 2) == []


async def test_reading_an_account_sees_only_its_events(log: EventLog) -> None:
    await append(log, A, 0, "1", "2")
    await append(log, B, 0, "3")
    await append(log, A, 2, "4")

    assert [(r.version, r.payload) for r in await log.read_account(A, 1, 10)] == [(2, b"2"), (3, b"4")]
    assert [r.payload for r in await log.read_account(A, 0, 1)] == [b"1"]
    assert await log.read_account(C, 0, 10) == []


async def test_reading_an_account_back_begins_with_its_newest_event(log: EventLog) -> None:
    await append(log, A, 0, "1", "2")
    await append(log, B, 0, "3")
    await append(log, A, 2, "4", "5")

    assert [r.payload for r in await log.read_account_back(A, 5, 10)] == [b"5", b"4", b"2", b"1"]
    assert [r.version for r in await log.read_account_back(A, 5, 2)] == [4, 3]
    assert [r.version for r in await log.read_account_back(A, 3, 2)] == [2, 1]
    assert [r.version for r in await log.read_account_back(A, 2**63 - 1, 1)] == [4]
    assert await log.read_account_back(A, 1, 2) == []
    assert await log.read_account_back(A, 0, 2) == []
    assert await log.read_account_back(C, 5, 2) == []
    forward = await log.read_account(A, 0, 10)
    assert await log.read_account_back(A, 5, 10) == forward[::-1]


async def test_the_version_at_a_position_or_a_time_is_that_of_the_last_event_up_to_it(
    store: MemoryStore | SqlStore,
) -> None:
    times = iter(range(1_000, 100_000, 1_000))
    accounts = [(A, B, B, A, C)[number % 5] for number in range(40)]
    versions = dict.fromkeys((A, B, C), 0)

    async with store.open(clock=lambda: next(times)) as log:
        for number, account in enumerate(accounts):
            texts = ["x"] * (1 + number % 3)  # some commits hold several events
            await append(log, account, versions[account], *texts)
            versions[account] += len(texts)
        records = await log.read(0, 1000)

        for account in (A, B, C):
            mine = [r for r in records if r.account == account]
            for r in records:
                expected = sum(m.position <= r.position for m in mine)
                assert await log.version_at(account, position=r.position) == expected
                assert await log.version_at(account, recorded_at=r.recorded_at) == expected
                assert await log.version_at(account, recorded_at=r.recorded_at - 1) == sum(
                    m.recorded_at < r.recorded_at for m in mine
                )
            assert await log.version_at(account) == len(mine)
            assert await log.version_at(account, position=0) == await log.version_at(account, recorded_at=999) == 0
        assert await log.version_at(A, position=3, recorded_at=1_000) == 1
        assert await log.version_at(AccountId("9" * 12)) == 0


async def test_accounts_are_listed_sorted_and_in_pages(log: EventLog) -> None:
    for account in (B, C, A):
        await append(log, account, 0, "1", "2")
    await append(log, B, 2)

    assert await log.accounts("", 10) == [A, B, C]
    assert await log.accounts("", 2) == [A, B]
    assert await log.accounts(B, 2) == [C]


async def test_times_rise_even_when_the_clock_does_not(store: MemoryStore | SqlStore) -> None:
    times = iter([1_000, 1_000, 10, 5_000])

    async with store.open(clock=lambda: next(times)) as log:
        for version in (0, 2, 4, 6):
            await append(log, A, version, "1", "2")

        recorded = [r.recorded_at for r in await log.read(0, 10)]
    assert recorded == [1000, 1001, 1002, 1003, 1004, 1005, 5000, 5001]


# --- what is refused ---


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
async def test_an_append_at_another_version_is_a_conflict(log: EventLog, expected: int) -> None:
    await append(log, A, 0, "1", "2")
    before = await log.head()

    with pytest.raises(VersionConflict) as conflict:
        await append(log, A, expected)

    assert isinstance(conflict.value, ConcurrentModification)
    assert await log.head() == before
    await append(log, A, 2)


async def test_a_new_account_is_at_version_0(log: EventLog) -> None:
    with pytest.raises(VersionConflict):
        await append(log, A, 1)

    await append(log, A, 0)


async def test_what_cannot_be_stored_is_refused(log: EventLog) -> None:
    large = NewEvent(type="Large", schema_version=1, payload=bytes(MAX_EVENT_BYTES - 9))

    with pytest.raises(LimitExceeded):
        await log.append(A, 0, [event(), large], metadata=bytes(10))
    with pytest.raises(LimitExceeded, match="metadata"):
        await log.append(A, 0, [event()], metadata=bytes(16 * 1024 + 1))
    with pytest.raises(ValueError, match="at least one"):
        await log.append(A, 0, [], metadata=b"")
    with pytest.raises(ValueError, match="not a type"):
        await log.append(A, 0, [event(type="user created")], metadata=b"")
    with pytest.raises(InvalidInput):
        await log.append(AccountId("x"), 0, [event()], metadata=b"")

    assert (await log.head()).position == 0
    await log.append(A, 0, [large], metadata=bytes(9))


async def test_a_closed_log_is_unavailable(store: MemoryStore | SqlStore) -> None:
    async with store.open() as log:
        await append(log, A, 0)
        await log.close()
        await log.close()

        with pytest.raises(Unavailable):
            await append(log, A, 1)


# --- many at once ---


async def test_good_and_bad_appends_at_once_do_not_touch_each_other(log: EventLog) -> None:
    await append(log, A, 0)
    others = [AccountId(f"{n:012d}") for n in range(100, 120)]

    outcomes = await asyncio.gather(
        append(log, A, 7),
        *(append(log, account, 0, "1", "2") for account in others),
        append(log, A, 0),
        append(log, B, 0, "x" * MAX_EVENT_BYTES),
        append(log, A, 1),
        append(log, A, 2),
        append(log, A, 2),
        return_exceptions=True,
    )

    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [VersionConflict, *[list] * 20, VersionConflict, LimitExceeded, list, list, VersionConflict]
    verified = await verify(log)
    assert (verified.head.position, verified.accounts, verified.commits) == (43, 21, 23)


async def test_a_reader_misses_nothing_of_what_many_writers_append(log: EventLog) -> None:
    writers, each = 8, 15
    acknowledged: list[tuple[int, bytes]] = []
    seen: list[Record] = []

    async def write(number: int) -> None:
        for count in range(each):
            [record] = await append_until_it_fits(log, (A, B, C)[count % 3], f"{number}.{count}")
            acknowledged.append((record.position, record.payload))

    async def tail() -> None:
        while len(seen) < writers * each:
            await log.committed(len(seen), 0.5)
            records = await log.read(len(seen), 7)
            assert [r.position for r in records] == list(range(len(seen) + 1, len(seen) + 1 + len(records)))
            seen.extend(records)

    async with asyncio.timeout(30):
        await asyncio.gather(tail(), *(write(number) for number in range(writers)))

    assert sorted(acknowledged) == [(r.position, r.payload) for r in seen]
    assert len({r.payload for r in seen}) == writers * each
    assert (await verify(log)).commits == writers * each


async def test_a_log_verifies_while_it_grows(log: EventLog) -> None:
    async def write() -> None:
        for version in range(100):
            await append(log, A, version)

    writing = asyncio.create_task(write())
    while not writing.done():
        await verify(log)
        await asyncio.sleep(0)

    assert (await verify(log)).head.position == 100


async def test_cancelled_appends_leave_the_log_whole(log: EventLog) -> None:
    for delay in (0, 0, 0.0001, 0.0005, 0.001, 0.002):
        task = asyncio.create_task(append_until_it_fits(log, A, "cancelled"))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await append_until_it_fits(log, A, "kept")

    kept = [r for r in await log.read(0, 100) if r.payload == b"kept"]
    assert len(kept) == 6
    await verify(log)


# --- waiting for commits ---


async def test_waiting_ends_at_once_when_the_head_is_past_it(log: EventLog) -> None:
    await append(log, A, 0)

    async with asyncio.timeout(2):
        await log.committed(0, 60)


async def test_waiting_ends_with_a_commit(log: EventLog) -> None:
    waiting = [asyncio.create_task(log.committed(0, 60)) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)

    await append(log, A, 0)

    async with asyncio.timeout(2):
        await asyncio.gather(*waiting)


async def test_waiting_ends_with_its_time(log: EventLog) -> None:
    async with asyncio.timeout(2):
        await log.committed(0, 0.01)


async def test_waiting_ends_when_woken(log: EventLog) -> None:
    waiting = asyncio.create_task(log.committed(0, 60))
    await asyncio.sleep(0.01)

    log.wake()

    async with asyncio.timeout(2):
        await waiting


# --- snapshots ---


def snapshot(record: Record, state: bytes, format: int = 1) -> Snapshot:
    return Snapshot(
        account=record.account, version=record.version, position=record.position, format=format, state=state
    )


async def test_the_newest_snapshot_wins_in_whatever_order_they_come(log: EventLog) -> None:
    one, two, three = await append(log, A, 0, "1", "2", "3")

    await log.save_snapshot(snapshot(two, b"\x00two"))
    assert await log.load_snapshot(A, 1) == snapshot(two, b"\x00two")
    await log.save_snapshot(snapshot(one, b"one"))
    assert await log.load_snapshot(A, 1) == snapshot(two, b"\x00two")
    await log.save_snapshot(snapshot(three, b"three"))
    assert await log.load_snapshot(A, 1) == snapshot(three, b"three")


async def test_snapshots_of_another_account_or_format_are_others(log: EventLog) -> None:
    [record] = await append(log, A, 0)

    await log.save_snapshot(snapshot(record, b"old format", format=1))
    await log.save_snapshot(snapshot(record, b"new format", format=2))

    assert await log.load_snapshot(A, 1) == snapshot(record, b"old format", format=1)
    assert await log.load_snapshot(A, 2) == snapshot(record, b"new format", format=2)
    assert await log.load_snapshot(A, 3) is None
    assert await log.load_snapshot(B, 1) is None


async def test_a_snapshot_of_what_the_log_does_not_hold_is_not_loaded(log: EventLog) -> None:
    await append(log, B, 0)
    await append(log, A, 0)

    await log.save_snapshot(Snapshot(account=A, version=1, position=1, format=1, state=b"elsewhere"))
    await log.save_snapshot(Snapshot(account=A, version=2, position=3, format=2, state=b"not yet"))

    assert await log.load_snapshot(A, 1) is None
    assert await log.load_snapshot(A, 2) is None


# --- epochs ---


async def test_a_renewed_epoch_keeps_the_events_and_forgets_the_snapshots(log: EventLog) -> None:
    [record] = await append(log, A, 0)
    await log.save_snapshot(snapshot(record, b"state"))
    before = await log.head()

    epoch = await log.renew_epoch()

    after = await log.head()
    assert after.epoch == epoch != before.epoch
    assert (after.position, after.digest) == (before.position, before.digest)
    assert await log.load_snapshot(A, 1) is None
    await append(log, A, 1)
    await verify(log)


# --- keeping ---


async def test_everything_is_there_after_reopening(store: MemoryStore | SqlStore) -> None:
    async with store.open() as log:
        records = await append(log, A, 0, "1", "2")
        await log.save_snapshot(snapshot(records[1], b"state"))
        head = await log.head()

    async with store.open() as log:
        assert await log.head() == head
        assert await log.read(0, 10) == records
        assert await log.load_snapshot(A, 1) == snapshot(records[1], b"state")
        async with asyncio.timeout(2):
            await log.committed(1, 60)
        [next_record] = await append(log, A, 2)
        assert (next_record.position, next_record.version) == (3, 3)
        await verify(log)
