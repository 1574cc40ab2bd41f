"""All events of an account, and how each changes the state."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from doorward_kernel.errors import DoorwardError
from doorward_kernel.stream import ImpossibleEvent

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
    oidc_providers,
    policies,
    resource_policies,
    roles,
    saml_providers,
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
from doorward_directory.oidc_providers import (
    OidcClientIdAdded,
    OidcClientIdRemoved,
    OidcProviderCreated,
    OidcProviderDeleted,
    OidcThumbprintsReplaced,
)
from doorward_directory.organization import guardrails, registry, tree
from doorward_directory.organization.guardrails import (
    OrganizationPolicyAttached,
    OrganizationPolicyCreated,
    OrganizationPolicyDeleted,
    OrganizationPolicyDetached,
    OrganizationPolicyUpdated,
)
from doorward_directory.organization.registry import AccountAliasCreated, AccountAliasDeleted, RootEmailSet
from doorward_directory.organization.state import OrganizationCreated, in_organization, organization_created
from doorward_directory.organization.tree import (
    AccountMoved,
    OrganizationalUnitCreated,
    OrganizationalUnitDeleted,
    OrganizationalUnitRenamed,
)
from doorward_directory.policies import (
    DefaultPolicyVersionSet,
    PolicyCreated,
    PolicyDeleted,
    PolicyVersionCreated,
    PolicyVersionDeleted,
)
from doorward_directory.resource_policies import ResourcePolicyDeleted, ResourcePolicyPut
from doorward_directory.roles import RoleCreated, RoleDeleted, RoleDescribed, RoleSessionLimited, TrustPolicyPut
from doorward_directory.saml_providers import SamlMetadataPut, SamlProviderCreated, SamlProviderDeleted
from doorward_directory.service_linked_roles import ServiceLinkedRoleDeletionSucceeded
from doorward_directory.tags import (
    InstanceProfileTagged,
    InstanceProfileUntagged,
    OidcProviderTagged,
    OidcProviderUntagged,
    PolicyTagged,
    PolicyUntagged,
    RoleTagged,
    RoleUntagged,
    SamlProviderTagged,
    SamlProviderUntagged,
    TagEvent,
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
ProviderEvent: TypeAlias = (
    OidcProviderCreated
    | OidcClientIdAdded
    | OidcClientIdRemoved
    | OidcThumbprintsReplaced
    | OidcProviderDeleted
    | SamlProviderCreated
    | SamlMetadataPut
    | SamlProviderDeleted
)
OrganizationEvent: TypeAlias = (
    OrganizationCreated
    | OrganizationalUnitCreated
    | OrganizationalUnitRenamed
    | OrganizationalUnitDeleted
    | AccountMoved
    | OrganizationPolicyCreated
    | OrganizationPolicyUpdated
    | OrganizationPolicyDeleted
    | OrganizationPolicyAttached
    | OrganizationPolicyDetached
    | AccountAliasCreated
    | AccountAliasDeleted
    | RootEmailSet
)
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
    | ProviderEvent
    | ResourcePolicyPut
    | ResourcePolicyDeleted
    | OrganizationEvent
)


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
    except DoorwardError as error:
        raise ImpossibleEvent(f"{type(event).__name__} cannot have happened: {error}") from error


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
        _row(InstanceProfileTagged, tags.instance_profile_tagged),
        _row(InstanceProfileUntagged, tags.instance_profile_untagged),
        _row(InstanceProfileCreated, instance_profiles.instance_profile_created),
        _row(RoleAddedToInstanceProfile, instance_profiles.role_added_to_instance_profile),
        _row(RoleRemovedFromInstanceProfile, instance_profiles.role_removed_from_instance_profile),
        _row(InstanceProfileDeleted, instance_profiles.instance_profile_deleted),
        _row(OidcProviderCreated, oidc_providers.oidc_provider_created),
        _row(OidcClientIdAdded, oidc_providers.oidc_client_id_added),
        _row(OidcClientIdRemoved, oidc_providers.oidc_client_id_removed),
        _row(OidcThumbprintsReplaced, oidc_providers.oidc_thumbprints_replaced),
        _row(OidcProviderDeleted, oidc_providers.oidc_provider_deleted),
        _row(SamlProviderCreated, saml_providers.saml_provider_created),
        _row(SamlMetadataPut, saml_providers.saml_metadata_put),
        _row(SamlProviderDeleted, saml_providers.saml_provider_deleted),
        _row(OidcProviderTagged, tags.oidc_provider_tagged),
        _row(OidcProviderUntagged, tags.oidc_provider_untagged),
        _row(SamlProviderTagged, tags.saml_provider_tagged),
        _row(SamlProviderUntagged, tags.saml_provider_untagged),
        _row(ResourcePolicyPut, resource_policies.resource_policy_put),
        _row(ResourcePolicyDeleted, resource_policies.resource_policy_deleted),
        _row(OrganizationCreated, organization_created),
        _row(OrganizationalUnitCreated, in_organization(tree.organizational_unit_created)),
        _row(OrganizationalUnitRenamed, in_organization(tree.organizational_unit_renamed)),
        _row(OrganizationalUnitDeleted, in_organization(tree.organizational_unit_deleted)),
        _row(AccountMoved, in_organization(tree.account_moved)),
        _row(OrganizationPolicyCreated, in_organization(guardrails.organization_policy_created)),
        _row(OrganizationPolicyUpdated, in_organization(guardrails.organization_policy_updated)),
        _row(OrganizationPolicyDeleted, in_organization(guardrails.organization_policy_deleted)),
        _row(OrganizationPolicyAttached, in_organization(guardrails.organization_policy_attached)),
        _row(OrganizationPolicyDetached, in_organization(guardrails.organization_policy_detached)),
        _row(AccountAliasCreated, in_organization(registry.account_alias_created)),
        _row(AccountAliasDeleted, in_organization(registry.account_alias_deleted)),
        _row(RootEmailSet, in_organization(registry.root_email_set)),
    ]
)
"""Every event but the first of an account."""
