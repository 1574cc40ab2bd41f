"""Names, paths, descriptions and version ids: what AWS allows (IAM user guide, "IAM and AWS STS quotas")."""

import re

from doorward_kernel.errors import InvalidInput
from doorward_kernel.names import MAX_PATH as MAX_PATH  # noqa: PLC0414 -- for those who look for all rules here
from doorward_kernel.names import check_length as check_length  # noqa: PLC0414
from doorward_kernel.names import check_name, check_number
from doorward_kernel.names import check_path as check_path  # noqa: PLC0414
from doorward_kernel.names import name_key as name_key  # noqa: PLC0414

MAX_USER_NAME = 64
MAX_ROLE_NAME = 64
MAX_GROUP_NAME = 128
MAX_INSTANCE_PROFILE_NAME = 128
MAX_POLICY_NAME = 128
MAX_SAML_PROVIDER_NAME = 128
MAX_EXISTING_NAME = 128
MAX_DESCRIPTION = 1000
MAX_ACCOUNT_NAME = 50
SHORTEST_SESSION, LONGEST_SESSION = 3600, 43_200
"""Seconds that a role's sessions may last at most (IAM API reference, CreateRole)."""

SERVICE_LINKED_PATH = "/aws-service-role/"
"""Where service-linked roles are, and nothing else can be; AWS's policies for them have the same path."""

_SAML_PROVIDER_NAME = re.compile(r"[\w.-]+", re.ASCII)
_POLICY_PATH = re.compile(r"(?:/[A-Za-z0-9.,+@=_-]+)*/", re.ASCII)
_ACCOUNT_NAME = re.compile(r"[ -~]+", re.ASCII)
_ROLE_DESCRIPTION = re.compile("[\t\n\r -~\xa1-\xff]*")
_VERSION_ID = re.compile(r"v([1-9][0-9]{0,8})", re.ASCII)


def check_user_name(name: str, field: str = "userName") -> None:
    """Raises InvalidInput unless `name` is 1 to 64 letters, digits and `+=,.@_-`."""
    check_name(name, field, MAX_USER_NAME)


def check_role_name(name: str, field: str = "roleName") -> None:
    """Raises InvalidInput unless `name` is 1 to 64 letters, digits and `+=,.@_-`."""
    check_name(name, field, MAX_ROLE_NAME)


def check_group_name(name: str, field: str = "groupName") -> None:
    """Raises InvalidInput unless `name` is 1 to 128 letters, digits and `+=,.@_-`."""
    check_name(name, field, MAX_GROUP_NAME)


def check_instance_profile_name(name: str, field: str = "instanceProfileName") -> None:
    """Raises InvalidInput unless `name` is 1 to 128 letters, digits and `+=,.@_-`."""
    check_name(name, field, MAX_INSTANCE_PROFILE_NAME)


def check_policy_name(name: str, field: str = "policyName") -> None:
    """Raises InvalidInput unless `name` is 1 to 128 letters, digits and `+=,.@_-`."""
    check_name(name, field, MAX_POLICY_NAME)


def check_saml_provider_name(name: str, field: str = "name") -> None:
    """Raises InvalidInput unless `name` is 1 to 128 letters, digits and `._-`."""
    check_length(name, field, 1, MAX_SAML_PROVIDER_NAME)
    if not _SAML_PROVIDER_NAME.fullmatch(name):
        raise InvalidInput(
            f"The specified value for {field} is invalid. "
            "It must contain only alphanumeric characters and/or the following: ._-"
        )


def check_existing_name(name: str, field: str) -> None:
    """Raises InvalidInput unless something may be called so: AWS looks for up to 128 characters, whatever may be given
    (IAM API reference, GetUser)."""
    check_name(name, field, MAX_EXISTING_NAME)


def check_role_path(path: str) -> None:
    """As `check_path`. Raises InvalidInput for the path of service-linked roles, too."""
    check_path(path)
    if path.lower().startswith(SERVICE_LINKED_PATH):
        raise InvalidInput(
            f"The specified value for path is invalid. {SERVICE_LINKED_PATH} is reserved for service-linked roles."
        )


def check_policy_path(path: str, field: str = "path") -> None:
    """Raises InvalidInput unless `path` is `/` or `/…/`, of names that are not empty."""
    check_path(path, field, _POLICY_PATH)


def check_description(description: str) -> None:
    """Raises InvalidInput when `description` is longer than 1,000 characters."""
    check_length(description, "description", 0, MAX_DESCRIPTION)


def check_role_description(description: str) -> None:
    """Raises InvalidInput when `description` is longer than 1,000 characters, or has other ones than Latin-1's."""
    check_description(description)
    if not _ROLE_DESCRIPTION.fullmatch(description):
        raise InvalidInput(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"
        )


def check_session_duration(seconds: int) -> None:
    """Raises InvalidInput unless a role's sessions may last so many seconds: 1 to 12 hours."""
    check_number(seconds, "maxSessionDuration", SHORTEST_SESSION, LONGEST_SESSION)


def check_account_name(name: str) -> None:
    """Raises InvalidInput unless `name` is 1 to 50 printable ASCII characters (Organizations API, CreateAccount)."""
    check_length(name, "accountName", 1, MAX_ACCOUNT_NAME)
    if not _ACCOUNT_NAME.fullmatch(name):
        raise InvalidInput(
            "The specified value for accountName is invalid. It must contain only printable ASCII characters."
        )


def version_id(number: int) -> str:
    """The id of a policy version as AWS writes it: `v1`, `v2`, …"""
    return f"v{number}"


def version_number(text: str) -> int:
    """The number in a version id such as `v3`. Raises InvalidInput when it is not one."""
    match = _VERSION_ID.fullmatch(text)
    if match is None:
        raise InvalidInput(
            "1 validation error detected: Value at 'versionId' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
        )
    return int(match[1])
