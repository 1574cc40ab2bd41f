"""Membership: which users are in which groups."""

from dataclasses import dataclass, replace

from doorward_kernel.ids import UniqueId

from doorward_directory.account import Account
from doorward_directory.groups import Group, group_by_name
from doorward_directory.index import NO_IDS, with_entry, without_entry
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.users import User, user_by_name

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAddedToGroup:
    user_id: UniqueId
    group_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRemovedFromGroup:
    user_id: UniqueId
    group_id: UniqueId


# --- state, and how events change it ---


def user_added_to_group(account: Account, event: UserAddedToGroup) -> Account:
    user, group = account.users[event.user_id], account.groups[event.group_id]
    return replace(
        account,
        users=account.users.set(user.user_id, replace(user, groups=(*user.groups, group.group_id))),
        members=with_entry(account.members, group.group_id, user.user_id),
    )


def user_removed_from_group(account: Account, event: UserRemovedFromGroup) -> Account:
    user = account.users[event.user_id]
    groups = tuple(group_id for group_id in user.groups if group_id != event.group_id)
    return replace(
        account,
        users=account.users.set(user.user_id, replace(user, groups=groups)),
        members=without_entry(account.members, event.group_id, user.user_id),
    )


def groups_of(account: Account, user: User) -> list[Group]:
    """The groups that the user is in, in the order in which it was added."""
    return [account.groups[group_id] for group_id in user.groups]


def users_in(account: Account, group: Group) -> list[User]:
    """The users of the group, in no particular order."""
    return [account.users[user_id] for user_id in account.members.get(group.group_id, NO_IDS)]


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUserToGroup:
    group_name: str
    user_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveUserFromGroup:
    group_name: str
    user_name: str


def add_user_to_group(account: Account, command: AddUserToGroup, quotas: Quotas) -> list[UserAddedToGroup]:
    """Nothing when the user is in the group. Raises NoSuchEntity, LimitExceeded."""
    group = group_by_name(account, command.group_name)
    user = user_by_name(account, command.user_name)
    if group.group_id in user.groups:
        return []
    check_quota("GroupsPerUser", quotas.groups_per_user, len(user.groups) + 1)
    return [UserAddedToGroup(user_id=user.user_id, group_id=group.group_id)]


def remove_user_from_group(account: Account, command: RemoveUserFromGroup) -> list[UserRemovedFromGroup]:
    """Nothing when the user is not in the group, as with AWS. Raises NoSuchEntity."""
    group = group_by_name(account, command.group_name)
    user = user_by_name(account, command.user_name)
    if group.group_id not in user.groups:
        return []
    return [UserRemovedFromGroup(user_id=user.user_id, group_id=group.group_id)]
