"""Failed attempts are slowed down, and nobody is locked out by others."""

import pytest
from doorward_credential.application.backoff import CLAIMED, FORGET_SECONDS, PAIR, SOURCE, Backoff
from doorward_kernel.errors import Throttling

HERE, THERE = "192.0.2.1", "192.0.2.2"


def fail(backoff: Backoff, claimed: str, source: str, now: float, times: int = 1) -> None:
    for _ in range(times):
        backoff.begin(claimed, source, now)
        backoff.failed(claimed, source, now)


def is_let_in(backoff: Backoff, claimed: str, source: str, now: float) -> bool:
    try:
        backoff.begin(claimed, source, now)
    except Throttling:
        return False
    backoff.abandoned(claimed, source, now)
    return True


def test_delays_double_up_to_the_longest_and_end() -> None:
    backoff, now, waits = Backoff(), 0.0, []
    fail(backoff, "alice", HERE, now, PAIR.free)
    for _ in range(9):
        wait = next(seconds for seconds in range(1, 120) if is_let_in(backoff, "alice", HERE, now + seconds))
        waits.append(wait)
        now += wait
        fail(backoff, "alice", HERE, now)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert is_let_in(backoff, "alice", HERE, now + FORGET_SECONDS + 1)
    fail(backoff, "alice", HERE, now + FORGET_SECONDS + 1, PAIR.free)


def test_who_owns_the_name_is_not_locked_out_from_elsewhere() -> None:
    backoff = Backoff()
    backoff.begin("alice", THERE, 0)
    backoff.succeeded("alice", THERE, 0)
    for number in range(CLAIMED.free + 50):
        fail(backoff, "alice", f"198.51.100.{number}", 0) if number < CLAIMED.free else None

    assert not is_let_in(backoff, "alice", "198.51.100.250", 0), "a stranger waits"
    assert is_let_in(backoff, "alice", THERE, 0)
    assert is_let_in(backoff, "alice", "198.51.100.250", CLAIMED.longest), "and not for long"


def test_guesses_at_many_names_from_one_address_are_slowed_down() -> None:
    backoff = Backoff()
    for number in range(SOURCE.free):
        fail(backoff, f"user-{number}", HERE, 0)

    assert not is_let_in(backoff, "somebody-new", HERE, 0)
    assert is_let_in(backoff, "somebody-new", THERE, 0)


def test_a_success_with_an_own_name_does_not_help_to_guess_others() -> None:
    backoff = Backoff()
    for number in range(SOURCE.free):
        fail(backoff, f"user-{number}", HERE, 0)
    later = 2.0
    backoff.begin("mallory", HERE, later)
    backoff.succeeded("mallory", HERE, later)
    fail(backoff, "user-0", HERE, later)

    assert not is_let_in(backoff, "user-1", HERE, later)


def test_who_signed_in_from_an_address_is_not_locked_out_by_others_at_it() -> None:
    backoff = Backoff()
    backoff.begin("alice", HERE, 0)
    backoff.succeeded("alice", HERE, 0)
    for number in range(SOURCE.free):
        fail(backoff, f"user-{number}", HERE, 0)

    assert is_let_in(backoff, "alice", HERE, 0)
    assert not is_let_in(backoff, "bob", HERE, 0), "bob never signed in from here"
    fail(backoff, "alice", HERE, 0, PAIR.free)
    assert not is_let_in(backoff, "alice", HERE, 0), "guesses at alice herself are slowed down"


def test_attempts_at_the_same_time_count_before_they_end() -> None:
    backoff, begun = Backoff(), 0
    for _ in range(1000):
        try:
            backoff.begin("alice", HERE, 0)
        except Throttling:
            continue
        begun += 1

    assert begun == PAIR.free


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward_credential.application.backoff.MOST", 100)
    backoff = Backoff()
    for number in range(1000):
        fail(backoff, f"user-{number}", f"source-{number}", 0)

    assert max(len(each._counts) for each in (backoff._pairs, backoff._sources, backoff._claimed)) == 100
