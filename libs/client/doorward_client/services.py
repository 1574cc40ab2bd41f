"""The services and their methods, as `proto/` declares them. `tests/unit/client` compares both."""

from doorward.decision.v1 import decision_service_pb2 as decision
from doorward.decision.v1 import replica_service_pb2 as replica
from doorward.identity.v1 import accounts_pb2 as accounts
from doorward.identity.v1 import attachments_pb2 as attachments
from doorward.identity.v1 import aws_policies_pb2 as aws_policies
from doorward.identity.v1 import boundaries_pb2 as boundaries
from doorward.identity.v1 import copy_permissions_pb2 as copying
from doorward.identity.v1 import details_pb2 as details
from doorward.identity.v1 import groups_pb2 as groups
from doorward.identity.v1 import history_pb2 as history
from doorward.identity.v1 import inline_policies_pb2 as inline
from doorward.identity.v1 import instance_profiles_pb2 as profiles
from doorward.identity.v1 import last_used_pb2 as used
from doorward.identity.v1 import log_service_pb2 as log
from doorward.identity.v1 import oidc_providers_pb2 as oidc
from doorward.identity.v1 import organization_pb2 as organization
from doorward.identity.v1 import organization_policies_pb2 as guardrails
from doorward.identity.v1 import policies_pb2 as policies
from doorward.identity.v1 import policy_usage_pb2 as usage
from doorward.identity.v1 import resource_policies_pb2 as resources
from doorward.identity.v1 import roles_pb2 as roles
from doorward.identity.v1 import saml_providers_pb2 as saml
from doorward.identity.v1 import service_linked_roles_pb2 as linked
from doorward.identity.v1 import simulation_pb2 as simulation
from doorward.identity.v1 import tags_pb2 as tags
from doorward.identity.v1 import users_pb2 as users

from doorward_client.methods import AsyncService, Method, SyncService


