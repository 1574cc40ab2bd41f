"""What the operator's account holds: all accounts as one organization (AWS Organizations user guide, "Terminology and
concepts").

An account that nothing is known of here is there all the same: directly under the root, with what everybody has.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import OPERATOR, AccountId, account_id
from immutables import Map

from doorward_directory.account import Account

FULL_ACCESS = "p-FullAWSAccess"
"""The SCP that allows everything: attached to whatever is new, until it is detached."""

_NEW = (FULL_ACCESS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The root, which has no parent, or an organizational unit. `attached` has the ids of its policies, in the order in
    which they were attached; the RCP that allows everything is attached everywhere and is not listed."""

    unit_id: str
    parent_id: str
    name: str
    attached: tuple[str, ...] = _NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What the organization knows of an account. `alias` is empty for none; `root_email` is sealed with the account's
    data key and empty for none, `root_email_digest` a keyed digest that it is found by."""

    account_id: AccountId
    parent_id: str
    attached: tuple[str, ...] = _NEW
    alias: str = ""
    root_email: str = ""
    root_email_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicy:
    """A guardrail that the operator made; `type` is one of `guardrails.TYPES`."""

    organization_policy_id: str
    type: str
    name: str
    description: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Never changed, only replaced."""

    organization_id: str
    root_id: str
    created_at: datetime
    units: Map[str, Unit]
    """The root and the organizational units, by id."""
    members: Map[AccountId, Member]
    policies: Map[str, OrganizationPolicy]
    """Those that the operator made, by id."""
    aliases: Map[str, AccountId]
    root_emails: Map[str, AccountId]
    """By `root_email_digest`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationCreated:
    organization_id: str
    root_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganization:
    """A command of the installation itself, when it starts for the first time."""

    organization_id: str
    root_id: str
    created_at: datetime


def organization_created(account: Account, event: OrganizationCreated) -> Account:
    root = Unit(unit_id=event.root_id, parent_id="", name="Root")
    organization = Organization(
        organization_id=event.organization_id,
        root_id=event.root_id,
        created_at=event.created_at,
        units=Map({root.unit_id: root}),
        members=Map(),
        policies=Map(),
        aliases=Map(),
        root_emails=Map(),
    )
    return replace(account, organization=organization)


def member_of(organization: Organization, id: AccountId) -> Member:
    """What is known of an account, or what holds for any."""
    return organization.members.get(id) or Member(account_id=id, parent_id=organization.root_id)


def with_member(organization: Organization, member: Member) -> Organization:
    return replace(organization, members=organization.members.set(member.account_id, member))


def unit_by_id(organization: Organization, unit_id: str) -> Unit:
    """The root or an organizational unit. Raises NoSuchEntity."""
    unit = organization.units.get(unit_id)
    if unit is None:
        raise NoSuchEntity(f"there is no root or organizational unit `{unit_id[:128]}`")
    return unit


def target_by_id(organization: Organization, target_id: str) -> Unit | Member:
    """What policies can be attached to: the root, an organizational unit, or an account. Raises NoSuchEntity when it is
    no account's id either; InvalidInput for the operator's account, which no guardrail binds."""
    if target_id.isdigit():
        return member_of(organization, member_id(target_id))
    return unit_by_id(organization, target_id)


def member_id(id: str) -> AccountId:
    """Raises InvalidInput unless it is the id of an account other than the operator's."""
    if account_id(id) == OPERATOR:
        raise InvalidInput(f"`{OPERATOR}` is the operator's own account: it has no place in the tree")
    return AccountId(id)


_E = TypeVar("_E")


def in_organization(fold: Callable[[Organization, _E], Organization]) -> Callable[[Account, _E], Account]:
    """A fold of the organization as one of the account that holds it. KeyError when it holds none."""

    def folded(account: Account, event: _E) -> Account:
        if account.organization is None:
            raise KeyError("organization")
        return replace(account, organization=fold(account.organization, event))

    return folded
