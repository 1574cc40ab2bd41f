"""Which context keys policies name, and how a simulation's context is read."""

import json
from typing import Any

import pytest
from doorward_kernel.errors import InvalidInput
from doorward_policy import PolicyKind, parse_policy
from doorward_policy.simulation import ContextEntry, context_keys, read_context

TABLE = "arn:aws:dynamodb:us-west-2:123456789012:table"
DOCUMENTED: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "dynamodb:*",
    "Resource": TABLE + "/${aws:username}",
    "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2015-08-16T12:00:00Z"}},
}


def with_condition(block: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block}


def with_resource(*resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": list(resources)}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([DOCUMENTED], ["aws:username", "aws:CurrentTime"], id="the CLI reference's example"),
        pytest.param([with_resource("*")], [], id="none"),
        pytest.param(
            [
                with_condition({"Bool": {"AWS:SecureTransport": "true"}}),
                with_condition({"Null": {"aws:securetransport": "true"}}),
            ],
            ["AWS:SecureTransport"],
            id="once, as it is spelled first",
        ),
        pytest.param(
            [with_condition({"StringLike": {"s3:prefix": ["${aws:username}/*", "${aws:PrincipalTag/team, 'all'}"]}})],
            ["s3:prefix", "aws:username", "aws:PrincipalTag/team"],
            id="variables in values, with a default and without",
        ),
        pytest.param(
            [with_condition({"NumericEquals": {"x:n": "${x:m}"}, "Null": {"x:o": "${x:p}"}})],
            ["x:n", "x:o"],
            id="no variables where the operator knows none",
        ),
        pytest.param(
            [with_condition({"ForAllValues:StringEqualsIfExists": {"aws:TagKeys": "${ aws:userid }"}})],
            ["aws:TagKeys", "aws:userid"],
            id="operators with a quantifier, and white space",
        ),
        pytest.param([with_resource("arn:aws:s3:::${*}${?}${$}")], [], id="written characters are no keys"),
        pytest.param(
            [with_resource("arn:aws:sqs:us-east-1:${x:account}:q", "arn:aws:s3:::${x:bucket}")],
            ["x:bucket"],
            id="only behind the fifth colon of a resource",
        ),
    ],
)
def test_a_policy_names_keys_in_conditions_and_variables(statements: list[Any], expected: list[str]) -> None:
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": statements}))

    assert list(context_keys([policy])) == expected


def test_a_document_of_before_2012_has_no_variables() -> None:
    policy = parse_policy(json.dumps({"Version": "2008-10-17", "Statement": [DOCUMENTED]}), accept_2008=True)

    assert context_keys([policy]) == ("aws:CurrentTime",)


def test_keys_of_all_policies_come_in_their_order() -> None:
    bucket = {"Principal": "*"} | with_condition({"StringEquals": {"aws:PrincipalOrgID": "o-1", "aws:Username": "a"}})
    policies = [
        parse_policy(json.dumps({"Version": "2012-10-17", "Statement": DOCUMENTED})),
        parse_policy(json.dumps({"Version": "2012-10-17", "Statement": bucket}), PolicyKind.RESOURCE),
    ]

    assert context_keys(policies) == ("aws:username", "aws:CurrentTime", "aws:PrincipalOrgID")


# --- what is given ---


def entry(type: str, *values: str, name: str = "aws:SomeKey") -> ContextEntry:
    return ContextEntry(name=name, values=values, type=type)


@pytest.mark.parametrize(
    ("type", "values"),
    [
        ("string", [""]),
        ("string", ["a b"]),
        ("numeric", ["10"]),
        ("numeric", ["-0.5"]),
        ("boolean", ["true"]),
        ("boolean", ["False"]),
        ("ip", ["203.0.113.7"]),
        ("ip", ["2001:db8::1"]),
        ("binary", ["QUJD"]),
        ("date", ["2015-08-16T12:00:00Z"]),
        ("date", ["1714521600"]),
    ],
)
def test_a_value_of_each_type_is_taken_alone_and_in_a_list(type: str, values: list[str]) -> None:
    assert read_context([entry(type, *values)]) == {"aws:somekey": values[0]}
    assert read_context([entry(f"{type}List", *values, *values)]) == {"aws:somekey": (*values, *values)}
    assert read_context([entry(f"{type}List")]) == {"aws:somekey": ()}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (entry("numeric", "ten"), "`contextEntries.1.contextKeyValues.1`: `ten` is not of the type `numeric`"),
        (entry("numericList", "1", "x"), "`contextEntries.1.contextKeyValues.2`: `x` is not of the type `numericList`"),
        (entry("boolean", "yes"), "`yes` is not of the type `boolean`"),
        (entry("ip", "10.0.0.0/8"), "an IPv4 or IPv6 address, not a range"),
        (entry("ip", "10.0.0.256"), "is not of the type `ip`"),
        (entry("binary", "@@"), "expected base64"),
        (entry("date", "yesterday"), "`yesterday` is not of the type `date`"),
        (entry("string"), "`aws:SomeKey` has 0 values, but the type `string` has one"),
        (entry("string", "a", "b"), "has 2 values, but the type `string` has one: expected the type `stringList`"),
        (entry("text", "a"), "`contextEntries.1.contextKeyType` is `text`: expected one of string, stringList"),
        (entry("", "a"), "`contextEntries.1.contextKeyType` is ``"),
        (entry("List", "a"), "`contextEntries.1.contextKeyType` is `List`"),
        (entry("string", "a", name="a:b"), "`contextEntries.1.contextKeyName` has 5 to 256 characters, this one 3"),
        (entry("string", "a", name="k" * 257), "this one 257"),
        (entry("string", "a" * 2040), "at most 2048 characters"),
        (entry("stringList", *["a"] * 257), "at most 256 values"),
    ],
)
def test_a_malformed_entry_is_refused_by_its_place(bad: ContextEntry, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_context([bad])

    assert message in refused.value.message


def test_a_key_is_given_once_whatever_its_case() -> None:
    with pytest.raises(InvalidInput, match=r"`contextEntries.2.contextKeyName`: `AWS:SomeKey` is there twice"):
        read_context([entry("string", "a"), entry("string", "b", name="AWS:SomeKey")])


def test_there_are_at_most_as_many_entries_as_in_a_check() -> None:
    entries = [entry("string", "a", name=f"x:key{number}") for number in range(65)]

    assert len(read_context(entries[:64])) == 64
    with pytest.raises(InvalidInput, match="at most 64 entries"):
        read_context(entries)
