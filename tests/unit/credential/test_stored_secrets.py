"""Secrets that are kept for a change: they stay when it is, or may be, committed, and are gone when it was refused."""

import asyncio
from collections.abc import Mapping

import pytest
from doorward_kernel.errors import (
    AccountIsClosed,
    ConcurrentModification,
    DoorwardError,
    InternalFailure,
    LimitExceeded,
    Unavailable,
)
from doorward_kernel.ids import AccountId

from tests.unit.credential.parts import ACCOUNT, stored_secrets

VALUES = {"password/p1": "hash", "password/p2": "hash"}


async def test_they_are_there_before_the_change_and_stay() -> None:
    stored = await stored_secrets()

    async def change() -> list[str]:
        return await stored.names(ACCOUNT, "", 10)

    assert await stored.keep_for(ACCOUNT, VALUES, change) == list(VALUES)
    assert await stored.names(ACCOUNT, "", 10) == list(VALUES)


@pytest.mark.parametrize(
    ("error", "stay"),
    [
        (AccountIsClosed, False),
        (ConcurrentModification, False),
        (LimitExceeded, False),
        (Unavailable, True),
        (InternalFailure, True),
    ],
)
async def test_they_are_forgotten_when_the_change_was_refused_for_certain(
    error: type[DoorwardError], stay: bool
) -> None:
    stored = await stored_secrets()

    async def change() -> None:
        raise error("no")

    with pytest.raises(error, match=r"^no$"):
        await stored.keep_for(ACCOUNT, VALUES, change)

    assert await stored.names(ACCOUNT, "", 10) == (list(VALUES) if stay else [])


async def test_there_is_no_change_for_what_may_not_have_been_kept_and_nothing_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored, changed = await stored_secrets(), list[bool]()
    put_many = stored.put_many

    async def half(account: AccountId, values: Mapping[str, str]) -> None:
        await put_many(account, values)
        raise Unavailable("no answer")

    async def change() -> None:
        changed.append(True)

    monkeypatch.setattr(stored, "put_many", half)
    with pytest.raises(Unavailable):
        await stored.keep_for(ACCOUNT, VALUES, change)

    assert not changed
    assert await stored.names(ACCOUNT, "", 10) == []


@pytest.mark.parametrize("refused", [False, True])
async def test_a_caller_who_leaves_does_not_leave_half_of_it(refused: bool) -> None:
    stored, begun, go_on = await stored_secrets(), asyncio.Event(), asyncio.Event()

    async def change() -> None:
        begun.set()
        await go_on.wait()
        if refused:
            raise LimitExceeded("no")

    caller = asyncio.create_task(stored.keep_for(ACCOUNT, VALUES, change))
    await begun.wait()
    (under_way,) = stored._changes
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await asyncio.wait([under_way])

    assert await stored.names(ACCOUNT, "", 10) == ([] if refused else list(VALUES))
    assert not stored._changes
