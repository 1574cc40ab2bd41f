"""Guardrails: SCPs and RCPs, which grant nothing and bound what accounts can do (AWS Organizations user guide,
"Managing organization policies"; "Quotas and service limits")."""

from dataclasses import dataclass, replace

from doorward_kernel.errors import (
    AccessDenied,
    DeleteConflict,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
)

from doorward_directory.documents import check_document
from doorward_directory.organization.policies import (
    AWS_POLICIES,
    RESOURCE_FULL_ACCESS,
    TYPES,
    attached_to,
    organization_policy,
)
from doorward_directory.organization.state import (
    Member,
    Organization,
    OrganizationPolicy,
    Unit,
    target_by_id,
    with_member,
)
from doorward_directory.organization.tree import check_name

MOST_POLICIES = 2000
"""Of one type."""

MOST_ATTACHED = 5
"""Of one type, to one target; the one that allows everything counts."""

LARGEST = 5120
"""Bytes of a document, white space counted."""

LONGEST_DESCRIPTION = 512

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicyCreated:
    organization_policy_id: str
    type: str
    name: str
    description: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicyUpdated:
    organization_policy_id: str
    name: str
    description: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicyDeleted:
    organization_policy_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicyAttached:
    """`target_id` is the root's, that of an organizational unit, or an account's."""

    organization_policy_id: str
    target_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicyDetached:
    """As in `OrganizationPolicyAttached`."""

    organization_policy_id: str
    target_id: str


# --- state, and how events change it ---


def organization_policy_created(organization: Organization, event: OrganizationPolicyCreated) -> Organization:
    return _with_policy(
        organization,
        OrganizationPolicy(
            organization_policy_id=event.organization_policy_id,
            type=event.type,
            name=event.name,
            description=event.description,
            document=event.document,
        ),
    )


def organization_policy_updated(organization: Organization, event: OrganizationPolicyUpdated) -> Organization:
    before = organization.policies[event.organization_policy_id]
    changed = replace(before, name=event.name, description=event.description, document=event.document)
    return _with_policy(organization, changed)


def organization_policy_deleted(organization: Organization, event: OrganizationPolicyDeleted) -> Organization:
    return replace(organization, policies=organization.policies.delete(event.organization_policy_id))


def organization_policy_attached(organization: Organization, event: OrganizationPolicyAttached) -> Organization:
    target = target_by_id(organization, event.target_id)
    policy = organization_policy(organization, event.organization_policy_id)
    return _with_attached(organization, target, (*target.attached, policy.organization_policy_id))


def organization_policy_detached(organization: Organization, event: OrganizationPolicyDetached) -> Organization:
    target = target_by_id(organization, event.target_id)
    rest = tuple(each for each in target.attached if each != event.organization_policy_id)
    return _with_attached(organization, target, rest)


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganizationPolicy:
    organization_policy_id: str
    type: str
    name: str
    description: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOrganizationPolicy:
    """None leaves what is there."""

    organization_policy_id: str
    name: str | None
    description: str | None
    content: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOrganizationPolicy:
    organization_policy_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachOrganizationPolicy:
    """To the root, an organizational unit, or an account that exists."""

    organization_policy_id: str
    target_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachOrganizationPolicy:
    organization_policy_id: str
    target_id: str


def create_organization_policy(
    organization: Organization, command: CreateOrganizationPolicy
) -> list[OrganizationPolicyCreated]:
    """Raises EntityAlreadyExists, LimitExceeded, MalformedPolicyDocument, InvalidInput."""
    check_type(command.type)
    _check_texts(organization, command.name, command.description)
    _check_content(command.content, command.type)
    if command.organization_policy_id in organization.policies:
        raise EntityAlreadyExists(f"policy `{command.organization_policy_id}` already exists")
    if sum(policy.type == command.type for policy in organization.policies.values()) >= MOST_POLICIES:
        raise LimitExceeded(f"an organization has at most {MOST_POLICIES} policies of one type")
    return [
        OrganizationPolicyCreated(
            organization_policy_id=command.organization_policy_id,
            type=command.type,
            name=command.name,
            description=command.description,
            document=command.content,
        )
    ]


def update_organization_policy(
    organization: Organization, command: UpdateOrganizationPolicy
) -> list[OrganizationPolicyUpdated]:
    """Nothing when it is so. Raises NoSuchEntity, AccessDenied for one of AWS's, EntityAlreadyExists, LimitExceeded,
    MalformedPolicyDocument, InvalidInput."""
    policy = _own_policy(organization, command.organization_policy_id)
    changed = replace(
        policy,
        name=policy.name if command.name is None else command.name,
        description=policy.description if command.description is None else command.description,
        document=policy.document if command.content is None else command.content,
    )
    if changed == policy:
        return []
    _check_texts(organization, changed.name, changed.description, policy.organization_policy_id)
    _check_content(changed.document, policy.type)
    return [
        OrganizationPolicyUpdated(
            organization_policy_id=policy.organization_policy_id,
            name=changed.name,
            description=changed.description,
            document=changed.document,
        )
    ]


