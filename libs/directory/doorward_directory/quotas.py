"""How many and how large: AWS's default quotas, and those that an account has of its own.

IAM user guide, "IAM and AWS STS quotas".
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from doorward_kernel.errors import InvalidInput, LimitExceeded

MOST = 1_000_000
"""The greatest value of any quota; documents are bounded elsewhere, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Counts per account, user, group, role or policy; sizes in characters, white space not counted."""

    users: int = 5000
    groups: int = 300
    roles: int = 1000
    instance_profiles: int = 1000
    policies: int = 1500
    oidc_providers: int = 100
    saml_providers: int = 100
    groups_per_user: int = 10
    policies_per_user: int = 10
    policies_per_group: int = 10
    policies_per_role: int = 10
    versions_per_policy: int = 5
    policy_versions_in_use: int = 10_000
    policy_size: int = 6144
    user_policy_size: int = 2048
    role_policy_size: int = 10_240
    group_policy_size: int = 5120
    trust_policy_size: int = 2048
    resource_policies: int = 10_000
    resource_policy_size: int = 20_480


QUOTA_NAMES: Mapping[str, str] = {
    "UsersPerAccount": "users",
    "GroupsPerAccount": "groups",
    "RolesPerAccount": "roles",
    "InstanceProfilesPerAccount": "instance_profiles",
    "PoliciesPerAccount": "policies",
    "OpenIdConnectProvidersPerAccount": "oidc_providers",
    "SAMLProvidersPerAccount": "saml_providers",
    "GroupsPerUser": "groups_per_user",
    "PoliciesPerUser": "policies_per_user",
    "PoliciesPerGroup": "policies_per_group",
    "PoliciesPerRole": "policies_per_role",
    "VersionsPerPolicy": "versions_per_policy",
    "PolicyVersionsInUse": "policy_versions_in_use",
    "PolicySize": "policy_size",
    "UserPolicySize": "user_policy_size",
    "RolePolicySize": "role_policy_size",
    "GroupPolicySize": "group_policy_size",
    "ACLSizePerRole": "trust_policy_size",
    "ResourcePoliciesPerAccount": "resource_policies",
    "ResourcePolicySize": "resource_policy_size",
}
"""The names that messages have for them, and the fields of `Quotas`."""


def with_own(quotas: Quotas, own: Mapping[str, int]) -> Quotas:
    """The quotas of an account that has some of its own, by name."""
    if not own:
        return quotas
    changes: dict[str, Any] = {QUOTA_NAMES[name]: value for name, value in own.items()}
    return replace(quotas, **changes)


def values_by_name(quotas: Quotas) -> dict[str, int]:
    """Each quota by the name that messages have for it."""
    values = {field.name: getattr(quotas, field.name) for field in fields(quotas)}
    return {name: values[field] for name, field in QUOTA_NAMES.items()}


def check_quota_name(name: str) -> None:
    """Raises InvalidInput when there is no such quota."""
    if name not in QUOTA_NAMES:
        raise InvalidInput(f"`quotaName`: `{name[:64]}` is no quota: expected one of {', '.join(QUOTA_NAMES)}")


def check_quota_value(value: int) -> None:
    """Raises InvalidInput when a quota cannot be set to it."""
    if not 0 <= value <= MOST:
        raise InvalidInput(f"`value`: a quota is 0 to {MOST:,}, not `{value}`")


def check_quota(name: str, quota: int, used: int) -> None:
    """Raises LimitExceeded, with AWS's name of the quota, when it would be `used` beyond `quota`."""
    if used > quota:
        raise LimitExceeded(f"Cannot exceed quota for {name}: {quota}")
