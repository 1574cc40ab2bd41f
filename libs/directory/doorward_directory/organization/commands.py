"""All commands on the organization."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from doorward_directory.events import OrganizationEvent
from doorward_directory.organization import guardrails, registry, tree
from doorward_directory.organization.guardrails import (
    AttachOrganizationPolicy,
    CreateOrganizationPolicy,
    DeleteOrganizationPolicy,
    DetachOrganizationPolicy,
    UpdateOrganizationPolicy,
)
from doorward_directory.organization.registry import CreateAccountAlias, DeleteAccountAlias, SetRootEmail
from doorward_directory.organization.state import Organization
from doorward_directory.organization.tree import (
    CreateOrganizationalUnit,
    DeleteOrganizationalUnit,
    MoveAccount,
    UpdateOrganizationalUnit,
)

OrganizationCommand: TypeAlias = (
    CreateOrganizationalUnit
    | UpdateOrganizationalUnit
    | DeleteOrganizationalUnit
    | MoveAccount
    | CreateOrganizationPolicy
    | UpdateOrganizationPolicy
    | DeleteOrganizationPolicy
    | AttachOrganizationPolicy
    | DetachOrganizationPolicy
    | CreateAccountAlias
    | DeleteAccountAlias
    | SetRootEmail
)

OrganizationDecision: TypeAlias = Callable[[Organization, Any], Sequence[OrganizationEvent]]
_C = TypeVar("_C", bound=OrganizationCommand)


def _row(
    command: type[_C], decision: Callable[[Organization, _C], Sequence[OrganizationEvent]]
) -> tuple[type[Any], OrganizationDecision]:
    """One command and what decides it; the type checker sees that they belong together."""
    return command, decision


ORGANIZATION_DECISIONS: Mapping[type[Any], OrganizationDecision] = dict(
    [
        _row(CreateOrganizationalUnit, tree.create_organizational_unit),
        _row(UpdateOrganizationalUnit, tree.update_organizational_unit),
        _row(DeleteOrganizationalUnit, tree.delete_organizational_unit),
        _row(MoveAccount, tree.move_account),
        _row(CreateOrganizationPolicy, guardrails.create_organization_policy),
        _row(UpdateOrganizationPolicy, guardrails.update_organization_policy),
        _row(DeleteOrganizationPolicy, guardrails.delete_organization_policy),
        _row(AttachOrganizationPolicy, guardrails.attach_organization_policy),
        _row(DetachOrganizationPolicy, guardrails.detach_organization_policy),
        _row(CreateAccountAlias, registry.create_account_alias),
        _row(DeleteAccountAlias, registry.delete_account_alias),
        _row(SetRootEmail, registry.set_root_email),
    ]
)
"""Every command on the organization that exists."""