def delete_organization_policy(
    organization: Organization, command: DeleteOrganizationPolicy
) -> list[OrganizationPolicyDeleted]:
    """Raises NoSuchEntity, AccessDenied for one of AWS's, DeleteConflict while it is attached to anything."""
    policy = _own_policy(organization, command.organization_policy_id)
    targets = (*organization.units.values(), *organization.members.values())
    if any(policy.organization_policy_id in target.attached for target in targets):
        raise DeleteConflict(f"policy `{policy.organization_policy_id}` is attached: detach it everywhere first")
    return [OrganizationPolicyDeleted(organization_policy_id=policy.organization_policy_id)]


def attach_organization_policy(
    organization: Organization, command: AttachOrganizationPolicy
) -> list[OrganizationPolicyAttached]:
    """Nothing when it is attached. Raises NoSuchEntity, LimitExceeded, InvalidInput."""
    policy = organization_policy(organization, command.organization_policy_id)
    target = target_by_id(organization, command.target_id)
    attached = attached_to(organization, target, policy.type)
    if policy in attached:
        return []
    if len(attached) >= MOST_ATTACHED:
        raise LimitExceeded(f"`{command.target_id}` has {MOST_ATTACHED} policies of this type, which is the most")
    return [
        OrganizationPolicyAttached(organization_policy_id=policy.organization_policy_id, target_id=command.target_id)
    ]


def detach_organization_policy(
    organization: Organization, command: DetachOrganizationPolicy
) -> list[OrganizationPolicyDetached]:
    """Raises NoSuchEntity, also when it is not attached; LimitExceeded when it is the last SCP, without which nothing
    would be allowed; AccessDenied for the RCP that is always attached; InvalidInput."""
    policy = organization_policy(organization, command.organization_policy_id)
    target = target_by_id(organization, command.target_id)
    attached = attached_to(organization, target, policy.type)
    if policy not in attached:
        raise NoSuchEntity(f"policy `{policy.organization_policy_id}` is not attached to `{command.target_id}`")
    if policy.organization_policy_id == RESOURCE_FULL_ACCESS:
        raise AccessDenied(f"policy `{policy.organization_policy_id}` cannot be detached")
    if len(attached) == 1:
        raise LimitExceeded(f"`{command.target_id}` keeps at least one policy of this type: attach another one first")
    return [
        OrganizationPolicyDetached(organization_policy_id=policy.organization_policy_id, target_id=command.target_id)
    ]


def check_type(type: str, field: str = "type") -> None:
    """Raises InvalidInput unless it is one of AWS's names of a type."""
    if type not in TYPES:
        raise InvalidInput(f"`{field}` is `{type[:64]}`: expected one of {', '.join(TYPES)}")


def _check_texts(organization: Organization, name: str, description: str, but: str = "") -> None:
    check_name(name)
    if len(description) > LONGEST_DESCRIPTION or not all(
        each.isprintable() or each in "\t\r\n" for each in description
    ):
        raise InvalidInput(f"`description` has at most {LONGEST_DESCRIPTION} characters, and no control characters")
    for policy in (*AWS_POLICIES.values(), *organization.policies.values()):
        if policy.name == name and policy.organization_policy_id != but:
            raise EntityAlreadyExists(f"policy `{name}` already exists in the organization")


def _check_content(content: str, type: str) -> None:
    check_document(content, TYPES[type], "content")
    if len(content.encode()) > LARGEST:
        raise LimitExceeded(f"a policy of this type has at most {LARGEST} bytes, white space counted")


def _own_policy(organization: Organization, policy_id: str) -> OrganizationPolicy:
    policy = organization_policy(organization, policy_id)
    if policy_id in AWS_POLICIES:
        raise AccessDenied(f"policy `{policy_id}` is AWS's: it can be neither changed nor deleted")
    return policy


def _with_policy(organization: Organization, policy: OrganizationPolicy) -> Organization:
    return replace(organization, policies=organization.policies.set(policy.organization_policy_id, policy))


def _with_attached(organization: Organization, target: Unit | Member, attached: tuple[str, ...]) -> Organization:
    if isinstance(target, Member):
        return with_member(organization, replace(target, attached=attached))
    return replace(organization, units=organization.units.set(target.unit_id, replace(target, attached=attached)))
