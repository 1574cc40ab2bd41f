"""Policy variables."""

import pytest
from doorward_policy.glob import Tokens, Wildcard
from doorward_policy.variables import Context, parse_template, resolve

CONTEXT: Context = {"aws:username": "alice", "x:empty": "", "x:star": "a*", "x:several": ("a",)}


def resolved(text: str) -> Tokens | None:
    return resolve(parse_template(text, variables=True, wildcards=True), CONTEXT)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ()),
        ("home/*", ("home/", Wildcard.RUN)),
        ("home/${aws:username}?", ("home/", "alice", Wildcard.ONE)),
        ("${AWS:UserName}", ("alice",)),
        ("${aws:username, 'x'}", ("alice",)),
        ("${x:absent, 'every*one'}*", ("every*one", Wildcard.RUN)),
        ("${x:absent,''}", ("",)),
        ("${x:absent}", None),
        ("${x:empty}", None),
        ("${x:empty, 'd'}", ("d",)),
        ("${x:several}", None),
        ("${x:several, 'd'}", ("d",)),
        ("${x:star}", ("a*",)),
        ("a${*}b${?}${$}", ("a", "*", "b", "?", "$")),
        ("${aws:username", ("${aws:username",)),
        ("$aws:username}", ("$aws:username}",)),
    ],
)
def test_a_variable_becomes_literal_text(text: str, tokens: Tokens | None) -> None:
    assert resolved(text) == tokens


def test_without_variables_the_notation_is_just_text() -> None:
    template = parse_template("${aws:username}/${*}", variables=False, wildcards=True)

    assert template == ("${aws:username}/${", Wildcard.RUN, "}")
