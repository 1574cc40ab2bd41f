"""Lint: each rule finds what it is for, and leaves alone what only looks like it."""

import json
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Any, ClassVar

import pytest
from doorward_policy import PolicyKind, parse_policy
from doorward_policy.lint import Finding, Severity, lint
from doorward_policy.lint.overlap import MOST_STATEMENTS
from doorward_policy.lint.rules import MOST_FINDINGS

BUCKET = "arn:aws:s3:::reports/*"
GITHUB = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
OIDC = "arn:aws:iam::111111111111:oidc-provider/login.example.com/realm"
MFA = "aws:MultiFactorAuthPresent"


class Small:
    """A catalogue with three services."""

    names: ClassVar = {
        "s3": ("GetObject", "GetObjectAcl", "PutObject"),
        "iam": ("PassRole",),
        "codeconnections": ("UseConnection",),
    }

    def services(self) -> Collection[str]:
        return self.names

    def actions(self, service: str) -> Collection[str]:
        return self.names[service]

    def matches(self, service: str, pattern: str) -> bool:
        return any(fnmatchcase(name.lower(), pattern.lower()) for name in self.names[service])

    def resource_services(self, service: str) -> Collection[str]:
        return {service}


def statement(**elements: Any) -> dict[str, Any]:
    """A statement that nothing is to be said about, but for the elements given; None takes one away."""
    whole = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET, **elements}
    return {name: value for name, value in whole.items() if value is not None}


def negated(element: str, *values: str, **others: Any) -> dict[str, Any]:
    return statement(**{element: None, f"Not{element}": list(values), **others})


def resource(principal: Any = "*", **elements: Any) -> dict[str, Any]:
    return statement(Principal=principal, **elements)


def trust(principal: Any, action: str = "sts:AssumeRole", **condition: Any) -> dict[str, Any]:
    return statement(Principal=principal, Action=action, Resource=None, Condition=condition)


def when(effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    return statement(Effect=effect, Condition={name.replace("__", ":"): keys for name, keys in condition.items()})


def findings(
    *statements: dict[str, Any],
    kind: PolicyKind = PolicyKind.IDENTITY,
    version: str | None = "2012-10-17",
    catalogue: Small | None = None,
) -> tuple[Finding, ...]:
    document = {"Statement": list(statements)} | ({"Version": version} if version else {})
    return lint(parse_policy(json.dumps(document), kind, accept_2008=True), kind, catalogue)


def rules(*statements: dict[str, Any], **how: Any) -> list[tuple[str, str]]:
    """Which rules found something, and where."""
    return [(each.rule, each.path) for each in findings(*statements, **how)]


def test_nothing_is_found_in_a_policy_that_says_what_it_means() -> None:
    assert findings(statement(), catalogue=Small()) == ()


def test_a_finding_says_where_what_why_and_what_to_do() -> None:
    [found] = findings(statement(Action="*", Resource="*"))

    assert found == Finding(
        path="Statement[0]",
        rule="grants-everything",
        severity=Severity.WARNING,
        reason="allows every action on every resource: whoever has this policy administers the account",
        remedy="name the actions and the resources that are needed",
    )


# --- grants ---

CONDITION = {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize(
    ("one", "rule", "path"),
    [
        (statement(Action="*", Resource="*"), "grants-everything", ""),
        (statement(Action=["s3:GetObject", "*"], Resource=["arn:aws:*:*:*:*"]), "grants-everything", ""),
        (negated("Action", "iam:*", Resource="*"), "grants-all-but", ".NotAction"),
        (negated("Resource", BUCKET, Action="*"), "grants-all-but", ".NotResource"),
        (statement(Action="s3:*", Resource="*"), "grants-whole-service", ".Action"),
    ],
)
def test_a_grant_of_nearly_everything_is_found(one: dict[str, Any], rule: str, path: str) -> None:
    assert (rule, f"Statement[0]{path}") in rules(one)


@pytest.mark.parametrize(
    "one",
    [
        statement(Action="*", Resource="*", Effect="Deny"),
        statement(Action="*", Resource="*", Condition=CONDITION),
        statement(Action="*", Resource=BUCKET),
        negated("Action", "iam:*", Resource=BUCKET),
        negated("Action", "iam:*", Resource="*", Effect="Deny"),
        negated("Resource", BUCKET),
        statement(Action="s3:*"),
        statement(Action="s3:Get*", Resource="*"),
        statement(Action="s3:*", Resource="*", Condition=CONDITION),
    ],
)
def test_a_grant_that_is_limited_is_left_alone(one: dict[str, Any]) -> None:
    assert rules(one) == []


@pytest.mark.parametrize("kind", [PolicyKind.SCP, PolicyKind.BOUNDARY, PolicyKind.SESSION])
def test_what_only_limits_may_allow_everything(kind: PolicyKind) -> None:
    assert rules(statement(Action="*", Resource="*"), kind=kind) == []


# --- principals ---


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (resource("*"), "opens-to-everyone"),
        (resource({"AWS": ["111111111111", "*"]}), "opens-to-everyone"),
        (statement(NotPrincipal={"AWS": "111111111111"}), "allows-not-principal"),
    ],
)
def test_a_resource_that_is_open_is_found(one: dict[str, Any], rule: str) -> None:
    assert [found for found, _ in rules(one, kind=PolicyKind.RESOURCE)] == [rule]


