"""Why a decision is as it is, as data."""

from typing import Any

import pytest
from doorward_policy import Effect, Explanation, Layers, NamedPolicy, PolicyKind, caller, explain
from doorward_policy.explain import Failure

from tests.policies import ACCOUNT, ALICE, asked, named

READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/*"}
ALL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
REPORT = "arn:aws:s3:::reports/q3"


def explained(
    *statements: dict[str, Any],
    context: dict[str, str] | None = None,
    boundary: list[NamedPolicy] | None = None,
    scp: tuple[list[NamedPolicy], ...] = (),
) -> Explanation:
    layers = Layers([named("p", *statements)], boundary=boundary, scp=scp)
    return explain(layers, asked("s3:GetObject", REPORT, context))


def only_failure(explanation: Explanation) -> Failure:
    (miss,) = explanation.nearest
    (failure,) = miss.failures
    return failure


def test_an_allow_names_what_allowed_it() -> None:
    policy = NamedPolicy(name="p", version="v3", policy=named("p", ALL | {"Sid": "Everything"}).policy)

    explanation = explain(Layers([policy]), asked("s3:GetObject", REPORT))

    (layer,) = explanation.layers
    (ref,) = layer.allows
    assert (layer.kind, layer.level, layer.denies) == (PolicyKind.IDENTITY, None, ())
    assert (ref.policy, ref.version, ref.index, ref.sid) == ("p", "v3", 0, "Everything")
    assert (explanation.message, explanation.nearest) == (None, ())


def test_a_deny_names_itself_and_its_kind() -> None:
    deny = named("guard", {"Effect": "Deny", "Action": "*", "Resource": "*"})

    explanation = explained(ALL, scp=([named("full", ALL)], [deny]))

    assert explanation.decision.effect is Effect.EXPLICIT_DENY
    assert [(each.kind, each.level, len(each.denies)) for each in explanation.layers] == [
        (PolicyKind.IDENTITY, None, 0),
        (PolicyKind.SCP, 0, 0),
        (PolicyKind.SCP, 1, 1),
    ]
    assert explanation.message == (
        f"User: {ALICE.arn} is not authorized to perform: s3:GetObject on resource: {REPORT} "
        "with an explicit deny in a service control policy"
    )


@pytest.mark.parametrize(
    ("statement", "failure"),
    [
        (READ | {"Action": "s3:Put*"}, Failure(element="Action", expected=("s3:Put*",))),
        (
            {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
            Failure(element="NotAction", expected=("s3:*",)),
        ),
        (READ | {"Resource": "arn:aws:s3:::x"}, Failure(element="Resource", expected=("arn:aws:s3:::x",))),
        (
            READ | {"Resource": "arn:aws:s3:::${aws:username}/*"},
            Failure(element="Resource", expected=("arn:aws:s3:::${aws:username}/*",), missing_keys=("aws:username",)),
        ),
        (
            READ | {"Condition": {"StringEquals": {"x:Team": ["a", "b"]}}},
            Failure(
                element="Condition",
                operator="StringEquals",
                key="x:Team",
                expected=("a", "b"),
                missing_keys=("x:team",),
            ),
        ),
        (
            READ | {"Condition": {"StringEquals": {"x:level": "high"}}},
            Failure(element="Condition", operator="StringEquals", key="x:level", expected=("high",), actual="low"),
        ),
        (
            READ | {"Condition": {"StringEquals": {"x:level": "${x:wanted}"}}},
            Failure(
                element="Condition",
                operator="StringEquals",
                key="x:level",
                expected=("${x:wanted}",),
                actual="low",
                missing_keys=("x:wanted",),
            ),
        ),
    ],
)
def test_a_miss_says_what_failed(statement: dict[str, Any], failure: Failure) -> None:
    explanation = explained(statement, context={"x:level": "low"})

    assert only_failure(explanation) == failure
    assert explanation.missing_keys == failure.missing_keys


def test_the_nearest_come_first_and_are_few() -> None:
    far = [READ | {"Action": f"iam:Get{n}", "Resource": "arn:aws:iam::1:user/x"} for n in range(10)]
    near = READ | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}

    explanation = explained(*far, near)

    assert explanation.nearest[0].statement.index == 10
    assert len(explanation.nearest) == 5


def test_a_silent_boundary_is_what_the_denial_is_due_to() -> None:
    explanation = explained(ALL, boundary=[named("limit", READ | {"Action": "ec2:*"})])

    (miss,) = explanation.nearest
    assert (miss.kind, miss.statement.policy) == (PolicyKind.BOUNDARY, "limit")
    assert explanation.message is not None
    assert explanation.message.endswith("because no permissions boundary allows the s3:GetObject action")


def test_a_resource_policy_that_means_somebody_else_is_a_miss() -> None:
    bob = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": bob}
    layers = Layers([named("p", ALL)], resource=[named("trust", trust, kind=PolicyKind.TRUST)])

    explanation = explain(layers, asked("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app"))

    assert explanation.decision.due_to is PolicyKind.TRUST
    assert only_failure(explanation) == Failure(element="Principal", expected=(bob["AWS"],))
    assert explanation.message is not None
    assert explanation.message.endswith("because no role trust policy allows the sts:AssumeRole action")


def test_what_needs_no_permission_has_nothing_to_explain() -> None:
    explanation = explain(Layers([named("p", ALL)]), asked("sts:GetCallerIdentity", "*"))

    assert (explanation.decision.effect, explanation.layers) == (Effect.ALLOW, ())


def test_scps_that_do_not_bind_are_not_named() -> None:
    service = caller("ec2.amazonaws.com")
    layers: Layers[list[NamedPolicy]] = Layers([], scp=([named("full", ALL)],))

    explanation = explain(layers, asked("s3:GetObject", REPORT, who=service))

    assert [layer.kind for layer in explanation.layers] == [PolicyKind.IDENTITY]
    assert explanation.decision.due_to is PolicyKind.RESOURCE
