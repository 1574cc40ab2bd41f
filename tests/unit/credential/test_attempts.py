"""Attempts to prove who one is: what counts as a failure, what is noted, and who is kept waiting."""

import asyncio

import pytest
from doorward_credential.application import attempts as module
from doorward_credential.application.attempts import HOLD_SECONDS, Attempts
from doorward_credential.application.backoff import PAIR, Backoff
from doorward_credential.application.ports import Happened
from doorward_kernel.errors import AuthenticationFailed, Throttling
from doorward_kernel.ids import AccountId

HERE = "192.0.2.1"
WHO = "x/alice"


class World:
    """Attempts whose notes and pauses are kept; no pause takes time."""

    def __init__(self) -> None:
        self.noted: list[Happened] = []
        self.paused: list[float] = []
        self.attempts = Attempts(Backoff(), self, pause=self.pause)

    def note(self, happened: Happened) -> None:
        self.noted.append(happened)

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)

    async def fail(self, error: BaseException | None = None, account: AccountId | None = None) -> None:
        async with self.attempts.of(WHO, HERE) as attempt:
            if account is not None:
                attempt.is_of(account, "AIDAALICE")
            raise error or AuthenticationFailed("wrong")

    async def fail_often(self) -> None:
        for _ in range(PAIR.free):
            with pytest.raises(AuthenticationFailed):
                await self.fail()


async def test_attempts_are_noted_with_whom_they_claimed_once_that_is_known() -> None:
    world = World()
    with pytest.raises(AuthenticationFailed):
        await world.fail(account=AccountId("123456789012"))
    async with world.attempts.of(WHO, HERE):
        pass
    async with world.attempts.of(WHO, HERE) as attempt:
        attempt.unfinished = True
    with pytest.raises(ZeroDivisionError):
        await world.fail(ZeroDivisionError())

    assert [(each.type, each.account, each.reason) for each in world.noted] == [
        ("SignInFailed", "123456789012", "AuthFailure"),
        ("SignInSucceeded", "", ""),
        ("SignInContinued", "", ""),
    ]


async def test_an_attempt_that_is_not_waited_for_counts_as_a_failure() -> None:
    world = World()
    for _ in range(PAIR.free):
        with pytest.raises(asyncio.CancelledError):
            await world.fail(asyncio.CancelledError())

    with pytest.raises(Throttling):
        await world.fail()


async def test_a_right_password_that_a_code_is_to_follow_forgets_no_failures() -> None:
    world = World()
    for _ in range(PAIR.free - 1):
        with pytest.raises(AuthenticationFailed):
            await world.fail()
        async with world.attempts.of(WHO, HERE) as attempt:
            attempt.unfinished = True
    with pytest.raises(AuthenticationFailed):
        await world.fail()

    with pytest.raises(Throttling):
        await world.fail()


async def test_who_must_wait_is_told_so_after_a_while() -> None:
    world = World()
    await world.fail_often()
    assert not world.paused

    with pytest.raises(Throttling):
        await world.fail()

    assert len(world.paused) == 1
    assert HOLD_SECONDS[0] <= world.paused[0] <= HOLD_SECONDS[1]


async def test_not_everybody_is_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 3)
    world, go_on = World(), asyncio.Event()

    async def pause(_seconds: float) -> None:
        world.paused.append(_seconds)
        await go_on.wait()

    world.attempts = Attempts(Backoff(), world, pause=pause)
    await world.fail_often()
    waiting = [asyncio.create_task(world.fail()) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(Throttling):
        await world.fail()

    assert len(world.paused) == 3
    go_on.set()
    assert all(isinstance(each, Throttling) for each in await asyncio.gather(*waiting, return_exceptions=True))
    with pytest.raises(Throttling):
        await world.fail()
    assert len(world.paused) == 4