@pytest.mark.parametrize(
    "one",
    [
        resource("*", Effect="Deny"),
        resource("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        resource({"AWS": "111111111111"}),
        statement(NotPrincipal={"AWS": "111111111111"}, Effect="Deny"),
    ],
)
def test_a_resource_that_is_not_open_is_left_alone(one: dict[str, Any]) -> None:
    assert rules(one, kind=PolicyKind.RESOURCE) == []


WEB = "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("one", "rule", "severity"),
    [
        (trust("*"), "trusts-everyone", "error"),
        (trust("*", Bool={"aws:SecureTransport": "true"}), "trusts-everyone", "error"),
        (trust("*", StringLike={"aws:PrincipalArn": "*"}), "trusts-everyone", "error"),
        (trust("*", StringNotEquals={"sts:ExternalId": "x"}), "trusts-everyone", "error"),
        (trust("*", StringEqualsIfExists={"sts:ExternalId": "x"}), "trusts-everyone", "error"),
        (trust({"AWS": "111111111111"}), "trusts-account", "info"),
        (trust({"AWS": "arn:aws:iam::111111111111:root"}), "trusts-account", "info"),
        (trust({"Federated": OIDC}, WEB), "federation-without-condition", "error"),
        (
            trust({"Federated": "accounts.google.com"}, WEB, Bool={"aws:SecureTransport": "true"}),
            "federation-without-condition",
            "error",
        ),
        (
            trust({"Federated": GITHUB}, WEB, StringEquals={"token.actions.githubusercontent.com:aud": "sts"}),
            "federation-without-condition",
            "error",
        ),
        (
            trust({"Federated": GITHUB}, WEB, StringLike={"token.actions.githubusercontent.com:sub": "*"}),
            "federation-without-condition",
            "error",
        ),
    ],
)
def test_a_role_that_trusts_too_many_is_found(one: dict[str, Any], rule: str, severity: str) -> None:
    [found] = findings(one, kind=PolicyKind.TRUST)

    assert (found.rule, found.path, found.severity) == (rule, "Statement[0].Principal", severity)


@pytest.mark.parametrize(
    "one",
    [
        trust("*", StringEquals={"sts:ExternalId": "x"}),
        trust("*", StringEquals={"aws:PrincipalOrgID": "o-1"}),
        trust("*", StringLike={"aws:PrincipalTag/team": "a*"}),
        trust({"AWS": "111111111111"}, StringEquals={"sts:ExternalId": "x"}),
        trust({"AWS": "arn:aws:iam::111111111111:user/alice"}),
        trust({"Service": "ec2.amazonaws.com"}),
        trust({"Federated": OIDC}, WEB, StringEquals={"login.example.com/realm:aud": "app"}),
        trust({"Federated": GITHUB}, WEB, StringLike={"token.actions.githubusercontent.com:sub": "repo:o/r:*"}),
        trust({"Federated": "arn:aws:iam::111111111111:saml-provider/p"}, "sts:AssumeRoleWithSAML"),
    ],
)
def test_a_role_that_trusts_few_is_left_alone(one: dict[str, Any]) -> None:
    assert rules(one, kind=PolicyKind.TRUST) == []


