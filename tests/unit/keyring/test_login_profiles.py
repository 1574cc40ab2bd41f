"""Login profiles: the right to sign in with a password (IAM API reference, CreateLoginProfile and its neighbours)."""

from dataclasses import replace

import pytest
from doorward_kernel.errors import DoorwardError, EntityAlreadyExists, NoSuchEntity
from doorward_keyring.commands import Command, decide
from doorward_keyring.keyring import Keyring
from doorward_keyring.passwords import (
    MOST_PREVIOUS,
    DeleteLoginProfile,
    PasswordChanged,
    PasswordResetSet,
    SetRootPassword,
    UpdateLoginProfile,
)

from tests.unit.keyring.world import ACCOUNT, ALICE, EMPTY, START, after, at, change, profile

WITH_PASSWORD = after(EMPTY, profile())
DELETE = DeleteLoginProfile(principal_id=ALICE, user_name="alice")
ROOT = SetRootPassword(password_id="r1", password_reset_required=True, changed_at=START)


def update(password_id: str | None = None, required: bool | None = None) -> UpdateLoginProfile:
    return UpdateLoginProfile(
        principal_id=ALICE,
        user_name="alice",
        password_id=password_id,
        password_reset_required=required,
        changed_at=at(1),
    )


def test_nobody_has_a_password_by_being_there() -> None:
    assert not EMPTY.login_profiles


@pytest.mark.parametrize(
    ("keyring", "command", "error", "text"),
    [
        (WITH_PASSWORD, profile(), EntityAlreadyExists, "Login Profile for user alice already exists."),
        (EMPTY, change("p2"), NoSuchEntity, "Login Profile for User alice cannot be found."),
        (EMPTY, update("p2"), NoSuchEntity, "Login Profile for User alice cannot be found."),
        (EMPTY, DELETE, NoSuchEntity, "Login Profile for User alice cannot be found."),
        (after(WITH_PASSWORD, DELETE), DELETE, NoSuchEntity, "Login Profile for User alice cannot be found."),
    ],
)
def test_a_user_has_one_login_profile_or_none(
    keyring: Keyring, command: Command, error: type[DoorwardError], text: str
) -> None:
    with pytest.raises(error) as refused:
        decide(keyring, command)

    assert refused.value.message == text


@pytest.mark.parametrize("command", [change("p1"), update(), update("p1"), update(required=False), update("p1", False)])
def test_a_profile_that_is_so_already_gets_no_event(command: Command) -> None:
    assert decide(WITH_PASSWORD, command) == []


def test_a_change_by_the_owner_ends_the_need_for_one() -> None:
    keyring = after(WITH_PASSWORD, update(required=True))
    assert keyring.login_profiles[ALICE].reset_required

    assert not after(keyring, change("p2", 2)).login_profiles[ALICE].reset_required


def test_a_reset_can_be_asked_for_and_called_off_without_another_password() -> None:
    asked = after(WITH_PASSWORD, update(required=True))

    assert asked.login_profiles[ALICE] == replace(WITH_PASSWORD.login_profiles[ALICE], reset_required=True)
    assert decide(asked, update(required=False)) == [PasswordResetSet(principal_id=ALICE, reset_required=False)]


@pytest.mark.parametrize("required", [True, False])
def test_another_password_by_an_administrator_leaves_the_need_for_a_change_unless_told(required: bool) -> None:
    keyring = after(EMPTY, replace(profile(), password_reset_required=required))

    [changed] = decide(keyring, update("p2"))
    [told] = decide(keyring, update("p2", not required))

    assert isinstance(changed, PasswordChanged)
    assert (changed.reset_required, changed.by_owner, changed.changed_at) == (required, False, at(1))
    assert isinstance(told, PasswordChanged)
    assert told.reset_required is not required


def test_the_owner_is_told_from_others_who_change_a_password() -> None:
    [changed] = decide(WITH_PASSWORD, change("p2"))
    [set_anew] = decide(after(EMPTY, ROOT), replace(ROOT, password_id="r2"))

    assert isinstance(changed, PasswordChanged)
    assert changed.by_owner
    assert isinstance(set_anew, PasswordChanged)
    assert not set_anew.by_owner


def test_a_profile_keeps_its_age_and_tells_that_of_its_password() -> None:
    changed = after(WITH_PASSWORD, change("p2", 7)).login_profiles[ALICE]

    assert (changed.created_at, changed.changed_at, changed.previous) == (START, at(7), ("p1",))


def test_no_more_passwords_are_remembered_than_any_policy_asks_for() -> None:
    changed = after(WITH_PASSWORD, *(change(f"p{number}", number) for number in range(2, 40)))

    previous = changed.login_profiles[ALICE].previous
    assert (len(previous), previous[0], previous[-1]) == (MOST_PREVIOUS, "p38", "p15")


def test_the_root_user_gets_its_password_from_the_operator_and_another_in_place_of_a_lost_one() -> None:
    first = after(EMPTY, ROOT)
    again = after(first, replace(ROOT, password_id="r2", password_reset_required=False, changed_at=at(5)))

    assert first.login_profiles[ACCOUNT].reset_required
    assert decide(first, ROOT) == []
    assert not again.login_profiles[ACCOUNT].reset_required
    assert (again.login_profiles[ACCOUNT].password_id, again.login_profiles[ACCOUNT].changed_at) == ("r2", at(5))
