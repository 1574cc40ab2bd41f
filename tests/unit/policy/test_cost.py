"""What documents and requests within their limits may cost: neither much work nor much memory.

Times are not asserted. Work is: how often a condition is checked, a pattern compiled, a text joined.
"""

import json
from typing import Any

import pytest
from doorward_policy import (
    Effect,
    Layers,
    PolicyKind,
    compile_policy,
    compile_program,
    conditions,
    find_problems,
    program,
)
from doorward_policy.glob import _places

from tests.policies import asked, decided, named, programs

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_statement_is_judged_once_however_many_of_its_patterns_match(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    compiled = conditions.compile_condition

    def counting(*args: Any, **options: Any) -> Any:
        check = compiled(*args, **options)

        def counted(context: Any) -> bool:
            checked.append(1)
            return check(context)

        return counted

    monkeypatch.setattr("doorward_policy.statement.compile_condition", counting)
    many = {
        "Effect": "Deny",
        "Action": [f"s3:{'*' * n}t*" for n in range(1, 50)],
        "Resource": [f"arn:aws:s3:::{'a' * n}*" for n in range(1, 50)],
        "Condition": {"Bool": {"x:k": "true"}},
    }
    program = compile_program([compile_policy(named("p", many, many, many, ALL))])

    program.ask(asked("s3:Get", f"arn:aws:s3:::{'a' * 60}"))

    assert len(checked) == 3


@pytest.mark.timeout(10)
def test_variables_that_grow_beyond_any_value_are_not_joined() -> None:
    statement = ALL | {"Condition": {"StringLike": {"x:k": "${a}" * 60_000}}}
    layers = Layers([named("p", statement)])

    decision = decided(layers, asked("s3:Get", "arn:aws:s3:::b", {"a": "x" * 2046, "x:k": "x"}))

    assert decision.effect is Effect.IMPLICIT_DENY


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("operator", "values", "value"),
    [
        ("DateEquals", [str(n) for n in range(10_000, 22_000)], "2024-1-1"),
        ("NumericLessThan", [str(-n) for n in range(20_000)], "1" * 2000),
        ("StringEqualsIgnoreCase", [f"A{n}" for n in range(20_000)], "\u0390" * 2000),
        ("IpAddress", [f"::{n:x}" for n in range(12_000)], "1::2:3"),
        ("BinaryEquals", ["QUJD"] * 20_000, "QUJE"),
        ("StringLike", [f"*?{chr(0x100 + n)}*" for n in range(12_000)], "a" * 2046),
    ],
)
def test_many_values_are_compared_with_a_request_value_at_once(operator: str, values: list[str], value: str) -> None:
    statement = ALL | {"Condition": {f"ForAnyValue:{operator}": {"x:k": values}}}
    layers = programs(Layers([named("p", statement)]))
    one = asked("s3:Get", "arn:aws:s3:::b", {"x:k": [f"{value}" for _ in range(40)]})

    assert layers.identity.ask(one).allows == ()


def test_what_is_remembered_of_actions_is_bounded_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_REMEMBERED", 1000)
    globs = {"Effect": "Allow", "Action": [f"s3:{'?' * n}*" for n in range(300)], "Resource": "*"}
    several = compile_program([compile_policy(named("p", globs, globs))])

    for n in range(50):
        several.ask(asked(f"s3:{'x' * 60}{n}", "arn:aws:s3:::b"))

        assert sum(len(each.groups) + len(each.anywhere) for each in several._known.values()) <= 1000


def test_few_texts_are_remembered() -> None:
    assert _places.cache_parameters()["maxsize"] <= 16


def test_problems_do_not_repeat_long_texts_without_end() -> None:
    dates = {"DateEquals": {"k" * 100_000: ["x"] * 120}}
    text = json.dumps({"Version": "2012-10-17", "Statement": ALL | {"Condition": dates}})

    problems = find_problems(text, PolicyKind.IDENTITY)

    assert len(problems) == 100
    assert sum(len(each.path) + len(each.message) + len(each.detail) for each in problems) < 50_000