class _Identity:
    """Principals and policies of an account."""

    SERVICE = "doorward.identity.v1.IdentityService"

    create_account = Method(accounts.CreateAccountRequest, accounts.CreateAccountResponse)
    get_account = Method(accounts.GetAccountRequest, accounts.GetAccountResponse)
    list_accounts = Method(accounts.ListAccountsRequest, accounts.ListAccountsResponse)
    close_account = Method(accounts.CloseAccountRequest, accounts.CloseAccountResponse)
    update_root_email = Method(accounts.UpdateRootEmailRequest, accounts.UpdateRootEmailResponse)
    find_root_user = Method(accounts.FindRootUserRequest, accounts.FindRootUserResponse)
    create_account_alias = Method(accounts.CreateAccountAliasRequest, accounts.CreateAccountAliasResponse)
    delete_account_alias = Method(accounts.DeleteAccountAliasRequest, accounts.DeleteAccountAliasResponse)
    list_account_aliases = Method(accounts.ListAccountAliasesRequest, accounts.ListAccountAliasesResponse)
    get_account_summary = Method(accounts.GetAccountSummaryRequest, accounts.GetAccountSummaryResponse)
    get_account_authorization_details = Method(
        details.GetAccountAuthorizationDetailsRequest, details.GetAccountAuthorizationDetailsResponse
    )
    list_account_quotas = Method(accounts.ListAccountQuotasRequest, accounts.ListAccountQuotasResponse)
    put_account_quota = Method(accounts.PutAccountQuotaRequest, accounts.PutAccountQuotaResponse)
    delete_account_quota = Method(accounts.DeleteAccountQuotaRequest, accounts.DeleteAccountQuotaResponse)

    create_user = Method(users.CreateUserRequest, users.CreateUserResponse)
    get_user = Method(users.GetUserRequest, users.GetUserResponse)
    list_users = Method(users.ListUsersRequest, users.ListUsersResponse)
    update_user = Method(users.UpdateUserRequest, users.UpdateUserResponse)
    delete_user = Method(users.DeleteUserRequest, users.DeleteUserResponse)

    create_group = Method(groups.CreateGroupRequest, groups.CreateGroupResponse)
    get_group = Method(groups.GetGroupRequest, groups.GetGroupResponse)
    list_groups = Method(groups.ListGroupsRequest, groups.ListGroupsResponse)
    update_group = Method(groups.UpdateGroupRequest, groups.UpdateGroupResponse)
    delete_group = Method(groups.DeleteGroupRequest, groups.DeleteGroupResponse)
    add_user_to_group = Method(groups.AddUserToGroupRequest, groups.AddUserToGroupResponse)
    remove_user_from_group = Method(groups.RemoveUserFromGroupRequest, groups.RemoveUserFromGroupResponse)
    list_groups_for_user = Method(groups.ListGroupsForUserRequest, groups.ListGroupsForUserResponse)

    create_role = Method(roles.CreateRoleRequest, roles.CreateRoleResponse)
    get_role = Method(roles.GetRoleRequest, roles.GetRoleResponse)
    list_roles = Method(roles.ListRolesRequest, roles.ListRolesResponse)
    update_role = Method(roles.UpdateRoleRequest, roles.UpdateRoleResponse)
    update_role_description = Method(roles.UpdateRoleDescriptionRequest, roles.UpdateRoleDescriptionResponse)
    update_assume_role_policy = Method(roles.UpdateAssumeRolePolicyRequest, roles.UpdateAssumeRolePolicyResponse)
    delete_role = Method(roles.DeleteRoleRequest, roles.DeleteRoleResponse)

    create_service_linked_role = Method(linked.CreateServiceLinkedRoleRequest, linked.CreateServiceLinkedRoleResponse)
    delete_service_linked_role = Method(linked.DeleteServiceLinkedRoleRequest, linked.DeleteServiceLinkedRoleResponse)
    get_service_linked_role_deletion_status = Method(
        linked.GetServiceLinkedRoleDeletionStatusRequest, linked.GetServiceLinkedRoleDeletionStatusResponse
    )

    record_last_used = Method(used.RecordLastUsedRequest, used.RecordLastUsedResponse)

    create_instance_profile = Method(profiles.CreateInstanceProfileRequest, profiles.CreateInstanceProfileResponse)
    get_instance_profile = Method(profiles.GetInstanceProfileRequest, profiles.GetInstanceProfileResponse)
    list_instance_profiles = Method(profiles.ListInstanceProfilesRequest, profiles.ListInstanceProfilesResponse)
    list_instance_profiles_for_role = Method(
        profiles.ListInstanceProfilesForRoleRequest, profiles.ListInstanceProfilesForRoleResponse
    )
    add_role_to_instance_profile = Method(
        profiles.AddRoleToInstanceProfileRequest, profiles.AddRoleToInstanceProfileResponse
    )
    remove_role_from_instance_profile = Method(
        profiles.RemoveRoleFromInstanceProfileRequest, profiles.RemoveRoleFromInstanceProfileResponse
    )
    delete_instance_profile = Method(profiles.DeleteInstanceProfileRequest, profiles.DeleteInstanceProfileResponse)

    create_open_id_connect_provider = Method(
        oidc.CreateOpenIDConnectProviderRequest, oidc.CreateOpenIDConnectProviderResponse
    )
    get_open_id_connect_provider = Method(oidc.GetOpenIDConnectProviderRequest, oidc.GetOpenIDConnectProviderResponse)
    list_open_id_connect_providers = Method(
        oidc.ListOpenIDConnectProvidersRequest, oidc.ListOpenIDConnectProvidersResponse
    )
    add_client_id_to_open_id_connect_provider = Method(
        oidc.AddClientIDToOpenIDConnectProviderRequest, oidc.AddClientIDToOpenIDConnectProviderResponse
    )
    remove_client_id_from_open_id_connect_provider = Method(
        oidc.RemoveClientIDFromOpenIDConnectProviderRequest, oidc.RemoveClientIDFromOpenIDConnectProviderResponse
    )
    update_open_id_connect_provider_thumbprint = Method(
        oidc.UpdateOpenIDConnectProviderThumbprintRequest, oidc.UpdateOpenIDConnectProviderThumbprintResponse
    )
    delete_open_id_connect_provider = Method(
        oidc.DeleteOpenIDConnectProviderRequest, oidc.DeleteOpenIDConnectProviderResponse
    )

    create_saml_provider = Method(saml.CreateSAMLProviderRequest, saml.CreateSAMLProviderResponse)
    get_saml_provider = Method(saml.GetSAMLProviderRequest, saml.GetSAMLProviderResponse)
    list_saml_providers = Method(saml.ListSAMLProvidersRequest, saml.ListSAMLProvidersResponse)
    update_saml_provider = Method(saml.UpdateSAMLProviderRequest, saml.UpdateSAMLProviderResponse)
    delete_saml_provider = Method(saml.DeleteSAMLProviderRequest, saml.DeleteSAMLProviderResponse)

    create_policy = Method(policies.CreatePolicyRequest, policies.CreatePolicyResponse)
    get_policy = Method(policies.GetPolicyRequest, policies.GetPolicyResponse)
    list_policies = Method(policies.ListPoliciesRequest, policies.ListPoliciesResponse)
    delete_policy = Method(policies.DeletePolicyRequest, policies.DeletePolicyResponse)
    create_policy_version = Method(policies.CreatePolicyVersionRequest, policies.CreatePolicyVersionResponse)
    get_policy_version = Method(policies.GetPolicyVersionRequest, policies.GetPolicyVersionResponse)
    list_policy_versions = Method(policies.ListPolicyVersionsRequest, policies.ListPolicyVersionsResponse)
    set_default_policy_version = Method(
        policies.SetDefaultPolicyVersionRequest, policies.SetDefaultPolicyVersionResponse
    )
    delete_policy_version = Method(policies.DeletePolicyVersionRequest, policies.DeletePolicyVersionResponse)

    put_user_policy = Method(inline.PutUserPolicyRequest, inline.PutUserPolicyResponse)
    get_user_policy = Method(inline.GetUserPolicyRequest, inline.GetUserPolicyResponse)
    list_user_policies = Method(inline.ListUserPoliciesRequest, inline.ListUserPoliciesResponse)
    delete_user_policy = Method(inline.DeleteUserPolicyRequest, inline.DeleteUserPolicyResponse)
    put_group_policy = Method(inline.PutGroupPolicyRequest, inline.PutGroupPolicyResponse)
    get_group_policy = Method(inline.GetGroupPolicyRequest, inline.GetGroupPolicyResponse)
    list_group_policies = Method(inline.ListGroupPoliciesRequest, inline.ListGroupPoliciesResponse)
    delete_group_policy = Method(inline.DeleteGroupPolicyRequest, inline.DeleteGroupPolicyResponse)
    put_role_policy = Method(inline.PutRolePolicyRequest, inline.PutRolePolicyResponse)
    get_role_policy = Method(inline.GetRolePolicyRequest, inline.GetRolePolicyResponse)
    list_role_policies = Method(inline.ListRolePoliciesRequest, inline.ListRolePoliciesResponse)
    delete_role_policy = Method(inline.DeleteRolePolicyRequest, inline.DeleteRolePolicyResponse)

    attach_user_policy = Method(attachments.AttachUserPolicyRequest, attachments.AttachUserPolicyResponse)
    detach_user_policy = Method(attachments.DetachUserPolicyRequest, attachments.DetachUserPolicyResponse)
    list_attached_user_policies = Method(
        attachments.ListAttachedUserPoliciesRequest, attachments.ListAttachedUserPoliciesResponse
    )
    attach_group_policy = Method(attachments.AttachGroupPolicyRequest, attachments.AttachGroupPolicyResponse)
    detach_group_policy = Method(attachments.DetachGroupPolicyRequest, attachments.DetachGroupPolicyResponse)
    list_attached_group_policies = Method(
        attachments.ListAttachedGroupPoliciesRequest, attachments.ListAttachedGroupPoliciesResponse
    )
    attach_role_policy = Method(attachments.AttachRolePolicyRequest, attachments.AttachRolePolicyResponse)
    detach_role_policy = Method(attachments.DetachRolePolicyRequest, attachments.DetachRolePolicyResponse)
    list_attached_role_policies = Method(
        attachments.ListAttachedRolePoliciesRequest, attachments.ListAttachedRolePoliciesResponse
    )

    put_user_permissions_boundary = Method(
        boundaries.PutUserPermissionsBoundaryRequest, boundaries.PutUserPermissionsBoundaryResponse
    )
    delete_user_permissions_boundary = Method(
        boundaries.DeleteUserPermissionsBoundaryRequest, boundaries.DeleteUserPermissionsBoundaryResponse
    )
    put_role_permissions_boundary = Method(
        boundaries.PutRolePermissionsBoundaryRequest, boundaries.PutRolePermissionsBoundaryResponse
    )
    delete_role_permissions_boundary = Method(
        boundaries.DeleteRolePermissionsBoundaryRequest, boundaries.DeleteRolePermissionsBoundaryResponse
    )

    put_resource_policy = Method(resources.PutResourcePolicyRequest, resources.PutResourcePolicyResponse)
    get_resource_policy = Method(resources.GetResourcePolicyRequest, resources.GetResourcePolicyResponse)
    list_resource_policies = Method(resources.ListResourcePoliciesRequest, resources.ListResourcePoliciesResponse)
    delete_resource_policy = Method(resources.DeleteResourcePolicyRequest, resources.DeleteResourcePolicyResponse)

    tag_user = Method(tags.TagUserRequest, tags.TagUserResponse)
    untag_user = Method(tags.UntagUserRequest, tags.UntagUserResponse)
    list_user_tags = Method(tags.ListUserTagsRequest, tags.ListUserTagsResponse)
    tag_role = Method(tags.TagRoleRequest, tags.TagRoleResponse)
    untag_role = Method(tags.UntagRoleRequest, tags.UntagRoleResponse)
    list_role_tags = Method(tags.ListRoleTagsRequest, tags.ListRoleTagsResponse)
    tag_instance_profile = Method(tags.TagInstanceProfileRequest, tags.TagInstanceProfileResponse)
    untag_instance_profile = Method(tags.UntagInstanceProfileRequest, tags.UntagInstanceProfileResponse)
    list_instance_profile_tags = Method(tags.ListInstanceProfileTagsRequest, tags.ListInstanceProfileTagsResponse)
    tag_open_id_connect_provider = Method(tags.TagOpenIDConnectProviderRequest, tags.TagOpenIDConnectProviderResponse)
    untag_open_id_connect_provider = Method(
        tags.UntagOpenIDConnectProviderRequest, tags.UntagOpenIDConnectProviderResponse
    )
    list_open_id_connect_provider_tags = Method(
        tags.ListOpenIDConnectProviderTagsRequest, tags.ListOpenIDConnectProviderTagsResponse
    )
    tag_saml_provider = Method(tags.TagSAMLProviderRequest, tags.TagSAMLProviderResponse)
    untag_saml_provider = Method(tags.UntagSAMLProviderRequest, tags.UntagSAMLProviderResponse)
    list_saml_provider_tags = Method(tags.ListSAMLProviderTagsRequest, tags.ListSAMLProviderTagsResponse)
    tag_policy = Method(tags.TagPolicyRequest, tags.TagPolicyResponse)
    untag_policy = Method(tags.UntagPolicyRequest, tags.UntagPolicyResponse)
    list_policy_tags = Method(tags.ListPolicyTagsRequest, tags.ListPolicyTagsResponse)

    list_entities_for_policy = Method(usage.ListEntitiesForPolicyRequest, usage.ListEntitiesForPolicyResponse)
    list_policies_granting_service_access = Method(
        usage.ListPoliciesGrantingServiceAccessRequest, usage.ListPoliciesGrantingServiceAccessResponse
    )
    update_aws_managed_policies = Method(
        aws_policies.UpdateAwsManagedPoliciesRequest, aws_policies.UpdateAwsManagedPoliciesResponse
    )
    copy_user_permissions = Method(copying.CopyUserPermissionsRequest, copying.CopyUserPermissionsResponse)
    simulate_principal_policy = Method(
        simulation.SimulatePrincipalPolicyRequest, simulation.SimulatePrincipalPolicyResponse
    )
    simulate_custom_policy = Method(simulation.SimulateCustomPolicyRequest, simulation.SimulateCustomPolicyResponse)
    get_context_keys_for_principal_policy = Method(
        simulation.GetContextKeysForPrincipalPolicyRequest, simulation.GetContextKeysForPrincipalPolicyResponse
    )
    get_context_keys_for_custom_policy = Method(
        simulation.GetContextKeysForCustomPolicyRequest, simulation.GetContextKeysForCustomPolicyResponse
    )

    list_account_events = Method(history.ListAccountEventsRequest, history.ListAccountEventsResponse)
    get_account_at = Method(history.GetAccountAtRequest, history.GetAccountAtResponse)


