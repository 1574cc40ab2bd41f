"""Codes have few digits: wrong ones are counted."""

import pytest
from doorward_credential.application.tries import Tries
from doorward_kernel.errors import Throttling


def test_five_codes_in_five_minutes() -> None:
    tries = Tries(5, 300)
    for second in range(5):
        tries.check("device", second)

    with pytest.raises(Throttling, match="wait 290 s"):
        tries.check("device", 10)
    tries.check("other device", 10)
    tries.check("device", 301)


def test_what_was_right_does_not_count() -> None:
    tries = Tries(5, 300)
    for second in range(20):
        tries.check("device", second)
        tries.forgive("device", second)
    for second in range(20, 24):
        tries.check("device", second)

    assert not tries.are_over("device", 24)
    tries.check("device", 24)
    assert tries.are_over("device", 24)
    assert not tries.are_over("device", 400)


def test_the_memory_is_bounded() -> None:
    tries = Tries(1, 300)
    for number in range(20_000):
        tries.check(f"device-{number}", 0)

    assert not tries.are_over("device-0", 0)
    assert tries.are_over("device-19999", 0)
