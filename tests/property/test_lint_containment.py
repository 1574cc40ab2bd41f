"""What lint proves holds: a statement that it calls pointless never changes a decision."""

import json
from dataclasses import replace
from typing import Any

from doorward_policy import Layers, NamedPolicy, Patterns, Policy, PolicyKind, caller, evaluate, parse_policy, request
from doorward_policy.lint import lint
from doorward_policy.lint.containment import Budget, action_set, resource_set
from doorward_policy.resources import compile_resources
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

ROLE = "arn:aws:iam::111111111111:role/r"
SESSION = "arn:aws:sts::111111111111:assumed-role/r/s"
ALICE = "arn:aws:iam::111111111111:user/alice"
POINTLESS = {"unreachable-statement", "redundant-statement", "contradicting-conditions", "no-values"}
RARE = [HealthCheck.filter_too_much]
"""Few of the drawn policies have anything that lint can prove."""

actions = st.sampled_from(["s3:Get", "s3:Put", "S3:gEt", "iam:Get", "x:y"])
action_patterns = st.sampled_from(
    ["*", "s3:*", "s3:G*", "s3:?et", "s3:Get", "S3:PUT", "s3:*t", "iam:Get", "x:*", "x:?"]
)
resources = st.sampled_from(
    ["*", "arn:aws:q:::a", "arn:aws:q:::ab", "arn:aws:q:::a/b:a", "arn:aws:qq:e:1:a", "arn:aws:q:::*"]
)
path_patterns = st.lists(
    st.sampled_from(["a", "b", "/", ":", "*", "?", "${x:v}", "${x:w, 'a'}", "${*}"]), min_size=1, max_size=4
).map("".join)
resource_patterns = st.one_of(
    st.sampled_from(["*", "arn:aws:q:::*", "arn:aws:q:::a", "arn:aws:q", "arn:aws:*"]),
    path_patterns.map("arn:aws:q:::{}".format),
    st.builds(
        "arn:aws:{}:{}:{}:{}".format,
        st.sampled_from(["q", "q*", "?"]),
        st.sampled_from(["", "e", "*"]),
        st.sampled_from(["", "1", "*"]),
        path_patterns,
    ),
)
contexts = st.dictionaries(
    st.sampled_from(["x:v", "x:w", "x:k"]),
    st.sampled_from(["a", "b", "*", "", "1", "2", "true", "10.0.0.1"])
    | st.lists(st.sampled_from(["a", "b", ""]), max_size=2),
    max_size=3,
)
operators = {
    "StringEquals": ["a", "b", "${x:v}", "*"],
    "StringEqualsIgnoreCase": ["A", "b"],
    "StringNotEquals": ["a", "b"],
    "StringLike": ["a*", "*", "b"],
    "StringEqualsIfExists": ["a", "b"],
    "ForAnyValue:StringEquals": ["a", "b"],
    "ForAllValues:StringEquals": ["a", "b"],
    "NumericLessThan": ["1", "2"],
    "NumericGreaterThanEquals": ["1", "2", "2.0"],
    "NumericEquals": ["1", "2.0", "x"],
    "IpAddress": ["10.0.0.0/8", "10.0.0.1", "11.0.0.0/8"],
    "NotIpAddress": ["10.0.0.0/8", "0.0.0.0/0"],
    "Bool": ["true", "false"],
    "Null": ["true", "false"],
}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(sorted(operators)), max_size=3, unique=True))
    return {
        operator: {
            draw(st.sampled_from(["x:v", "X:V", "x:k"])): draw(
                st.lists(st.sampled_from(operators[operator]), max_size=2)
            )
        }
        for operator in chosen
    }


@st.composite
def statements(draw: st.DrawFn, *, principals: bool = False) -> dict[str, Any]:
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(
            st.lists(action_patterns, min_size=1, max_size=3)
        ),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
            st.lists(resource_patterns, min_size=1, max_size=3)
        ),
        "Condition": draw(st.just({}) | conditions()),
    }
    if principals:
        names = draw(st.lists(st.sampled_from(["*", "111111111111", ROLE, SESSION, ALICE]), min_size=1, max_size=3))
        statement[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = {"AWS": names}
    return statement


def documents(*, principals: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
            "Statement": st.lists(statements(principals=principals), min_size=1, max_size=4),
        }
    )


