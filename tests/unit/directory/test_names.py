"""Names, paths and version ids."""

from collections.abc import Callable

import pytest
from doorward_directory.names import (
    check_account_name,
    check_description,
    check_group_name,
    check_path,
    check_policy_name,
    check_policy_path,
    check_user_name,
    version_id,
    version_number,
)
from doorward_kernel.errors import InvalidInput

NAME_SIGNS = (
    "The specified value for userName is invalid. "
    "It must contain only alphanumeric characters and/or the following: +=,.@_-"
)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (check_user_name, "Alice.O+tag=1,x@example_com-2"),
        (check_user_name, "n" * 64),
        (check_group_name, "n" * 128),
        (check_policy_name, "n" * 128),
        (check_path, "/"),
        (check_path, "/a/"),
        (check_path, "/!~{}//b/"),
        (check_path, "/" + "p" * 510 + "/"),
        (check_policy_path, "/"),
        (check_policy_path, "/a.b/c+d,e@f=g_h-i/"),
        (check_description, ""),
        (check_description, "d" * 1000),
        (check_account_name, "Example & Co."),
    ],
)
def test_is_allowed(check: Callable[[str], None], text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (check_user_name, ""),
        (check_user_name, "n" * 65),
        (check_user_name, "alice\n"),
        (check_user_name, "ålice"),
        (check_user_name, "a/b"),
        (check_user_name, "a:b"),
        (check_group_name, "n" * 129),
        (check_policy_name, "n" * 129),
        (check_policy_name, "*"),
        (check_path, ""),
        (check_path, "a/"),
        (check_path, "/a"),
        (check_path, "//"),
        (check_path, "/a b/"),
        (check_path, "/ä/"),
        (check_path, "/" + "p" * 511 + "/"),
        (check_policy_path, "/a//b/"),
        (check_policy_path, "/a!/"),
        (check_description, "d" * 1001),
        (check_account_name, "é"),
    ],
)
def test_is_refused(check: Callable[[str], None], text: str) -> None:
    with pytest.raises(InvalidInput):
        check(text)


def test_the_refusal_has_the_words_of_aws() -> None:
    with pytest.raises(InvalidInput) as signs:
        check_user_name("a b")
    with pytest.raises(InvalidInput, match=r"at 'userName' .* length less than or equal to 64$"):
        check_user_name("n" * 65)

    assert signs.value.message == NAME_SIGNS


def test_a_version_id_is_v_and_a_number() -> None:
    assert [version_id(12), version_number("v12")] == ["v12", 12]
    for text in ("", "v", "v0", "v01", "12", "V1", "v1 ", "v" + "9" * 5000, "v١"):
        with pytest.raises(InvalidInput):
            version_number(text)