# --- actions ---


@pytest.mark.parametrize(
    ("action", "rule", "advice"),
    [
        ("s3:GetObjct", "unknown-action", "did you mean `s3:GetObject`?"),
        ("S3:getobjekt", "unknown-action", "did you mean `s3:GetObject`?"),
        ("s3:Fly", "unknown-action", "if it is an action of your own"),
        ("s3:Fly*", "unknown-action", "if it is an action of your own"),
        ("codeconection:UseConnection", "unknown-service", "did you mean `codeconnections`?"),
        ("warehouse:Ship", "unknown-service", "if it is a service of your own, all is well"),
    ],
)
def test_what_the_catalogue_does_not_know_is_found(action: str, rule: str, advice: str) -> None:
    [found] = findings(statement(Action=action, Resource="*"), catalogue=Small())

    assert (found.rule, found.path, found.severity) == (rule, "Statement[0].Action", Severity.WARNING)
    assert found.remedy.startswith(advice)


@pytest.mark.parametrize("action", ["s3:GetObject", "S3:GETOBJECT", "s3:Get*", "s3:?etObject", "iam:*Role"])
def test_what_the_catalogue_knows_is_left_alone(action: str) -> None:
    assert rules(statement(Action=action, Resource="*"), catalogue=Small()) == []


def test_without_a_catalogue_every_action_is_known() -> None:
    assert rules(statement(Action=["s3:GetObjct", "warehouse:Ship"])) == []


def test_no_more_than_some_unknown_actions_of_a_statement_are_named() -> None:
    found = findings(statement(Action=[f"s3:Fly{number}" for number in range(100)]), catalogue=Small())

    assert len(found) == 21
    assert found[-1].reason.startswith("there are more")


# --- resources ---


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("arn:aws:s*:::reports", "wildcard-service"),
        ("arn:aws:*:::reports", "wildcard-service"),
        ("arn:aws:s3", "short-arn"),
        ("arn:aws:sqs:eu-central-1:111111111111:queue", "service-mismatch"),
        ("arn:aws:s3:::${aws:username}:${aws:userid}", None),
        ("arn:aws:*:*:*:*", None),
        ("arn:aws:s3:::reports:a:b", None),
        ("arn:aws:s3-object-lambda:eu-central-1:111111111111:accesspoint/a", None),
        ("*", None),
    ],
)
def test_a_resource_that_is_not_what_it_looks_like_is_found(text: str, rule: str | None) -> None:
    found = rules(statement(Resource=text), catalogue=Small())

    assert found == ([(rule, "Statement[0].Resource")] if rule else [])


@pytest.mark.parametrize(
    "one",
    [
        statement(Action=["s3:GetObject", "iam:PassRole"], Resource="arn:aws:iam::111111111111:role/r"),
        statement(Action="*", Resource="arn:aws:iam::111111111111:role/r"),
        negated("Action", "s3:GetObject", Resource="arn:aws:iam::111111111111:role/r"),
        statement(
            Action="codeconnections:UseConnection", Resource="arn:aws:codestar-connections:eu-west-1:111111111111:c/1"
        ),
    ],
)
def test_a_resource_that_some_action_may_be_for_is_left_alone(one: dict[str, Any]) -> None:
    assert rules(one, catalogue=Small()) == []


# --- variables ---


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_a_variable_in_an_old_document_is_found(version: str | None) -> None:
    one = statement(
        Resource="arn:aws:s3:::${aws:username}", Condition={"StringLike": {"s3:prefix": "${aws:username}/*"}}
    )

    assert rules(one, version=version) == [
        ("old-version", "Version"),
        ("variable-not-expanded", "Statement[0].Resource"),
        ("variable-not-expanded", "Statement[0].Condition.StringLike.s3:prefix"),
    ]
    assert rules(one) == []