requests = st.lists(
    st.builds(
        lambda who, *asked, wildcard_only: request(
            caller(who, issuer=ROLE if who == SESSION else None), *asked, wildcard_only=wildcard_only
        ),
        st.sampled_from([ALICE, SESSION, "anonymous"]),
        actions,
        resources,
        contexts,
        wildcard_only=st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=8,
)


def pointless(policy: Policy, kind: PolicyKind) -> list[int]:
    """The numbers of the statements that lint proves to be without effect."""
    return sorted(
        {
            int(each.path.partition("[")[2].partition("]")[0])
            for each in lint(policy, kind)
            if each.rule in POINTLESS and each.severity != "warning"
        }
    )


def without(policy: Policy, index: int) -> Policy:
    return replace(policy, statements=tuple(each for place, each in enumerate(policy.statements) if place != index))


@settings(max_examples=400, deadline=None, suppress_health_check=RARE)
@given(documents(), requests)
def test_a_pointless_statement_never_changes_a_decision(document: dict[str, Any], asked: list[Any]) -> None:
    policy = parse_policy(json.dumps(document), accept_2008=True)
    found = pointless(policy, PolicyKind.IDENTITY)
    assume(found)

    for index in found:
        for one in asked:
            assert effect(without(policy, index), one) == effect(policy, one), index


def effect(policy: Policy, asked: Any) -> str:
    return evaluate(Layers(identity=[NamedPolicy(name="p", policy=policy)]), asked).effect


@settings(max_examples=400, deadline=None, suppress_health_check=RARE)
@given(documents(principals=True), requests)
def test_a_pointless_statement_of_a_resource_policy_never_changes_a_decision(
    document: dict[str, Any], asked: list[Any]
) -> None:
    policy = parse_policy(json.dumps(document), PolicyKind.RESOURCE)
    found = pointless(policy, PolicyKind.RESOURCE)
    assume(found)

    for index in found:
        for one in asked:
            assert resource_effect(without(policy, index), one) == resource_effect(policy, one), index


def resource_effect(policy: Policy, asked: Any) -> str:
    return evaluate(Layers(identity=[], resource=[NamedPolicy(name="p", policy=policy)]), asked).effect


@settings(max_examples=500, deadline=None, suppress_health_check=RARE)
@given(
    st.lists(resource_patterns, min_size=1, max_size=3),
    st.lists(resource_patterns, min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(st.tuples(resources, contexts), min_size=1, max_size=8),
)
def test_resources_that_are_contained_match_no_more(
    wide: list[str], narrow: list[str], negated: bool, narrow_negated: bool, variables: bool, asked: list[Any]
) -> None:
    one = Patterns(values=tuple(wide), negated=negated)
    other = Patterns(values=tuple(narrow), negated=narrow_negated)
    assume(resource_set(one, variables=variables).contains(resource_set(other, variables=variables), Budget(1000)))

    matches = compile_resources(one, variables=variables).match
    matches_less = compile_resources(other, variables=variables).match

    for resource, context in asked:
        lowered = {key: value if isinstance(value, str) else tuple(value) for key, value in context.items()}
        assert matches(resource, lowered) or not matches_less(resource, lowered)


@settings(max_examples=300, deadline=None, suppress_health_check=RARE)
@given(
    st.lists(action_patterns, min_size=1, max_size=3),
    st.lists(action_patterns, min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
    st.lists(actions.map(str.lower), min_size=1, max_size=5),
)
def test_actions_that_are_contained_match_no_more(
    wide: list[str], narrow: list[str], negated: bool, narrow_negated: bool, asked: list[str]
) -> None:
    one = Patterns(values=tuple(wide), negated=negated)
    other = Patterns(values=tuple(narrow), negated=narrow_negated)
    assume(action_set(one).contains(action_set(other), Budget(1000)))

    for action in asked:
        assert speaks_of(one, action) or not speaks_of(other, action)


def speaks_of(patterns: Patterns, action: str) -> bool:
    element = "NotAction" if patterns.negated else "Action"
    statement = {"Effect": "Allow", element: patterns.values, "Resource": "*"}
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    return effect(policy, request(caller(ALICE), action, "*")) == "allow"
