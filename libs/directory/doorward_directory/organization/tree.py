"""The tree of the organization: its root, organizational units, and where in it each account is (AWS Organizations user
guide, "Managing organizational units"; "Quotas and service limits")."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from doorward_kernel.ids import AccountId

from doorward_directory.organization.state import (
    Organization,
    Unit,
    member_id,
    member_of,
    unit_by_id,
    with_member,
)

MOST_UNITS = 2000
DEEPEST = 5
"""Organizational units one in the other, below the root."""

MAX_NAME = 128

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalUnitCreated:
    organizational_unit_id: str
    parent_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalUnitRenamed:
    organizational_unit_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalUnitDeleted:
    organizational_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMoved:
    account_id: AccountId
    parent_id: str


# --- state, and how events change it ---


def organizational_unit_created(organization: Organization, event: OrganizationalUnitCreated) -> Organization:
    unit = Unit(unit_id=event.organizational_unit_id, parent_id=event.parent_id, name=event.name)
    return replace(organization, units=organization.units.set(unit.unit_id, unit))


def organizational_unit_renamed(organization: Organization, event: OrganizationalUnitRenamed) -> Organization:
    unit = replace(organization.units[event.organizational_unit_id], name=event.name)
    return replace(organization, units=organization.units.set(unit.unit_id, unit))


def organizational_unit_deleted(organization: Organization, event: OrganizationalUnitDeleted) -> Organization:
    return replace(organization, units=organization.units.delete(event.organizational_unit_id))


def account_moved(organization: Organization, event: AccountMoved) -> Organization:
    return with_member(organization, replace(member_of(organization, event.account_id), parent_id=event.parent_id))


def path_of(organization: Organization, unit_id: str) -> list[Unit]:
    """The units from the root to this one, itself included."""
    path = [organization.units[unit_id]]
    while path[-1].parent_id:
        path.append(organization.units[path[-1].parent_id])
    path.reverse()
    return path


def organization_path(organization: Organization, account_id: AccountId) -> str:
    """Where an account is, as `aws:PrincipalOrgPaths` writes it: `o-…/r-…/ou-…/` (IAM user guide, "AWS global condition
    context keys")."""
    units = path_of(organization, member_of(organization, account_id).parent_id)
    return "".join(f"{each}/" for each in (organization.organization_id, *(unit.unit_id for unit in units)))


def units_in(organization: Organization, parent_id: str) -> Iterator[Unit]:
    """The organizational units directly in a parent, in no particular order."""
    return (unit for unit in organization.units.values() if unit.parent_id == parent_id)


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganizationalUnit:
    organizational_unit_id: str
    parent_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOrganizationalUnit:
    organizational_unit_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOrganizationalUnit:
    organizational_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAccount:
    """Of an account that exists."""

    account_id: AccountId
    source_parent_id: str
    destination_parent_id: str


def create_organizational_unit(
    organization: Organization, command: CreateOrganizationalUnit
) -> list[OrganizationalUnitCreated]:
    """Raises NoSuchEntity for the parent, EntityAlreadyExists, LimitExceeded, InvalidInput."""
    check_name(command.name)
    parent = unit_by_id(organization, command.parent_id)
    _check_free(organization, parent.unit_id, command.name)
    if command.organizational_unit_id in organization.units:
        raise EntityAlreadyExists(f"organizational unit `{command.organizational_unit_id}` already exists")
    if len(path_of(organization, parent.unit_id)) > DEEPEST:
        raise LimitExceeded(f"organizational units are at most {DEEPEST} deep")
    if len(organization.units) > MOST_UNITS:
        raise LimitExceeded(f"an organization has at most {MOST_UNITS} organizational units")
    return [
        OrganizationalUnitCreated(
            organizational_unit_id=command.organizational_unit_id, parent_id=parent.unit_id, name=command.name
        )
    ]


def update_organizational_unit(
    organization: Organization, command: UpdateOrganizationalUnit
) -> list[OrganizationalUnitRenamed]:
    """Nothing when it has the name. Raises NoSuchEntity, EntityAlreadyExists, InvalidInput."""
    check_name(command.name)
    unit = _organizational_unit(organization, command.organizational_unit_id)
    if unit.name == command.name:
        return []
    _check_free(organization, unit.parent_id, command.name)
    return [OrganizationalUnitRenamed(organizational_unit_id=unit.unit_id, name=command.name)]


def delete_organizational_unit(
    organization: Organization, command: DeleteOrganizationalUnit
) -> list[OrganizationalUnitDeleted]:
    """Its policies stay, attached to it no more. Raises NoSuchEntity; DeleteConflict unless it is empty."""
    unit = _organizational_unit(organization, command.organizational_unit_id)
    if any(units_in(organization, unit.unit_id)) or any(
        member.parent_id == unit.unit_id for member in organization.members.values()
    ):
        raise DeleteConflict(f"organizational unit `{unit.unit_id}` is not empty: move what is in it first")
    return [OrganizationalUnitDeleted(organizational_unit_id=unit.unit_id)]


def move_account(organization: Organization, command: MoveAccount) -> list[AccountMoved]:
    """Nothing when it is there. Raises NoSuchEntity for the destination, and for a source that it is not in;
    InvalidInput for the operator's account."""
    member = member_of(organization, member_id(command.account_id))
    destination = unit_by_id(organization, command.destination_parent_id)
    if member.parent_id == destination.unit_id:
        return []
    if member.parent_id != command.source_parent_id:
        raise NoSuchEntity(f"account `{member.account_id}` is not in `{command.source_parent_id[:128]}`")
    return [AccountMoved(account_id=member.account_id, parent_id=destination.unit_id)]


def check_name(name: str, field: str = "name") -> None:
    """Of an organizational unit or of a policy. Raises InvalidInput unless it is 1 to 128 printable characters."""
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable() or name != name.strip():
        raise InvalidInput(f"`{field}` has 1 to {MAX_NAME} printable characters, and no space at its ends")


def _organizational_unit(organization: Organization, unit_id: str) -> Unit:
    unit = unit_by_id(organization, unit_id)
    if not unit.parent_id:
        raise InvalidInput(f"`{unit_id}` is the root, which is neither renamed nor deleted")
    return unit


def _check_free(organization: Organization, parent_id: str, name: str) -> None:
    if any(unit.name == name for unit in units_in(organization, parent_id)):
        raise EntityAlreadyExists(f"organizational unit `{name}` already exists in `{parent_id}`")
