"""Events as they are stored: a declared type name, a schema version, canonical JSON."""

from collections.abc import Mapping

from doorward_kernel.event_codec import EventCodec, UndecodableEvent, Upcaster, read_text, read_time, upcast, write_time
from immutables import Map

from doorward_directory import (
    account,
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
from doorward_directory.events import Event
from doorward_directory.organization import guardrails, registry, state, tree

__all__ = ["TYPES", "UPCASTERS", "UndecodableEvent", "decode", "encode", "read_time", "upcast", "write_time"]

TYPES: Mapping[str, tuple[int, type[Event]]] = {
    "AccountCreated": (1, account.AccountCreated),
    "QuotaSet": (1, account.QuotaSet),
    "QuotaReset": (1, account.QuotaReset),
    "AccountClosed": (1, account.AccountClosed),
    "InstanceProfileCreated": (1, instance_profiles.InstanceProfileCreated),
    "RoleAddedToInstanceProfile": (1, instance_profiles.RoleAddedToInstanceProfile),
    "RoleRemovedFromInstanceProfile": (1, instance_profiles.RoleRemovedFromInstanceProfile),
    "InstanceProfileDeleted": (1, instance_profiles.InstanceProfileDeleted),
    "ResourcePolicyPut": (1, resource_policies.ResourcePolicyPut),
    "ResourcePolicyDeleted": (1, resource_policies.ResourcePolicyDeleted),
    "OrganizationCreated": (1, state.OrganizationCreated),
    "OrganizationalUnitCreated": (1, tree.OrganizationalUnitCreated),
    "OrganizationalUnitRenamed": (1, tree.OrganizationalUnitRenamed),
    "OrganizationalUnitDeleted": (1, tree.OrganizationalUnitDeleted),
    "AccountMoved": (1, tree.AccountMoved),
    "OrganizationPolicyCreated": (1, guardrails.OrganizationPolicyCreated),
    "OrganizationPolicyUpdated": (1, guardrails.OrganizationPolicyUpdated),
    "OrganizationPolicyDeleted": (1, guardrails.OrganizationPolicyDeleted),
    "OrganizationPolicyAttached": (1, guardrails.OrganizationPolicyAttached),
    "OrganizationPolicyDetached": (1, guardrails.OrganizationPolicyDetached),
    "AccountAliasCreated": (1, registry.AccountAliasCreated),
    "AccountAliasDeleted": (1, registry.AccountAliasDeleted),
    "RootEmailSet": (1, registry.RootEmailSet),
    "ClientTokenUsed": (1, client_tokens.ClientTokenUsed),
    "UserCreated": (1, users.UserCreated),
    "UserRenamed": (1, users.UserRenamed),
    "UserMoved": (1, users.UserMoved),
    "UserDeleted": (1, users.UserDeleted),
    "GroupCreated": (1, groups.GroupCreated),
    "GroupRenamed": (1, groups.GroupRenamed),
    "GroupMoved": (1, groups.GroupMoved),
    "GroupDeleted": (1, groups.GroupDeleted),
    "UserAddedToGroup": (1, membership.UserAddedToGroup),
    "UserRemovedFromGroup": (1, membership.UserRemovedFromGroup),
    "PolicyCreated": (1, policies.PolicyCreated),
    "PolicyVersionCreated": (1, policies.PolicyVersionCreated),
    "DefaultPolicyVersionSet": (1, policies.DefaultPolicyVersionSet),
    "PolicyVersionDeleted": (1, policies.PolicyVersionDeleted),
    "PolicyDeleted": (1, policies.PolicyDeleted),
    "AwsPolicyAdopted": (1, aws_policies.AwsPolicyAdopted),
    "UserPolicyAttached": (1, attachments.UserPolicyAttached),
    "UserPolicyDetached": (1, attachments.UserPolicyDetached),
    "GroupPolicyAttached": (1, attachments.GroupPolicyAttached),
    "GroupPolicyDetached": (1, attachments.GroupPolicyDetached),
    "UserPolicyPut": (1, inline_policies.UserPolicyPut),
    "UserPolicyDeleted": (1, inline_policies.UserPolicyDeleted),
    "GroupPolicyPut": (1, inline_policies.GroupPolicyPut),
    "GroupPolicyDeleted": (1, inline_policies.GroupPolicyDeleted),
    "RoleCreated": (1, roles.RoleCreated),
    "RoleDescribed": (1, roles.RoleDescribed),
    "RoleSessionLimited": (1, roles.RoleSessionLimited),
    "TrustPolicyPut": (1, roles.TrustPolicyPut),
    "RoleDeleted": (1, roles.RoleDeleted),
    "ServiceLinkedRoleDeletionSucceeded": (1, service_linked_roles.ServiceLinkedRoleDeletionSucceeded),
    "RolePolicyAttached": (1, attachments.RolePolicyAttached),
    "RolePolicyDetached": (1, attachments.RolePolicyDetached),
    "RolePolicyPut": (1, inline_policies.RolePolicyPut),
    "RolePolicyDeleted": (1, inline_policies.RolePolicyDeleted),
    "UserBoundarySet": (1, boundaries.UserBoundarySet),
    "UserBoundaryRemoved": (1, boundaries.UserBoundaryRemoved),
    "RoleBoundarySet": (1, boundaries.RoleBoundarySet),
    "RoleBoundaryRemoved": (1, boundaries.RoleBoundaryRemoved),
    "UserTagged": (1, tags.UserTagged),
    "UserUntagged": (1, tags.UserUntagged),
    "RoleTagged": (1, tags.RoleTagged),
    "RoleUntagged": (1, tags.RoleUntagged),
    "PolicyTagged": (1, tags.PolicyTagged),
    "PolicyUntagged": (1, tags.PolicyUntagged),
    "InstanceProfileTagged": (1, tags.InstanceProfileTagged),
    "InstanceProfileUntagged": (1, tags.InstanceProfileUntagged),
    "OidcProviderCreated": (1, oidc_providers.OidcProviderCreated),
    "OidcClientIdAdded": (1, oidc_providers.OidcClientIdAdded),
    "OidcClientIdRemoved": (1, oidc_providers.OidcClientIdRemoved),
    "OidcThumbprintsReplaced": (1, oidc_providers.OidcThumbprintsReplaced),
    "OidcProviderDeleted": (1, oidc_providers.OidcProviderDeleted),
    "SamlProviderCreated": (1, saml_providers.SamlProviderCreated),
    "SamlMetadataPut": (1, saml_providers.SamlMetadataPut),
    "SamlProviderDeleted": (1, saml_providers.SamlProviderDeleted),
    "OidcProviderTagged": (1, tags.OidcProviderTagged),
    "OidcProviderUntagged": (1, tags.OidcProviderUntagged),
    "SamlProviderTagged": (1, tags.SamlProviderTagged),
    "SamlProviderUntagged": (1, tags.SamlProviderUntagged),
}
"""The declared names, each with its current schema version. A name once written is never given to another event."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""From the fields of a type's old schema version to those of the next one; they stay for good."""


def _read_texts(value: object) -> Map[str, str]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not an object of texts")
    return Map({key: read_text(text) for key, text in value.items()})


_CODEC: EventCodec[Event] = EventCodec(TYPES, UPCASTERS, {Map[str, str]: (_read_texts, dict)})

encode = _CODEC.encode
decode = _CODEC.decode
