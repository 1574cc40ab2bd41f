"""What AWS's validator refuses in a document that follows the grammar, in AWS's order and words."""

import re
from collections.abc import Iterator

from doorward_kernel.errors import MalformedPolicyDocument

from doorward_policy.document import VARIABLES_VERSION, Policy, Statement
from doorward_policy.instant import parse_instant
from doorward_policy.operators import find_operator

_PARTITIONS = frozenset(
    {"*", "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
)
_VENDOR = re.compile(r"[A-Za-z0-9.-]+")

_IAM_PATHS = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
_REGIONAL_S3_PATHS = (
    "accesspoint/",
    "access-grants/",
    "async-request/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
)
"""What in S3 has a region, unlike buckets and objects (service authorization reference, "Amazon S3")."""


def validate(policy: Policy, *, accept_2008: bool) -> None:
    """Raise MalformedPolicyDocument for the first rule that the document breaks."""
    if policy.version != VARIABLES_VERSION and not accept_2008:
        raise MalformedPolicyDocument("Policy document must be version 2012-10-17 or greater.")
    resource_errors = [_resource_error(resource) for resource in _resources(policy)]
    if any(map(_fails_legacy_parsing, policy.statements)) or any(
        error is None and _has_missing_parts(resource)
        for resource, error in zip(_resources(policy), resource_errors, strict=True)
    ):
        raise MalformedPolicyDocument("The policy failed legacy parsing")
    sids = [statement.sid for statement in policy.statements if statement.sid]
    if len(sids) != len(set(sids)):
        raise MalformedPolicyDocument("Statement IDs (SID) in a single policy must be unique.")
    if not all(statement.actions.values for statement in policy.statements):
        raise MalformedPolicyDocument("Policy statement must contain actions.")
    action_errors = (_action_error(action) for statement in policy.statements for action in statement.actions.values)
    for error in (*resource_errors, *action_errors):
        if error is not None:
            raise MalformedPolicyDocument(error)
    if not all(statement.resources.values for statement in policy.statements):
        raise MalformedPolicyDocument("Policy statement must contain resources.")


def _resources(policy: Policy) -> Iterator[str]:
    return (resource for statement in policy.statements for resource in statement.resources.values)


def _fails_legacy_parsing(statement: Statement) -> bool:
    return statement.effect not in {"Allow", "Deny"} or any(
        parse_instant(value) is None
        for condition in statement.conditions
        if (qualified := find_operator(condition.operator)) is not None and qualified.operator.dates
        for value in condition.values
    )


def _has_missing_parts(resource: str) -> bool:
    """Whether an ARN leaves parts empty that AWS needs: the vendor, or some behind an empty one."""
    parts = resource.split(":")
    return resource != "*" and (parts[2] == "" or (len(parts) < 6 and "::" in resource))


def _resource_error(resource: str) -> str | None:
    if resource == "*":
        return None
    scheme, *parts = resource.split(":", 5)
    if not parts:
        return f'Resource {resource} must be in ARN format or "*".'
    partition = parts[0]
    if partition not in _PARTITIONS:
        named = ":".join((*parts, *("*" for _ in range(5 - len(parts)))))
        return f'Partition "{partition}" is not valid for resource "arn:{named}".'
    if len(parts) == 1:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    if scheme != "arn":
        return f'Resource {resource} must be in ARN format or "*".'
    return _service_error(resource, parts)


def _service_error(resource: str, parts: list[str]) -> str | None:
    _, service, region, _, path = (*parts, *("" for _ in range(5 - len(parts))))
    if service == "s3" and region and not path.startswith(_REGIONAL_S3_PATHS):
        return f"Resource {resource} can not contain region information."
    if service == "iam" and region:
        return f"IAM resource {resource} cannot contain region information."
    if service == "iam" and len(parts) == 5 and path not in {"*", "root"} and not path.startswith(_IAM_PATHS):
        return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'
    return None


def _action_error(action: str) -> str | None:
    vendor, *names = action.split(":")
    if action == "*":
        return None
    if not names:
        return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
    if len(names) > 1:
        return "Actions/Condition can contain only one colon."
    if not _VENDOR.fullmatch(vendor):
        return f"Vendor {vendor} is not valid"
    return None
