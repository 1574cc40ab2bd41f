"""Instance profiles: what hands a role to a machine (IAM user guide, "Using instance profiles")."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import NO_TAGS, Account
from doorward_directory.index import NO_IDS, moved_entry
from doorward_directory.names import check_instance_profile_name, check_path, name_key
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.roles import Role, changeable_role
from doorward_directory.tags import InstanceProfileTagged, Tag, tags_at_creation

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfileCreated:
    instance_profile_id: UniqueId
    name: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAddedToInstanceProfile:
    instance_profile_id: UniqueId
    role_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRemovedFromInstanceProfile:
    instance_profile_id: UniqueId
    role_id: UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfileDeleted:
    instance_profile_id: UniqueId


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfile:
    """An instance profile, and its role when it has one."""

    instance_profile_id: UniqueId
    name: str
    path: str
    created_at: datetime
    role: UniqueId | None
    tags: Map[str, str]


def instance_profile_created(account: Account, event: InstanceProfileCreated) -> Account:
    profile = InstanceProfile(
        instance_profile_id=event.instance_profile_id,
        name=event.name,
        path=event.path,
        created_at=event.created_at,
        role=None,
        tags=NO_TAGS,
    )
    return replace(
        account,
        instance_profiles=account.instance_profiles.set(profile.instance_profile_id, profile),
        instance_profile_ids=account.instance_profile_ids.set(name_key(profile.name), profile.instance_profile_id),
    )


def role_added_to_instance_profile(account: Account, event: RoleAddedToInstanceProfile) -> Account:
    return _with_role(account, event.instance_profile_id, account.roles[event.role_id].role_id)


def role_removed_from_instance_profile(account: Account, event: RoleRemovedFromInstanceProfile) -> Account:
    return _with_role(account, event.instance_profile_id, None)


def instance_profile_deleted(account: Account, event: InstanceProfileDeleted) -> Account:
    profile = account.instance_profiles[event.instance_profile_id]
    return replace(
        account,
        instance_profiles=account.instance_profiles.delete(profile.instance_profile_id),
        instance_profile_ids=account.instance_profile_ids.delete(name_key(profile.name)),
    )


def _with_role(account: Account, profile_id: UniqueId, role_id: UniqueId | None) -> Account:
    profile = account.instance_profiles[profile_id]
    return replace(
        account,
        instance_profiles=account.instance_profiles.set(profile_id, replace(profile, role=role_id)),
        profiles_of_roles=moved_entry(account.profiles_of_roles, profile_id, profile.role, role_id),
    )


def instance_profile_arn(account: Account, profile: InstanceProfile) -> str:
    return iam_arn(account.account_id, "instance-profile", profile.path, profile.name)


def instance_profile_by_name(account: Account, name: str) -> InstanceProfile:
    """The instance profile of that name, ignoring case. Raises NoSuchEntity."""
    profile_id = account.instance_profile_ids.get(name_key(name))
    if profile_id is None:
        raise NoSuchEntity(f"Instance Profile {name} cannot be found.")
    return account.instance_profiles[profile_id]


def instance_profiles_of(account: Account, role: Role) -> list[InstanceProfile]:
    """The instance profiles that hand out the role, in no particular order."""
    return [account.instance_profiles[each] for each in account.profiles_of_roles.get(role.role_id, NO_IDS)]


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInstanceProfile:
    instance_profile_id: UniqueId
    instance_profile_name: str
    path: str
    tags: Sequence[Tag]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRoleToInstanceProfile:
    instance_profile_name: str
    role_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRoleFromInstanceProfile:
    instance_profile_name: str
    role_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteInstanceProfile:
    instance_profile_name: str


def create_instance_profile(
    account: Account, command: CreateInstanceProfile, quotas: Quotas
) -> list[InstanceProfileCreated | InstanceProfileTagged]:
    """Raises EntityAlreadyExists, LimitExceeded, InvalidInput."""
    check_instance_profile_name(command.instance_profile_name)
    check_path(command.path)
    if name_key(command.instance_profile_name) in account.instance_profile_ids:
        raise EntityAlreadyExists(f"Instance Profile {command.instance_profile_name} already exists.")
    check_quota("InstanceProfilesPerAccount", quotas.instance_profiles, len(account.instance_profiles) + 1)
    tags = tags_at_creation("InstanceProfile", command.tags, ignore_case=False)
    profile_id = command.instance_profile_id
    created = InstanceProfileCreated(
        instance_profile_id=profile_id,
        name=command.instance_profile_name,
        path=command.path,
        created_at=command.created_at,
    )
    return [created, InstanceProfileTagged(instance_profile_id=profile_id, tags=tags)] if tags else [created]


def add_role_to_instance_profile(
    account: Account, command: AddRoleToInstanceProfile
) -> list[RoleAddedToInstanceProfile]:
    """Raises UnmodifiableEntity, NoSuchEntity; LimitExceeded when it has a role, be it this one, as with AWS."""
    profile = instance_profile_by_name(account, command.instance_profile_name)
    role = changeable_role(account, command.role_name)
    if profile.role is not None:
        raise LimitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    return [RoleAddedToInstanceProfile(instance_profile_id=profile.instance_profile_id, role_id=role.role_id)]


def remove_role_from_instance_profile(
    account: Account, command: RemoveRoleFromInstanceProfile
) -> list[RoleRemovedFromInstanceProfile]:
    """Raises UnmodifiableEntity, NoSuchEntity, also when it has not this role."""
    profile = instance_profile_by_name(account, command.instance_profile_name)
    role = changeable_role(account, command.role_name)
    if profile.role != role.role_id:
        raise NoSuchEntity(f"Role {role.name} in Instance Profile {profile.name} cannot be found.")
    return [RoleRemovedFromInstanceProfile(instance_profile_id=profile.instance_profile_id, role_id=role.role_id)]


def delete_instance_profile(account: Account, command: DeleteInstanceProfile) -> list[InstanceProfileDeleted]:
    """Raises NoSuchEntity; DeleteConflict while it has a role."""
    profile = instance_profile_by_name(account, command.instance_profile_name)
    if profile.role is not None:
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    return [InstanceProfileDeleted(instance_profile_id=profile.instance_profile_id)]
