"""Decisions of several policies together, by the scan and by a program."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from doorward_kernel.errors import InvalidInput
from doorward_policy import (
    Decision,
    Effect,
    NamedPolicy,
    Request,
    StatementRef,
    compile_policy,
    compile_program,
    evaluate,
    parse_policy,
    program,
    request,
)

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::b/*"}


def named(name: str, *statements: dict[str, Any]) -> NamedPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return NamedPolicy(name=name, policy=parse_policy(text))


def decide(policies: list[NamedPolicy], asked: Request) -> Decision:
    decision = compile_program([compile_policy(policy) for policy in policies]).decide(asked)
    assert decision == evaluate(policies, asked)
    return decision


def test_without_policies_everything_is_denied_implicitly() -> None:
    assert decide([], request("s3:GetObject", "*")) == Decision(effect=Effect.IMPLICIT_DENY, statements=())


def test_all_statements_that_allow_are_cited_in_order() -> None:
    policies = [
        named("a", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, ALLOW | {"Sid": "All"}),
        named("b", ALLOW | {"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b*", "arn:*:s3:::b"]}),
        named("c", ALLOW | {"Action": ["s3:GetObject", "s3:Get*", "*"]}),
    ]

    decision = decide(policies, request("s3:GetObject", "arn:aws:s3:::b"))

    assert decision.effect is Effect.ALLOW
    assert decision.statements == (
        StatementRef(policy="a", index=1, sid="All"),
        StatementRef(policy="b", index=0, sid=None),
        StatementRef(policy="c", index=0, sid=None),
    )


def test_a_deny_wins_and_only_denies_are_cited() -> None:
    policies = [named("a", ALLOW, DENY), named("b", DENY)]

    decision = decide(policies, request("s3:DeleteObject", "arn:aws:s3:::b/k"))

    assert decision.effect is Effect.EXPLICIT_DENY
    assert [(ref.policy, ref.index) for ref in decision.statements] == [("a", 1), ("b", 0)]


def test_an_action_without_resource_level_permissions_is_covered_by_the_star_only() -> None:
    specific = named("a", ALLOW | {"Resource": "arn:aws:s3:::*"})
    everything = named("b", ALLOW)
    excepting = named("c", {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::*"})
    asked = request("s3:ListAllMyBuckets", "arn:aws:s3:::b", wildcard_only=True)

    assert decide([specific], asked).effect is Effect.IMPLICIT_DENY
    assert decide([everything], asked).effect is Effect.ALLOW
    assert decide([excepting], asked).effect is Effect.ALLOW


@pytest.mark.parametrize("action", ["sts:GetCallerIdentity", "STS:getsessiontoken"])
def test_some_actions_need_no_permission_and_cannot_be_denied(action: str) -> None:
    policies = [named("a", {"Effect": "Deny", "Action": "*", "Resource": "*"})]

    assert decide(policies, request(action, "*")) == Decision(effect=Effect.ALLOW, statements=())


def test_context_keys_are_lowered_and_lists_stay_lists() -> None:
    asked = request("s3:GetObject", "*", {"AWS:UserName": "Alice", "aws:TagKeys": ["A"], "x:None": []})

    assert asked.context == {"aws:username": "Alice", "aws:tagkeys": ("A",), "x:none": ()}


def test_a_context_key_in_two_spellings_is_refused() -> None:
    with pytest.raises(InvalidInput):
        request("s3:GetObject", "*", {"aws:username": "alice", "AWS:username": "bob"})


def test_a_program_remembers_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MAX_ROUTES", 10)
    monkeypatch.setattr(program, "MAX_INDEXED", 10)
    policies = [named(f"p{n}", ALLOW | {"Action": [f"s3:Get{n}", "s3:List*", f"iam:*{n}"]}) for n in range(8)]
    shared = compile_program([compile_policy(policy) for policy in policies])

    for n in range(100):
        for action in (f"s3:Get{n}", f"s3:List{n}", f"iam:Any{n}", f"s3:{'x' * 200}{n}"):
            asked = request(action, "arn:aws:s3:::b")

            assert shared.decide(asked) == evaluate(policies, asked)
            assert len(shared._routes) <= 10
            assert shared._indexed <= 10


def test_made_up_actions_share_one_index() -> None:
    shared = compile_program([compile_policy(named("p", ALLOW, DENY))])

    for n in range(100):
        shared.decide(request(f"s3:Made{n}Up", "*"))

    assert len(shared._indexes) == 1


def test_threads_may_share_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MAX_ROUTES", 3)
    policies = [named(f"p{n}", ALLOW | {"Action": f"s3:Get{n}"}) for n in range(10)]
    shared = compile_program([compile_policy(policy) for policy in policies])
    asked = [request(f"s3:Get{n}", "arn:aws:s3:::b") for n in range(10)] * 50

    with ThreadPoolExecutor(4) as pool:
        decisions = list(pool.map(shared.decide, asked))

    assert [decision.statements[0].policy for decision in decisions] == [f"p{n}" for n in range(10)] * 50
