"""Documents that no policy may be made of, and what a good one becomes."""

import json
from typing import Any

import pytest
from doorward_kernel.errors import MalformedPolicyDocument
from doorward_policy import Condition, Patterns, Policy, Statement, parse_policy, print_policy

SYNTAX = "Syntax errors in policy."
STATEMENT: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(**changes: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": STATEMENT | changes})


def refusal(text: str) -> str:
    with pytest.raises(MalformedPolicyDocument) as refused:
        parse_policy(text)
    return refused.value.message


def test_a_document_becomes_a_policy() -> None:
    text = """
        {"Version": "2012-10-17", "Id": "i", "Statement": [
            {"Sid": "one", "Effect": "Deny", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::a", null],
             "Condition": {"NumericEquals": {"x:n": [5, 5.0, "7"]}, "Bool": {"x:b": true}, "unknown": {}}}]}
    """

    policy = parse_policy(text)

    assert policy == Policy(
        version="2012-10-17",
        id="i",
        statements=(
            Statement(
                sid="one",
                effect="Deny",
                actions=Patterns(values=("s3:*",), negated=True),
                resources=Patterns(values=("arn:aws:s3:::a",), negated=True),
                conditions=(
                    Condition(operator="NumericEquals", key="x:n", values=("5", "5.0", "7")),
                    Condition(operator="Bool", key="x:b", values=("true",)),
                ),
            ),
        ),
    )
    assert parse_policy(print_policy(policy)) == policy


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("[]", id="no object"),
        pytest.param(document()[:-1], id="cut off"),
        pytest.param(document() + "x", id="more behind it"),
        pytest.param(document().replace('"Effect"', '"Effect": "Allow", "Effect"'), id="duplicate key"),
        pytest.param(document(Condition={"Bool": {"k": "V"}}).replace('"V"', "NaN"), id="NaN"),
        pytest.param(document(Condition={"Bool": {"k": "V"}}).replace('"V"', "-Infinity"), id="infinity"),
        pytest.param(document(Condition={"Bool": {"k": None}}), id="null as a condition's value"),
        pytest.param(document(Condition={"Bool": {"k": ["a", None]}}), id="null among a condition's values"),
        pytest.param(document(Condition={"Bool": {"k": [["a"]]}}), id="a list in a list"),
        pytest.param(document(Condition={"NullIfExists": {"k": "true"}}), id="Null has no IfExists"),
        pytest.param(document(Action="s3:\ud800"), id="half a character"),
        pytest.param(document(Action="s3:\0"), id="escaped NUL"),
        pytest.param(document().replace("s3", "s\u20ac"), id="character outside of the alphabet"),
        pytest.param(document().replace("s3", "s\n3"), id="line break in a string"),
        pytest.param("[" * 200_000, id="deep lists"),
        pytest.param('{"a":' * 40_000, id="deep objects"),
        pytest.param(document(Action=None), id="null as an action"),
        pytest.param(document(Resource=5), id="number as a resource"),
        pytest.param(document(Sid=None), id="null as a Sid"),
        pytest.param(document(Effect=None), id="no effect"),
        pytest.param(document(Principal="*", NotPrincipal=1, Extra=1), id="unknown key"),
    ],
)
def test_what_does_not_follow_the_grammar_is_refused(text: str) -> None:
    assert refusal(text) == SYNTAX


def test_an_oversized_document_is_refused_unread() -> None:
    assert refusal(" " * 262_145) == "a policy document has at most 262144 characters"


@pytest.mark.parametrize("key", ["Principal", "NotPrincipal"])
def test_an_identity_policy_names_no_principal(key: str) -> None:
    assert refusal(document(**{key: "*"})) == "Policy document should not specify a principal."


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_an_old_document_is_read_only_on_request(version: str | None) -> None:
    fields = {"Statement": [STATEMENT]} | ({} if version is None else {"Version": version})

    policy = parse_policy(json.dumps(fields), accept_2008=True)

    assert policy.version == version
    assert parse_policy(print_policy(policy), accept_2008=True) == policy
    assert refusal(json.dumps(fields)) == "Policy document must be version 2012-10-17 or greater."


def test_a_number_of_any_length_costs_nothing() -> None:
    text = document(Condition={"NumericEquals": {"k": "V"}}).replace('"V"', "1" * 100_000)

    policy = parse_policy(text)

    assert policy.statements[0].conditions[0].values == ("1" * 100_000,)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("*", None),
        ("arn:*:s3:::b", None),
        ("arn:aws-cn:s3:::b", None),
        ("arn:aws:iam::*:*", None),
        ("arn:aws:iam::*:root", None),
        ("arn:aws:s3:*:*:access-grants/default", None),
        ("arn:aws:s3:us-east-1:1:bucket", "Resource arn:aws:s3:us-east-1:1:bucket can not contain region information."),
        ("arn:aws:iam::1:use*", "IAM resource path must either be"),
        ("arn:aws:iam::user/x", "The policy failed legacy parsing"),
        ("arn:aws::::x", "The policy failed legacy parsing"),
        ("urn:aws:s3:::b", 'Resource urn:aws:s3:::b must be in ARN format or "*".'),
        ("urn:isbn:1", 'Partition "isbn" is not valid for resource "arn:isbn:1:*:*:*".'),
        ("**", 'Resource ** must be in ARN format or "*".'),
        ([None], "Policy statement must contain resources."),
    ],
)
def test_resources_are_checked_like_arns(resource: object, message: str | None) -> None:
    text = document(Resource=resource)

    if message is None:
        parse_policy(text)
    else:
        assert refusal(text).startswith(message)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (document(Effect="allow", Action="x"), "The policy failed legacy parsing"),
        (document(Resource="x", Action="x"), 'Resource x must be in ARN format or "*".'),
        (document(Resource="x", Action=[]), "Policy statement must contain actions."),
        (
            document(Resource=[], Action="x"),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (document(Action="*:x"), "Vendor * is not valid"),
        (document(Action=":x"), "Vendor  is not valid"),
    ],
)
def test_of_several_faults_awss_first_is_named(first: str, second: str) -> None:
    assert refusal(first) == second
