"""Everything that an account holds, as messages."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

from doorward.identity.v1 import details_pb2 as pb
from doorward.identity.v1.attachments_pb2 import AttachedPolicy
from doorward.identity.v1.boundaries_pb2 import AttachedPermissionsBoundary
from doorward.identity.v1.history_pb2 import GetAccountAtResponse
from doorward.identity.v1.policies_pb2 import PolicyVersion
from doorward_directory.account import Account
from doorward_directory.attachments import Entity, attached_policies, attachment_count
from doorward_directory.aws_policies import is_attachable
from doorward_directory.boundaries import boundary_usage_count
from doorward_directory.groups import Group, group_arn
from doorward_directory.instance_profiles import InstanceProfile, instance_profile_arn, instance_profiles_of
from doorward_directory.membership import groups_of
from doorward_directory.names import name_key, version_id
from doorward_directory.oidc_providers import OidcProvider, oidc_provider_arn
from doorward_directory.organization.state import Member, OrganizationPolicy, Unit
from doorward_directory.policies import ManagedPolicy, policy_arn
from doorward_directory.principals import account_of, principal_arn, shown_document
from doorward_directory.resource_policies import ResourcePolicy
from doorward_directory.roles import Role, role_arn
from doorward_directory.saml_providers import SamlProvider, saml_provider_arn
from doorward_directory.users import User, user_arn
from doorward_eventlog.last_used import LastUsed
from doorward_kernel.ids import UniqueId

from doorward_identity.api.boundaries import boundary_message
from doorward_identity.api.last_used import last_used_message
from doorward_identity.api.method import time_or_none, timestamp
from doorward_identity.api.organization_details import put_organization_thing
from doorward_identity.api.tags import tag_messages
from doorward_identity.application.details import Piece, by_name


def put_details(
    account: Account,
    pieces: Iterable[Piece],
    whole: GetAccountAtResponse,
    used: Mapping[UniqueId, LastUsed] = MappingProxyType({}),
) -> None:
    """Put the message of each piece behind those of its kind; `used` is told with roles."""
    for piece in pieces:
        match piece.thing:
            case User() as user:
                whole.users.append(_user(account, user, piece))
            case Group() as group:
                whole.groups.append(_group(account, group, piece))
            case Role() as role:
                whole.roles.append(_role(account, role, piece, used.get(role.role_id)))
            case ManagedPolicy() as policy:
                whole.policies.append(_policy(account, policy, piece))
            case ResourcePolicy() as resource:
                document = _shown(account, resource.document, resource.principals)
                whole.resource_policies.add(resource_arn=resource.resource_arn, policy_document=document)
            case InstanceProfile() as profile:
                whole.instance_profiles.append(_profile(account, profile))
            case OidcProvider() | SamlProvider():
                _put_provider(account, piece.thing, whole)
            case Unit() | OrganizationPolicy() | Member():
                put_organization_thing(piece.thing, whole.organization)
            case _:
                assert_never(piece.thing)


def _put_provider(account: Account, provider: OidcProvider | SamlProvider, whole: GetAccountAtResponse) -> None:
    if isinstance(provider, OidcProvider):
        whole.open_id_connect_providers.append(_oidc(account, provider))
    else:
        whole.saml_providers.append(_saml(account, provider))


def _user(account: Account, user: User, piece: Piece) -> pb.UserDetail:
    return pb.UserDetail(
        path=user.path,
        user_name=user.name,
        user_id=user.user_id,
        arn=user_arn(account, user),
        create_date=timestamp(user.created_at.timestamp()),
        user_policy_list=_inline(user, piece),
        group_list=[group.name for group in groups_of(account, user)],
        attached_managed_policies=_attached(account, user),
        permissions_boundary=_boundary(account, user),
        tags=tag_messages(user.tags),
    )


def _group(account: Account, group: Group, piece: Piece) -> pb.GroupDetail:
    return pb.GroupDetail(
        path=group.path,
        group_name=group.name,
        group_id=group.group_id,
        arn=group_arn(account, group),
        create_date=timestamp(group.created_at.timestamp()),
        group_policy_list=_inline(group, piece),
        attached_managed_policies=_attached(account, group),
    )


def _role(account: Account, role: Role, piece: Piece, used: LastUsed | None) -> pb.RoleDetail:
    return pb.RoleDetail(
        path=role.path,
        role_name=role.name,
        role_id=role.role_id,
        arn=role_arn(account, role),
        create_date=timestamp(role.created_at.timestamp()),
        assume_role_policy_document=_shown(account, role.trust_policy, role.principals),
        role_policy_list=_inline(role, piece),
        attached_managed_policies=_attached(account, role),
        permissions_boundary=_boundary(account, role),
        description=role.description,
        max_session_duration=role.max_session_seconds,
        tags=tag_messages(role.tags),
        instance_profile_list=[
            _profile(account, profile)
            for profile in sorted(instance_profiles_of(account, role), key=lambda each: name_key(each.name))
        ],
        role_last_used=None if used is None else last_used_message(used),
    )


def _profile(account: Account, profile: InstanceProfile) -> pb.InstanceProfileDetail:
    return pb.InstanceProfileDetail(
        path=profile.path,
        instance_profile_name=profile.name,
        instance_profile_id=profile.instance_profile_id,
        arn=instance_profile_arn(account, profile),
        create_date=timestamp(profile.created_at.timestamp()),
        role_name="" if profile.role is None else account.roles[profile.role].name,
        tags=tag_messages(profile.tags),
    )


def _oidc(account: Account, provider: OidcProvider) -> pb.OpenIDConnectProviderDetail:
    return pb.OpenIDConnectProviderDetail(
        arn=oidc_provider_arn(account, provider),
        url=provider.provider_url,
        client_id_list=provider.client_id_list,
        thumbprint_list=provider.thumbprint_list,
        create_date=timestamp(provider.created_at.timestamp()),
        tags=tag_messages(provider.tags),
    )


def _saml(account: Account, provider: SamlProvider) -> pb.SAMLProviderDetail:
    return pb.SAMLProviderDetail(
        arn=saml_provider_arn(account, provider),
        name=provider.name,
        saml_provider_uuid=provider.saml_provider_id,
        saml_metadata_document=provider.metadata,
        create_date=timestamp(provider.created_at.timestamp()),
        valid_until=time_or_none(provider.valid_until),
        tags=tag_messages(provider.tags),
    )


def _policy(account: Account, policy: ManagedPolicy, piece: Piece) -> pb.ManagedPolicyDetail:
    return pb.ManagedPolicyDetail(
        policy_name=policy.name,
        policy_id=policy.policy_id,
        arn=policy_arn(account, policy),
        path=policy.path,
        default_version_id=version_id(policy.default_version),
        attachment_count=attachment_count(account, policy),
        is_attachable=is_attachable(account, policy),
        description=policy.description,
        create_date=time_or_none(policy.created_at),
        update_date=time_or_none(policy.updated_at),
        policy_version_list=[
            PolicyVersion(
                document=version.document,
                version_id=version_id(version.number),
                is_default_version=version.number == policy.default_version,
                create_date=time_or_none(version.created_at),
            )
            for version in policy.versions[piece.start : piece.stop]
        ],
        permissions_boundary_usage_count=boundary_usage_count(account, policy),
        tags=tag_messages(policy.tags),
    )


def _shown(account: Account, document: str, principals: Mapping[str, str]) -> str:
    return shown_document(document, lambda unique_id: _arn_then(account, unique_id, principals.get(unique_id)))


def _arn_then(account: Account, unique_id: str, when_named: str | None) -> str | None:
    """The ARN of who a policy names, as the account of that moment tells; None for one of it that is gone."""
    if when_named is not None and account_of(when_named) != account.account_id:
        return when_named
    return principal_arn(account, unique_id)


def _boundary(account: Account, entity: User | Role) -> AttachedPermissionsBoundary | None:
    return None if entity.boundary is None else boundary_message(account, entity.boundary)


def _inline(entity: Entity, piece: Piece) -> list[pb.PolicyDetail]:
    return [
        pb.PolicyDetail(policy_name=name, policy_document=document)
        for name, document in by_name(entity.inline)[piece.start : piece.stop]
    ]


def _attached(account: Account, entity: Entity) -> list[AttachedPolicy]:
    return [
        AttachedPolicy(policy_name=policy.name, policy_arn=policy_arn(account, policy))
        for policy in attached_policies(account, entity)
    ]
