"""The forms of actions, resources and principals that AWS accepts in a policy, and its words for the others."""

import re

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


def has_missing_parts(resource: str) -> bool:
    """Whether an ARN leaves parts empty that AWS needs: the vendor, or some behind an empty one."""
    parts = resource.split(":")
    return resource != "*" and (parts[2] == "" or (len(parts) < 6 and "::" in resource))


def resource_error(resource: str) -> str | None:
    """AWS's message when it is neither `*` nor an ARN that a policy may hold."""
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


def action_error(action: str) -> str | None:
    """AWS's message when it is neither `*` nor `service:Name`."""
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


# --- principals ---

_NAME = r"[!-)+->@-~]+"
_AWS = re.compile(
    r"\*|[0-9]{12}"
    r"|A(?:IDA|ROA)[A-Z0-9]{1,124}"
    r"|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|user/" + _NAME + r"|role/" + _NAME + r")"
    r"|arn:aws[a-z-]*:sts::[0-9]{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+)",
    re.ASCII,
)
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z0-9-]+"
_PRINCIPALS = {
    "*": (re.compile(r"\*"), "`*`"),
    "AWS": (_AWS, "`*`, an account, or the ARN or id of a user, a role or a session, without wildcards"),
    "Service": (re.compile(_HOST), "the name of a service such as `ec2.amazonaws.com`"),
    "Federated": (
        re.compile(_HOST + r"|arn:aws[a-z-]*:iam::[0-9]{12}:(?:saml|oidc)-provider/[\w+=,.@/:%-]+", re.ASCII),
        "the name or the ARN of an identity provider",
    ),
    "CanonicalUser": (re.compile(r"[0-9a-f]{64}"), "64 hexadecimal digits"),
}


def principal_error(type: str, name: str) -> str | None:
    """What was expected, when the name is none that a principal of this type may have."""
    form, expected = _PRINCIPALS[type]
    return None if form.fullmatch(name) else f"expected {expected}"
