"""All events of an account, and how each changes the state."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from doorward_directory import account as accounts
from doorward_directory import (
    attachments,
    aws_policies,
    boundaries,
    client_tokens,
    groups,
    inline_policies,
    instance_profiles,
    membership,
    policies,
    resource_policies,
    roles,
    service_linked_roles,
    tags,
    users,
)
from doorward_directory.account import Account, AccountClosed, AccountCreated, QuotaReset, QuotaSet
from doorward_directory.attachments import (
    GroupPolicyAttached,
    GroupPolicyDetached,
    RolePolicyAttached,
    RolePolicyDetached,
    UserPolicyAttached,
    UserPolicyDetached,
)
from doorward_directory.aws_policies import AwsPolicyAdopted
from doorward_directory.boundaries import (
    RoleBoundaryRemoved,
    RoleBoundarySet,
    UserBoundaryRemoved,
    UserBoundarySet,
)
from doorward_directory.client_tokens import ClientTokenUsed
from doorward_directory.groups import GroupCreated, GroupDeleted, GroupMoved, GroupRenamed
from doorward_directory.inline_policies import (
    GroupPolicyDeleted,
    GroupPolicyPut,
    RolePolicyDeleted,
    RolePolicyPut,
    UserPolicyDeleted,
    UserPolicyPut,
)
from doorward_directory.instance_profiles import (
    InstanceProfileCreated,
    InstanceProfileDeleted,
    RoleAddedToInstanceProfile,
    RoleRemovedFromInstanceProfile,
)
from doorward_directory.membership import UserAddedToGroup, UserRemovedFromGroup
from doorward_directory.policies import (
    DefaultPolicyVersionSet,
    PolicyCreated,
    PolicyDeleted,
    PolicyVersionCreated,
    PolicyVersionDeleted,
)
from doorward_directory.resource_policies import ResourcePolicyDeleted, ResourcePolicyPut
from doorward_directory.roles import RoleCreated, RoleDeleted, RoleDescribed, RoleSessionLimited, TrustPolicyPut
from doorward_directory.service_linked_roles import ServiceLinkedRoleDeletionSucceeded
from doorward_directory.tags import (
    PolicyTagged,
    PolicyUntagged,
    RoleTagged,
    RoleUntagged,
    UserTagged,
    UserUntagged,
)
from doorward_directory.users import UserCreated, UserDeleted, UserMoved, UserRenamed

UserEvent: TypeAlias = UserCreated | UserRenamed | UserMoved | UserDeleted
GroupEvent: TypeAlias = (
    GroupCreated | GroupRenamed | GroupMoved | GroupDeleted | UserAddedToGroup | UserRemovedFromGroup
)
RoleEvent: TypeAlias = (
    RoleCreated | RoleDescribed | RoleSessionLimited | TrustPolicyPut | RoleDeleted | ServiceLinkedRoleDeletionSucceeded
)
InstanceProfileEvent: TypeAlias = (
    InstanceProfileCreated | RoleAddedToInstanceProfile | RoleRemovedFromInstanceProfile | InstanceProfileDeleted
)
BoundaryEvent: TypeAlias = UserBoundarySet | UserBoundaryRemoved | RoleBoundarySet | RoleBoundaryRemoved
PolicyEvent: TypeAlias = (
    PolicyCreated
    | PolicyVersionCreated
    | DefaultPolicyVersionSet
    | PolicyVersionDeleted
    | PolicyDeleted
    | AwsPolicyAdopted
)
AttachmentEvent: TypeAlias = (
    UserPolicyAttached
    | UserPolicyDetached
    | GroupPolicyAttached
    | GroupPolicyDetached
    | RolePolicyAttached
    | RolePolicyDetached
)
InlinePolicyEvent: TypeAlias = (
    UserPolicyPut | UserPolicyDeleted | GroupPolicyPut | GroupPolicyDeleted | RolePolicyPut | RolePolicyDeleted
)
TagEvent: TypeAlias = UserTagged | UserUntagged | RoleTagged | RoleUntagged | PolicyTagged | PolicyUntagged
AccountEvent: TypeAlias = AccountCreated | QuotaSet | QuotaReset | AccountClosed | ClientTokenUsed
Event: TypeAlias = (
    AccountEvent
    | UserEvent
    | GroupEvent
    | RoleEvent
    | PolicyEvent
    | AttachmentEvent
    | InlinePolicyEvent
    | BoundaryEvent
    | TagEvent
    | InstanceProfileEvent
    | ResourcePolicyPut
    | ResourcePolicyDeleted
)


class ImpossibleEvent(Exception):
    """The event cannot have happened in this state: the log and the code disagree."""


def apply(account: Account | None, event: Event) -> Account:
    """The state after `event`, one version later. Raises ImpossibleEvent."""
    changed = evolve(account, event)
    return replace(changed, version=changed.version + 1)


def evolve(account: Account | None, event: Event) -> Account:
    """The state after `event`, but of the version before it, for those who count themselves."""
    if account is None:
        if isinstance(event, AccountCreated):
            return accounts.account_created(event, client_tokens.NO_TOKENS)
        raise ImpossibleEvent(f"{type(event).__name__} in an account that does not exist")
    if isinstance(event, AccountCreated):
        raise ImpossibleEvent("AccountCreated in an account that exists")
    try:
        return FOLDS[type(event)](account, event)
    except KeyError as error:
        raise ImpossibleEvent(f"{type(event).__name__} names {error}, which does not exist") from error


Fold: TypeAlias = Callable[[Account, Any], Account]
_E = TypeVar("_E", bound=Event)


def _row(event: type[_E], fold: Callable[[Account, _E], Account]) -> tuple[type[Any], Fold]:
    """One event and how it changes the state; the type checker sees that they belong together."""
    return event, fold


FOLDS: Mapping[type[Any], Fold] = dict(
    [
        _row(ClientTokenUsed, client_tokens.client_token_used),
        _row(QuotaSet, accounts.quota_set),
        _row(QuotaReset, accounts.quota_reset),
        _row(AccountClosed, accounts.account_closed),
        _row(UserCreated, users.user_created),
        _row(UserRenamed, users.user_renamed),
        _row(UserMoved, users.user_moved),
        _row(UserDeleted, users.user_deleted),
        _row(GroupCreated, groups.group_created),
        _row(GroupRenamed, groups.group_renamed),
        _row(GroupMoved, groups.group_moved),
        _row(GroupDeleted, groups.group_deleted),
        _row(UserAddedToGroup, membership.user_added_to_group),
        _row(UserRemovedFromGroup, membership.user_removed_from_group),
        _row(RoleCreated, roles.role_created),
        _row(RoleDescribed, roles.role_described),
        _row(RoleSessionLimited, roles.role_session_limited),
        _row(TrustPolicyPut, roles.trust_policy_put),
        _row(RoleDeleted, roles.role_deleted),
        _row(ServiceLinkedRoleDeletionSucceeded, service_linked_roles.service_linked_role_deletion_succeeded),
        _row(PolicyCreated, policies.policy_created),
        _row(PolicyVersionCreated, policies.policy_version_created),
        _row(DefaultPolicyVersionSet, policies.default_policy_version_set),
        _row(PolicyVersionDeleted, policies.policy_version_deleted),
        _row(PolicyDeleted, policies.policy_deleted),
        _row(AwsPolicyAdopted, aws_policies.aws_policy_adopted),
        _row(UserPolicyAttached, attachments.user_policy_attached),
        _row(UserPolicyDetached, attachments.user_policy_detached),
        _row(GroupPolicyAttached, attachments.group_policy_attached),
        _row(GroupPolicyDetached, attachments.group_policy_detached),
        _row(RolePolicyAttached, attachments.role_policy_attached),
        _row(RolePolicyDetached, attachments.role_policy_detached),
        _row(UserPolicyPut, inline_policies.user_policy_put),
        _row(UserPolicyDeleted, inline_policies.user_policy_deleted),
        _row(GroupPolicyPut, inline_policies.group_policy_put),
        _row(GroupPolicyDeleted, inline_policies.group_policy_deleted),
        _row(RolePolicyPut, inline_policies.role_policy_put),
        _row(RolePolicyDeleted, inline_policies.role_policy_deleted),
        _row(UserBoundarySet, boundaries.user_boundary_set),
        _row(UserBoundaryRemoved, boundaries.user_boundary_removed),
        _row(RoleBoundarySet, boundaries.role_boundary_set),
        _row(RoleBoundaryRemoved, boundaries.role_boundary_removed),
        _row(UserTagged, tags.user_tagged),
        _row(UserUntagged, tags.user_untagged),
        _row(RoleTagged, tags.role_tagged),
        _row(RoleUntagged, tags.role_untagged),
        _row(PolicyTagged, tags.policy_tagged),
        _row(PolicyUntagged, tags.policy_untagged),
        _row(InstanceProfileCreated, instance_profiles.instance_profile_created),
        _row(RoleAddedToInstanceProfile, instance_profiles.role_added_to_instance_profile),
        _row(RoleRemovedFromInstanceProfile, instance_profiles.role_removed_from_instance_profile),
        _row(InstanceProfileDeleted, instance_profiles.instance_profile_deleted),
        _row(ResourcePolicyPut, resource_policies.resource_policy_put),
        _row(ResourcePolicyDeleted, resource_policies.resource_policy_deleted),
    ]
)
"""Every event but the first of an account."""