@pytest.mark.parametrize(
    ("one", "path"),
    [
        (statement(Resource="arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:q"), "Resource"),
        (when(NumericEquals={"s3:max-keys": "${aws:userid}"}), "Condition.NumericEquals.s3:max-keys"),
        (when(IpAddress={"aws:SourceIp": "${aws:PrincipalTag/ip}"}), "Condition.IpAddress.aws:SourceIp"),
        (statement(Action="s3:Get${team}"), "Action"),
    ],
)
def test_a_variable_where_there_can_be_none_is_found(one: dict[str, Any], path: str) -> None:
    assert rules(one) == [("variable-not-expanded", f"Statement[0].{path}")]


# --- values ---

MULTIVALUED = {"aws:TagKeys": ["a"]}


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericLessThan", "ten"),
        ("Bool", "yes"),
        ("Null", "maybe"),
        ("BinaryEquals", "!!"),
        ("IpAddress", "10.0.0.0/33"),
        ("NotIpAddress", "10.0.0"),
        ("ArnLike", "MyRole*"),
        ("ArnEquals", "123456789012"),
        ("ArnLike", "arn:aws:iam::role/admin"),
    ],
)
def test_a_value_that_is_none_of_its_operator_is_found(operator: str, value: str) -> None:
    assert rules(statement(Condition={operator: {"a:k": value}})) == [
        ("unreadable-value", f"Statement[0].Condition.{operator}.a:k")
    ]


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericLessThan", "-1.5e3"),
        ("DateLessThan", "2024-02-29T00:00Z"),
        ("Bool", "TRUE"),
        ("Bool", "${aws:PrincipalTag/admin}"),
        ("Null", "False"),
        ("BinaryEquals", "QmluYXJ5"),
        ("IpAddress", "10.1.2.3/8"),
        ("NotIpAddress", "2001:db8::/32"),
        ("ArnLike", "*"),
        ("ArnLike", "arn:aws:iam*"),
        ("ArnEquals", "arn:*:iam::*:role/admin"),
        ("StringEquals", "${*}"),
        ("StringEquals", "https://example.com/?page=1"),
        ("StringLike", "a*"),
    ],
)
def test_a_value_that_its_operator_can_read_is_left_alone(operator: str, value: str) -> None:
    assert rules(statement(Condition={operator: {"a:k": value}})) == []


@pytest.mark.parametrize(
    ("operator", "severity"),
    [
        ("StringEquals", "error"),
        ("ForAnyValue:StringLike", "error"),
        ("StringNotEquals", "warning"),
        ("StringEqualsIfExists", "warning"),
    ],
)
def test_an_empty_list_of_values_is_found(operator: str, severity: str) -> None:
    [found] = findings(statement(Condition={operator: {"a:k": []}}))

    assert (found.rule, found.severity) == ("no-values", severity)


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEqualsIgnoreCase", "ForAnyValue:StringEquals"])
def test_a_wildcard_that_is_just_a_character_is_found(operator: str) -> None:
    [found] = findings(statement(Condition={operator: {"a:k": ["plain", "dev-*"]}}))

    assert found.rule == "wildcard-not-expanded"
    assert "Like` is meant" in found.remedy


# --- keys with several values, or none ---


def test_a_multivalued_key_without_set_operator_is_found() -> None:
    assert rules(when(StringEquals={"aws:tagkeys": "a"})) == [
        ("set-operator-missing", "Statement[0].Condition.StringEquals.aws:tagkeys")
    ]
    assert rules(when(ForAnyValue__StringEquals=MULTIVALUED)) == []
    assert rules(when(Null={"aws:TagKeys": "true"})) == []


@pytest.mark.parametrize(("key", "severity"), [("aws:CalledVia", "warning"), ("aws:TagKeys", "info")])
def test_for_all_values_that_holds_without_the_key_is_found(key: str, severity: str) -> None:
    [found] = findings(when(ForAllValues__StringEquals={key: ["a"]}))

    assert (found.rule, found.severity) == ("for-all-values-without-null", severity)


