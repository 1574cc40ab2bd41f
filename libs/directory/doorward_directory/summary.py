"""How many of each thing an account holds, and how many it may (IAM API reference, GetAccountSummary)."""

from doorward_directory.account import Account
from doorward_directory.policies_in_use import versions_in_use
from doorward_directory.quotas import Quotas


def account_summary(account: Account, quotas: Quotas) -> dict[str, int]:
    """By AWS's names, without those that speak of what an account of Doorward does not hold."""
    return {
        "Users": len(account.users),
        "UsersQuota": quotas.users,
        "Groups": len(account.groups),
        "GroupsQuota": quotas.groups,
        "GroupsPerUserQuota": quotas.groups_per_user,
        "Roles": len(account.roles),
        "RolesQuota": quotas.roles,
        "InstanceProfiles": len(account.instance_profiles),
        "InstanceProfilesQuota": quotas.instance_profiles,
        "Providers": len(account.oidc_providers) + len(account.saml_providers),
        "Policies": len(account.policy_ids),
        "PoliciesQuota": quotas.policies,
        "PolicyVersionsInUse": versions_in_use(account),
        "PolicyVersionsInUseQuota": quotas.policy_versions_in_use,
        "VersionsPerPolicyQuota": quotas.versions_per_policy,
        "AttachedPoliciesPerUserQuota": quotas.policies_per_user,
        "AttachedPoliciesPerGroupQuota": quotas.policies_per_group,
        "AttachedPoliciesPerRoleQuota": quotas.policies_per_role,
        "PolicySizeQuota": quotas.policy_size,
        "UserPolicySizeQuota": quotas.user_policy_size,
        "GroupPolicySizeQuota": quotas.group_policy_size,
        "RolePolicySizeQuota": quotas.role_policy_size,
        "AssumeRolePolicySizeQuota": quotas.trust_policy_size,
        "AccessKeysPerUserQuota": 2,
    }
