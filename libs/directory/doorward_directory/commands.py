"""All commands on an account, and one way in for them."""

from collections.abc import Sequence
from typing import TypeAlias, assert_never

from doorward_kernel.errors import AccountIsClosed, NoSuchEntity

from doorward_directory import account as accounts
from doorward_directory import (
    attachments,
    aws_policies,
    copy_permissions,
    groups,
    inline_policies,
    membership,
    policies,
    resource_policies,
    roles,
    tagging,
    users,
)
from doorward_directory.account import Account, CloseAccount, CreateAccount, DeleteAccountQuota, PutAccountQuota
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
from doorward_directory.membership import AddUserToGroup, RemoveUserFromGroup
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
from doorward_directory.tagging import TagPolicy, TagRole, TagUser, UntagPolicy, UntagRole, UntagUser
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
TagCommand: TypeAlias = TagUser | UntagUser | TagRole | UntagRole | TagPolicy | UntagPolicy
OperatorCommand: TypeAlias = PutAccountQuota | DeleteAccountQuota | CloseAccount
ResourcePolicyCommand: TypeAlias = PutResourcePolicy | DeleteResourcePolicy
AccountCommand: TypeAlias = (
    ResourcePolicyCommand
    | OperatorCommand
    | TagCommand
    | UserCommand
    | GroupCommand
    | RoleCommand
    | PolicyCommand
    | AttachmentCommand
    | InlinePolicyCommand
)
Command: TypeAlias = CreateAccount | AccountCommand


def decide(account: Account | None, command: Command, quotas: Quotas) -> list[Event]:
    """What happens when `command` is obeyed; nothing when its effect is already there.

    `quotas` are the defaults, in place of which an account may have its own. Raises NoSuchEntity when there is no
    account (but for CreateAccount), AccountIsClosed, and what the command's own function raises.
    """
    if isinstance(command, CreateAccount):
        return [*accounts.create_account(account, command)]
    if account is None:
        raise NoSuchEntity("the account does not exist; create it first")
    if account.closed_at is not None:
        if isinstance(command, CloseAccount):
            return []
        raise AccountIsClosed(f"account `{account.account_id}` is closed: nothing in it can be changed")
    return [*_decide(account, command, quotas)]


def _decide(  # noqa: C901, PLR0911, PLR0912 -- one line for each command
    account: Account, command: AccountCommand, quotas: Quotas
) -> Sequence[Event]:
    defaults, quotas = quotas, with_own(quotas, account.own_quotas)
    match command:
        case PutAccountQuota():
            return accounts.put_account_quota(account, command, defaults)
        case DeleteAccountQuota():
            return accounts.delete_account_quota(account, command)
        case CloseAccount():
            return accounts.close_account(account, command)
        case CreateUser():
            return users.create_user(account, command, quotas)
        case UpdateUser():
            return users.update_user(account, command)
        case DeleteUser():
            return users.delete_user(account, command)
        case PutUserPermissionsBoundary():
            return users.put_user_permissions_boundary(account, command)
        case DeleteUserPermissionsBoundary():
            return users.delete_user_permissions_boundary(account, command)
        case CreateRole():
            return roles.create_role(account, command, quotas)
        case UpdateRole():
            return roles.update_role(account, command)
        case UpdateAssumeRolePolicy():
            return roles.update_assume_role_policy(account, command, quotas)
        case DeleteRole():
            return roles.delete_role(account, command)
        case PutRolePermissionsBoundary():
            return roles.put_role_permissions_boundary(account, command)
        case DeleteRolePermissionsBoundary():
            return roles.delete_role_permissions_boundary(account, command)
        case CopyUserPermissions():
            return copy_permissions.copy_user_permissions(account, command, quotas)
        case CreateGroup():
            return groups.create_group(account, command, quotas)
        case UpdateGroup():
            return groups.update_group(account, command)
        case DeleteGroup():
            return groups.delete_group(account, command)
        case AddUserToGroup():
            return membership.add_user_to_group(account, command, quotas)
        case RemoveUserFromGroup():
            return membership.remove_user_from_group(account, command)
        case CreatePolicy():
            return policies.create_policy(account, command, quotas)
        case DeletePolicy():
            return policies.delete_policy(account, command)
        case CreatePolicyVersion():
            return policies.create_policy_version(account, command, quotas)
        case SetDefaultPolicyVersion():
            return policies.set_default_policy_version(account, command)
        case DeletePolicyVersion():
            return policies.delete_policy_version(account, command)
        case UpdateAwsManagedPolicies():
            return aws_policies.update_aws_managed_policies(account, command)
        case AttachUserPolicy():
            return attachments.attach_user_policy(account, command, quotas)
        case DetachUserPolicy():
            return attachments.detach_user_policy(account, command)
        case AttachGroupPolicy():
            return attachments.attach_group_policy(account, command, quotas)
        case DetachGroupPolicy():
            return attachments.detach_group_policy(account, command)
        case AttachRolePolicy():
            return attachments.attach_role_policy(account, command, quotas)
        case DetachRolePolicy():
            return attachments.detach_role_policy(account, command)
        case PutUserPolicy():
            return inline_policies.put_user_policy(account, command, quotas)
        case DeleteUserPolicy():
            return inline_policies.delete_user_policy(account, command)
        case PutGroupPolicy():
            return inline_policies.put_group_policy(account, command, quotas)
        case DeleteGroupPolicy():
            return inline_policies.delete_group_policy(account, command)
        case PutRolePolicy():
            return inline_policies.put_role_policy(account, command, quotas)
        case DeleteRolePolicy():
            return inline_policies.delete_role_policy(account, command)
        case TagUser():
            return tagging.tag_user(account, command)
        case UntagUser():
            return tagging.untag_user(account, command)
        case TagRole():
            return tagging.tag_role(account, command)
        case UntagRole():
            return tagging.untag_role(account, command)
        case TagPolicy():
            return tagging.tag_policy(account, command)
        case UntagPolicy():
            return tagging.untag_policy(account, command)
        case PutResourcePolicy():
            return resource_policies.put_resource_policy(account, command, quotas)
        case DeleteResourcePolicy():
            return resource_policies.delete_resource_policy(account, command)
        case _:
            assert_never(command)
