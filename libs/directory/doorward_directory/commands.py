"""All commands on an account, and one way in for them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from doorward_kernel.errors import AccountIsClosed, InvalidInput, NoSuchEntity
from doorward_kernel.ids import OPERATOR

from doorward_directory import account as accounts
from doorward_directory import (
    attachments,
    aws_policies,
    copy_permissions,
    groups,
    inline_policies,
    instance_profiles,
    membership,
    oidc_providers,
    policies,
    resource_policies,
    roles,
    saml_providers,
    service_linked_roles,
    tagging,
    users,
)
from doorward_directory.account import (
    Account,
    AccountCreated,
    CloseAccount,
    CreateAccount,
    DeleteAccountQuota,
    PutAccountQuota,
)
from doorward_directory.attachments import (
    AttachGroupPolicy,
    AttachRolePolicy,
    AttachUserPolicy,
    DetachGroupPolicy,
    DetachRolePolicy,
    DetachUserPolicy,
)
from doorward_directory.aws_policies import UpdateAwsManagedPolicies
from doorward_directory.copy_permissions import CopyUserPermissions
from doorward_directory.events import Event
from doorward_directory.groups import CreateGroup, DeleteGroup, UpdateGroup
from doorward_directory.inline_policies import (
    DeleteGroupPolicy,
    DeleteRolePolicy,
    DeleteUserPolicy,
    PutGroupPolicy,
    PutRolePolicy,
    PutUserPolicy,
)
from doorward_directory.instance_profiles import (
    AddRoleToInstanceProfile,
    CreateInstanceProfile,
    DeleteInstanceProfile,
    RemoveRoleFromInstanceProfile,
)
from doorward_directory.membership import AddUserToGroup, RemoveUserFromGroup
from doorward_directory.oidc_providers import (
    AddClientIDToOpenIDConnectProvider,
    CreateOpenIDConnectProvider,
    DeleteOpenIDConnectProvider,
    RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint,
)
from doorward_directory.organization.commands import ORGANIZATION_DECISIONS, OrganizationCommand
from doorward_directory.organization.state import CreateOrganization, OrganizationCreated
from doorward_directory.policies import (
    CreatePolicy,
    CreatePolicyVersion,
    DeletePolicy,
    DeletePolicyVersion,
    SetDefaultPolicyVersion,
)
from doorward_directory.quotas import Quotas, with_own
from doorward_directory.resource_policies import DeleteResourcePolicy, PutResourcePolicy
from doorward_directory.roles import (
    CreateRole,
    DeleteRole,
    DeleteRolePermissionsBoundary,
    PutRolePermissionsBoundary,
    UpdateAssumeRolePolicy,
    UpdateRole,
)
from doorward_directory.saml_providers import CreateSAMLProvider, DeleteSAMLProvider, UpdateSAMLProvider
from doorward_directory.service_linked_roles import CreateServiceLinkedRole, DeleteServiceLinkedRole
from doorward_directory.tagging import TagResource, UntagResource
from doorward_directory.users import (
    CreateUser,
    DeleteUser,
    DeleteUserPermissionsBoundary,
    PutUserPermissionsBoundary,
    UpdateUser,
)

UserCommand: TypeAlias = (
    CreateUser
    | UpdateUser
    | DeleteUser
    | PutUserPermissionsBoundary
    | DeleteUserPermissionsBoundary
    | CopyUserPermissions
)
RoleCommand: TypeAlias = (
    CreateRole
    | UpdateRole
    | UpdateAssumeRolePolicy
    | DeleteRole
    | PutRolePermissionsBoundary
    | DeleteRolePermissionsBoundary
    | CreateServiceLinkedRole
    | DeleteServiceLinkedRole
)
GroupCommand: TypeAlias = CreateGroup | UpdateGroup | DeleteGroup | AddUserToGroup | RemoveUserFromGroup
PolicyCommand: TypeAlias = (
    CreatePolicy
    | DeletePolicy
    | CreatePolicyVersion
    | SetDefaultPolicyVersion
    | DeletePolicyVersion
    | UpdateAwsManagedPolicies
)
AttachmentCommand: TypeAlias = (
    AttachUserPolicy | DetachUserPolicy | AttachGroupPolicy | DetachGroupPolicy | AttachRolePolicy | DetachRolePolicy
)
InlinePolicyCommand: TypeAlias = (
    PutUserPolicy | DeleteUserPolicy | PutGroupPolicy | DeleteGroupPolicy | PutRolePolicy | DeleteRolePolicy
)
TagCommand: TypeAlias = TagResource | UntagResource
OperatorCommand: TypeAlias = PutAccountQuota | DeleteAccountQuota | CloseAccount
ResourcePolicyCommand: TypeAlias = PutResourcePolicy | DeleteResourcePolicy
InstanceProfileCommand: TypeAlias = (
    CreateInstanceProfile | AddRoleToInstanceProfile | RemoveRoleFromInstanceProfile | DeleteInstanceProfile
)
ProviderCommand: TypeAlias = (
    CreateOpenIDConnectProvider
    | AddClientIDToOpenIDConnectProvider
    | RemoveClientIDFromOpenIDConnectProvider
    | UpdateOpenIDConnectProviderThumbprint
    | DeleteOpenIDConnectProvider
    | CreateSAMLProvider
    | UpdateSAMLProvider
    | DeleteSAMLProvider
)
AccountCommand: TypeAlias = (
    InstanceProfileCommand
    | ProviderCommand
    | ResourcePolicyCommand
    | OperatorCommand
    | TagCommand
    | UserCommand
    | GroupCommand
    | RoleCommand
    | PolicyCommand
    | AttachmentCommand
    | InlinePolicyCommand
)
Command: TypeAlias = CreateAccount | CreateOrganization | AccountCommand | OrganizationCommand


def decide(account: Account | None, command: Command, quotas: Quotas) -> list[Event]:
    """What happens when `command` is obeyed; nothing when its effect is already there.

    `quotas` are the defaults, in place of which an account may have its own. Raises NoSuchEntity when there is no
    account (but for CreateAccount and CreateOrganization), AccountIsClosed, InvalidInput for a command on an account of
    the other kind, and what the command's own function raises.
    """
    if isinstance(command, CreateOrganization):
        return _create_organization(account, command)
    if isinstance(command, CreateAccount):
        return [*accounts.create_account(account, command)]
    if account is None:
        raise NoSuchEntity("the account does not exist; create it first")
    if account.closed_at is not None and isinstance(command, CloseAccount):
        return []
    check_open(account)
    of_organization = ORGANIZATION_DECISIONS.get(type(command))
    if account.organization is not None:
        if of_organization is None:
            raise InvalidInput(f"`{OPERATOR}` is the operator's own account: it holds the organization, nothing else")
        return [*of_organization(account.organization, command)]
    if of_organization is not None:
        raise InvalidInput(f"account `{account.account_id}` does not hold the organization")
    return [*DECISIONS[type(command)](account, command, with_own(quotas, account.own_quotas))]


def check_open(account: Account) -> None:
    """Raises AccountIsClosed."""
    if account.closed_at is not None:
        raise AccountIsClosed(f"account `{account.account_id}` is closed: nothing in it can be changed")


def _create_organization(account: Account | None, command: CreateOrganization) -> list[Event]:
    """The operator's account with its organization; nothing when it is there."""
    if account is not None:
        return []
    return [
        AccountCreated(account_id=OPERATOR, name="Operator", created_at=command.created_at),
        OrganizationCreated(
            organization_id=command.organization_id, root_id=command.root_id, created_at=command.created_at
        ),
    ]


