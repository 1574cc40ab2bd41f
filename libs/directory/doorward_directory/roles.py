"""Roles: principals that others assume, with a trust policy that says who may."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity, UnmodifiableEntity
from doorward_kernel.ids import UniqueId
from doorward_policy import PolicyKind
from immutables import Map

from doorward_directory.account import NO_INLINE_POLICIES, NO_TAGS, Account
from doorward_directory.aws_policies import AwsPolicyAdopted, adoption
from doorward_directory.boundaries import RoleBoundaryRemoved, RoleBoundarySet, boundary_policy
from doorward_directory.documents import document_size
from doorward_directory.index import moved_entry
from doorward_directory.names import (
    SERVICE_LINKED_PATH,
    check_role_description,
    check_role_name,
    check_role_path,
    check_session_duration,
    name_key,
)
from doorward_directory.principals import Foreign, stored_document
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.tags import RoleTagged, Tag, tags_at_creation

DEFAULT_SESSION_SECONDS = 3600

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated:
    """`trust_policy` names users and roles by unique id; `principals` has the ARN that each had, by that id."""

    role_id: UniqueId
    name: str
    path: str
    description: str
    max_session_seconds: int
    trust_policy: str
    principals: Map[str, str]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDescribed:
    role_id: UniqueId
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSessionLimited:
    """Sessions of the role may last so long."""

    role_id: UniqueId
    max_session_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyPut:
    """As in `RoleCreated`."""

    role_id: UniqueId
    trust_policy: str
    principals: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDeleted:
    role_id: UniqueId


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role; `attached` (managed policies) in the order in which they were added.

    `trust_policy` names users and roles by unique id, so that one who is deleted and made again is not trusted;
    `principals` has the ARN that each had when it was named.
    """

    role_id: UniqueId
    name: str
    path: str
    description: str
    max_session_seconds: int
    created_at: datetime
    trust_policy: str
    principals: Map[str, str]
    attached: tuple[UniqueId, ...]
    inline: Map[str, str]
    """Documents of the inline policies by name; these names are distinguished by case."""
    boundary: UniqueId | None
    """The managed policy that is its permissions boundary."""
    tags: Map[str, str]

    @property
    def is_service_linked(self) -> bool:
        """Whether it belongs to a service: no other role has such a path. SCPs do not bind it."""
        return self.path.startswith(SERVICE_LINKED_PATH)


def role_created(account: Account, event: RoleCreated) -> Account:
    role = Role(
        role_id=event.role_id,
        name=event.name,
        path=event.path,
        description=event.description,
        max_session_seconds=event.max_session_seconds,
        created_at=event.created_at,
        trust_policy=event.trust_policy,
        principals=event.principals,
        attached=(),
        inline=NO_INLINE_POLICIES,
        boundary=None,
        tags=NO_TAGS,
    )
    return replace(
        account,
        roles=account.roles.set(role.role_id, role),
        role_ids=account.role_ids.set(name_key(role.name), role.role_id),
    )


def role_described(account: Account, event: RoleDescribed) -> Account:
    return with_role(account, replace(account.roles[event.role_id], description=event.description))


def role_session_limited(account: Account, event: RoleSessionLimited) -> Account:
    return with_role(account, replace(account.roles[event.role_id], max_session_seconds=event.max_session_seconds))


def trust_policy_put(account: Account, event: TrustPolicyPut) -> Account:
    role = account.roles[event.role_id]
    return with_role(account, replace(role, trust_policy=event.trust_policy, principals=event.principals))


def role_deleted(account: Account, event: RoleDeleted) -> Account:
    role = account.roles[event.role_id]
    return replace(
        account,
        roles=account.roles.delete(role.role_id),
        role_ids=account.role_ids.delete(name_key(role.name)),
        bounded=moved_entry(account.bounded, role.role_id, role.boundary, None),
    )


def with_role(account: Account, role: Role) -> Account:
    """The account with another state of a role."""
    return replace(account, roles=account.roles.set(role.role_id, role))


def role_arn(account: Account, role: Role) -> str:
    return iam_arn(account.account_id, "role", role.path, role.name)


def role_by_name(account: Account, name: str) -> Role:
    """The role of that name, ignoring case. Raises NoSuchEntity."""
    role_id = account.role_ids.get(name_key(name))
    if role_id is None:
        raise NoSuchEntity(f"The role with name {name} cannot be found.")
    return account.roles[role_id]


def changeable_role(account: Account, name: str) -> Role:
    """As `role_by_name`. Raises UnmodifiableEntity, too, for a service-linked role (IAM user guide, "Service-linked
    roles"): all but its description and tags is the service's."""
    role = role_by_name(account, name)
    if role.is_service_linked:
        raise unmodifiable(role)
    return role


def unmodifiable(role: Role) -> UnmodifiableEntity:
    """AWS's words for a change that only the service may make."""
    return UnmodifiableEntity(
        f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS"
    )


def role_by_arn(account: Account, arn: str) -> Role:
    """The role with exactly that ARN: path and case count. Raises NoSuchEntity, InvalidInput."""
    role_id = account.role_ids.get(name_key(arn.rpartition("/")[2]))
    if role_id is not None:
        role = account.roles[role_id]
        if role_arn(account, role) == arn:
            return role
    raise NoSuchEntity(f"The role with ARN {Arn.parse(arn)} cannot be found.")


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRole:
    """`foreign` are the principals of other accounts that the trust policy names, as far as they exist."""

    role_id: UniqueId
    role_name: str
    path: str
    description: str
    max_session_duration: int
    assume_role_policy_document: str
    foreign: Foreign
    permissions_boundary: str | None
    """The ARN of a managed policy."""
    tags: Sequence[Tag]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRole:
    """What is None stays as it is."""

    role_name: str
    description: str | None
    max_session_duration: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAssumeRolePolicy:
    role_name: str
    policy_document: str
    foreign: Foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRole:
    role_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRolePermissionsBoundary:
    role_name: str
    permissions_boundary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRolePermissionsBoundary:
    role_name: str


