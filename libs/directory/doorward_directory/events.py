"""All events of an account, and how each changes the state."""

from dataclasses import replace
from typing import TypeAlias, assert_never

from doorward_directory import account as accounts
from doorward_directory import (
    attachments,
    aws_policies,
    boundaries,
    client_tokens,
    groups,
    inline_policies,
    membership,
    policies,
    resource_policies,
    roles,
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
RoleEvent: TypeAlias = RoleCreated | RoleDescribed | RoleSessionLimited | TrustPolicyPut | RoleDeleted
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
    try:
        return _evolve(account, event)
    except KeyError as error:
        raise ImpossibleEvent(f"{type(event).__name__} names {error}, which does not exist") from error


def _evolve(account: Account, event: Event) -> Account:  # noqa: C901, PLR0911, PLR0912, PLR0915 -- one line for each event
    match event:
        case AccountCreated():
            raise ImpossibleEvent("AccountCreated in an account that exists")
        case ClientTokenUsed():
            return client_tokens.client_token_used(account, event)
        case QuotaSet():
            return accounts.quota_set(account, event)
        case QuotaReset():
            return accounts.quota_reset(account, event)
        case AccountClosed():
            return accounts.account_closed(account, event)
        case UserCreated():
            return users.user_created(account, event)
        case UserRenamed():
            return users.user_renamed(account, event)
        case UserMoved():
            return users.user_moved(account, event)
        case UserDeleted():
            return users.user_deleted(account, event)
        case GroupCreated():
            return groups.group_created(account, event)
        case GroupRenamed():
            return groups.group_renamed(account, event)
        case GroupMoved():
            return groups.group_moved(account, event)
        case GroupDeleted():
            return groups.group_deleted(account, event)
        case UserAddedToGroup():
            return membership.user_added_to_group(account, event)
        case UserRemovedFromGroup():
            return membership.user_removed_from_group(account, event)
        case RoleCreated():
            return roles.role_created(account, event)
        case RoleDescribed():
            return roles.role_described(account, event)
        case RoleSessionLimited():
            return roles.role_session_limited(account, event)
        case TrustPolicyPut():
            return roles.trust_policy_put(account, event)
        case RoleDeleted():
            return roles.role_deleted(account, event)
        case PolicyCreated():
            return policies.policy_created(account, event)
        case PolicyVersionCreated():
            return policies.policy_version_created(account, event)
        case DefaultPolicyVersionSet():
            return policies.default_policy_version_set(account, event)
        case PolicyVersionDeleted():
            return policies.policy_version_deleted(account, event)
        case PolicyDeleted():
            return policies.policy_deleted(account, event)
        case AwsPolicyAdopted():
            return aws_policies.aws_policy_adopted(account, event)
        case UserPolicyAttached():
            return attachments.user_policy_attached(account, event)
        case UserPolicyDetached():
            return attachments.user_policy_detached(account, event)
        case GroupPolicyAttached():
            return attachments.group_policy_attached(account, event)
        case GroupPolicyDetached():
            return attachments.group_policy_detached(account, event)
        case RolePolicyAttached():
            return attachments.role_policy_attached(account, event)
        case RolePolicyDetached():
            return attachments.role_policy_detached(account, event)
        case UserPolicyPut():
            return inline_policies.user_policy_put(account, event)
        case UserPolicyDeleted():
            return inline_policies.user_policy_deleted(account, event)
        case GroupPolicyPut():
            return inline_policies.group_policy_put(account, event)
        case GroupPolicyDeleted():
            return inline_policies.group_policy_deleted(account, event)
        case RolePolicyPut():
            return inline_policies.role_policy_put(account, event)
        case RolePolicyDeleted():
            return inline_policies.role_policy_deleted(account, event)
        case UserBoundarySet():
            return boundaries.user_boundary_set(account, event)
        case UserBoundaryRemoved():
            return boundaries.user_boundary_removed(account, event)
        case RoleBoundarySet():
            return boundaries.role_boundary_set(account, event)
        case RoleBoundaryRemoved():
            return boundaries.role_boundary_removed(account, event)
        case UserTagged():
            return tags.user_tagged(account, event)
        case UserUntagged():
            return tags.user_untagged(account, event)
        case RoleTagged():
            return tags.role_tagged(account, event)
        case RoleUntagged():
            return tags.role_untagged(account, event)
        case PolicyTagged():
            return tags.policy_tagged(account, event)
        case PolicyUntagged():
            return tags.policy_untagged(account, event)
        case ResourcePolicyPut():
            return resource_policies.resource_policy_put(account, event)
        case ResourcePolicyDeleted():
            return resource_policies.resource_policy_deleted(account, event)
        case _:
            assert_never(event)
