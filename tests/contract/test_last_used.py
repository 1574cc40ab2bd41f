"""What every store of last uses does, whatever it keeps them in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.last_used import INTERVAL, LastUsed, LastUses
from doorward_eventlog.verification import verify
from doorward_kernel.ids import AccountId, UniqueId

if TYPE_CHECKING:
    from tests.contract.conftest import SqlStore

A, B = AccountId("000000000001"), AccountId("000000000002")
ROLE, OTHER = UniqueId("AROAAAAAAAAAAAAAAAAAA"), UniqueId("AROAAAAAAAAAAAAAAAAAB")
START = 1_790_000_000_000_000


def use(at: int = START, *, id: UniqueId = ROLE, account: AccountId = A, region: str = "eu-west-1") -> LastUsed:
    return LastUsed(account=account, unique_id=id, used_at=at, service="s3", region=region)


async def test_what_was_never_used_is_absent(last_uses: LastUses) -> None:
    await last_uses.record_uses([use()])

    assert await last_uses.last_used(A, [OTHER]) == {}
    assert await last_uses.last_used(B, [ROLE]) == {}
    assert await last_uses.last_used(A, []) == {}
    assert await last_uses.record_uses([]) == 0


async def test_a_use_is_kept_by_account_and_id(last_uses: LastUses) -> None:
    uses = [use(), use(id=OTHER, region="us-east-1"), use(account=B)]

    assert await last_uses.record_uses(uses) == 3

    assert await last_uses.last_used(A, {ROLE, OTHER}) == {ROLE: uses[0], OTHER: uses[1]}
    assert await last_uses.last_used(B, [ROLE, OTHER]) == {ROLE: uses[2]}


@pytest.mark.parametrize(
    ("later", "written"),
    [(0, 0), (1, 0), (INTERVAL - 1, 0), (INTERVAL, 1), (10 * INTERVAL, 1), (-1, 0), (-10 * INTERVAL, 0)],
)
async def test_a_use_is_written_a_quarter_of_an_hour_after_the_last_and_never_backward(
    last_uses: LastUses, later: int, written: int
) -> None:
    await last_uses.record_uses([use()])
    next_use = use(START + later, region="us-east-1")

    assert await last_uses.record_uses([next_use]) == written

    assert await last_uses.last_used(A, [ROLE]) == {ROLE: next_use if written else use()}


async def test_of_one_batch_the_same_holds_in_the_order_of_time(last_uses: LastUses) -> None:
    late = use(START + INTERVAL)

    assert await last_uses.record_uses([late, use(START + 1), use()]) == 2

    assert await last_uses.last_used(A, [ROLE]) == {ROLE: late}


async def test_many_ids_are_read_at_once(last_uses: LastUses) -> None:
    ids = [UniqueId(f"AROA{number:017d}") for number in range(1200)]
    await last_uses.record_uses([use(id=each) for each in ids])

    assert set(await last_uses.last_used(A, ids)) == set(ids)


async def test_two_who_record_the_same_do_not_move_it_backward(last_uses: LastUses) -> None:
    times = [START + number * INTERVAL for number in range(10)]

    await asyncio.gather(*(last_uses.record_uses([use(at)]) for at in reversed(times)))

    assert await last_uses.last_used(A, [ROLE]) == {ROLE: use(times[-1])}


async def test_uses_outlast_the_process_and_are_no_part_of_the_log(sql_store: SqlStore) -> None:
    async with sql_store.open() as log:
        await log.record_uses([use()])

    async with sql_store.open() as log:
        assert await log.last_used(A, [ROLE]) == {ROLE: use()}
        assert (await log.head()).position == 0
        await verify(log)


async def test_another_process_that_was_faster_is_not_overtaken_backward(postgres_store: SqlStore) -> None:
    """What the statement itself must refuse: the writer looked before the other one wrote."""
    async with postgres_store.open() as one, postgres_store.open() as two:
        times = [START + number * INTERVAL for number in range(10)]
        await asyncio.gather(*(log.record_uses([use(at)]) for at in reversed(times) for log in (one, two)))

        newest = use(times[-1])
        assert await one.last_used(A, [ROLE]) == await two.last_used(A, [ROLE]) == {ROLE: newest}
        assert await two.record_uses([replace(newest, used_at=times[0])]) == 0
