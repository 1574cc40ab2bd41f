"""Requests and the decisions that AWS's documentation says they get: those that identity policies alone decide."""

import json
from pathlib import Path
from typing import Any

import pytest
from doorward_policy import NamedPolicy, compile_policy, compile_program, evaluate, parse_policy, request

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("semantics.jsonl").read_text("utf-8").splitlines()
]
OTHER_POLICIES = {"resource_policy", "boundary", "session", "scp", "rcp"}


def is_decided_by_identity_policies(case: dict[str, Any]) -> bool:
    a_user_of_the_account = f"arn:aws:iam::{case['request']['resource_account']}:user/"
    return OTHER_POLICIES.isdisjoint(case) and case["request"]["principal"].startswith(a_user_of_the_account)


SELECTED = [case for case in CASES if "request" in case and is_decided_by_identity_policies(case)]


def test_no_case_is_lost() -> None:
    assert len(CASES) == 154
    assert len(SELECTED) >= 108


@pytest.mark.parametrize("case", SELECTED, ids=lambda case: case["id"])
def test_the_scan_and_the_program_decide_as_documented(case: dict[str, Any]) -> None:
    policies = [
        NamedPolicy(name=f"identity.{index}", policy=parse_policy(json.dumps(document), accept_2008=True))
        for index, document in enumerate(case["identity"])
    ]
    asked = request(
        case["request"]["action"],
        case["request"]["resource"],
        case["request"]["context"],
        wildcard_only=case["request"].get("wildcard_only", False),
    )

    scanned = evaluate(policies, asked)
    indexed = compile_program([compile_policy(policy) for policy in policies]).decide(asked)

    assert scanned.effect.value == case["expect"]
    assert indexed == scanned
