"""Groups: users who share policies."""

from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import NO_INLINE_POLICIES, Account
from doorward_directory.names import check_group_name, check_path, name_key
from doorward_directory.quotas import Quotas, check_quota

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCreated:
    group_id: UniqueId
    name: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRenamed:
    group_id: UniqueId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMoved:
    """The group has another path."""

    group_id: UniqueId
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDeleted:
    group_id: UniqueId


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group; its users are in `Account.members`, so that it stays the same object when users come and go."""

    group_id: UniqueId
    name: str
    path: str
    created_at: datetime
    attached: tuple[UniqueId, ...]
    """Managed policies in the order in which they were attached."""
    inline: Map[str, str]
    """Documents of the inline policies by name; these names are distinguished by case."""


def group_created(account: Account, event: GroupCreated) -> Account:
    group = Group(
        group_id=event.group_id,
        name=event.name,
        path=event.path,
        created_at=event.created_at,
        attached=(),
        inline=NO_INLINE_POLICIES,
    )
    return replace(
        account,
        groups=account.groups.set(group.group_id, group),
        group_ids=account.group_ids.set(name_key(group.name), group.group_id),
    )


def group_renamed(account: Account, event: GroupRenamed) -> Account:
    group = account.groups[event.group_id]
    return replace(
        account,
        groups=account.groups.set(group.group_id, replace(group, name=event.name)),
        group_ids=account.group_ids.delete(name_key(group.name)).set(name_key(event.name), group.group_id),
    )


def group_moved(account: Account, event: GroupMoved) -> Account:
    return with_group(account, replace(account.groups[event.group_id], path=event.path))


def group_deleted(account: Account, event: GroupDeleted) -> Account:
    group = account.groups[event.group_id]
    return replace(
        account,
        groups=account.groups.delete(group.group_id),
        group_ids=account.group_ids.delete(name_key(group.name)),
    )


def with_group(account: Account, group: Group) -> Account:
    """The account with another state of a group whose name is the same."""
    return replace(account, groups=account.groups.set(group.group_id, group))


def group_arn(account: Account, group: Group) -> str:
    return iam_arn(account.account_id, "group", group.path, group.name)


def group_by_name(account: Account, name: str) -> Group:
    """The group of that name, ignoring case. Raises NoSuchEntity."""
    group_id = account.group_ids.get(name_key(name))
    if group_id is None:
        raise NoSuchEntity(f"The group with name {name} cannot be found.")
    return account.groups[group_id]


def group_by_arn(account: Account, arn: str) -> Group:
    """The group with exactly that ARN: path and case count. Raises NoSuchEntity, InvalidInput."""
    group_id = account.group_ids.get(name_key(arn.rpartition("/")[2]))
    if group_id is not None:
        group = account.groups[group_id]
        if group_arn(account, group) == arn:
            return group
    raise NoSuchEntity(f"The group with ARN {Arn.parse(arn)} cannot be found.")


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGroup:
    group_id: UniqueId
    group_name: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateGroup:
    """What is None stays as it is."""

    group_name: str
    new_group_name: str | None
    new_path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteGroup:
    group_name: str


def create_group(account: Account, command: CreateGroup, quotas: Quotas) -> list[GroupCreated]:
    """Raises EntityAlreadyExists, LimitExceeded, InvalidInput."""
    check_group_name(command.group_name)
    check_path(command.path)
    _check_name_is_free(account, command.group_name)
    check_quota("GroupsPerAccount", quotas.groups, len(account.groups) + 1)
    return [
        GroupCreated(
            group_id=command.group_id,
            name=command.group_name,
            path=command.path,
            created_at=command.created_at,
        )
    ]


def update_group(account: Account, command: UpdateGroup) -> list[GroupRenamed | GroupMoved]:
    """Raises NoSuchEntity, EntityAlreadyExists, InvalidInput. Only the case of a name may change, too."""
    group = group_by_name(account, command.group_name)
    events: list[GroupRenamed | GroupMoved] = []
    if command.new_group_name is not None and command.new_group_name != group.name:
        check_group_name(command.new_group_name, "newGroupName")
        if name_key(command.new_group_name) != name_key(group.name):
            _check_name_is_free(account, command.new_group_name)
        events.append(GroupRenamed(group_id=group.group_id, name=command.new_group_name))
    if command.new_path is not None and command.new_path != group.path:
        check_path(command.new_path, "newPath")
        events.append(GroupMoved(group_id=group.group_id, path=command.new_path))
    return events


def delete_group(account: Account, command: DeleteGroup) -> list[GroupDeleted]:
    """Raises NoSuchEntity; DeleteConflict while the group has policies or users."""
    group = group_by_name(account, command.group_name)
    if group.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if group.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if group.group_id in account.members:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    return [GroupDeleted(group_id=group.group_id)]


def _check_name_is_free(account: Account, name: str) -> None:
    if name_key(name) in account.group_ids:
        raise EntityAlreadyExists(f"Group with name {name} already exists.")
