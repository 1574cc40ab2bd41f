"""Actions, resources and scenarios of a simulation: what AWS takes for one."""

import re
from collections.abc import Sequence

from doorward_kernel.arn import MAX_ARN_LENGTH, split_arn
from doorward_kernel.errors import InvalidInput

ANY_RESOURCE = "*"

MOST_ACTIONS = 1_000
MOST_RESOURCES = 1_000
"""In one simulation. AWS publishes no such bounds."""

SHORTEST_ACTION, LONGEST_ACTION = 3, 128
"""In characters (IAM API reference, ActionNameType)."""

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_.-]+", re.ASCII)

_VPC = ("instance", "image", "security-group", "network-interface")
_SCENARIOS: dict[str, tuple[str, ...]] = {
    "EC2-VPC-InstanceStore": _VPC,
    "EC2-VPC-InstanceStore-Subnet": (*_VPC, "subnet"),
    "EC2-VPC-EBS": (*_VPC, "volume"),
    "EC2-VPC-EBS-Subnet": (*_VPC, "subnet", "volume"),
}
"""Which types of resources must be there (IAM API reference, SimulateCustomPolicy: ResourceHandlingOption)."""


def check_actions(actions: Sequence[str]) -> None:
    """Raises InvalidInput unless they are 1 to MOST_ACTIONS names such as `iam:CreateUser`, without wildcards."""
    if not 1 <= len(actions) <= MOST_ACTIONS:
        raise InvalidInput(f"`actionNames` has 1 to {MOST_ACTIONS} actions, this one {len(actions)}")
    for number, action in enumerate(actions, 1):
        if not SHORTEST_ACTION <= len(action) <= LONGEST_ACTION or not _ACTION.fullmatch(action):
            raise InvalidInput(
                f"`actionNames.{number}`: `{action[:200]}` is not an action: expected `service:Name` without "
                f"wildcards, of {SHORTEST_ACTION} to {LONGEST_ACTION} characters"
            )


def check_resources(resources: Sequence[str], scenario: str) -> None:
    """Raises InvalidInput unless they are at most MOST_RESOURCES different ARNs or `*`, and those that the scenario
    (`resourceHandlingOption`, empty for none) needs are among them."""
    if len(resources) > MOST_RESOURCES:
        raise InvalidInput(f"`resourceArns` has at most {MOST_RESOURCES} resources, this one {len(resources)}")
    seen = set[str]()
    for number, resource in enumerate(resources, 1):
        if resource != ANY_RESOURCE:
            check_arn(resource, f"resourceArns.{number}")
        if resource in seen:
            raise InvalidInput(f"`resourceArns.{number}`: `{resource[:200]}` is there twice: give each resource once")
        seen.add(resource)
    if scenario:
        _check_scenario(resources, scenario)


def check_arn(text: str, argument: str) -> list[str]:
    """The parts of an ARN. Raises InvalidInput that names the argument when it is none."""
    try:
        return split_arn(text)
    except InvalidInput as error:
        raise InvalidInput(f"`{argument}`: {error.message[: MAX_ARN_LENGTH // 4]}") from error


def _check_scenario(resources: Sequence[str], scenario: str) -> None:
    if scenario not in _SCENARIOS:
        known = ", ".join(_SCENARIOS)
        raise InvalidInput(f"`resourceHandlingOption` is `{scenario[:64]}`: expected one of {known}")
    there = {parts[5].partition("/")[0] for each in resources if (parts := each.split(":", 5))[2:3] == ["ec2"]}
    lacking = [kind for kind in _SCENARIOS[scenario] if kind not in there]
    if lacking:
        raise InvalidInput(
            f"`resourceArns` lacks {', '.join(lacking)}: `resourceHandlingOption` `{scenario}` needs the ARN of "
            "an EC2 resource of each of these types"
        )