Decision: TypeAlias = Callable[[Account, Any, Quotas], Sequence[Event]]
_C = TypeVar("_C", bound=AccountCommand)


def _row(command: type[_C], decision: Callable[[Account, _C, Quotas], Sequence[Event]]) -> tuple[type[Any], Decision]:
    """One command and what decides it; the type checker sees that they belong together."""
    return command, decision


def _plain(command: type[_C], decision: Callable[[Account, _C], Sequence[Event]]) -> tuple[type[Any], Decision]:
    """Likewise, where there is no quota."""
    return command, lambda account, asked, _quotas: decision(account, asked)


DECISIONS: Mapping[type[Any], Decision] = dict(
    [
        _row(CreateInstanceProfile, instance_profiles.create_instance_profile),
        _plain(AddRoleToInstanceProfile, instance_profiles.add_role_to_instance_profile),
        _plain(RemoveRoleFromInstanceProfile, instance_profiles.remove_role_from_instance_profile),
        _plain(DeleteInstanceProfile, instance_profiles.delete_instance_profile),
        _row(CreateOpenIDConnectProvider, oidc_providers.create_open_id_connect_provider),
        _plain(AddClientIDToOpenIDConnectProvider, oidc_providers.add_client_id_to_open_id_connect_provider),
        _plain(RemoveClientIDFromOpenIDConnectProvider, oidc_providers.remove_client_id_from_open_id_connect_provider),
        _plain(UpdateOpenIDConnectProviderThumbprint, oidc_providers.update_open_id_connect_provider_thumbprint),
        _plain(DeleteOpenIDConnectProvider, oidc_providers.delete_open_id_connect_provider),
        _row(CreateSAMLProvider, saml_providers.create_saml_provider),
        _plain(UpdateSAMLProvider, saml_providers.update_saml_provider),
        _plain(DeleteSAMLProvider, saml_providers.delete_saml_provider),
        _row(PutAccountQuota, accounts.put_account_quota),
        _plain(DeleteAccountQuota, accounts.delete_account_quota),
        _plain(CloseAccount, accounts.close_account),
        _row(CreateUser, users.create_user),
        _plain(UpdateUser, users.update_user),
        _plain(DeleteUser, users.delete_user),
        _row(PutUserPermissionsBoundary, users.put_user_permissions_boundary),
        _plain(DeleteUserPermissionsBoundary, users.delete_user_permissions_boundary),
        _row(CreateRole, roles.create_role),
        _plain(UpdateRole, roles.update_role),
        _row(UpdateAssumeRolePolicy, roles.update_assume_role_policy),
        _plain(DeleteRole, roles.delete_role),
        _row(CreateServiceLinkedRole, service_linked_roles.create_service_linked_role),
        _plain(DeleteServiceLinkedRole, service_linked_roles.delete_service_linked_role),
        _row(PutRolePermissionsBoundary, roles.put_role_permissions_boundary),
        _plain(DeleteRolePermissionsBoundary, roles.delete_role_permissions_boundary),
        _row(CopyUserPermissions, copy_permissions.copy_user_permissions),
        _row(CreateGroup, groups.create_group),
        _plain(UpdateGroup, groups.update_group),
        _plain(DeleteGroup, groups.delete_group),
        _row(AddUserToGroup, membership.add_user_to_group),
        _plain(RemoveUserFromGroup, membership.remove_user_from_group),
        _row(CreatePolicy, policies.create_policy),
        _plain(DeletePolicy, policies.delete_policy),
        _row(CreatePolicyVersion, policies.create_policy_version),
        _plain(SetDefaultPolicyVersion, policies.set_default_policy_version),
        _plain(DeletePolicyVersion, policies.delete_policy_version),
        _plain(UpdateAwsManagedPolicies, aws_policies.update_aws_managed_policies),
        _row(AttachUserPolicy, attachments.attach_user_policy),
        _plain(DetachUserPolicy, attachments.detach_user_policy),
        _row(AttachGroupPolicy, attachments.attach_group_policy),
        _plain(DetachGroupPolicy, attachments.detach_group_policy),
        _row(AttachRolePolicy, attachments.attach_role_policy),
        _plain(DetachRolePolicy, attachments.detach_role_policy),
        _row(PutUserPolicy, inline_policies.put_user_policy),
        _plain(DeleteUserPolicy, inline_policies.delete_user_policy),
        _row(PutGroupPolicy, inline_policies.put_group_policy),
        _plain(DeleteGroupPolicy, inline_policies.delete_group_policy),
        _row(PutRolePolicy, inline_policies.put_role_policy),
        _plain(DeleteRolePolicy, inline_policies.delete_role_policy),
        _plain(TagResource, tagging.tag_resource),
        _plain(UntagResource, tagging.untag_resource),
        _row(PutResourcePolicy, resource_policies.put_resource_policy),
        _plain(DeleteResourcePolicy, resource_policies.delete_resource_policy),
    ]
)
"""Every command on an account that exists."""
