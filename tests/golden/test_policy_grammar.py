"""Documents that AWS's validator was seen to accept, or to refuse with these words."""

import json
from pathlib import Path
from typing import Any

import pytest
from doorward_kernel.errors import MalformedPolicyDocument
from doorward_policy import parse_policy, print_policy

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("policy_grammar.jsonl").read_text("utf-8").splitlines()
]
ACCEPTED = [case for case in CASES if case["ok"]]
REFUSED = [case for case in CASES if not case["ok"]]


def text_of(case: dict[str, Any]) -> str:
    document = case["document"]
    return document if isinstance(document, str) else json.dumps(document)


def test_no_document_is_lost() -> None:
    assert (len(ACCEPTED), len(REFUSED)) == (54, 78)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case["id"])
def test_an_accepted_document_parses_and_prints_to_the_same_policy(case: dict[str, Any]) -> None:
    policy = parse_policy(text_of(case))

    again = parse_policy(print_policy(policy))

    assert again == policy


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["id"])
def test_a_refused_document_gets_awss_message(case: dict[str, Any]) -> None:
    with pytest.raises(MalformedPolicyDocument) as refusal:
        parse_policy(text_of(case))

    assert refusal.value.message == case["message"]
