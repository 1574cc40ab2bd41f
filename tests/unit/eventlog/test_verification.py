"""Histories that are well chained, and still not a log."""

import dataclasses

import pytest
from doorward_eventlog.chaining import Append, Tail, records_after
from doorward_eventlog.memory import MemoryEventLog
from doorward_eventlog.verification import Verified, verify
from doorward_kernel.ids import AccountId
from doorward_kernel.record import BrokenChain, Head, NewEvent, Record, digest_after

A, B = AccountId("000000000001"), AccountId("000000000002")
EVENT = NewEvent(type="UserCreated", schema_version=1, payload=b"{}")


def append(account: AccountId, version: int, count: int = 1) -> Append:
    return Append(account=account, expected_version=version, events=[EVENT] * count, metadata=b"{}")


def history(*appends: Append) -> MemoryEventLog:
    """A log with these commits, chained whether they fit or not."""
    log = MemoryEventLog("identity")
    for one in appends:
        records, log._tail = records_after(log._tail, one, 1)
        log._records += records
    return log


def rechained(log: MemoryEventLog, position: int, **changes: object) -> MemoryEventLog:
    """The history that somebody leaves who changes one record and then computes every digest anew."""
    records: list[Record] = []
    for record in log._records:
        previous = records[-1].digest if records else Tail().digest
        changed = dataclasses.replace(record, **changes) if record.position == position else record  # type: ignore[arg-type]
        records.append(dataclasses.replace(changed, digest=digest_after(previous, changed)))
    log._records = records
    log._tail = Tail(records[-1].position, records[-1].digest)
    return log


async def test_a_whole_log_is_verified_in_many_batches() -> None:
    log = history(*(append(A, version * 2, 2) for version in range(600)), append(B, 0))
    seen: list[tuple[int, int]] = []

    verified = await verify(log, progress=lambda position, head: seen.append((position, head)))

    assert verified == Verified(head=await log.head(), accounts=2, commits=601)
    assert seen == [(500, 1201), (1000, 1201), (1201, 1201)]


async def test_an_empty_log_is_whole() -> None:
    assert (await verify(MemoryEventLog("identity"))).head.position == 0


@pytest.mark.parametrize("version", [0, 1, 3])
async def test_versions_of_an_account_count_without_gaps(version: int) -> None:
    log = history(append(A, 0, 2), append(A, version))

    with pytest.raises(BrokenChain, match=f"position 3 has version {version + 1} .* expected 3"):
        await verify(log)


async def test_a_commit_has_an_end() -> None:
    log = rechained(history(append(A, 0), append(A, 1)), 2, commit_last=False)

    with pytest.raises(BrokenChain, match="commit of position 2 has no end"):
        await verify(log)


async def test_a_commit_is_of_one_account() -> None:
    log = rechained(history(append(A, 0), append(B, 0)), 1, commit_last=False)

    with pytest.raises(BrokenChain, match="commit of position 1 has no end"):
        await verify(log)


async def test_records_after_the_head_are_noticed() -> None:
    class Lagging(MemoryEventLog):
        async def head(self) -> Head:
            return Head("00000000", 1, self._records[0].digest)

    log = Lagging("identity")
    for version in range(3):
        await log.append(A, version, [EVENT], metadata=b"")

    with pytest.raises(BrokenChain, match="head is at position 1"):
        await verify(log)


async def test_a_history_that_is_all_rewritten_has_another_head() -> None:
    original = history(append(A, 0), append(A, 1), append(A, 2))
    before = await verify(original)

    after = await verify(rechained(original, 2, payload=b'{"forged":true}'))

    assert after.head.position == before.head.position
    assert after.head.digest != before.head.digest
