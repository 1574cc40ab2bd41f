"""What each kind of policy may say: the problems of a document, with their paths, in AWS's order."""

import json
from typing import Any

import pytest
from doorward_kernel.errors import MalformedPolicyDocument
from doorward_policy import Policy, PolicyKind, find_problems, parse_policy, print_policy
from doorward_policy.grammar import MOST_PROBLEMS

SYNTAX = "Syntax errors in policy."
OTHER_TYPE = "The provided policy document does not meet the requirements of the specified policy type."
ALICE = "arn:aws:iam::111122223333:user/alice"
IDENTITY: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
RESOURCE: dict[str, Any] = IDENTITY | {"Principal": {"AWS": ALICE}}
TRUST: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
RCP: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
GOOD = {
    PolicyKind.IDENTITY: IDENTITY,
    PolicyKind.BOUNDARY: IDENTITY,
    PolicyKind.SESSION: IDENTITY,
    PolicyKind.RESOURCE: RESOURCE,
    PolicyKind.TRUST: TRUST,
    PolicyKind.SCP: IDENTITY,
    PolicyKind.RCP: RCP,
}


def document(statement: dict[str, Any], **changes: Any) -> str:
    """A document with one statement; a change to None takes an element away."""
    fields = {key: value for key, value in (statement | changes).items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [fields]})


def first_problem(text: str, kind: PolicyKind) -> tuple[str, str]:
    problems = find_problems(text, kind)
    with pytest.raises(MalformedPolicyDocument) as refused:
        parse_policy(text, kind)
    assert refused.value.message == problems[0].message
    return problems[0].path, problems[0].message


@pytest.mark.parametrize("kind", PolicyKind)
def test_a_good_document_of_each_kind_is_accepted_and_printed(kind: PolicyKind) -> None:
    policy = parse_policy(document(GOOD[kind]), kind)

    assert find_problems(document(GOOD[kind]), kind) == ()
    assert parse_policy(print_policy(policy), kind) == policy


