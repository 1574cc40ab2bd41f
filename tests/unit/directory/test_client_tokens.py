"""Client tokens: what an account remembers of them, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from doorward_directory import client_tokens
from doorward_directory.client_tokens import NO_TOKENS, ClientTokenUsed, Once, answered_before, token_used
from doorward_directory.events import apply
from doorward_directory.snapshot import dump, load
from doorward_kernel.errors import IdempotentParameterMismatch

from tests.unit.directory.world import START, World

ONCE = Once(token="t-1", request="aa", seed="00", now=START)


def test_a_token_is_remembered_with_its_version() -> None:
    world = World()
    world.create_user("alice")

    after = apply(world.state, token_used(ONCE, world.state.version + 1))

    used = answered_before(after, replace(ONCE, seed="11", now=START + timedelta(hours=23)))
    assert used is not None
    assert (used.seed, used.version, after.version) == ("00", 3, 3)
    assert load(dump(after)) == after


def test_a_new_token_and_an_account_that_is_not_there_yet_have_no_answer() -> None:
    assert answered_before(World().state, ONCE) is None
    assert answered_before(None, ONCE) is None


def test_a_token_is_for_one_request() -> None:
    after = apply(World().state, token_used(ONCE, 2))

    with pytest.raises(IdempotentParameterMismatch) as refused:
        answered_before(after, replace(ONCE, request="bb"))

    assert "the client token was used for another request" in refused.value.message


def test_after_a_day_a_token_is_free_again() -> None:
    after = apply(World().state, token_used(ONCE, 2))
    later = replace(ONCE, request="bb", now=START + timedelta(hours=24))

    assert answered_before(after, later) is None

    again = apply(after, token_used(later, 3))

    used = answered_before(again, later)
    assert used is not None
    assert used.version == 3


def test_only_the_last_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_tokens, "GENERATION", 10)
    account = World().state
    assert account.tokens == NO_TOKENS

    for number in range(100):
        event = ClientTokenUsed(token=f"t{number}", request="aa", seed="00", version=number + 2, used_at=START)
        account = apply(account, event)

        remembered = len(account.tokens.recent) + len(account.tokens.older)
        assert min(number + 1, 10) <= remembered <= 20
        for recent in range(max(0, number - 9), number + 1):
            assert answered_before(account, replace(ONCE, token=f"t{recent}"))
