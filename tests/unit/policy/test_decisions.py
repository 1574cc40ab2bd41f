"""Decisions of several policies together, by the scan and by a program."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from doorward_kernel.errors import InvalidInput
from doorward_policy import (
    Decision,
    Effect,
    Layers,
    NamedPolicy,
    PolicyKind,
    Request,
    StatementRef,
    caller,
    compile_policy,
    compile_program,
    decide,
    evaluate,
    program,
    request,
)

from tests.policies import asked, decided, named, programs

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::b/*"}


def decide_identity(policies: list[NamedPolicy], one: Request) -> Decision:
    return decided(Layers(policies), one)


def test_without_policies_everything_is_denied_implicitly() -> None:
    assert decide_identity([], asked("s3:GetObject", "*")) == Decision(Effect.IMPLICIT_DENY, (), PolicyKind.IDENTITY)


def test_all_statements_that_allow_are_cited_in_order() -> None:
    policies = [
        named("a", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, ALLOW | {"Sid": "All"}),
        named("b", ALLOW | {"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b*", "arn:*:s3:::b"]}),
        named("c", ALLOW | {"Action": ["s3:GetObject", "s3:Get*", "*"]}),
    ]

    decision = decide_identity(policies, asked("s3:GetObject", "arn:aws:s3:::b"))

    assert decision.effect is Effect.ALLOW
    assert decision.statements == (
        StatementRef(policy="a", index=1, sid="All"),
        StatementRef(policy="b", index=0, sid=None),
        StatementRef(policy="c", index=0, sid=None),
    )


def test_a_deny_wins_and_only_denies_are_cited() -> None:
    policies = [named("a", ALLOW, DENY), named("b", DENY)]

    decision = decide_identity(policies, asked("s3:DeleteObject", "arn:aws:s3:::b/k"))

    assert decision.effect is Effect.EXPLICIT_DENY
    assert [(ref.policy, ref.index) for ref in decision.statements] == [("a", 1), ("b", 0)]


def test_an_action_without_resource_level_permissions_is_covered_by_the_star_only() -> None:
    specific = named("a", ALLOW | {"Resource": "arn:aws:s3:::*"})
    everything = named("b", ALLOW)
    excepting = named("c", {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::*"})
    one = asked("s3:ListAllMyBuckets", "arn:aws:s3:::b", wildcard_only=True)

    assert decide_identity([specific], one).effect is Effect.IMPLICIT_DENY
    assert decide_identity([everything], one).effect is Effect.ALLOW
    assert decide_identity([excepting], one).effect is Effect.ALLOW


@pytest.mark.parametrize("action", ["sts:GetCallerIdentity", "STS:getsessiontoken"])
def test_some_actions_need_no_permission_and_cannot_be_denied(action: str) -> None:
    policies = [named("a", {"Effect": "Deny", "Action": "*", "Resource": "*"})]

    assert decide_identity(policies, asked(action, "*")) == Decision(Effect.ALLOW, ())


def test_context_keys_are_lowered_and_lists_stay_lists() -> None:
    one = asked("s3:GetObject", "*", {"AWS:UserName": "Alice", "aws:TagKeys": ["A"], "x:None": []})

    assert one.context == {"aws:username": "Alice", "aws:tagkeys": ("A",), "x:none": ()}


def test_a_context_key_in_two_spellings_is_refused() -> None:
    with pytest.raises(InvalidInput):
        asked("s3:GetObject", "*", {"aws:username": "alice", "AWS:username": "bob"})


def test_a_program_remembers_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_REMEMBERED", 10)
    policies = [named(f"p{n}", ALLOW | {"Action": [f"s3:Get{n}", "s3:List*", f"iam:*{n}"]}) for n in range(8)]
    shared = compile_program([compile_policy(policy) for policy in policies])

    for n in range(100):
        for action in (f"s3:Get{n}", f"s3:List{n}", f"iam:Any{n}", f"s3:{'x' * 200}{n}"):
            one = asked(action, "arn:aws:s3:::b")

            assert decide(Layers(shared), one) == evaluate(Layers(policies), one)
            assert len(shared._known) <= 10


def test_threads_may_share_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_REMEMBERED", 3)
    layers = programs(Layers([named(f"p{n}", ALLOW | {"Action": f"s3:Get{n}"}) for n in range(10)]))
    all_asked = [asked(f"s3:Get{n}", "arn:aws:s3:::b") for n in range(10)] * 50

    with ThreadPoolExecutor(4) as pool:
        decisions = list(pool.map(lambda one: decide(layers, one), all_asked))

    assert [decision.statements[0].policy for decision in decisions] == [f"p{n}" for n in range(10)] * 50


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param([f"arn:aws:s3:::b/{n}" for n in range(50)], id="wholes"),
        pytest.param([f"arn:aws:s3:::b/{n}/*" for n in range(50)], id="under one start"),
        pytest.param([f"arn:aws:s3:::b{n}*" for n in range(50)], id="under one head"),
        pytest.param([f"arn:aws:sqs:*:1:q/{n}/*" for n in range(50)], id="under one start of a service"),
        pytest.param([f"arn:aws:sqs:*:1:q{n}*" for n in range(50)], id="under one head of a service"),
        pytest.param([f"arn:aws:s3:::b/{'1' * n}*" for n in range(50)], id="each the beginning of the next"),
        pytest.param(["arn:aws:s3:::b/*"] * 50, id="the same again and again"),
        pytest.param(["*"] * 50, id="all"),
        pytest.param(["arn:aws:s3", "arn:aws:s*", "arn:*:s3:::b/1*", "arn:aws:s3:::?/1*"] * 3, id="short and odd"),
    ],
)
def test_where_much_lies_together_everything_is_found(resources: list[str]) -> None:
    policies = [
        named(f"p{n}", ALLOW | {"Action": [f"s3:Get{n % 7}", "s3:List*", "sqs:*"], "Resource": [resource]})
        for n, resource in enumerate(resources)
    ]
    found = 0

    for action in ("s3:Get1", "s3:ListAll", "sqs:Send", "iam:Get"):
        for resource in ("s3:::b/1", "s3:::b/11/x", "s3:::b11/x", "sqs:eu:1:q/11/x", "sqs:eu:1:q11", "s3:::b"):
            who = caller("arn:aws:iam::000000000001:user/alice")
            one = request(who, action, f"arn:aws:{resource}", resource_account=who.account)
            found += len(decide_identity(policies, one).statements)

    assert found > 0


def test_one_not_action_is_not_taken_for_another() -> None:
    everything_but: dict[str, Any] = {"Effect": "Deny", "NotAction": "s3:get* *", "Resource": "*"}
    nothing: dict[str, Any] = {"Effect": "Deny", "NotAction": ["s3:get*", "*"], "Resource": "*"}
    allow: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    one = asked("iam:DeleteUser", "*")

    for order in ([everything_but, nothing, allow], [nothing, everything_but, allow]):
        assert decide_identity([named("p", *order)], one).effect is Effect.EXPLICIT_DENY
    grants = {"Effect": "Allow", "NotAction": "a:b *", "Resource": "arn:aws:s3:::b"}
    silent = {"Effect": "Allow", "NotAction": ["a:b", "*"], "Resource": "*"}
    assert decide_identity([named("p", silent, grants)], one).effect is Effect.IMPLICIT_DENY


@pytest.mark.parametrize("resource", ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:s3:::b", "*"])
def test_what_no_account_owns_is_in_the_callers_own(resource: str) -> None:
    policies = [named("p", {"Effect": "Allow", "Action": "*", "Resource": "*"})]

    assert decide_identity(policies, asked("iam:GetPolicy", resource)).effect is Effect.ALLOW
