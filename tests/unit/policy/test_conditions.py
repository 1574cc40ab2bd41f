"""Condition operators, one context key at a time."""

import pytest
from doorward_policy.conditions import compile_condition
from doorward_policy.document import Condition
from doorward_policy.operators import OPERATORS, find_operator

Values = str | tuple[str, ...] | None


def holds(operator: str, wanted: str | tuple[str, ...], given: Values, **context: str) -> bool:
    values = (wanted,) if isinstance(wanted, str) else wanted
    check = compile_condition(Condition(operator=operator, key="X:Key", values=values), variables=True)
    return check(context if given is None else {"x:key": given, **context})


@pytest.mark.parametrize(
    ("operator", "wanted", "holding", "failing"),
    [
        ("StringEquals", ("a", "b"), ["a", "b"], ["A", "c", "", "ab"]),
        ("StringEquals", "a*", ["a*"], ["ab"]),
        ("StringNotEquals", ("a", "b"), ["c", "A"], ["a", "b"]),
        ("StringEqualsIgnoreCase", "Straße", ["STRASSE", "straße"], ["strase"]),
        ("StringNotEqualsIgnoreCase", "a", ["b"], ["A"]),
        ("StringLike", ("a*", "?"), ["a", "ab", "x"], ["xa", ""]),
        ("StringNotLike", ("a*", "?"), ["xa", ""], ["a", "x"]),
        ("NumericEquals", "10", ["10", "10.0", "1e1", "+10"], ["11", "x", "", "NaN", "10 ", "١٠"]),
        ("NumericEquals", "NaN", [], ["NaN", "0"]),
        ("NumericNotEquals", "10", ["11", "x"], ["10.0"]),
        ("NumericNotEquals", "x", ["10", "x"], []),
        ("NumericLessThan", "10", ["9.99", "-1"], ["10", "x"]),
        ("NumericLessThanEquals", "10", ["10"], ["10.01"]),
        ("NumericGreaterThan", "10", ["1e2"], ["10", "1e-2"]),
        ("NumericGreaterThanEquals", ("10", "5"), ["5"], ["4"]),
        ("DateEquals", "2024-01-01", ["2024-01-01T01:00:00+01:00", "1704067200", "2024"], ["2024-01-02", "x"]),
        ("DateNotEquals", "2024-01-01", ["2025", "x"], ["2024"]),
        ("DateLessThan", "2024", ["2023-12-31T23:59:59.9Z"], ["2024", "x"]),
        ("DateLessThanEquals", "2024", ["2024"], ["2024-01-01T00:00:00.000000001Z"]),
        ("DateGreaterThan", "1700000000", ["2024"], ["2023", "x"]),
        ("DateGreaterThanEquals", "2024", ["2024"], ["2023"]),
        ("Bool", "True", ["true", "TRUE"], ["false", "1", ""]),
        ("Bool", "yes", [], ["yes", "true"]),
        ("BinaryEquals", "QUJD", ["QUJD"], ["QUJE", "ABC", "QUJ", "qujd"]),
        (
            "IpAddress",
            "203.0.113.9/24",
            ["203.0.113.255"],
            ["203.0.114.0", "::ffff:203.0.113.7", "x", "203.0.113.7/32"],
        ),
        ("IpAddress", ("2001:DB8::/32", "10.0.0.1"), ["2001:db8:1::2", "10.0.0.1"], ["10.0.0.2", "2001:db9::"]),
        ("IpAddress", ("0.0.0.0/0",), ["9.9.9.9"], ["::1"]),
        ("IpAddress", ("10.0.0.0/255.0.0.0", "x", "10.0.0.0/33", "10.0.0.0/"), [], ["10.0.0.0"]),
        ("NotIpAddress", ("10.0.0.0/8", "192.168.0.0/16"), ["8.8.8.8", "::1", "x"], ["10.1.1.1", "192.168.1.1"]),
        ("ArnLike", "arn:aws:iam::*:role/a*", ["arn:aws:iam::1:role/ab"], ["arn:aws:iam::1:2:role/ab", "role/a"]),
        ("ArnEquals", "*", ["arn:aws:iam::1:role/a"], ["x", ""]),
        ("ArnNotLike", "arn:aws:iam::*:role/a*", ["arn:aws:iam::1:user/a", "x"], ["arn:aws:iam::1:role/a"]),
        ("ArnNotEquals", "*", ["x"], ["arn:aws:iam::1:role/a"]),
        ("Null", "true", [], ["", "x"]),
        ("Null", "False", ["", "x"], []),
        ("Null", ("true", "false"), ["x"], []),
        ("stringEQUALS", "a", ["a"], ["b"]),
        ("StringEquals", (), [], ["a"]),
        ("StringNotEquals", (), ["a"], []),
    ],
)
def test_an_operator_on_a_single_value(
    operator: str, wanted: str | tuple[str, ...], holding: list[str], failing: list[str]
) -> None:
    assert [given for given in holding if not holds(operator, wanted, given)] == []
    assert [given for given in failing if holds(operator, wanted, given)] == []


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "a", False),
        ("StringEqualsIfExists", "a", True),
        ("StringNotEquals", "a", True),
        ("StringNotEqualsIfExists", "a", True),
        ("NumericLessThan", "1", False),
        ("NotIpAddress", "10.0.0.0/8", True),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAllValues:StringNotEquals", "a", True),
        ("ForAnyValue:StringEquals", "a", False),
        ("ForAnyValue:StringNotEquals", "a", False),
        ("ForAnyValue:StringEqualsIfExists", "a", True),
        ("Null", "true", True),
        ("Null", "false", False),
    ],
)
@pytest.mark.parametrize("given", [None, ()], ids=["absent", "empty"])
def test_a_key_without_a_value(operator: str, wanted: str, expected: bool, given: Values) -> None:
    assert holds(operator, wanted, given) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "a", ("a",), False),
        ("StringEqualsIfExists", "a", ("a",), False),
        ("StringNotEquals", "b", ("a",), False),
        ("Null", "false", ("a",), True),
        ("ForAllValues:StringEquals", ("a", "b"), ("a", "b", "a"), True),
        ("ForAllValues:StringEquals", ("a", "b"), ("a", "c"), False),
        ("ForAllValues:StringNotEquals", ("a", "b"), ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("a", "b"), ("c", "a"), False),
        ("ForAllValues:StringEquals", "a", "", True),
        ("ForAllValues:StringEquals", "a", ("", "b"), False),
        ("ForAnyValue:StringLike", ("a*", "b*"), ("x", "bb"), True),
        ("ForAnyValue:StringLike", ("a*", "b*"), ("x", "y"), False),
        ("ForAnyValue:StringNotEquals", ("a", "b"), ("a", "c"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), ("a", "b"), False),
        ("ForAnyValue:StringEquals", "", "", True),
        ("ForAnyValue:StringEquals", "a", "a", True),
        ("foranyvalue:numericlessthanifexists", "5", ("9", "4"), True),
    ],
)
def test_several_values_need_a_quantifier(
    operator: str, wanted: str | tuple[str, ...], given: Values, expected: bool
) -> None:
    assert holds(operator, wanted, given) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "${x:v}", "v", True),
        ("StringLike", "${x:v}*", "vw", True),
        ("StringLike", "${x:star}", "anything", False),
        ("StringEqualsIgnoreCase", "${x:v}", "V", True),
        ("ArnLike", "arn:aws:iam::${x:v}:role/*", "arn:aws:iam::v:role/r", True),
        ("Bool", "${x:true}", "true", True),
        ("NumericEquals", "${x:five}", "5", False),
        ("IpAddress", "${x:ip}", "10.0.0.1", False),
        ("StringEquals", ("${x:absent}", "v"), "v", True),
        ("StringNotEquals", "${x:absent}", "v", True),
        ("StringNotEquals", ("${x:absent}", "v"), "v", False),
    ],
)
def test_variables_stand_for_other_keys(
    operator: str, wanted: str | tuple[str, ...], given: str, expected: bool
) -> None:
    context = {"x:v": "v", "x:star": "*", "x:true": "true", "x:five": "5", "x:ip": "10.0.0.1"}

    assert holds(operator, wanted, given, **context) is expected


def test_every_operator_but_null_may_be_qualified() -> None:
    for row in OPERATORS:
        for name in (f"{row.name}IfExists", f"ForAllValues:{row.name}", f"ForAnyValue:{row.name}IfExists"):
            qualified = find_operator(name)

            assert (qualified is None) == (row.name == "Null")
            assert qualified is None or qualified.operator is row


@pytest.mark.parametrize("name", ["", "IfExists", "ForAllValues:", "ForAnyValue::Bool", "StringEqualsIfExistsIfExists"])
def test_an_unknown_operator_is_not_found(name: str) -> None:
    assert find_operator(name) is None
