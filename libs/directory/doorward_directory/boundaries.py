"""Permissions boundaries: a managed policy that says the most that a user or role may do.

IAM user guide, "Permissions boundaries for IAM entities". Who sets one is in `users` and `roles`.
"""

from dataclasses import dataclass, replace

from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import UniqueId

from doorward_directory.account import Account
from doorward_directory.aws_policies import managed_policy
from doorward_directory.index import NO_IDS, IdSet, moved_entry
from doorward_directory.policies import ManagedPolicy

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBoundarySet:
    user_id: UniqueId
    policy_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBoundaryRemoved:
    user_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBoundarySet:
    role_id: UniqueId
    policy_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBoundaryRemoved:
    role_id: UniqueId


# --- state, and how events change it ---


def user_boundary_set(account: Account, event: UserBoundarySet) -> Account:
    user, policy = account.users[event.user_id], account.policies[event.policy_id]
    return replace(
        account,
        users=account.users.set(user.user_id, replace(user, boundary=policy.policy_id)),
        bounded=moved_entry(account.bounded, user.user_id, user.boundary, policy.policy_id),
    )


def user_boundary_removed(account: Account, event: UserBoundaryRemoved) -> Account:
    user = account.users[event.user_id]
    return replace(
        account,
        users=account.users.set(user.user_id, replace(user, boundary=None)),
        bounded=moved_entry(account.bounded, user.user_id, user.boundary, None),
    )


def role_boundary_set(account: Account, event: RoleBoundarySet) -> Account:
    role, policy = account.roles[event.role_id], account.policies[event.policy_id]
    return replace(
        account,
        roles=account.roles.set(role.role_id, replace(role, boundary=policy.policy_id)),
        bounded=moved_entry(account.bounded, role.role_id, role.boundary, policy.policy_id),
    )


def role_boundary_removed(account: Account, event: RoleBoundaryRemoved) -> Account:
    role = account.roles[event.role_id]
    return replace(
        account,
        roles=account.roles.set(role.role_id, replace(role, boundary=None)),
        bounded=moved_entry(account.bounded, role.role_id, role.boundary, None),
    )


def boundary_usage_count(account: Account, policy: ManagedPolicy) -> int:
    """How many users and roles the policy is the boundary of."""
    return len(bounded_by(account, policy))


def bounded_by(account: Account, policy: ManagedPolicy) -> IdSet:
    """The ids of the users and roles that the policy is the boundary of."""
    return account.bounded.get(policy.policy_id, NO_IDS)


def boundary_policy(account: Account, arn: str) -> ManagedPolicy:
    """The policy that is to be a boundary; one of AWS's is adopted first. Raises NoSuchEntity, InvalidInput."""
    try:
        return managed_policy(account, arn)
    except NoSuchEntity:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.") from None
