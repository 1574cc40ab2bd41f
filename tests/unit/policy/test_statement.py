"""Whether a statement speaks about an action and a resource."""

import json
from typing import Any

import pytest
from doorward_policy import NamedPolicy, compile_policy, parse_policy
from doorward_policy.actions import Meanings

from tests.policies import asked

Context = dict[str, str | tuple[str, ...]]


def applies(
    action: str, resource: str, context: Context | None = None, *, version: str = "2012-10-17", **changes: Any
) -> bool:
    fields = {"Effect": "Allow", "Action": "*", "Resource": "*"} | changes
    for name in ("Action", "Resource"):
        if f"Not{name}" in fields:
            del fields[name]
    text = json.dumps({"Version": version, "Statement": fields})
    named = NamedPolicy(name="p", policy=parse_policy(text, accept_2008=True))
    (statement,) = compile_policy(named).statements
    groups = Meanings([statement.actions]).find(action)
    return bool(statement.applies(groups, asked(action, resource, context), False))


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("s3:GetObject", "S3:getobject", True),
        ("S3:G*T", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get", "s3:GetObject", False),
        ("s3:*", "s3-outposts:GetObject", False),
        (["iam:*", "s3:GetObject"], "s3:GetObject", True),
    ],
)
def test_an_action_is_matched_ignoring_case(pattern: object, action: str, expected: bool) -> None:
    assert applies(action, "*", Action=pattern) is expected
    assert applies(action, "*", NotAction=pattern) is not expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", "*", True),
        ("*", "no ARN", True),
        ("arn:aws:s3:::b", "arn:aws:s3:::b", True),
        ("arn:aws:s3:::b", "arn:aws:s3:::B", False),
        ("arn:aws:s3:::b", "*", False),
        ("arn:aws:s3:::*", "*", False),
        ("arn:*:*:*:*:*", "*", False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z", True),
        ("arn:aws:sqs:*:*:q", "arn:aws:sqs:eu:1:q", True),
        ("arn:aws:sqs:*:q", "arn:aws:sqs:eu:1:q", False),
        ("arn:aws:sqs", "arn:aws:sqs:eu:1:q", True),
        (["arn:aws:s3:::a", "arn:aws:s3:::b*"], "arn:aws:s3:::bc", True),
        ("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::alice/x", True),
        ("arn:*:s3:::${aws:username}/*", "arn:aws:s3:::alice/x", True),
        ("arn:*:s3:::${x:star}/*", "arn:aws:s3:::bob/x", False),
        ("arn:*:s3:::${x:walls}", "arn:aws:s3:::a:b:c", True),
        ("arn:aws:s3:::${x:absent}*", "arn:aws:s3:::", False),
        ("arn:aws:sqs::${aws:username}:q", "arn:aws:sqs::alice:q", False),
    ],
)
def test_a_resource_is_matched_part_by_part(pattern: object, resource: str, expected: bool) -> None:
    context: Context = {"aws:username": "alice", "x:star": "*", "x:walls": "a:b:c"}

    assert applies("s3:GetObject", resource, context, Resource=pattern) is expected
    assert applies("s3:GetObject", resource, context, NotResource=pattern) is not expected


def test_the_old_version_knows_no_variables() -> None:
    context: Context = {"aws:username": "alice"}
    pattern = "arn:aws:s3:::${aws:username}"
    condition = {"StringEquals": {"aws:username": "${aws:username}"}}

    assert not applies("s3:A", "arn:aws:s3:::alice", context, version="2008-10-17", Resource=pattern)
    assert applies("s3:A", "arn:aws:s3:::${aws:username}", context, version="2008-10-17", Resource=pattern)
    assert not applies("s3:A", "*", context, version="2008-10-17", Condition=condition)
    assert applies("s3:A", "*", context, Condition=condition)


def test_all_conditions_must_hold() -> None:
    condition = {"StringEquals": {"x:a": "1", "x:b": "2"}, "Bool": {"x:c": "true"}}

    assert applies("s3:A", "*", {"x:a": "1", "x:b": "2", "x:c": "true"}, Condition=condition)
    assert not applies("s3:A", "*", {"x:a": "1", "x:b": "3", "x:c": "true"}, Condition=condition)
    assert not applies("s3:A", "*", {"x:a": "1", "x:b": "2"}, Condition=condition)
    assert applies("s3:A", "*", Condition={})
    assert applies("s3:A", "*", Condition={"Bool": {}, "no operator": {}})
