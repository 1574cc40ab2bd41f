"""Lines of JSON in, lines of JSON out."""

import json
from typing import Any

import pytest
from doorward_policy.cases import answer

A = "111122223333"
EVERYTHING = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
ALL = {"Version": "2012-10-17", "Statement": [EVERYTHING]}
SILENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
REQUEST = {"principal": f"arn:aws:iam::{A}:user/alice", "action": "s3:GetObject", "resource": "*"}


def said(**case: Any) -> dict[str, Any]:
    line = answer(json.dumps(case))
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_statements_are_named_by_kind_policy_and_sid_or_index() -> None:
    found = said(
        id=1,
        request=REQUEST,
        identity=[ALL],
        boundary=[DENY],
        scp=[[ALL], [SILENT, ALL], []],
        resource_policy={"Statement": [EVERYTHING | {"Principal": "*"}]},
    )

    assert found == {
        "id": 1,
        "decision": "explicit_deny",
        "allow": ["identity.0#All", "resource.0#All", "scp.0#All", "scp.2#All"],
        "deny": ["boundary.0#0"],
    }


@pytest.mark.parametrize("kind", ["boundary", "session"])
def test_an_empty_list_is_no_boundary_and_no_session_policy(kind: str) -> None:
    assert said(request=REQUEST, identity=[ALL], **{kind: []})["decision"] == "allow"
    assert said(request=REQUEST, identity=[ALL], **{kind: [SILENT]})["decision"] == "implicit_deny"


def test_an_action_that_is_always_allowed_cites_nothing() -> None:
    found = said(id=None, request=REQUEST | {"action": "sts:GetCallerIdentity"}, identity=[DENY])

    assert found == {"id": None, "decision": "allow", "allow": [], "deny": []}


@pytest.mark.parametrize(
    "text", ['"a"', "7", "1.10", "-1e999", "[1, {}]", "null", "true", '{"a": 0.30}', "1" * 5000, '"\\u20ac"']
)
def test_an_id_comes_back_as_it_was(text: str) -> None:
    line = answer(f'{{"id": {text}, "validate": "identity", "policy": {json.dumps(ALL)}}}')

    assert line == f'{{"id": {text}, "decision": "valid", "errors": []}}'


@pytest.mark.parametrize(("text", "decision"), [("NaN", "valid"), ("[" * 900 + "]" * 900, "error")])
def test_an_id_that_cannot_be_given_back_becomes_null(text: str, decision: str) -> None:
    given = answer(f'{{"id": {text}, "validate": "identity", "policy": {json.dumps(ALL)}}}')

    found = json.loads(given)

    assert (found["id"], found["decision"]) == (None, decision)


def test_a_verdict_lists_every_problem_with_its_path() -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "x", "Resource": "*"}]}

    found = said(id="v", validate="identity", policy=policy)

    assert found["decision"] == "invalid"
    assert [(each["path"], each["message"]) for each in found["errors"]] == [
        ("Statement[0].Effect", "The policy failed legacy parsing"),
        ("Statement[0].Action", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ]


def test_a_document_to_validate_may_be_its_text() -> None:
    assert said(validate="identity", policy=json.dumps(ALL))["decision"] == "valid"
    assert said(validate="identity", policy="not JSON")["errors"][0]["message"] == "Syntax errors in policy."


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "the line is not JSON: line 1, column 1: Expecting value"),
        ("[", "the line is not JSON"),
        ("[" * 100_000, "the line is not JSON: nested too deeply"),
        ("[]", "the case is not an object"),
        ('{"id": 1, "id": 2}', "the case has `id` more than once"),
        ("{}", "`request` is not an object"),
        (json.dumps({"request": {}}), "`principal` is missing"),
        (json.dumps({"request": REQUEST | {"principal": "alice"}}), "`alice` is not a caller"),
        (json.dumps({"request": REQUEST | {"resource": 5}}), "`resource` is not a string"),
        (json.dumps({"request": REQUEST | {"context": {"k": [1]}}}), "context key `k` is neither"),
        (json.dumps({"request": REQUEST | {"context": {"k": "a", "K": "b"}}}), "two context keys differ only in case"),
        (json.dumps({"request": REQUEST | {"wildcard_only": "no"}}), "`wildcard_only` is neither true nor false"),
        (json.dumps({"request": REQUEST, "identity": ALL}), "`identity` is not a list of policies"),
        (json.dumps({"request": REQUEST, "scp": [ALL]}), "`scp` is not a list of policies"),
        (json.dumps({"request": REQUEST, "identity": [{}]}), "policy `identity.0`: Syntax errors in policy."),
        (
            json.dumps({"request": REQUEST, "resource_policy": ALL}),
            "policy `resource.0`: Missing required field Principal",
        ),
        (json.dumps({"validate": "user", "policy": ALL}), "`validate` is one of identity, resource, trust, scp, rcp"),
        (json.dumps({"validate": "identity"}), "`policy` is missing"),
    ],
)
def test_a_line_that_is_no_case_is_an_error_with_a_reason(line: str, error: str) -> None:
    found = json.loads(answer(line))

    assert found["decision"] == "error"
    assert found["error"].startswith(error)


def test_only_the_issuer_stands_behind_a_federated_user() -> None:
    role, user = f"arn:aws:iam::{A}:role/app", f"arn:aws:iam::{A}:user/alice"
    federated = REQUEST | {"principal": f"arn:aws:sts::{A}:federated-user/bob", "context": {"aws:PrincipalArn": role}}

    def decision(named: str, **more: str) -> str:
        grant = {"Statement": EVERYTHING | {"Principal": {"AWS": named}}}
        return str(said(request=federated | more, resource_policy=grant)["decision"])

    assert decision(role) == "implicit_deny"
    assert decision(user) == "implicit_deny"
    assert decision(user, issuer=user) == "allow"
