"""Requests and the decisions that AWS's documentation says they get."""

import json
from pathlib import Path
from typing import Any

import pytest
from doorward_policy import decide, evaluate
from doorward_policy.cases import answer, case_layers, case_request
from doorward_policy.explain import explain
from doorward_policy.jsontext import load_json

from tests.policies import programs

LINES = Path(__file__).with_name("semantics.jsonl").read_text("utf-8").splitlines()
CASES: list[dict[str, Any]] = [json.loads(line) for line in LINES]


def test_no_case_is_lost() -> None:
    assert len(CASES) == 154


@pytest.mark.parametrize("line", LINES, ids=[case["id"] for case in CASES])
def test_scan_program_explanation_and_line_say_what_is_documented(line: str) -> None:
    fields = load_json(line)
    assert isinstance(fields, dict)
    layers, one = case_layers(fields), case_request(fields)

    scanned = evaluate(layers, one)

    assert scanned.effect.value == fields["expect"]
    assert decide(programs(layers), one) == scanned
    assert explain(layers, one).decision == scanned
    assert json.loads(answer(line))["decision"] == fields["expect"]
