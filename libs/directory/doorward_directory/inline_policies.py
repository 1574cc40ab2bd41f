"""Inline policies: documents that belong to one user, group or role and go with it."""

from dataclasses import dataclass, replace

from doorward_kernel.errors import LimitExceeded, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import Account
from doorward_directory.documents import check_document, document_size
from doorward_directory.groups import group_by_name, with_group
from doorward_directory.names import check_policy_name
from doorward_directory.quotas import Quotas
from doorward_directory.roles import changeable_role, role_by_name, with_role
from doorward_directory.users import user_by_name, with_user

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPolicyPut:
    user_id: UniqueId
    name: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPolicyDeleted:
    user_id: UniqueId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPolicyPut:
    group_id: UniqueId
    name: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPolicyDeleted:
    group_id: UniqueId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicyPut:
    role_id: UniqueId
    name: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicyDeleted:
    role_id: UniqueId
    name: str


# --- state, and how events change it ---


def user_policy_put(account: Account, event: UserPolicyPut) -> Account:
    user = account.users[event.user_id]
    return with_user(account, replace(user, inline=user.inline.set(event.name, event.document)))


def user_policy_deleted(account: Account, event: UserPolicyDeleted) -> Account:
    user = account.users[event.user_id]
    return with_user(account, replace(user, inline=user.inline.delete(event.name)))


def group_policy_put(account: Account, event: GroupPolicyPut) -> Account:
    group = account.groups[event.group_id]
    return with_group(account, replace(group, inline=group.inline.set(event.name, event.document)))


def group_policy_deleted(account: Account, event: GroupPolicyDeleted) -> Account:
    group = account.groups[event.group_id]
    return with_group(account, replace(group, inline=group.inline.delete(event.name)))


def role_policy_put(account: Account, event: RolePolicyPut) -> Account:
    role = account.roles[event.role_id]
    return with_role(account, replace(role, inline=role.inline.set(event.name, event.document)))


def role_policy_deleted(account: Account, event: RolePolicyDeleted) -> Account:
    role = account.roles[event.role_id]
    return with_role(account, replace(role, inline=role.inline.delete(event.name)))


def user_policy(account: Account, user_name: str, policy_name: str) -> str:
    """The document of a user's inline policy. Raises NoSuchEntity."""
    return _inline_document("user", user_by_name(account, user_name).inline, policy_name)


def group_policy(account: Account, group_name: str, policy_name: str) -> str:
    """The document of a group's inline policy. Raises NoSuchEntity."""
    return _inline_document("group", group_by_name(account, group_name).inline, policy_name)


def role_policy(account: Account, role_name: str, policy_name: str) -> str:
    """The document of a role's inline policy. Raises NoSuchEntity."""
    return _inline_document("role", role_by_name(account, role_name).inline, policy_name)


def _inline_document(kind: str, inline: Map[str, str], policy_name: str) -> str:
    document = inline.get(policy_name)
    if document is None:
        raise NoSuchEntity(f"The {kind} policy with name {policy_name} cannot be found.")
    return document


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PutUserPolicy:
    user_name: str
    policy_name: str
    policy_document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteUserPolicy:
    user_name: str
    policy_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutGroupPolicy:
    group_name: str
    policy_name: str
    policy_document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteGroupPolicy:
    group_name: str
    policy_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRolePolicy:
    role_name: str
    policy_name: str
    policy_document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRolePolicy:
    role_name: str
    policy_name: str


def put_user_policy(account: Account, command: PutUserPolicy, quotas: Quotas) -> list[UserPolicyPut]:
    """Nothing when the text is the same. Raises NoSuchEntity, LimitExceeded, MalformedPolicyDocument, InvalidInput."""
    user = user_by_name(account, command.user_name)
    name, document = command.policy_name, command.policy_document
    if user.inline.get(name) == document:
        return []
    check_policy_name(name)
    check_document(document)
    if _inline_size(user.inline.set(name, document)) > quotas.user_policy_size:
        raise LimitExceeded(f"Maximum policy size of {quotas.user_policy_size} bytes exceeded for user {user.name}")
    return [UserPolicyPut(user_id=user.user_id, name=name, document=document)]


def delete_user_policy(account: Account, command: DeleteUserPolicy) -> list[UserPolicyDeleted]:
    """Raises NoSuchEntity."""
    user = user_by_name(account, command.user_name)
    _inline_document("user", user.inline, command.policy_name)
    return [UserPolicyDeleted(user_id=user.user_id, name=command.policy_name)]


def put_group_policy(account: Account, command: PutGroupPolicy, quotas: Quotas) -> list[GroupPolicyPut]:
    """Nothing when the text is the same. Raises NoSuchEntity, LimitExceeded, MalformedPolicyDocument, InvalidInput."""
    group = group_by_name(account, command.group_name)
    name, document = command.policy_name, command.policy_document
    if group.inline.get(name) == document:
        return []
    check_policy_name(name)
    check_document(document)
    if _inline_size(group.inline.set(name, document)) > quotas.group_policy_size:
        raise LimitExceeded(f"Maximum policy size of {quotas.group_policy_size} bytes exceeded for group {group.name}")
    return [GroupPolicyPut(group_id=group.group_id, name=name, document=document)]


def delete_group_policy(account: Account, command: DeleteGroupPolicy) -> list[GroupPolicyDeleted]:
    """Raises NoSuchEntity."""
    group = group_by_name(account, command.group_name)
    _inline_document("group", group.inline, command.policy_name)
    return [GroupPolicyDeleted(group_id=group.group_id, name=command.policy_name)]


def put_role_policy(account: Account, command: PutRolePolicy, quotas: Quotas) -> list[RolePolicyPut]:
    """Nothing when the text is the same. Raises UnmodifiableEntity for a service-linked role; NoSuchEntity,
    LimitExceeded, MalformedPolicyDocument, InvalidInput."""
    role = changeable_role(account, command.role_name)
    name, document = command.policy_name, command.policy_document
    if role.inline.get(name) == document:
        return []
    check_policy_name(name)
    check_document(document)
    if _inline_size(role.inline.set(name, document)) > quotas.role_policy_size:
        raise LimitExceeded(f"Maximum policy size of {quotas.role_policy_size} bytes exceeded for role {role.name}")
    return [RolePolicyPut(role_id=role.role_id, name=name, document=document)]


def delete_role_policy(account: Account, command: DeleteRolePolicy) -> list[RolePolicyDeleted]:
    """Raises UnmodifiableEntity, NoSuchEntity."""
    role = changeable_role(account, command.role_name)
    _inline_document("role", role.inline, command.policy_name)
    return [RolePolicyDeleted(role_id=role.role_id, name=command.policy_name)]


def _inline_size(inline: Map[str, str]) -> int:
    """What counts against the quota: the sum over all inline policies of the user, group or role."""
    return sum(map(document_size, inline.values()))