def create_role(
    account: Account, command: CreateRole, quotas: Quotas
) -> list[RoleCreated | AwsPolicyAdopted | RoleBoundarySet | RoleTagged]:
    """Raises EntityAlreadyExists, LimitExceeded, MalformedPolicyDocument, InvalidInput; NoSuchEntity for an unknown
    boundary."""
    check_role_name(command.role_name)
    check_role_path(command.path)
    check_role_description(command.description)
    check_session_duration(command.max_session_duration)
    document, principals = _checked_trust_policy(account, command.assume_role_policy_document, command.foreign, quotas)
    if name_key(command.role_name) in account.role_ids:
        raise EntityAlreadyExists(f"Role with name {command.role_name} already exists.")
    if len(account.roles) >= quotas.roles:
        ordinary = sum(not role.is_service_linked for role in account.roles.values())
        check_quota("RolesPerAccount", quotas.roles, ordinary + 1)
    tags = tags_at_creation("Role", command.tags, ignore_case=True)
    events: list[RoleCreated | AwsPolicyAdopted | RoleBoundarySet | RoleTagged] = [
        RoleCreated(
            role_id=command.role_id,
            name=command.role_name,
            path=command.path,
            description=command.description,
            max_session_seconds=command.max_session_duration,
            trust_policy=document,
            principals=principals,
            created_at=command.created_at,
        )
    ]
    if command.permissions_boundary is not None:
        boundary = boundary_policy(account, command.permissions_boundary)
        events += adoption(account, boundary, "Role", quotas)
        events.append(RoleBoundarySet(role_id=command.role_id, policy_id=boundary.policy_id))
    if tags:
        events.append(RoleTagged(role_id=command.role_id, tags=tags))
    return events


def update_role(account: Account, command: UpdateRole) -> list[RoleDescribed | RoleSessionLimited]:
    """Raises NoSuchEntity, InvalidInput; UnmodifiableEntity for the sessions of a service-linked role."""
    role = role_by_name(account, command.role_name)
    events: list[RoleDescribed | RoleSessionLimited] = []
    if command.description is not None and command.description != role.description:
        check_role_description(command.description)
        events.append(RoleDescribed(role_id=role.role_id, description=command.description))
    if command.max_session_duration is not None and command.max_session_duration != role.max_session_seconds:
        if role.is_service_linked:
            raise unmodifiable(role)
        check_session_duration(command.max_session_duration)
        events.append(RoleSessionLimited(role_id=role.role_id, max_session_seconds=command.max_session_duration))
    return events


def update_assume_role_policy(
    account: Account, command: UpdateAssumeRolePolicy, quotas: Quotas
) -> list[TrustPolicyPut]:
    """Nothing when it says the same. Raises NoSuchEntity, UnmodifiableEntity, LimitExceeded,
    MalformedPolicyDocument, InvalidInput."""
    role = changeable_role(account, command.role_name)
    document, principals = _checked_trust_policy(account, command.policy_document, command.foreign, quotas)
    if document == role.trust_policy:
        return []
    return [TrustPolicyPut(role_id=role.role_id, trust_policy=document, principals=principals)]


def delete_role(account: Account, command: DeleteRole) -> list[RoleDeleted]:
    """Raises NoSuchEntity; UnmodifiableEntity; DeleteConflict while the role has policies or instance profiles."""
    role = changeable_role(account, command.role_name)
    if role.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if role.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if role.role_id in account.profiles_of_roles:
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    return [RoleDeleted(role_id=role.role_id)]


def put_role_permissions_boundary(
    account: Account, command: PutRolePermissionsBoundary, quotas: Quotas
) -> list[AwsPolicyAdopted | RoleBoundarySet]:
    """Nothing when it is the boundary. Raises NoSuchEntity, UnmodifiableEntity, PolicyNotAttachable,
    LimitExceeded, InvalidInput."""
    role = changeable_role(account, command.role_name)
    policy = boundary_policy(account, command.permissions_boundary)
    if role.boundary == policy.policy_id:
        return []
    adopted = adoption(account, policy, "Role", quotas)
    return [*adopted, RoleBoundarySet(role_id=role.role_id, policy_id=policy.policy_id)]


def delete_role_permissions_boundary(
    account: Account, command: DeleteRolePermissionsBoundary
) -> list[RoleBoundaryRemoved]:
    """Raises NoSuchEntity, also when there is no boundary; UnmodifiableEntity."""
    role = changeable_role(account, command.role_name)
    if role.boundary is None:
        raise NoSuchEntity(f"The role with name {role.name} has no permissions boundary.")
    return [RoleBoundaryRemoved(role_id=role.role_id)]


def _checked_trust_policy(
    account: Account, document: str, foreign: Foreign, quotas: Quotas
) -> tuple[str, Map[str, str]]:
    stored = stored_document(account, document, PolicyKind.TRUST, foreign)
    check_quota("ACLSizePerRole", quotas.trust_policy_size, document_size(document))
    return stored
