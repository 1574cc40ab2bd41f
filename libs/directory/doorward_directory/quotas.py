"""How many and how large: AWS's default quotas (IAM user guide, "IAM and AWS STS quotas")."""

from dataclasses import dataclass

from doorward_kernel.errors import LimitExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Counts per account, user, group, role or policy; sizes in characters, white space not counted."""

    users: int = 5000
    groups: int = 300
    roles: int = 1000
    policies: int = 1500
    groups_per_user: int = 10
    policies_per_user: int = 10
    policies_per_group: int = 10
    policies_per_role: int = 10
    versions_per_policy: int = 5
    policy_size: int = 6144
    user_policy_size: int = 2048
    role_policy_size: int = 10_240
    group_policy_size: int = 5120
    trust_policy_size: int = 2048


def check_quota(name: str, quota: int, used: int) -> None:
    """Raises LimitExceeded, with AWS's name of the quota, when it would be `used` beyond `quota`."""
    if used > quota:
        raise LimitExceeded(f"Cannot exceed quota for {name}: {quota}")
