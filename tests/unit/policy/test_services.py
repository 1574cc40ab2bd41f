"""In which services a policy grants anything."""

import json
from pathlib import Path
from typing import Any

import pytest
from doorward_policy import granted_services, parse_policy
from doorward_policy.actions import Meanings, compile_actions
from doorward_policy.document import Policy

MANAGED = Path(__file__).parents[2] / "golden" / "aws_managed_policies.jsonl"


def policy(*statements: dict[str, Any]) -> Policy:
    whole = [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements]
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": whole}))


@pytest.mark.parametrize(
    ("statements", "granted", "not_granted"),
    [
        ([{"Action": "s3:GetObject"}], ["s3", "S3"], ["iam", "s3express", "s", ""]),
        ([{"Action": "S3:Get*"}], ["s3"], ["iam"]),
        ([{"Action": ["s3:Get*", "iam:*"]}], ["s3", "iam"], ["ec2"]),
        ([{"Action": "*"}], ["s3", "documents"], []),
        ([{"Action": "s3:"}], [], ["s3"]),
        ([{"Action": "s3:*", "Effect": "Deny"}], [], ["s3"]),
        ([{"Action": "s3:*"}, {"Action": "s3:*", "Effect": "Deny"}], ["s3"], []),
        ([{"Action": "s3:*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}], ["s3"], []),
        ([{"NotAction": "iam:*"}], ["s3"], ["iam", "IAM"]),
        ([{"NotAction": ["iam:*", "s3:Get*"]}], ["s3", "ec2"], ["iam"]),
        ([{"NotAction": ["iam:**", "s3:?*", "ec2:*?"]}], ["sqs"], ["iam", "s3", "ec2"]),
        ([{"NotAction": "iam:??*"}], ["iam"], []),
        ([{"NotAction": "iam:?"}], ["iam"], []),
        ([{"NotAction": "*"}], [], ["s3", "iam"]),
        ([{"NotAction": "iam:*"}, {"NotAction": "s3:*"}], ["iam", "s3"], []),
        ([{"NotAction": ["iam:*", "s3:*"]}, {"NotAction": "s3:*"}], ["iam"], ["s3"]),
        ([{"NotAction": "iam:*"}, {"Action": "iam:Get*"}], ["iam", "s3"], []),
        ([{"NotAction": "iam:*", "Effect": "Deny"}], [], ["s3", "iam"]),
    ],
)
def test_a_policy_grants_in_the_services_of_which_it_can_allow_an_action(
    statements: list[dict[str, Any]], granted: list[str], not_granted: list[str]
) -> None:
    found = granted_services(policy(*statements))

    assert [service for service in [*granted, *not_granted] if service in found] == granted


def test_what_aws_s_own_policies_grant_is_what_the_matching_of_actions_says() -> None:
    differing = []

    for line in MANAGED.read_text("utf-8").splitlines()[::5]:
        entry = json.loads(line)
        parsed = parse_policy(json.dumps(entry["document"]))
        allows = [statement for statement in parsed.statements if statement.effect == "Allow"]
        meanings = Meanings([compile_actions(statement.actions) for statement in allows])
        patterns = {pattern for statement in parsed.statements for pattern in statement.actions.values}
        asked = {pattern.replace("*", "X").replace("?", "X") for pattern in patterns} | {"iam:Zz", "s3:Zz", "own:Zz"}
        by_matching = {action.partition(":")[0].lower() for action in asked if ":" in action and meanings.find(action)}
        services = {action.partition(":")[0].lower() for action in asked if ":" in action}
        found = granted_services(parsed)
        if {service for service in services if service in found} != by_matching:
            differing.append(entry["name"])

    assert differing == []
