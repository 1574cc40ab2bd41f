"""Where statements begin and end, as AWS's policy simulator counts."""

import json

import pytest
from doorward_policy import parse_policy
from doorward_policy.simulation import Span, statement_spans
from hypothesis import given
from hypothesis import strategies as st

from tests.property.drawn import examples

ALLOW = '{"Effect":"Allow","Action":"*","Resource":"*"}'
LAID_OUT = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "GrantListRepo",
            "Effect": "Allow",
            "Action": "codecommit:ListRepositories",
            "Resource": "*"
        }
    ]
}"""
ADMINISTRATOR = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"""
DATED = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)
HEAD = '{"Version":"2012-10-17","Statement":'


def numbers(span: Span) -> tuple[int, int, int, int]:
    return span.start.line, span.start.column, span.end.line, span.end.column


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(LAID_OUT, [(3, 19, 9, 10)], id="the CLI reference's example of simulate-principal-policy"),
        pytest.param(DATED, [(1, 38, 1, 167)], id="the CLI reference's example of simulate-custom-policy"),
        pytest.param(ADMINISTRATOR, [(3, 17, 8, 6)], id="AdministratorAccess as AWS has it"),
        pytest.param(
            json.dumps({"Version": "2012-10-17", "Statement": [json.loads(ALLOW)]}),
            [(1, 41, 1, 92)],
            id="a list in one line, spaced",
        ),
        pytest.param(f"{HEAD}[{ALLOW},{ALLOW}]}}", [(1, 38, 1, 84), (1, 84, 1, 131)], id="two, the next at its comma"),
        pytest.param(f"{HEAD}[{ALLOW} ,\n{ALLOW}\n]}}", [(1, 38, 1, 84), (1, 84, 2, 47)], id="a comma apart"),
        pytest.param(f'{{"Statement":{ALLOW},"Version":"2012-10-17"}}', [(1, 15, 1, 60)], id="the version behind"),
        pytest.param(f' \n\t{{ "Statement" : {ALLOW} }} ', [(2, 19, 2, 64)], id="white space everywhere"),
        pytest.param(HEAD.replace("S", r"\u0053") + ALLOW + "}", [(1, 43, 1, 88)], id="an escaped key"),
        pytest.param(
            '{"Id":"\\"Statement\\":[{}]\\\\","Statement":[' + ALLOW + "]}",
            [(1, 43, 1, 89)],
            id="a text that looks like statements",
        ),
        pytest.param(
            '{"Id":"é","Statement":[{"Sid":"ÿ]}\\u00e9","Effect":"Deny"},' + ALLOW + "]}",
            [(1, 24, 1, 59), (1, 59, 1, 106)],
            id="beyond ASCII a character is a column",
        ),
        pytest.param(
            f'{{\r\n"Statement":\r[\n{ALLOW}\r\n]}}',
            [(3, 2, 4, 47)],
            id="each way to end a line",
        ),
        pytest.param(
            '{"Statement":[{"Condition":{"NumericEquals":{"k":' + "1" * 5000 + "}}}]}",
            [(1, 15, 1, 15 + len('{"Condition":{"NumericEquals":{"k":}}}') + 5000)],
            id="a number of five thousand digits",
        ),
    ],
)
def test_a_statement_lies_where_aws_says(text: str, expected: list[tuple[int, int, int, int]]) -> None:
    assert [numbers(span) for span in statement_spans(text)] == expected


_texts = st.text(st.characters(min_codepoint=1, max_codepoint=0xFF), max_size=8)
_sids = st.lists(st.text("abcABC019", min_size=1, max_size=6), min_size=1, max_size=5, unique=True)


@examples(300)
@given(_sids, _texts, st.sampled_from([None, 0, 1, 4, "\t"]), st.booleans(), st.booleans())
def test_what_lies_between_the_positions_is_the_statement(
    sids: list[str], value: str, indent: int | str | None, ascii: bool, alone: bool
) -> None:
    statements = [
        {"Sid": sid, "Effect": "Allow", "Action": "s3:Get*", "Resource": "*", "Condition": {"StringLike": {"k": value}}}
        for sid in sids
    ]
    document = {"Id": value, "Version": "2012-10-17", "Statement": statements[0] if alone else statements}
    text = json.dumps(document, indent=indent, ensure_ascii=ascii)

    spans = statement_spans(text)

    read = [json.loads(("{" if alone else "") + _between(text, span).lstrip(" \t\r\n,")) for span in spans]
    assert read == statements[: 1 if alone else None]
    if ascii:
        assert [each.sid for each in parse_policy(text).statements] == [each["Sid"] for each in read]


def _between(text: str, span: Span) -> str:
    lines = text.split("\n")
    first, last = span.start.line - 1, span.end.line - 1
    if first == last:
        return lines[first][span.start.column - 1 : span.end.column - 1]
    return "\n".join(
        (lines[first][span.start.column - 1 :], *lines[first + 1 : last], lines[last][: span.end.column - 1])
    )
