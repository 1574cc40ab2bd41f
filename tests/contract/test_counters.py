"""What every store of counters does, whatever it is stored in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.counters import MOST, Counters
from doorward_kernel.errors import InvalidInput, Unavailable
from doorward_kernel.ids import AccountId

if TYPE_CHECKING:
    from tests.contract.conftest import SqlStore

A, B = AccountId("000000000001"), AccountId("000000000002")
TOTP, PASSKEY = "totp/arn:aws:iam::000000000001:mfa/ann", "passkey/Y3JlZGVudGlhbA"


async def test_a_number_only_rises(counters: Counters) -> None:
    assert await counters.read(A, [TOTP]) == {}

    outcomes = [await counters.advance(A, TOTP, value) for value in (0, 0, 5, 5, 4, 0, 6, MOST, MOST)]

    assert outcomes == [True, False, True, False, False, False, True, True, False]
    assert await counters.read(A, [TOTP]) == {TOTP: MOST}


async def test_numbers_are_kept_by_account_and_name(counters: Counters) -> None:
    for account, name, value in ((A, TOTP, 3), (A, PASSKEY, 2), (B, TOTP, 1)):
        assert await counters.advance(account, name, value)

    assert await counters.read(A, [TOTP, PASSKEY, "totp/other"]) == {TOTP: 3, PASSKEY: 2}
    assert await counters.read(B, [TOTP, PASSKEY]) == {TOTP: 1}
    assert await counters.read(A, []) == {}


async def test_what_is_forgotten_begins_anew(counters: Counters) -> None:
    for account, name in ((A, TOTP), (A, PASSKEY), (B, TOTP)):
        await counters.advance(account, name, 7)

    assert await counters.delete(A, [TOTP, TOTP, "totp/other"]) == 1
    assert await counters.delete(A, []) == 0
    assert await counters.advance(A, TOTP, 1)

    assert await counters.read(A, [TOTP, PASSKEY]) == {TOTP: 1, PASSKEY: 7}
    assert await counters.delete_account(A) == 2
    assert await counters.read(A, [TOTP, PASSKEY]) == {}
    assert await counters.read(B, [TOTP]) == {TOTP: 7}


async def exactly_one_wins(one: Counters, other: Counters) -> None:
    for step in range(20):
        won = await asyncio.gather(*(each.advance(A, TOTP, step) for each in (one, other) * 4))

        assert sum(won) == 1


async def test_of_many_who_bring_a_number_at_once_exactly_one_wins(counters: Counters) -> None:
    await exactly_one_wins(counters, counters)


async def test_of_two_processes_that_bring_a_number_at_once_exactly_one_wins(postgres_store: SqlStore) -> None:
    async with postgres_store.open() as one, postgres_store.open() as other:
        await exactly_one_wins(one.counters, other.counters)


async def test_whoever_is_late_does_not_move_it_backward(postgres_store: SqlStore) -> None:
    async with postgres_store.open() as one, postgres_store.open() as other:
        await asyncio.gather(
            *(each.advance(A, TOTP, step) for step in reversed(range(50)) for each in (one.counters, other.counters))
        )

        assert await one.counters.read(A, [TOTP]) == {TOTP: 49}


@pytest.mark.parametrize("value", [-1, MOST + 1])
async def test_a_number_that_cannot_be_kept_is_a_defect(counters: Counters, value: int) -> None:
    with pytest.raises(ValueError, match=str(value)):
        await counters.advance(A, TOTP, value)


async def test_what_cannot_be_a_name_is_told_to_the_caller(counters: Counters) -> None:
    for account, name in ((AccountId("12"), TOTP), (A, ""), (A, "é"), (A, "nul\0"), (A, "x" * 513)):
        with pytest.raises(InvalidInput):
            await counters.advance(account, name, 1)
        with pytest.raises(InvalidInput):
            await counters.read(account, [name])
        with pytest.raises(InvalidInput):
            await counters.delete(account, [name])


async def test_numbers_outlast_the_process(sql_store: SqlStore) -> None:
    async with sql_store.open() as log:
        await log.counters.advance(A, TOTP, 5)

    async with sql_store.open() as log:
        counters = log.counters
        assert await counters.read(A, [TOTP]) == {TOTP: 5}
        assert not await counters.advance(A, TOTP, 5)
    with pytest.raises(Unavailable):
        await counters.advance(A, TOTP, 6)
