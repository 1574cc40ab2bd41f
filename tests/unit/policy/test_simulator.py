"""What a simulation answers: decisions, the statements behind them, missing keys, details."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from doorward_kernel.errors import InvalidInput
from doorward_policy import Caller, Layers, PolicyKind, caller, parse_policy
from doorward_policy.simulation import (
    EvalDecision,
    Simulated,
    Simulator,
    SourcePolicy,
    SourceType,
    boundary_inputs,
    check_actions,
    check_resources,
    combined,
    known_policy,
    policy_inputs,
    resource_input,
)
from doorward_policy.variables import Context

from tests.policies import ACCOUNT, ALICE

OTHER = "444455556666"
BUCKET = "arn:aws:s3:::reports/q3"
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/*"}
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
ALL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TO_ALICE: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": ALICE.arn}, "Action": "s3:*", "Resource": "*"}


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def simulated(
    *statements: Mapping[str, Any],
    action: str = "s3:GetObject",
    resource: str = BUCKET,
    owner: str = ACCOUNT,
    context: Context | None = None,
    boundary: str | None = None,
    policy: str | None = None,
    scp: tuple[Sequence[SourcePolicy], ...] = (),
    who: Caller = ALICE,
) -> Simulated:
    layers = Layers[Sequence[SourcePolicy]](
        identity=policy_inputs([document(*statements)]),
        boundary=boundary_inputs([boundary]) if boundary else None,
        resource=[resource_input(policy)] if policy else None,
        scp=scp,
    )
    return Simulator(layers, who, context or {}).simulate(action, resource, owner)


def ids(result: Simulated) -> list[str]:
    return [each.source_policy_id for each in result.matched]


# --- decisions and what they are due to ---


DATED = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)


@pytest.mark.parametrize(
    ("time", "decision", "positions"),
    [
        ("2019-04-25T11:00:00Z", "allowed", [("PolicyInputList.1", "none", 1, 38, 1, 167)]),
        ("2014-04-25T11:00:00Z", "implicitDeny", []),
    ],
)
def test_the_examples_of_the_command_line_reference(time: str, decision: str, positions: list[Any]) -> None:
    simulator = Simulator(Layers(policy_inputs([DATED])), ALICE, {"aws:currenttime": time})

    result = simulator.simulate("dynamodb:CreateBackup", "*", ACCOUNT)

    assert (result.resource, result.decision, result.missing_context_values) == ("*", decision, ())
    assert [
        (
            each.source_policy_id,
            each.source_policy_type,
            each.start.line,
            each.start.column,
            each.end.line,
            each.end.column,
        )
        for each in result.matched
    ] == positions
    assert (result.allowed_by_boundary, result.allowed_by_organizations, result.details) == (None, None, {})


def test_a_deny_is_all_that_is_cited_of_a_denial() -> None:
    result = simulated(ALLOW, DENY, action="s3:DeleteObject")

    (matched,) = result.matched
    assert result.decision is EvalDecision.EXPLICIT_DENY
    assert matched.start.column == len(document(ALLOW)) - 1


def test_a_boundary_that_is_silent_denies_and_says_so() -> None:
    result = simulated(ALLOW, boundary=document(ALL | {"Action": "sqs:*"}))

    assert (result.decision, result.matched, result.allowed_by_boundary) == (EvalDecision.IMPLICIT_DENY, (), False)


def test_a_boundary_that_allows_is_cited_beside_the_policy() -> None:
    result = simulated(ALLOW, boundary=document(ALL))

    assert (result.decision, result.allowed_by_boundary) == (EvalDecision.ALLOWED, True)
    assert ids(result) == ["PolicyInputList.1", "PermissionsBoundaryPolicyInputList.1"]


def test_a_boundary_that_denies_does_not_allow() -> None:
    result = simulated(ALL, boundary=document(ALL, DENY), action="s3:DeleteObject")

    assert (result.decision, result.allowed_by_boundary) == (EvalDecision.EXPLICIT_DENY, False)
    assert ids(result) == ["PermissionsBoundaryPolicyInputList.1"]


@pytest.mark.parametrize(
    ("levels", "decision", "by_organizations"),
    [
        ([ALL], "allowed", True),
        ([ALL, ALL | {"Action": "sqs:*"}], "implicitDeny", False),
        ([ALL, DENY | {"Action": "s3:*"}], "explicitDeny", False),
    ],
)
def test_every_level_of_scps_must_allow(levels: list[Any], decision: str, by_organizations: bool) -> None:
    scp = tuple([known_policy("scp", SourceType.NONE, document(level))] for level in levels)

    result = simulated(ALLOW, scp=scp)

    assert (result.decision, result.allowed_by_organizations) == (decision, by_organizations)


def test_scps_that_do_not_bind_are_not_reported() -> None:
    linked = caller(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/a.amazonaws.com/Linked")

    result = simulated(ALLOW, scp=([known_policy("scp", SourceType.NONE, document(DENY))],), who=linked)

    assert (result.decision, result.allowed_by_organizations) == (EvalDecision.ALLOWED, None)


# --- resource policies, and accounts ---


def test_a_resource_policy_grants_in_the_same_account() -> None:
    result = simulated(DENY, policy=document(TO_ALICE))

    assert (result.decision, ids(result), result.details) == (EvalDecision.ALLOWED, ["ResourcePolicy"], {})
    assert result.matched[0].source_policy_type is SourceType.RESOURCE


@pytest.mark.parametrize(
    ("identity", "policy", "decision", "details"),
    [
        (ALLOW, TO_ALICE, "allowed", ("allowed", "allowed")),
        (DENY, TO_ALICE, "implicitDeny", ("implicitDeny", "allowed")),
        (ALLOW, TO_ALICE | {"Action": "sqs:*"}, "implicitDeny", ("allowed", "implicitDeny")),
        (ALLOW, TO_ALICE | {"Effect": "Deny"}, "explicitDeny", ("allowed", "explicitDeny")),
    ],
)
def test_across_accounts_both_sides_must_allow(
    identity: Any, policy: Any, decision: str, details: tuple[str, str]
) -> None:
    result = simulated(identity, policy=document(policy), owner=OTHER)

    assert result.decision == decision
    assert (result.details["IAM Policy"], result.details["Resource Policy"]) == details


@pytest.mark.parametrize(
    ("statements", "context", "resource", "is_about_it"),
    [
        ([TO_ALICE | {"Resource": "arn:aws:s3:::other/*"}], {}, BUCKET, False),
        ([TO_ALICE | {"Resource": "arn:aws:s3:::other/*"}], {}, "*", True),
        ([TO_ALICE | {"Resource": "arn:aws:s3:::${aws:username}/*"}], {}, BUCKET, True),
        ([TO_ALICE | {"Resource": "arn:aws:s3:::${aws:username}/*"}], {"aws:username": "reports"}, BUCKET, True),
        ([TO_ALICE | {"Resource": "arn:aws:s3:::${aws:username}/*"}], {"aws:username": "bob"}, BUCKET, False),
        ([TO_ALICE | {"Resource": "arn:aws:s3:::other/*"}, TO_ALICE | {"Action": "sqs:*"}], {}, BUCKET, True),
    ],
)
def test_a_resource_policy_must_be_about_each_resource(
    statements: Any, context: Context, resource: str, is_about_it: bool
) -> None:
    layers = Layers[Sequence[SourcePolicy]](identity=[], resource=[resource_input(document(*statements))])
    simulator = Simulator(layers, ALICE, context)

    if is_about_it:
        simulator.check_resource(resource)
    else:
        with pytest.raises(InvalidInput, match=r"`resourcePolicy` is not one of `arn:aws:s3:::reports/q3`"):
            simulator.check_resource(resource)


def test_when_an_scp_denies_the_simulation_ends_without_details() -> None:
    scp = ([known_policy("scp", SourceType.NONE, document(DENY | {"Action": "*"}))],)

    assert simulated(ALLOW, policy=document(TO_ALICE), owner=OTHER, scp=scp).details == {}


@pytest.mark.parametrize(
    ("action", "resource", "owner"),
    [
        ("s3:GetObject", BUCKET, OTHER),
        ("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/app", OTHER),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app", ACCOUNT),
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{OTHER}:key/k", OTHER),
    ],
)
def test_without_a_resource_policy_only_the_callers_side_is_judged(action: str, resource: str, owner: str) -> None:
    allowed = simulated(ALL, action=action, resource=resource, owner=owner)
    silent = simulated(ALL | {"Action": "sqs:*"}, action=action, resource=resource, owner=owner)

    assert (allowed.decision, ids(allowed), allowed.details) == (EvalDecision.ALLOWED, ["PolicyInputList.1"], {})
    assert (silent.decision, ids(silent)) == (EvalDecision.IMPLICIT_DENY, [])


def test_an_action_that_needs_no_permission_is_allowed_by_nothing() -> None:
    result = simulated(DENY | {"Action": "*"}, action="sts:GetCallerIdentity", resource="*")

    assert (result.decision, result.matched) == (EvalDecision.ALLOWED, ())


# --- missing context values ---


def on_condition(**block: Mapping[str, Any]) -> dict[str, Any]:
    return ALLOW | {"Condition": block}


HOME = ALLOW | {"Resource": "arn:aws:s3:::reports/${aws:username}/*"}


@pytest.mark.parametrize(
    ("statement", "context", "missing"),
    [
        pytest.param(on_condition(Bool={"aws:Secure": "true"}), {}, ["aws:Secure"], id="a condition"),
        pytest.param(
            on_condition(Bool={"aws:Secure": "true"}), {"aws:secure": "false"}, [], id="given, though it fails"
        ),
        pytest.param(on_condition(Null={"aws:Secure": "true"}), {}, ["aws:Secure"], id="presence"),
        pytest.param(
            on_condition(StringEquals={"s3:k": "${aws:u}"}), {"s3:k": "a"}, ["aws:u"], id="a variable in a value"
        ),
        pytest.param(
            on_condition(StringEquals={"s3:k": "${aws:u, 'x'}"}), {"s3:k": "a"}, ["aws:u"], id="with a default"
        ),
        pytest.param(
            on_condition(StringEquals={"s3:key": "a", "S3:KEY2": "b"}), {}, ["s3:key", "S3:KEY2"], id="several"
        ),
        pytest.param(
            DENY | {"Action": "*", "Condition": {"Bool": {"aws:Mfa": "false"}}}, {}, ["aws:Mfa"], id="of a deny"
        ),
        pytest.param(on_condition(Bool={"aws:Secure": "true"}) | {"Action": "sqs:*"}, {}, [], id="of another action"),
        pytest.param(
            on_condition(Bool={"aws:Secure": "true"}) | {"Resource": "arn:aws:s3:::x"}, {}, [], id="elsewhere"
        ),
        pytest.param(
            HOME | {"Resource": "arn:aws:s3:::reports/${aws:username}"}, {}, ["aws:username"], id="a resource"
        ),
        pytest.param(HOME, {}, [], id="a resource that no value makes this one"),
        pytest.param(
            {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::reports/${aws:username}"},
            {},
            ["aws:username"],
            id="all but a resource",
        ),
        pytest.param(
            {"Effect": "Deny", "Action": "s3:*", "NotResource": [BUCKET, "arn:aws:s3:::reports/${aws:username}"]},
            {},
            [],
            id="all but a resource, and this one in any case",
        ),
    ],
)
def test_what_the_statements_that_bear_on_a_request_lack_is_missing(
    statement: Any, context: Context, missing: list[str]
) -> None:
    assert list(simulated(statement, context=context).missing_context_values) == missing


def test_a_resource_policy_about_others_lacks_nothing() -> None:
    condition = {"Condition": {"Bool": {"aws:Secure": "true"}}}

    ours = simulated(ALLOW, policy=document(TO_ALICE | condition))
    theirs = simulated(ALLOW, policy=document(TO_ALICE | condition | {"Principal": {"AWS": OTHER}}))

    assert (ours.missing_context_values, theirs.missing_context_values) == (("aws:Secure",), ())


# --- arguments ---


def test_the_worst_decision_is_that_of_all_resources() -> None:
    allowed, silent, denied = simulated(ALLOW), simulated(DENY), simulated(DENY | {"Action": "*"})

    assert combined([allowed, allowed]) is EvalDecision.ALLOWED
    assert combined([allowed, silent]) is EvalDecision.IMPLICIT_DENY
    assert combined([denied, silent, allowed]) is EvalDecision.EXPLICIT_DENY


def test_a_bad_document_is_refused_by_its_place_with_awss_message() -> None:
    good, bad = document(ALLOW), document(ALLOW | {"Resource": "reports"})

    with pytest.raises(InvalidInput, match=r'`policyInputList.2`: Resource reports must be in ARN format or "\*"\.'):
        policy_inputs([good, bad])
    with pytest.raises(InvalidInput, match=r"`permissionsBoundaryPolicyInputList.1`: Syntax errors in policy."):
        boundary_inputs(["{"])
    with pytest.raises(InvalidInput, match="`resourcePolicy`: Missing required field Principal"):
        resource_input(good)
    with pytest.raises(InvalidInput, match=r"`policyInputList.1` has 1 to 131072 characters, this one 0"):
        policy_inputs([""])
    with pytest.raises(InvalidInput, match="at most one policy"):
        boundary_inputs([good, good])
    with pytest.raises(InvalidInput, match="at most 100 policies"):
        policy_inputs([good] * 101)


@pytest.mark.parametrize("action", ["s3:*", "s3:Get?", "*", "s3", ":Get", "s3:", "s3:a b", "s3:" + "a" * 126, "", "a:"])
def test_an_action_is_named_in_full(action: str) -> None:
    with pytest.raises(InvalidInput, match=r"`actionNames.2`: "):
        check_actions(["s3:GetObject", action])


def test_there_are_some_actions_and_not_too_many() -> None:
    check_actions(["iam:CreateUser"] * 1000)
    for bad in ([], ["iam:CreateUser"] * 1001):
        with pytest.raises(InvalidInput, match="`actionNames` has 1 to 1000 actions"):
            check_actions(bad)


def test_resources_are_arns_or_a_star_each_once() -> None:
    check_resources([], "")
    check_resources(["*", BUCKET], "")
    with pytest.raises(InvalidInput, match=r"`resourceArns.2`: `reports` is not an ARN"):
        check_resources([BUCKET, "reports"], "")
    with pytest.raises(InvalidInput, match=r"`resourceArns.2`: .* is there twice"):
        check_resources([BUCKET, BUCKET], "")
    with pytest.raises(InvalidInput, match="at most 1000 resources"):
        check_resources([f"{BUCKET}{number}" for number in range(1001)], "")


def test_a_scenario_needs_its_resources() -> None:
    def ec2(*kinds: str) -> list[str]:
        return [f"arn:aws:ec2:eu-west-1:{ACCOUNT}:{kind}/x" for kind in kinds]

    four = ec2("instance", "image", "security-group", "network-interface")

    check_resources([*four, *ec2("subnet", "volume")], "EC2-VPC-EBS-Subnet")
    check_resources(four, "EC2-VPC-InstanceStore")
    with pytest.raises(InvalidInput, match="`resourceArns` lacks subnet, volume"):
        check_resources(four, "EC2-VPC-EBS-Subnet")
    with pytest.raises(InvalidInput, match="`resourceArns` lacks instance, image, security-group, network-interface"):
        check_resources(["*", BUCKET], "EC2-VPC-InstanceStore")
    with pytest.raises(InvalidInput, match="`resourceHandlingOption` is `EC2`: expected one of EC2-VPC"):
        check_resources(four, "EC2")


def test_policies_that_were_stored_before_2012_are_simulated() -> None:
    old = json.dumps({"Statement": [ALL]})

    assert known_policy("old", SourceType.USER_MANAGED, old).policy == parse_policy(
        old, PolicyKind.IDENTITY, accept_2008=True
    )
