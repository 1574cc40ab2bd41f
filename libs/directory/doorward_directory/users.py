"""Users: principals with a name, group memberships and policies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import NO_INLINE_POLICIES, NO_TAGS, Account
from doorward_directory.aws_policies import AwsPolicyAdopted, adoption
from doorward_directory.boundaries import UserBoundaryRemoved, UserBoundarySet, boundary_policy
from doorward_directory.index import moved_entry
from doorward_directory.names import check_path, check_user_name, name_key
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.tags import Tag, UserTagged, tags_at_creation

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated:
    user_id: UniqueId
    name: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRenamed:
    user_id: UniqueId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMoved:
    """The user has another path."""

    user_id: UniqueId
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted:
    user_id: UniqueId


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user; `groups` and `attached` (managed policies) in the order in which they were added."""

    user_id: UniqueId
    name: str
    path: str
    created_at: datetime
    groups: tuple[UniqueId, ...]
    attached: tuple[UniqueId, ...]
    inline: Map[str, str]
    """Documents of the inline policies by name; these names are distinguished by case."""
    boundary: UniqueId | None
    """The managed policy that is its permissions boundary."""
    tags: Map[str, str]


def user_created(account: Account, event: UserCreated) -> Account:
    user = User(
        user_id=event.user_id,
        name=event.name,
        path=event.path,
        created_at=event.created_at,
        groups=(),
        attached=(),
        inline=NO_INLINE_POLICIES,
        boundary=None,
        tags=NO_TAGS,
    )
    return replace(
        account,
        users=account.users.set(user.user_id, user),
        user_ids=account.user_ids.set(name_key(user.name), user.user_id),
    )


def user_renamed(account: Account, event: UserRenamed) -> Account:
    user = account.users[event.user_id]
    return replace(
        account,
        users=account.users.set(user.user_id, replace(user, name=event.name)),
        user_ids=account.user_ids.delete(name_key(user.name)).set(name_key(event.name), user.user_id),
    )


def user_moved(account: Account, event: UserMoved) -> Account:
    return with_user(account, replace(account.users[event.user_id], path=event.path))


def user_deleted(account: Account, event: UserDeleted) -> Account:
    user = account.users[event.user_id]
    return replace(
        account,
        users=account.users.delete(user.user_id),
        user_ids=account.user_ids.delete(name_key(user.name)),
        bounded=moved_entry(account.bounded, user.user_id, user.boundary, None),
    )


def with_user(account: Account, user: User) -> Account:
    """The account with another state of a user whose name is the same."""
    return replace(account, users=account.users.set(user.user_id, user))


def user_arn(account: Account, user: User) -> str:
    return iam_arn(account.account_id, "user", user.path, user.name)


def user_by_name(account: Account, name: str) -> User:
    """The user of that name, ignoring case. Raises NoSuchEntity."""
    user_id = account.user_ids.get(name_key(name))
    if user_id is None:
        raise NoSuchEntity(f"The user with name {name} cannot be found.")
    return account.users[user_id]


def user_by_arn(account: Account, arn: str) -> User:
    """The user with exactly that ARN: path and case count. Raises NoSuchEntity, InvalidInput."""
    user_id = account.user_ids.get(name_key(arn.rpartition("/")[2]))
    if user_id is not None:
        user = account.users[user_id]
        if user_arn(account, user) == arn:
            return user
    raise NoSuchEntity(f"The user with ARN {Arn.parse(arn)} cannot be found.")


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser:
    user_id: UniqueId
    user_name: str
    path: str
    permissions_boundary: str | None
    """The ARN of a managed policy."""
    tags: Sequence[Tag]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateUser:
    """What is None stays as it is."""

    user_name: str
    new_user_name: str | None
    new_path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteUser:
    user_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutUserPermissionsBoundary:
    user_name: str
    permissions_boundary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteUserPermissionsBoundary:
    user_name: str


def create_user(
    account: Account, command: CreateUser, quotas: Quotas
) -> list[UserCreated | AwsPolicyAdopted | UserBoundarySet | UserTagged]:
    """Raises EntityAlreadyExists, LimitExceeded, InvalidInput; NoSuchEntity for an unknown boundary."""
    check_user_name(command.user_name)
    check_path(command.path)
    _check_name_is_free(account, command.user_name)
    check_quota("UsersPerAccount", quotas.users, len(account.users) + 1)
    tags = tags_at_creation("User", command.tags, ignore_case=True)
    events: list[UserCreated | AwsPolicyAdopted | UserBoundarySet | UserTagged] = [
        UserCreated(
            user_id=command.user_id,
            name=command.user_name,
            path=command.path,
            created_at=command.created_at,
        )
    ]
    if command.permissions_boundary is not None:
        boundary = boundary_policy(account, command.permissions_boundary)
        events += adoption(account, boundary, "User", quotas)
        events.append(UserBoundarySet(user_id=command.user_id, policy_id=boundary.policy_id))
    if tags:
        events.append(UserTagged(user_id=command.user_id, tags=tags))
    return events


def update_user(account: Account, command: UpdateUser) -> list[UserRenamed | UserMoved]:
    """Raises NoSuchEntity, EntityAlreadyExists, InvalidInput. Only the case of a name may change, too."""
    user = user_by_name(account, command.user_name)
    events: list[UserRenamed | UserMoved] = []
    if command.new_user_name is not None and command.new_user_name != user.name:
        check_user_name(command.new_user_name, "newUserName")
        if name_key(command.new_user_name) != name_key(user.name):
            _check_name_is_free(account, command.new_user_name)
        events.append(UserRenamed(user_id=user.user_id, name=command.new_user_name))
    if command.new_path is not None and command.new_path != user.path:
        check_path(command.new_path, "newPath")
        events.append(UserMoved(user_id=user.user_id, path=command.new_path))
    return events


def delete_user(account: Account, command: DeleteUser) -> list[UserDeleted]:
    """Raises NoSuchEntity; DeleteConflict while the user has policies or groups."""
    user = user_by_name(account, command.user_name)
    if user.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if user.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if user.groups:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    return [UserDeleted(user_id=user.user_id)]


def put_user_permissions_boundary(
    account: Account, command: PutUserPermissionsBoundary, quotas: Quotas
) -> list[AwsPolicyAdopted | UserBoundarySet]:
    """Nothing when it is the boundary. Raises NoSuchEntity, PolicyNotAttachable, LimitExceeded, InvalidInput."""
    user = user_by_name(account, command.user_name)
    policy = boundary_policy(account, command.permissions_boundary)
    if user.boundary == policy.policy_id:
        return []
    adopted = adoption(account, policy, "User", quotas)
    return [*adopted, UserBoundarySet(user_id=user.user_id, policy_id=policy.policy_id)]


def delete_user_permissions_boundary(
    account: Account, command: DeleteUserPermissionsBoundary
) -> list[UserBoundaryRemoved]:
    """Raises NoSuchEntity, also when there is no boundary."""
    user = user_by_name(account, command.user_name)
    if user.boundary is None:
        raise NoSuchEntity(f"The user with name {user.name} has no permissions boundary.")
    return [UserBoundaryRemoved(user_id=user.user_id)]


def _check_name_is_free(account: Account, name: str) -> None:
    if name_key(name) in account.user_ids:
        raise EntityAlreadyExists(f"User with name {name} already exists.")
