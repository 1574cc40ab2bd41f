"""When the keys of passports are asked for, and believed, while they change or nobody answers."""

import pytest
from doorward_kernel.errors import Unauthenticated, Unavailable
from doorward_runtime import key_ring
from doorward_runtime.passports import PassportSigner, PassportVerifier

from tests.unit.runtime.passports import ALICE, KEY, NOW, OTHER_KEY, SIGNER, Clock, Keys, verified

GOOD = SIGNER.sign(ALICE, NOW, 300)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> Keys:
    return Keys(one=KEY)


@pytest.fixture
def verifier(keys: Keys, clock: Clock) -> PassportVerifier:
    return PassportVerifier(keys, clock, clock)


async def test_an_unknown_key_is_not_refused_while_the_last_question_had_no_answer(
    verifier: PassportVerifier, keys: Keys, clock: Clock
) -> None:
    await verified(verifier, GOOD)
    new = PassportSigner("two", OTHER_KEY).sign(ALICE, NOW, 300)
    keys.keys["two"] = OTHER_KEY.public_key()

    with pytest.raises(Unauthenticated):
        await verified(verifier, new)  # the answer of just now did not name it: who signs with it did not wait
    assert keys.asked == 1
    keys.down = True
    for seconds in (key_ring.PAUSE_SECONDS, 1, 1):
        clock.now += seconds
        with pytest.raises(Unavailable):
            await verified(verifier, new)
        assert await verified(verifier, GOOD) == ALICE
    assert keys.asked == 2
    keys.down = False
    clock.now += key_ring.PAUSE_SECONDS
    assert await verified(verifier, new) == ALICE


async def test_who_was_idle_asks_before_a_withdrawn_key_is_believed(
    verifier: PassportVerifier, keys: Keys, clock: Clock
) -> None:
    long = SIGNER.sign(ALICE, NOW, 3600)
    assert await verified(verifier, long) == ALICE
    keys.keys = {"two": OTHER_KEY.public_key()}
    clock.now += key_ring.WAIT_SECONDS + 1

    for token in (long, SIGNER.sign(ALICE, int(clock.now), 300)):
        with pytest.raises(Unauthenticated):
            await verified(verifier, token)
    assert keys.asked == 2


async def test_who_was_idle_believes_the_keys_on_when_nobody_answers(
    verifier: PassportVerifier, keys: Keys, clock: Clock
) -> None:
    long = SIGNER.sign(ALICE, NOW, 3600)
    assert await verified(verifier, long) == ALICE
    keys.down = True
    clock.now += key_ring.WAIT_SECONDS + 1

    for _ in range(3):
        assert await verified(verifier, long) == ALICE
    assert keys.asked == 2
    assert verifier.verify(long) == ALICE, "without waiting again"