class _Organization:
    """All accounts as one tree, and the guardrails on it; for the operator."""

    SERVICE = "doorward.identity.v1.OrganizationService"

    describe_organization = Method(organization.DescribeOrganizationRequest, organization.DescribeOrganizationResponse)
    list_roots = Method(organization.ListRootsRequest, organization.ListRootsResponse)
    create_organizational_unit = Method(
        organization.CreateOrganizationalUnitRequest, organization.CreateOrganizationalUnitResponse
    )
    describe_organizational_unit = Method(
        organization.DescribeOrganizationalUnitRequest, organization.DescribeOrganizationalUnitResponse
    )
    update_organizational_unit = Method(
        organization.UpdateOrganizationalUnitRequest, organization.UpdateOrganizationalUnitResponse
    )
    delete_organizational_unit = Method(
        organization.DeleteOrganizationalUnitRequest, organization.DeleteOrganizationalUnitResponse
    )
    list_organizational_units_for_parent = Method(
        organization.ListOrganizationalUnitsForParentRequest, organization.ListOrganizationalUnitsForParentResponse
    )
    list_accounts_for_parent = Method(
        organization.ListAccountsForParentRequest, organization.ListAccountsForParentResponse
    )
    list_parents = Method(organization.ListParentsRequest, organization.ListParentsResponse)
    move_account = Method(organization.MoveAccountRequest, organization.MoveAccountResponse)

    create_organization_policy = Method(
        guardrails.CreateOrganizationPolicyRequest, guardrails.CreateOrganizationPolicyResponse
    )
    describe_organization_policy = Method(
        guardrails.DescribeOrganizationPolicyRequest, guardrails.DescribeOrganizationPolicyResponse
    )
    update_organization_policy = Method(
        guardrails.UpdateOrganizationPolicyRequest, guardrails.UpdateOrganizationPolicyResponse
    )
    delete_organization_policy = Method(
        guardrails.DeleteOrganizationPolicyRequest, guardrails.DeleteOrganizationPolicyResponse
    )
    list_organization_policies = Method(
        guardrails.ListOrganizationPoliciesRequest, guardrails.ListOrganizationPoliciesResponse
    )
    attach_organization_policy = Method(
        guardrails.AttachOrganizationPolicyRequest, guardrails.AttachOrganizationPolicyResponse
    )
    detach_organization_policy = Method(
        guardrails.DetachOrganizationPolicyRequest, guardrails.DetachOrganizationPolicyResponse
    )
    list_policies_for_target = Method(guardrails.ListPoliciesForTargetRequest, guardrails.ListPoliciesForTargetResponse)
    list_targets_for_policy = Method(guardrails.ListTargetsForPolicyRequest, guardrails.ListTargetsForPolicyResponse)


class _Log:
    """The identity log; its events are read with `events` of the client."""

    SERVICE = "doorward.identity.v1.LogService"

    get_head = Method(log.GetHeadRequest, log.GetHeadResponse)


class _Decisions:
    """Decisions as messages; `check` and `check_all` of the client are more convenient."""

    SERVICE = "doorward.decision.v1.DecisionService"

    batch_check = Method(decision.BatchCheckRequest, decision.BatchCheckResponse)
    check = Method(decision.CheckRequest, decision.CheckResponse)


class _Replica:
    """What a replica of the decision service says of itself."""

    SERVICE = "doorward.decision.v1.ReplicaService"

    get_replica_status = Method(replica.GetReplicaStatusRequest, replica.GetReplicaStatusResponse)


class Identity(_Identity, SyncService): ...


class AsyncIdentity(_Identity, AsyncService): ...


class Organization(_Organization, SyncService): ...


class AsyncOrganization(_Organization, AsyncService): ...


class Log(_Log, SyncService): ...


class AsyncLog(_Log, AsyncService): ...


class Decisions(_Decisions, SyncService): ...


class AsyncDecisions(_Decisions, AsyncService): ...


class Replica(_Replica, SyncService): ...


class AsyncReplica(_Replica, AsyncService): ...
