"""AWS's managed policies as package data."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from doorward_directory.shipped import DATA, _shipped, _unpack, aws_policy_id, pack, shipped_policies, shipped_policy

from tests.unit.directory.world import aws_arn_of

GOLDEN = Path(__file__).parents[2] / "golden" / "aws_managed_policies.jsonl"
POLICIES: list[dict[str, Any]] = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]


def test_every_golden_policy_is_shipped_as_it_is() -> None:
    different = []

    for policy in POLICIES:
        shipped = shipped_policy(f"arn:aws:iam::aws:policy{policy['path']}{policy['name']}")
        if (
            shipped is None
            or (shipped.name, shipped.path, f"v{shipped.version}")
            != (policy["name"], policy["path"], policy["version"])
            or json.loads(shipped.document) != policy["document"]
            or list(json.loads(shipped.document)) != list(policy["document"])
        ):
            different.append(policy["name"])

    assert different == []
    assert len(list(shipped_policies())) == len(POLICIES) == 1485


def test_the_data_is_what_the_make_target_writes_in_whatever_order_the_policies_come() -> None:
    written = pack(POLICIES)

    assert written == pack(reversed(POLICIES))
    assert _unpack(written) == _shipped()


def test_every_policy_has_an_id_of_its_own_that_is_the_same_for_good() -> None:
    ids = {policy.policy_id for policy in shipped_policies()}

    assert len(ids) == len(POLICIES)
    assert aws_policy_id(aws_arn_of("AdministratorAccess")) == "ANPAXUEARDEVTUHKHZ23E"


def test_an_arn_finds_a_policy_only_with_its_path_and_case() -> None:
    for name in ("Billing", "job-function/billing", "job-function/Billing/", "", "NoSuchPolicy"):
        assert shipped_policy(aws_arn_of(name)) is None


def test_nothing_is_read_before_somebody_asks() -> None:
    code = f"""
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event == "open" and {DATA!r} in str(args[0]) else None)
import doorward_directory.commands, doorward_directory.snapshot, doorward_directory.effective
import doorward_identity.api.registration, doorward_decision.wiring
before = len(opened)
from doorward_directory.shipped import shipped_policy
shipped_policy("x"), shipped_policy("y")
print(before, len(opened))
"""

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["0", "1"]
