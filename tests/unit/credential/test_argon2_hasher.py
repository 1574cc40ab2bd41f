"""Passwords as Argon2id: what is stored proves them and nothing else, and checking them never stops the loop."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from argon2.low_level import hash_secret_raw
from doorward_credential.adapters import argon2_hasher
from doorward_credential.adapters.argon2_hasher import Argon2Hasher, Argon2Profile, Pepper
from doorward_credential.application.ports import Verified
from doorward_kernel.errors import InternalFailure, InvalidInput, Throttling, Unavailable

CHEAP = Argon2Profile(memory_kib=64)
OLD_PEPPER = Pepper(version=1, key=b"o" * 32)
NEW_PEPPER = Pepper(version=2, key=b"n" * 32)

MakeHasher = Callable[..., Argon2Hasher]


@pytest.fixture
def make_hasher() -> Iterator[MakeHasher]:
    made: list[Argon2Hasher] = []

    def make(profile: Argon2Profile = CHEAP, **options: object) -> Argon2Hasher:
        made.append(Argon2Hasher(profile, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for hasher in made:
        hasher.close()


async def test_the_right_password_is_verified_and_every_other_is_not(make_hasher: MakeHasher) -> None:
    hasher = make_hasher()

    stored = await hasher.hash("correct horse")

    assert await hasher.verify(stored, "correct horse") == Verified(ok=True, needs_rehash=False)
    for wrong in ("", "correct hors", "Correct horse", "correct horse ", "correct horse\0"):
        assert await hasher.verify(stored, wrong) == Verified(ok=False, needs_rehash=False)


async def test_the_default_cost_is_46_mebibytes_one_pass_one_lane(make_hasher: MakeHasher) -> None:
    hasher = make_hasher(Argon2Profile())

    assert (await hasher.hash("x")).startswith("v1$0$m=47104,t=1,p=1$")


async def test_the_same_password_is_never_stored_the_same_way(make_hasher: MakeHasher) -> None:
    hasher = make_hasher()

    assert await hasher.hash("x") != await hasher.hash("x")


async def test_a_password_of_more_than_128_characters_is_refused_and_never_right(make_hasher: MakeHasher) -> None:
    hasher = make_hasher()
    longest = "é" * 128

    stored = await hasher.hash(longest)

    assert (await hasher.verify(stored, longest)).ok
    assert not (await hasher.verify(stored, longest + "é")).ok
    with pytest.raises(InvalidInput):
        await hasher.hash(longest + "é")


async def test_text_that_is_not_unicode_is_only_wrong(make_hasher: MakeHasher) -> None:
    hasher = make_hasher()

    assert not (await hasher.verify(await hasher.hash("x"), "\udc80")).ok


async def test_a_changed_cost_asks_for_a_rehash_of_the_right_password_only(make_hasher: MakeHasher) -> None:
    stored = await make_hasher().hash("x")
    dearer = make_hasher(replace(CHEAP, passes=2))

    assert await dearer.verify(stored, "x") == Verified(ok=True, needs_rehash=True)
    assert await dearer.verify(stored, "y") == Verified(ok=False, needs_rehash=False)


async def test_a_new_pepper_asks_for_a_rehash_and_the_old_one_still_verifies(make_hasher: MakeHasher) -> None:
    stored = await make_hasher(peppers=[OLD_PEPPER]).hash("x")
    rotated = make_hasher(peppers=[NEW_PEPPER, OLD_PEPPER])

    assert await rotated.verify(stored, "x") == Verified(ok=True, needs_rehash=True)
    assert await rotated.verify(await rotated.hash("x"), "x") == Verified(ok=True, needs_rehash=False)


async def test_a_password_stored_before_there_was_a_pepper_gets_one(make_hasher: MakeHasher) -> None:
    stored = await make_hasher().hash("x")

    assert await make_hasher(peppers=[NEW_PEPPER]).verify(stored, "x") == Verified(ok=True, needs_rehash=True)


async def test_nothing_can_be_verified_without_its_pepper(make_hasher: MakeHasher) -> None:
    stored = await make_hasher(peppers=[OLD_PEPPER]).hash("x")

    with pytest.raises(Unavailable):
        await make_hasher(peppers=[NEW_PEPPER]).verify(stored, "x")
    with pytest.raises(Unavailable):
        await make_hasher().verify(stored, "x")
    other_key = make_hasher(peppers=[replace(OLD_PEPPER, key=b"x" * 32)])
    assert not (await other_key.verify(stored, "x")).ok
    assert not (await make_hasher().verify(stored.replace("v1$1$", "v1$0$"), "x")).ok


@pytest.mark.parametrize(
    "stored", ["", "v1", "v2$0$m=64,t=1,p=1$YQ==$YQ==", "v1$0$m=64,t=1$YQ==$YQ==", "v1$0$m=64,t=1,p=1$YQ==$YQ=="]
)
async def test_a_damaged_store_is_told_and_not_a_wrong_password(make_hasher: MakeHasher, stored: str) -> None:
    with pytest.raises(InternalFailure):
        await make_hasher().verify(stored, "x")


def test_unfit_peppers_are_refused_at_the_start() -> None:
    for peppers in (
        [OLD_PEPPER, OLD_PEPPER],
        [replace(OLD_PEPPER, version=0)],
        [replace(OLD_PEPPER, key=b"short")],
    ):
        with pytest.raises(ValueError, match="pepper"):
            Argon2Hasher(CHEAP, peppers=peppers)


def test_a_pepper_does_not_show_its_key() -> None:
    assert "ooo" not in repr(OLD_PEPPER)


async def test_work_for_a_user_that_does_not_exist_is_what_a_real_one_costs(
    make_hasher: MakeHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = make_hasher(Argon2Profile(), workers=1, peppers=[NEW_PEPPER])
    stored = await hasher.hash("x")
    worked: list[dict[str, Any]] = []

    def watched(**work: Any) -> bytes:
        worked.append(work)
        return hash_secret_raw(**work)

    monkeypatch.setattr(argon2_hasher, "hash_secret_raw", watched)
    await hasher.verify(stored, "y")
    await hasher.waste("y")

    real, nobody = ({name: each for name, each in work.items() if name != "salt"} for work in worked)
    assert nobody == real
    assert len({len(work["salt"]) for work in worked}) == 1


async def test_the_queue_is_bounded_and_whoever_leaves_it_makes_room(make_hasher: MakeHasher) -> None:
    hasher = make_hasher(Argon2Profile(memory_kib=16 * 1024), workers=1, queue_limit=4)
    stored = await hasher.hash("x")

    waiting = [asyncio.create_task(hasher.verify(stored, "y")) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Throttling, match="too many passwords are being checked: try again"):
        await hasher.verify(stored, "x")
    waiting[-1].cancel()
    await asyncio.wait(waiting[-1:])

    assert (await hasher.verify(stored, "x")).ok
    assert [answer.ok for answer in await asyncio.gather(*waiting[:-1])] == [False] * 4


async def test_a_thousand_wrong_passwords_at_once_leave_the_loop_free(make_hasher: MakeHasher) -> None:
    hasher = make_hasher(Argon2Profile())
    stored = await hasher.hash("x")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    answers = await asyncio.gather(*(hasher.verify(stored, "y") for _ in range(1000)), return_exceptions=True)
    ticking.cancel()

    refused = [answer for answer in answers if isinstance(answer, Throttling)]
    checked = [answer for answer in answers if answer == Verified(ok=False, needs_rehash=False)]
    assert len(refused) + len(checked) == 1000
    assert 64 <= len(checked) <= 70
    assert ticks > 3 * len(checked), "a loop that does the work itself ticks once for each password at most"


async def test_after_closing_there_is_no_answer(make_hasher: MakeHasher) -> None:
    hasher = make_hasher()
    stored = await hasher.hash("x")

    hasher.close()

    with pytest.raises(Unavailable):
        await hasher.verify(stored, "x")
