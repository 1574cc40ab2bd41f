"""The managed policies that bear on anything: how many an account has, and may have.

Of each exactly one version is in use, the default, so AWS calls them policy versions in use: those of managed policies,
AWS's as well as the account's own, that are attached to users, groups or roles (IAM API reference 2010-05-08,
GetAccountSummary) or are the permissions boundary of one.
"""

from doorward_kernel.ids import UniqueId

from doorward_directory.account import Account
from doorward_directory.quotas import Quotas, check_quota


def in_use(account: Account, policy_id: UniqueId) -> bool:
    """Whether the policy is attached to anything, or a boundary."""
    return policy_id in account.attachments or policy_id in account.bounded


def versions_in_use(account: Account) -> int:
    """How many policies `in_use` is true of."""
    return len(account.attachments) + sum(policy_id not in account.attachments for policy_id in account.bounded)


def check_versions_in_use(account: Account, policy_id: UniqueId, quotas: Quotas) -> None:
    """Raises LimitExceeded when the policy is not in use and there is no room for one more.

    Looks at no more than two sizes as long as there is plenty of room.
    """
    if len(account.attachments) + len(account.bounded) < quotas.policy_versions_in_use or in_use(account, policy_id):
        return
    check_quota("PolicyVersionsInUse", quotas.policy_versions_in_use, versions_in_use(account) + 1)
