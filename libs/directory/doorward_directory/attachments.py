"""Attachments: which managed policies apply to which users, groups and roles."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import UniqueId

from doorward_directory.account import Account
from doorward_directory.aws_policies import AwsPolicyAdopted, adoption, managed_policy, not_attachable
from doorward_directory.groups import Group, group_by_name
from doorward_directory.index import NO_IDS, with_entry, without_entry
from doorward_directory.policies import ManagedPolicy
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.roles import Role, changeable_role
from doorward_directory.users import User, user_by_name

Entity: TypeAlias = User | Group | Role
"""What managed policies can be attached to."""

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPolicyAttached:
    user_id: UniqueId
    policy_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPolicyDetached:
    user_id: UniqueId
    policy_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPolicyAttached:
    group_id: UniqueId
    policy_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPolicyDetached:
    group_id: UniqueId
    policy_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicyAttached:
    role_id: UniqueId
    policy_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicyDetached:
    role_id: UniqueId
    policy_id: UniqueId


# --- state, and how events change it ---


def user_policy_attached(account: Account, event: UserPolicyAttached) -> Account:
    user, policy = account.users[event.user_id], account.policies[event.policy_id]
    return replace(
        account,
        users=account.users.set(user.user_id, replace(user, attached=(*user.attached, policy.policy_id))),
        attachments=with_entry(account.attachments, policy.policy_id, user.user_id),
    )


def user_policy_detached(account: Account, event: UserPolicyDetached) -> Account:
    user = account.users[event.user_id]
    return replace(
        account,
        users=account.users.set(user.user_id, replace(user, attached=_without(user.attached, event.policy_id))),
        attachments=without_entry(account.attachments, event.policy_id, user.user_id),
    )


def group_policy_attached(account: Account, event: GroupPolicyAttached) -> Account:
    group, policy = account.groups[event.group_id], account.policies[event.policy_id]
    return replace(
        account,
        groups=account.groups.set(group.group_id, replace(group, attached=(*group.attached, policy.policy_id))),
        attachments=with_entry(account.attachments, policy.policy_id, group.group_id),
    )


def group_policy_detached(account: Account, event: GroupPolicyDetached) -> Account:
    group = account.groups[event.group_id]
    return replace(
        account,
        groups=account.groups.set(group.group_id, replace(group, attached=_without(group.attached, event.policy_id))),
        attachments=without_entry(account.attachments, event.policy_id, group.group_id),
    )


def role_policy_attached(account: Account, event: RolePolicyAttached) -> Account:
    role, policy = account.roles[event.role_id], account.policies[event.policy_id]
    return replace(
        account,
        roles=account.roles.set(role.role_id, replace(role, attached=(*role.attached, policy.policy_id))),
        attachments=with_entry(account.attachments, policy.policy_id, role.role_id),
    )


def role_policy_detached(account: Account, event: RolePolicyDetached) -> Account:
    role = account.roles[event.role_id]
    return replace(
        account,
        roles=account.roles.set(role.role_id, replace(role, attached=_without(role.attached, event.policy_id))),
        attachments=without_entry(account.attachments, event.policy_id, role.role_id),
    )


def _without(policy_ids: tuple[UniqueId, ...], gone: UniqueId) -> tuple[UniqueId, ...]:
    return tuple(policy_id for policy_id in policy_ids if policy_id != gone)


def attached_policies(account: Account, entity: Entity) -> list[ManagedPolicy]:
    """The managed policies of a user, group or role, in the order in which they were attached."""
    return [account.policies[policy_id] for policy_id in entity.attached]


def attachment_count(account: Account, policy: ManagedPolicy) -> int:
    """How many users, groups and roles the policy is attached to."""
    return len(account.attachments.get(policy.policy_id, NO_IDS))


def attached_to(account: Account, policy: ManagedPolicy) -> tuple[list[User], list[Group], list[Role]]:
    """The users, groups and roles that the policy is attached to, in no particular order."""
    ids = account.attachments.get(policy.policy_id, NO_IDS)
    return (
        [account.users[entity_id] for entity_id in ids if entity_id in account.users],
        [account.groups[entity_id] for entity_id in ids if entity_id in account.groups],
        [account.roles[entity_id] for entity_id in ids if entity_id in account.roles],
    )


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachUserPolicy:
    user_name: str
    policy_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachUserPolicy:
    user_name: str
    policy_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachGroupPolicy:
    group_name: str
    policy_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachGroupPolicy:
    group_name: str
    policy_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachRolePolicy:
    role_name: str
    policy_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachRolePolicy:
    role_name: str
    policy_arn: str


def attach_user_policy(
    account: Account, command: AttachUserPolicy, quotas: Quotas
) -> list[AwsPolicyAdopted | UserPolicyAttached]:
    """Nothing when it is attached. Raises NoSuchEntity, PolicyNotAttachable, LimitExceeded, InvalidInput."""
    user = user_by_name(account, command.user_name)
    policy = _attachable(account, command.policy_arn)
    if policy.policy_id in user.attached:
        return []
    adopted = adoption(account, policy, "User", quotas)
    check_quota("PoliciesPerUser", quotas.policies_per_user, len(user.attached) + 1)
    attached = UserPolicyAttached(user_id=user.user_id, policy_id=policy.policy_id)
    return [*adopted, attached]


def detach_user_policy(account: Account, command: DetachUserPolicy) -> list[UserPolicyDetached]:
    """Raises NoSuchEntity, also when it is not attached; InvalidInput."""
    user = user_by_name(account, command.user_name)
    policy = _attached(account, user, command.policy_arn)
    return [UserPolicyDetached(user_id=user.user_id, policy_id=policy.policy_id)]


def attach_group_policy(
    account: Account, command: AttachGroupPolicy, quotas: Quotas
) -> list[AwsPolicyAdopted | GroupPolicyAttached]:
    """Nothing when it is attached. Raises NoSuchEntity, PolicyNotAttachable, LimitExceeded, InvalidInput."""
    group = group_by_name(account, command.group_name)
    policy = _attachable(account, command.policy_arn)
    if policy.policy_id in group.attached:
        return []
    adopted = adoption(account, policy, "Group", quotas)
    check_quota("PoliciesPerGroup", quotas.policies_per_group, len(group.attached) + 1)
    attached = GroupPolicyAttached(group_id=group.group_id, policy_id=policy.policy_id)
    return [*adopted, attached]


def detach_group_policy(account: Account, command: DetachGroupPolicy) -> list[GroupPolicyDetached]:
    """Raises NoSuchEntity, also when it is not attached; InvalidInput."""
    group = group_by_name(account, command.group_name)
    policy = _attached(account, group, command.policy_arn)
    return [GroupPolicyDetached(group_id=group.group_id, policy_id=policy.policy_id)]


def attach_role_policy(
    account: Account, command: AttachRolePolicy, quotas: Quotas
) -> list[AwsPolicyAdopted | RolePolicyAttached]:
    """Nothing when it is attached. Raises UnmodifiableEntity for a service-linked role; NoSuchEntity,
    PolicyNotAttachable, LimitExceeded, InvalidInput."""
    role = changeable_role(account, command.role_name)
    policy = _attachable(account, command.policy_arn)
    if policy.policy_id in role.attached:
        return []
    adopted = adoption(account, policy, "Role", quotas)
    check_quota("PoliciesPerRole", quotas.policies_per_role, len(role.attached) + 1)
    attached = RolePolicyAttached(role_id=role.role_id, policy_id=policy.policy_id)
    return [*adopted, attached]


def detach_role_policy(account: Account, command: DetachRolePolicy) -> list[RolePolicyDetached]:
    """Raises UnmodifiableEntity, NoSuchEntity, also when it is not attached; InvalidInput."""
    role = changeable_role(account, command.role_name)
    policy = _attached(account, role, command.policy_arn)
    return [RolePolicyDetached(role_id=role.role_id, policy_id=policy.policy_id)]


def _attachable(account: Account, arn: str) -> ManagedPolicy:
    try:
        return managed_policy(account, arn)
    except NoSuchEntity:
        raise not_attachable(arn) from None


def _attached(account: Account, entity: Entity, arn: str) -> ManagedPolicy:
    policy = managed_policy(account, arn)
    if policy.policy_id not in entity.attached:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    return policy
