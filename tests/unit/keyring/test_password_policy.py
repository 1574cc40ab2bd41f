"""The account's password policy, row by row (IAM API reference, UpdateAccountPasswordPolicy; IAM user guide, "Set an
account password policy for IAM users"). What a new password must be like is held in `test_new_passwords.py`."""

import pytest
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_keyring.commands import decide
from doorward_keyring.password_policy import (
    DeleteAccountPasswordPolicy,
    PasswordPolicy,
    account_password_policy,
    is_expired,
    may_change_password,
    may_replace_expired,
    password_expires_at,
    unusable_passwords,
)

from tests.unit.keyring.world import ACCOUNT, ALICE, EMPTY, after, at, change, policy, profile

DAY = 86_400
DEFAULTS = {
    "minimum_password_length": 6,
    "require_symbols": False,
    "require_numbers": False,
    "require_uppercase_characters": False,
    "require_lowercase_characters": False,
    "allow_users_to_change_password": False,
    "max_password_age": None,
    "password_reuse_prevention": None,
    "hard_expiry": False,
}
OTHERS: dict[str, int | bool] = {
    "minimum_password_length": 20,
    "require_symbols": True,
    "require_numbers": True,
    "require_uppercase_characters": True,
    "require_lowercase_characters": True,
    "allow_users_to_change_password": True,
    "max_password_age": 90,
    "password_reuse_prevention": 5,
    "hard_expiry": True,
}


@pytest.mark.parametrize(
    ("field", "least", "most", "argument"),
    [
        ("minimum_password_length", 6, 128, "minimumPasswordLength"),
        ("max_password_age", 1, 1095, "maxPasswordAge"),
        ("password_reuse_prevention", 1, 24, "passwordReusePrevention"),
    ],
)
def test_a_number_of_a_policy_has_aws_s_bounds(field: str, least: int, most: int, argument: str) -> None:
    for number in (least, most):
        assert getattr(account_password_policy(after(EMPTY, policy(**{field: number}))), field) == number
    for number in (least - 1, most + 1, 0, -1):
        with pytest.raises(InvalidInput, match=argument):
            decide(EMPTY, policy(**{field: number}))


@pytest.mark.parametrize("field", DEFAULTS)
def test_each_field_is_kept_and_the_ones_not_named_have_aws_s_defaults(field: str) -> None:
    found = account_password_policy(after(EMPTY, policy(**{field: OTHERS[field]})))

    assert {each: getattr(found, each) for each in DEFAULTS} == DEFAULTS | {field: OTHERS[field]}
    assert found.expire_passwords is (field == "max_password_age")


def test_an_update_replaces_all_of_the_policy_before() -> None:
    keyring = after(EMPTY, policy(**OTHERS), policy(hard_expiry=True))

    assert account_password_policy(keyring) == PasswordPolicy(hard_expiry=True)


def test_a_policy_that_is_so_already_gets_no_event() -> None:
    assert decide(after(EMPTY, policy(**OTHERS)), policy(**OTHERS)) == []
    assert decide(EMPTY, policy()) != [], "the default rules are not the defaults of a policy"


def test_an_account_without_a_policy_of_its_own_has_none_to_get_or_delete() -> None:
    text = rf"^The Password Policy with domain name {ACCOUNT} cannot be found\.$"
    deleted = after(EMPTY, policy(**OTHERS), DeleteAccountPasswordPolicy())

    for keyring in (EMPTY, deleted):
        with pytest.raises(NoSuchEntity, match=text):
            account_password_policy(keyring)
        with pytest.raises(NoSuchEntity, match=text):
            decide(keyring, DeleteAccountPasswordPolicy())


@pytest.mark.parametrize(
    ("own", "seconds", "expired"),
    [
        (None, 10_000 * DAY, False),
        (PasswordPolicy(), 10_000 * DAY, False),
        (PasswordPolicy(max_password_age=1), DAY - 1, False),
        (PasswordPolicy(max_password_age=1), DAY, True),
        (PasswordPolicy(max_password_age=1095), 1095 * DAY - 1, False),
        (PasswordPolicy(max_password_age=1095), 1095 * DAY, True),
    ],
)
def test_passwords_expire_by_the_policy_of_now_also_those_that_there_were(
    own: PasswordPolicy | None, seconds: int, expired: bool
) -> None:
    alice = after(EMPTY, profile()).login_profiles[ALICE]

    assert is_expired(alice, own, at(seconds)) is expired
    if own is None or own.max_password_age is None:
        assert password_expires_at(alice, own) is None


def test_a_changed_password_has_its_whole_time_again() -> None:
    own = PasswordPolicy(max_password_age=1)
    alice = after(EMPTY, profile(), change("p2", DAY)).login_profiles[ALICE]

    assert password_expires_at(alice, own) == at(2 * DAY)


@pytest.mark.parametrize(
    ("own", "may"),
    [
        (None, True),
        (PasswordPolicy(max_password_age=1), True),
        (PasswordPolicy(max_password_age=1, hard_expiry=True), False),
    ],
)
def test_hard_expiry_leaves_it_to_an_administrator_to_replace_an_expired_password(
    own: PasswordPolicy | None, may: bool
) -> None:
    assert may_replace_expired(own) is may


@pytest.mark.parametrize(
    ("own", "may"),
    [(None, False), (PasswordPolicy(), False), (PasswordPolicy(allow_users_to_change_password=True), True)],
)
def test_users_may_change_their_password_only_if_the_policy_says_so(own: PasswordPolicy | None, may: bool) -> None:
    assert may_change_password(own) is may


@pytest.mark.parametrize(
    ("own", "unusable"),
    [
        (None, ()),
        (PasswordPolicy(), ()),
        (PasswordPolicy(password_reuse_prevention=1), ("p30",)),
        (PasswordPolicy(password_reuse_prevention=3), ("p30", "p29", "p28")),
        (PasswordPolicy(password_reuse_prevention=24), tuple(f"p{number}" for number in range(30, 6, -1))),
    ],
)
def test_as_many_of_the_last_passwords_as_the_policy_says_cannot_be_used_again(
    own: PasswordPolicy | None, unusable: tuple[str, ...]
) -> None:
    keyring = after(EMPTY, profile(), *(change(f"p{number}", number) for number in range(2, 31)))

    assert unusable_passwords(keyring.login_profiles[ALICE], own) == unusable