@pytest.mark.parametrize(
    ("kind", "statement", "path", "message"),
    [
        ("identity", RESOURCE, "Principal", "Policy document should not specify a principal."),
        ("boundary", RESOURCE, "Principal", "Policy document should not specify a principal."),
        ("session", RESOURCE, "Principal", "Policy document should not specify a principal."),
        ("scp", RESOURCE, "Principal", OTHER_TYPE),
        ("scp", IDENTITY | {"NotPrincipal": "*"}, "NotPrincipal", OTHER_TYPE),
        ("scp", IDENTITY | {"Resource": []}, "", "Policy statement must contain resources."),
        ("resource", IDENTITY, "", "Missing required field Principal"),
        ("resource", RESOURCE | {"Principal": {}}, "Principal", "Missing required field Principal cannot be empty!"),
        (
            "resource",
            RESOURCE | {"Principal": {"AWS": []}},
            "Principal",
            "Missing required field Principal cannot be empty!",
        ),
        ("resource", RESOURCE | {"Resource": []}, "", "Policy statement must contain resources."),
        ("resource", RESOURCE | {"Resource": "x"}, "Resource", 'Resource x must be in ARN format or "*".'),
        ("trust", TRUST | {"Resource": "*"}, "Resource", "Has prohibited field Resource."),
        ("trust", TRUST | {"NotResource": "*"}, "NotResource", "Has prohibited field NotResource."),
        (
            "trust",
            {"Effect": "Deny", "NotPrincipal": {"AWS": ALICE}, "Action": "sts:AssumeRole"},
            "NotPrincipal",
            "Has prohibited field NotPrincipal.",
        ),
        (
            "trust",
            TRUST | {"Action": ["sts:AssumeRole", "s3:GetObject"]},
            "Action",
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        ("trust", {k: v for k, v in TRUST.items() if k != "Principal"}, "", "Missing required field Principal"),
        ("rcp", RCP | {"Effect": "Allow"}, "Effect", OTHER_TYPE),
        ("rcp", RCP | {"Principal": {"AWS": ALICE}}, "Principal", OTHER_TYPE),
        (
            "rcp",
            {"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"},
            "NotAction",
            OTHER_TYPE,
        ),
        (
            "rcp",
            {"Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*", "Resource": "*"},
            "NotPrincipal",
            OTHER_TYPE,
        ),
        ("rcp", {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}, "Principal", OTHER_TYPE),
    ],
)
def test_what_a_kind_may_not_say_is_refused(kind: str, statement: dict[str, Any], path: str, message: str) -> None:
    found = first_problem(document(statement), PolicyKind(kind))

    assert found == (f"Statement[0].{path}" if path else "Statement[0]", message)


def test_the_built_in_rcp_may_allow() -> None:
    parse_policy(document(RCP, Effect="Allow", Action="*"), PolicyKind.RCP)


@pytest.mark.parametrize("kind", PolicyKind)
def test_old_documents_live_on_as_resource_and_trust_policies_only(kind: PolicyKind) -> None:
    old = json.dumps({"Version": "2008-10-17", "Statement": GOOD[kind]})

    problems = find_problems(old, kind)

    refused = [("Version", "Policy document must be version 2012-10-17 or greater.")]
    old_is_fine = kind in {PolicyKind.RESOURCE, PolicyKind.TRUST}
    assert [(each.path, each.message) for each in problems] == ([] if old_is_fine else refused)
    assert isinstance(parse_policy(old, kind, accept_2008=True), Policy)


@pytest.mark.parametrize(
    ("type", "name", "accepted"),
    [
        ("AWS", "*", True),
        ("AWS", "111122223333", True),
        ("AWS", "arn:aws:iam::111122223333:root", True),
        ("AWS", "arn:aws-cn:iam::111122223333:user/team/alice", True),
        ("AWS", "arn:aws:iam::111122223333:role/app", True),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/app/session", True),
        ("AWS", "arn:aws:sts::111122223333:federated-user/bob", True),
        ("AWS", "AIDA2345672345672345A", True),
        ("AWS", "AROA2345672345672345A", True),
        ("AWS", "AGPA2345672345672345A", False),
        ("AWS", "arn:aws:iam::111122223333:group/team", False),
        ("AWS", "arn:aws:iam::111122223333:user/*", False),
        ("AWS", "arn:aws:iam::111122223333:user/al?ce", False),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/app/*", False),
        ("AWS", "arn:aws:iam::1111:root", False),
        ("AWS", "1111", False),
        ("AWS", "alice", False),
        ("Service", "ec2.amazonaws.com", True),
        ("Service", "documents.example.com", True),
        ("Service", "*", False),
        ("Service", "ec2", False),
        ("Federated", "accounts.google.com", True),
        ("Federated", "arn:aws:iam::111122223333:saml-provider/idp", True),
        ("Federated", "arn:aws:iam::111122223333:oidc-provider/login.example.com/id/A1", True),
        ("Federated", "*", False),
        ("CanonicalUser", "a" * 64, True),
        ("CanonicalUser", "alice", False),
    ],
)
def test_principals_have_a_form(type: str, name: str, accepted: bool) -> None:
    text = document(RESOURCE, Principal={type: [name]})

    problems = find_problems(text, PolicyKind.RESOURCE)

    message = f'Invalid principal in policy: "{type.upper()}":"{name}"'
    assert [each.message for each in problems] == ([] if accepted else [message])


@pytest.mark.parametrize(
    ("text", "path", "detail"),
    [
        ('{"Statement": [}', "", "line 1, column 16"),
        (document(IDENTITY).replace("s3", "s\u20ac"), "", "U+20AC"),
        (document(IDENTITY, Extra=1), "Statement[0].Extra", "unknown element"),
        (document(IDENTITY, Effect=5), "Statement[0].Effect", "expected a string"),
        (document(IDENTITY, Action=["a:b", 5]), "Statement[0].Action[1]", "expected a string"),
        (document(IDENTITY, Condition={"StringLik": {"k": "v"}}), "Statement[0].Condition.StringLik", "no such"),
        (document(IDENTITY, Condition={"Bool": {"k": [{}]}}), "Statement[0].Condition.Bool.k", "expected a string"),
        (document(RESOURCE, Principal={"Aws": ALICE}), "Statement[0].Principal.Aws", "unknown element"),
        (document(RESOURCE, Principal=ALICE), "Statement[0].Principal", "expected an object"),
        (document(RESOURCE, NotPrincipal="*"), "Statement[0].NotPrincipal", "exclude each other"),
        (
            document(IDENTITY).replace('"Effect"', '"Sid": "a", "Sid": "a", "Effect"'),
            "Statement[0].Sid",
            "more than once",
        ),
        ('{"Id": "a", "Id": "b", "Statement": {"Effect": "Allow"}}', "Id", "more than once"),
        ('{"Version": "2013-01-01", "Statement": {"Effect": "Allow"}}', "Version", "2012-10-17"),
        ("{}", "Statement", "expected an object or a list"),
        ("[]", "", "expected an object"),
    ],
)
def test_a_syntax_error_says_where_and_what(text: str, path: str, detail: str) -> None:
    problem = find_problems(text, PolicyKind.RESOURCE)[0]

    assert (problem.path, problem.message) == (path, SYNTAX)
    assert detail in problem.detail


def test_every_problem_is_reported_awss_first() -> None:
    statements = [
        {"Effect": "allow", "Action": ["s3:GetObject", "x"], "Resource": ["*", "y"]},
        {"Effect": "Allow", "Sid": "a", "Action": "a:b:c", "Resource": "*", "Condition": {"DateEquals": {"k": "x"}}},
        {"Effect": "Allow", "Sid": "a", "Resource": []},
    ]

    problems = find_problems(json.dumps({"Statement": statements}), PolicyKind.IDENTITY)

    assert [each.path for each in problems] == [
        "Version",
        "Statement[0].Effect",
        "Statement[1].Condition.DateEquals.k",
        "Statement[2].Sid",
        "Statement[2]",
        "Statement[0].Resource",
        "Statement[0].Action",
        "Statement[1].Action",
        "Statement[2]",
    ]


@pytest.mark.parametrize(
    "text",
    [
        document(IDENTITY, Condition={"x" * 100_000: {str(n): 1 for n in range(10_000)}}),
        document(IDENTITY, **{str(n): 1 for n in range(20_000)}),
        document(IDENTITY, Action=["x"] * 40_000),
    ],
)
def test_problems_without_end_are_cut_off(text: str) -> None:
    problems = find_problems(text, PolicyKind.IDENTITY)

    assert len(problems) <= MOST_PROBLEMS
    assert sum(len(each.path) for each in problems) < 100_000