@pytest.mark.parametrize(
    "one",
    [
        when("Deny", ForAllValues__StringEquals=MULTIVALUED),
        when(ForAllValues__StringEquals=MULTIVALUED, Null={"AWS:tagkeys": "false"}),
        when(ForAllValues__StringEquals=MULTIVALUED, ForAnyValue__StringLike={"aws:TagKeys": ["*"]}),
        when(ForAnyValue__StringEquals=MULTIVALUED),
    ],
)
def test_for_all_values_that_needs_the_key_is_left_alone(one: dict[str, Any]) -> None:
    assert rules(one) == []


# --- contradictions ---

TEN = "10.0.0.0/8"


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"a:k": ["x", "y"], "A:K": "z"}},
        {"StringEquals": {"a:k": "x"}, "StringEqualsIfExists": {"a:k": "y"}},
        {"StringEquals": {"a:k": "x"}, "StringNotEquals": {"a:k": ["x", "y"]}},
        {"StringEquals": {"a:k": "x"}, "StringLike": {"a:k": "y*"}},
        {"StringEquals": {"a:k": "x"}, "StringEqualsIgnoreCase": {"a:k": "y"}},
        {"StringEqualsIgnoreCase": {"a:k": "x"}, "StringEqualsIgnoreCaseIfExists": {"a:k": "y"}},
        {"StringEquals": {"a:k": "x"}, "Null": {"a:k": "true"}},
        {"ForAnyValue:StringEquals": {"a:k": "x"}, "Null": {"a:k": True}},
        {"Null": {"a:k": "true", "A:K": "false"}},
        {"Bool": {"a:k": "true"}, "BoolIfExists": {"a:k": "FALSE"}},
        {"NumericLessThan": {"a:k": "5"}, "NumericGreaterThan": {"a:k": "5"}},
        {"NumericLessThanEquals": {"a:k": ["1", "5"]}, "NumericGreaterThan": {"a:k": "5.0"}},
        {"NumericEquals": {"a:k": "7"}, "NumericLessThan": {"a:k": "7"}},
        {"DateLessThan": {"a:k": "2024-01-01"}, "DateGreaterThan": {"a:k": "2024-01-01T00:00:00+00:00"}},
        {"IpAddress": {"a:k": TEN}, "IpAddressIfExists": {"a:k": ["11.0.0.0/8", "2001:db8::/32"]}},
        {"IpAddress": {"a:k": ["10.1.0.0/16", "10.2.3.4"]}, "NotIpAddress": {"a:k": TEN}},
    ],
)
def test_conditions_that_cannot_hold_at_once_are_found(condition: dict[str, Any]) -> None:
    [found] = findings(statement(Condition=condition))

    assert (found.rule, found.severity) == ("contradicting-conditions", Severity.ERROR)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"a:k": ["x", "y"], "A:K": "y"}},
        {"StringEquals": {"a:k": "x", "a:l": "y"}},
        {"StringEqualsIfExists": {"a:k": "x", "A:K": "y"}},
        {"StringEquals": {"a:k": "x"}, "StringNotEquals": {"a:k": "y"}},
        {"StringEquals": {"a:k": "X"}, "StringEqualsIgnoreCase": {"a:k": "x"}},
        {"StringEquals": {"a:k": "x", "A:K": "${a:l}"}},
        {"ForAnyValue:StringEquals": {"a:k": "x", "A:K": "y"}},
        {"StringEqualsIfExists": {"a:k": "x"}, "Null": {"a:k": "true"}},
        {"StringNotEquals": {"a:k": "x"}, "Null": {"a:k": "true"}},
        {"StringEquals": {"a:k": "x"}, "Null": {"a:k": ["true", "false"]}},
        {"NumericLessThanEquals": {"a:k": "5"}, "NumericGreaterThanEquals": {"a:k": "5"}},
        {"NumericLessThan": {"a:k": ["1", "9"]}, "NumericGreaterThan": {"a:k": "5"}},
        {"NumericLessThan": {"a:k": "5"}, "NumericGreaterThan": {"a:l": "5"}},
        {"DateGreaterThan": {"a:k": "2024-01-01"}, "DateLessThan": {"a:k": "2024-01-02"}},
        {"IpAddress": {"a:k": TEN}, "IpAddressIfExists": {"a:k": "10.1.0.0/16"}},
        {"IpAddress": {"a:k": TEN}, "NotIpAddress": {"a:k": "10.1.0.0/16"}},
    ],
)
def test_conditions_that_can_hold_at_once_are_left_alone(condition: dict[str, Any]) -> None:
    assert rules(statement(Condition=condition)) == []


