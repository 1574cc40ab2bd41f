"""What being in the organization means for an account: the guardrails that bind it, and where it is."""

from dataclasses import dataclass
from typing import TypeAlias

from doorward_directory.organization.policies import (
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    TYPES,
    guardrails_of,
)
from doorward_directory.organization.state import Organization
from doorward_directory.organization.tree import organization_path
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_policy import Program

from doorward_decision.application.programs import Programs

ContextKeys: TypeAlias = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Membership:
    """The guardrails of an account, one program for each level that has any, and the context keys of the principals
    and resources that belong to it."""

    scp: tuple[Program, ...]
    rcp: tuple[Program, ...]
    principal_keys: ContextKeys
    resource_keys: ContextKeys
    keys: ContextKeys
    """Both, for who stays in the account."""


class Guardrails:
    """The memberships of one state of the organization; another state makes them anew."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._organization: Organization | None = None
        self._memberships: dict[AccountId, Membership] = {}

    def of(self, organization: Organization, account_id: AccountId) -> Membership:
        """Raises Unavailable when a guardrail cannot be compiled."""
        if organization is not self._organization:
            self._organization = organization
            self._memberships = {}
        found = self._memberships.get(account_id)
        if found is None:
            found = self._memberships[account_id] = self._membership(organization, account_id)
        return found

    def _membership(self, organization: Organization, account_id: AccountId) -> Membership:
        id, paths = organization.organization_id, (organization_path(organization, account_id),)
        of_principals: ContextKeys = {"aws:principalorgid": id, "aws:principalorgpaths": paths}
        of_resources: ContextKeys = {
            "aws:resourceaccount": account_id,
            "aws:resourceorgid": id,
            "aws:resourceorgpaths": paths,
        }
        return Membership(
            self._levels(organization, account_id, SERVICE_CONTROL_POLICY),
            self._levels(organization, account_id, RESOURCE_CONTROL_POLICY),
            of_principals,
            of_resources,
            of_principals | of_resources,
        )

    def _levels(self, organization: Organization, account_id: AccountId, type: str) -> tuple[Program, ...]:
        """None binds the operator's own account, which manages the organization."""
        if account_id == OPERATOR:
            return ()
        levels = guardrails_of(organization, account_id, type)
        return tuple(self._programs.program(policies, TYPES[type]) for policies in levels)
