"""AWS's own managed policies: the language as it is really written."""

import json
from pathlib import Path
from typing import Any

import pytest
from doorward_policy import Effect, Layers, NamedPolicy, compile_policy, evaluate, parse_policy, print_policy
from doorward_policy.simulation import statement_spans

from tests.policies import asked, decided

POLICIES: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("aws_managed_policies.jsonl").read_text("utf-8").splitlines()
]


def named(name: str) -> NamedPolicy:
    (entry,) = (entry for entry in POLICIES if entry["name"] == name)
    return NamedPolicy(name=name, policy=parse_policy(json.dumps(entry["document"])))


def test_every_policy_parses_compiles_prints_and_parses_again() -> None:
    failed = []

    for entry in POLICIES:
        policy = parse_policy(json.dumps(entry["document"]))
        compiled = compile_policy(NamedPolicy(name=entry["name"], policy=policy))
        if parse_policy(print_policy(policy)) != policy or len(compiled.statements) != len(policy.statements):
            failed.append(entry["name"])

    assert len(POLICIES) == 1485
    assert failed == []


def test_every_statement_is_found_where_it_stands() -> None:
    for entry in POLICIES:
        statements = entry["document"]["Statement"]
        text = json.dumps(entry["document"], indent=4)
        lines = text.split("\n")

        for span, statement in zip(statement_spans(text), _listed(statements), strict=True):
            found = lines[span.start.line - 1 : span.end.line]
            assert len(found[-1]) in {span.end.column - 1, span.end.column}
            found[-1] = found[-1][: span.end.column - 1]
            found[0] = ("" if isinstance(statements, list) else "{") + found[0][span.start.column - 1 :]
            assert json.loads("\n".join(found).lstrip(",\n ")) == statement


def _listed(statements: Any) -> list[Any]:
    return statements if isinstance(statements, list) else [statements]


@pytest.mark.parametrize(
    ("policy", "action", "effect"),
    [
        ("AdministratorAccess", "s3:GetObject", Effect.ALLOW),
        ("ReadOnlyAccess", "s3:GetObject", Effect.ALLOW),
        ("ReadOnlyAccess", "s3:PutObject", Effect.IMPLICIT_DENY),
        ("PowerUserAccess", "s3:PutObject", Effect.ALLOW),
        ("PowerUserAccess", "iam:CreateUser", Effect.IMPLICIT_DENY),
        ("AWSDenyAll", "s3:GetObject", Effect.EXPLICIT_DENY),
    ],
)
def test_well_known_policies_do_what_their_names_say(policy: str, action: str, effect: Effect) -> None:
    decision = evaluate(Layers([named(policy)]), asked(action, "arn:aws:s3:::data/k"))

    assert decision.effect is effect


def test_a_program_of_many_of_them_decides_like_the_scan() -> None:
    policies = [
        NamedPolicy(name=entry["name"], policy=parse_policy(json.dumps(entry["document"]))) for entry in POLICIES[::4]
    ]
    roles = "arn:aws:iam::123456789012:role/ecsInstanceRole"
    several = [
        asked("s3:GetObject", "arn:aws:s3:::aws-glue-assets/x", {"s3:ResourceAccount": "1"}),
        asked("iam:PassRole", roles, {"iam:PassedToService": "ec2.amazonaws.com"}),
    ]

    for one in several:
        decision = decided(Layers(policies), one)

        assert len(decision.statements) > 1