def test_a_value_that_cannot_be_read_is_not_called_a_contradiction_too() -> None:
    found = rules(when(NumericEquals={"a:k": "ten"}, NumericLessThan={"a:k": "5"}))

    assert [rule for rule, _ in found] == ["unreadable-value"]


# --- multi-factor authentication ---

AGE = "aws:MultiFactorAuthAge"


@pytest.mark.parametrize(
    ("one", "remedy"),
    [
        (when("Deny", Bool={MFA: "false"}), "use `BoolIfExists`"),
        (when("Deny", Null={MFA: "true"}), "BoolIfExists"),
        (when(BoolIfExists={MFA: "true"}), "use `Bool`"),
        (when(Null={MFA: "false"}), '"Bool"'),
        (when("Deny", NumericGreaterThan={AGE: "3600"}), "use `NumericGreaterThanIfExists`"),
        (when(NumericLessThanIfExists={AGE: "3600"}), "use `NumericLessThan`"),
    ],
)
def test_a_condition_on_mfa_that_overlooks_credentials_is_found(one: dict[str, Any], remedy: str) -> None:
    [found] = findings(one)

    assert found.rule == "mfa-not-required"
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "statements",
    [
        [when("Deny", BoolIfExists={MFA: "false"})],
        [when("Deny", Bool={MFA: "false"}), when("Deny", Null={MFA: "true"})],
        [when(Bool={MFA: "true"})],
        [when(Bool={MFA: "true"}, Null={MFA: "false"})],
        [when(BoolIfExists={MFA: "true"}, Null={MFA: "false"})],
        [when("Deny", NumericGreaterThanIfExists={AGE: "3600"})],
        [when(NumericLessThan={AGE: "3600"})],
    ],
)
def test_a_condition_that_requires_mfa_is_left_alone(statements: list[dict[str, Any]]) -> None:
    assert rules(*statements) == []


# --- overlap ---

DENY = statement(Effect="Deny")


@pytest.mark.parametrize(
    ("allow", "deny"),
    [
        (statement(), DENY),
        (statement(Action="S3:getobject"), statement(Effect="Deny", Action="s3:Get*", Resource="*")),
        (statement(Action=["s3:GetObject", "s3:Put?x"]), statement(Effect="Deny", Action=["s3:Get*", "s3:P*"])),
        (statement(Resource="arn:aws:s3:::a/${aws:username}/*"), statement(Effect="Deny", Resource="arn:aws:s3:::a/*")),
        (statement(Condition=CONDITION), DENY),
        (statement(Condition=CONDITION), statement(Effect="Deny", Condition=CONDITION)),
        (negated("Action", "s3:*", "iam:*"), negated("Action", "s3:*", Effect="Deny")),
    ],
)
def test_an_allow_that_a_deny_undoes_is_found(allow: dict[str, Any], deny: dict[str, Any]) -> None:
    found = [each for each in findings(allow, deny) if each.rule == "unreachable-statement"]

    assert [each.path for each in found] == ["Statement[0]"]
    assert "`Statement[1]`" in found[0].reason


@pytest.mark.parametrize(
    ("allow", "deny"),
    [
        (statement(), statement(Effect="Deny", Condition=CONDITION)),
        (statement(Action="s3:Get*"), DENY),
        (statement(Action="s3:Get*"), statement(Effect="Deny", Action="s3:Get?")),
        (statement(Resource="*"), DENY),
        (statement(Resource="arn:aws:s3:::a/*"), statement(Effect="Deny", Resource="arn:aws:s3:::a/${aws:username}")),
        (statement(), negated("Action", "s3:GetObject", Effect="Deny")),
        (statement(), negated("Resource", BUCKET, Effect="Deny")),
        (negated("Action", "s3:*"), negated("Action", "s3:*", "iam:*", Effect="Deny")),
    ],
)
def test_an_allow_of_which_something_may_be_left_is_left_alone(allow: dict[str, Any], deny: dict[str, Any]) -> None:
    assert "unreachable-statement" not in [rule for rule, _ in rules(allow, deny)]


