"""Which passwords may become one (IAM user guide, "Set an account password policy for IAM users")."""

import pytest
from doorward_kernel.errors import DoorwardError, InvalidInput, PasswordPolicyViolation
from doorward_keyring.new_passwords import SYMBOLS, check_new_password
from doorward_keyring.password_policy import PasswordPolicy

FORBIDDEN = ("Example-Corp-1", "root@example.com", "alice")


def is_taken(policy: PasswordPolicy | None, password: str, *, is_root: bool = False) -> bool:
    try:
        check_new_password(policy, password, FORBIDDEN, is_root=is_root)
    except PasswordPolicyViolation:
        return False
    return True


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("Abcdef12", True),
        ("Abcdef1", False),
        ("abcdefgh", False),
        ("abcdefg1", False),
        ("abcdef1!", True),
        ("ABCDEF1!", True),
        ("Abcdefg!", True),
        ("A1!" + "x" * 125, True),
        ("Example-Corp-1", False),
        ("example-corp-1", False),
        ("ROOT@example.COM", False),
    ],
)
def test_the_default_rules_ask_for_eight_characters_of_three_kinds_and_no_name(password: str, taken: bool) -> None:
    assert is_taken(None, password) is taken


@pytest.mark.parametrize(
    ("policy", "password", "taken"),
    [
        (PasswordPolicy(), "aaaaaa", True),
        (PasswordPolicy(), "aaaaa", False),
        (PasswordPolicy(minimum_password_length=20), "a" * 19, False),
        (PasswordPolicy(minimum_password_length=20), "a" * 20, True),
        (PasswordPolicy(require_numbers=True), "aaaaaa", False),
        (PasswordPolicy(require_numbers=True), "aaaaa1", True),
        (PasswordPolicy(require_uppercase_characters=True), "aaaaa1", False),
        (PasswordPolicy(require_lowercase_characters=True), "AAAAA1", False),
        (PasswordPolicy(require_symbols=True), "aaaaaa", False),
        (PasswordPolicy(require_symbols=True), "aaaaa~", False),
    ],
)
def test_an_account_s_own_policy_takes_the_place_of_the_default(
    policy: PasswordPolicy, password: str, taken: bool
) -> None:
    assert is_taken(policy, password) is taken


@pytest.mark.parametrize(
    ("password", "taken"),
    [("Example-Corp-1", False), ("eXAMPLE-cORP-1", False), ("root@example.com", False), ("Example-Corp-12", True)],
)
def test_no_name_is_a_password_under_an_account_s_own_policy_either(password: str, taken: bool) -> None:
    assert is_taken(PasswordPolicy(), password) is taken


@pytest.mark.parametrize(
    ("field", "password"),
    [
        ("require_symbols", "aA1aaa"),
        ("require_numbers", "aA!aaa"),
        ("require_uppercase_characters", "a1!aaa"),
        ("require_lowercase_characters", "A1!AAA"),
    ],
)
def test_each_kind_of_character_is_required_for_itself(field: str, password: str) -> None:
    assert is_taken(PasswordPolicy(), password)
    assert not is_taken(PasswordPolicy(**{field: True}), password)


def test_passwords_have_at_most_128_characters_under_any_policy() -> None:
    assert is_taken(PasswordPolicy(), "a" * 128)
    with pytest.raises(InvalidInput, match="less than or equal to 128"):
        check_new_password(PasswordPolicy(), "a" * 129, FORBIDDEN, is_root=False)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_each_of_aws_s_symbols_counts_as_one(symbol: str) -> None:
    assert is_taken(PasswordPolicy(require_symbols=True), f"aaaaa{symbol}")


def test_an_account_s_policy_does_not_bind_its_root_user() -> None:
    assert is_taken(PasswordPolicy(minimum_password_length=100), "Abcdef12", is_root=True)
    assert not is_taken(PasswordPolicy(), "aaaaaa", is_root=True)


def test_a_refusal_is_in_aws_s_words() -> None:
    with pytest.raises(PasswordPolicyViolation, match=r"^Password does not conform to the account password policy\.$"):
        check_new_password(None, "abc", FORBIDDEN, is_root=False)


@pytest.mark.parametrize("password", ["", "x" * 129, "abc\0defgh1A", "snow☃Abc123"])
def test_what_cannot_be_a_password_is_invalid_and_not_repeated(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_new_password(None, password, FORBIDDEN, is_root=False)

    assert not password or password not in refused.value.message
    assert isinstance(refused.value, DoorwardError)