ALICE = {"AWS": "arn:aws:iam::111111111111:user/alice"}
BOTH = {"AWS": ["arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:user/bob"]}


@pytest.mark.parametrize(
    ("allowed", "denied", "found"),
    [(ALICE, "*", True), (ALICE, BOTH, True), (BOTH, ALICE, False), (ALICE, {"AWS": "111111111111"}, False)],
)
def test_principals_are_part_of_what_is_covered(allowed: Any, denied: Any, found: bool) -> None:
    statements = resource(allowed), resource(denied, Effect="Deny")

    assert bool(rules(*statements, kind=PolicyKind.RESOURCE)) is found


def test_a_deny_with_not_principal_covers_nothing() -> None:
    deny = statement(NotPrincipal={"AWS": "111111111111"}, Effect="Deny")

    assert rules(resource(ALICE), deny, kind=PolicyKind.RESOURCE) == []


@pytest.mark.parametrize(
    ("statements", "path"),
    [
        ([statement(), statement(Action="s3:Get*")], "Statement[0]"),
        ([statement(), statement(Action="S3:GetObject")], "Statement[1]"),
        ([statement(), statement(Condition=CONDITION)], "Statement[1]"),
        ([DENY, statement(Effect="Deny", Resource="*")], "Statement[0]"),
    ],
)
def test_a_statement_that_another_covers_is_found(statements: list[dict[str, Any]], path: str) -> None:
    assert rules(*statements) == [("redundant-statement", path)]


def test_statements_that_overlap_in_part_are_left_alone() -> None:
    assert rules(statement(Action=["s3:GetObject", "s3:PutObject"]), statement(Action="s3:Get*")) == []
    assert rules(statement(Condition=CONDITION), statement(Condition={"Bool": {"aws:SecureTransport": "false"}})) == []


@pytest.mark.parametrize(
    ("one", "path", "cited"),
    [
        (statement(Action=["s3:GetObject", "s3:Get*"]), "Action", "`s3:GetObject` (within `s3:Get*`)"),
        (statement(Action=["s3:GetObject", "S3:getobject"]), "Action", "`S3:getobject` (again)"),
        (negated("Action", "s3:*", "s3:Get*", Effect="Deny"), "NotAction", "`s3:Get*` (within `s3:*`)"),
        (statement(Resource=[BUCKET, "arn:aws:s3:::r*"]), "Resource", f"`{BUCKET}` (within `arn:aws:s3:::r*`)"),
    ],
)
def test_an_entry_that_another_of_its_list_covers_is_found(one: dict[str, Any], path: str, cited: str) -> None:
    [found] = [each for each in findings(one) if each.rule == "redundant-entry"]

    assert found.path == f"Statement[0].{path}"
    assert cited in found.reason


def test_entries_that_differ_in_case_are_one_action_but_two_resources() -> None:
    assert rules(statement(Resource=["arn:aws:s3:::a", "arn:aws:s3:::A"])) == []
    assert rules(statement(Action=["s3:GetObject", "s3:PutObject", "s3:List*"])) == []


# --- documents of any size ---


def test_more_statements_than_are_compared_are_told() -> None:
    statements = [statement(Resource=f"arn:aws:s3:::b{number}/*") for number in range(MOST_STATEMENTS + 1)]

    assert rules(*statements) == [("overlap-not-checked", "Statement")]
    assert rules(*statements[1:]) == []


def test_more_patterns_than_are_compared_are_told() -> None:
    actions = [f"s3:*{number}?*" for number in range(10_000, 13_000)]

    assert rules(statement(Action=actions)) == [("overlap-not-checked", "Statement")]


def test_more_findings_than_are_reported_are_told() -> None:
    keys = {f"a:k{number}": "x" for number in range(MOST_FINDINGS + 5)}
    found = findings(when(ForAllValues__StringEquals=keys))

    assert len(found) == MOST_FINDINGS + 1
    assert found[-1].rule == "too-many-findings"


def test_long_text_of_a_document_is_cited_in_part() -> None:
    [found] = findings(when(Bool={"a:k": "x" * 10_000}))

    assert len(found.reason) < 300
