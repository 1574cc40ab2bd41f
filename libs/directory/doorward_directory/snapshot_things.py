"""The things of an account in snapshots: each as the JSON object that it is there, and read from it."""

import sys
from datetime import datetime
from typing import Any, TypeAlias

from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import NO_INLINE_POLICIES, NO_TAGS
from doorward_directory.client_tokens import UsedToken
from doorward_directory.codec import read_time, write_time
from doorward_directory.groups import Group
from doorward_directory.instance_profiles import InstanceProfile
from doorward_directory.oidc_providers import OidcProvider
from doorward_directory.policies import ManagedPolicy, PolicyVersion
from doorward_directory.roles import Role
from doorward_directory.saml_providers import SamlProvider
from doorward_directory.users import User

Fields: TypeAlias = dict[str, Any]
KnownIds: TypeAlias = dict[UniqueId, UniqueId]
"""The one object for each id, so that a hundred thousand members share the id of their group."""


def token_fields(tokens: Map[str, UsedToken]) -> Fields:
    return {token: [used.request, used.seed, used.version, write_time(used.used_at)] for token, used in tokens.items()}


def read_tokens(fields: Fields) -> Map[str, UsedToken]:
    return Map(
        (token, UsedToken(request=request, seed=seed, version=version, used_at=read_time(used_at)))
        for token, (request, seed, version, used_at) in fields.items()
    )


def user_fields(user: User) -> Fields:
    return {
        "user_id": user.user_id,
        "name": user.name,
        "path": user.path,
        "created_at": write_time(user.created_at),
        "groups": user.groups,
        "attached": user.attached,
        "inline": dict(user.inline),
        "boundary": user.boundary,
        "tags": dict(user.tags),
    }


def read_user(fields: Fields, group_ids: KnownIds, policy_ids: KnownIds, same: dict[Any, Any]) -> User:
    """`same` has the one object for each value that many users have in common: they are what needs memory."""
    path: str = fields["path"]
    created_at = read_time(fields["created_at"])
    groups = tuple(group_ids[group_id] for group_id in fields["groups"])
    attached = tuple(policy_ids[policy_id] for policy_id in fields["attached"])
    return User(
        user_id=fields["user_id"],
        name=fields["name"],
        path=same.setdefault(path, path),
        created_at=same.setdefault(created_at, created_at),
        groups=same.setdefault(groups, groups),
        attached=same.setdefault(attached, attached),
        inline=Map(fields["inline"]) if fields["inline"] else NO_INLINE_POLICIES,
        boundary=None if fields["boundary"] is None else policy_ids[fields["boundary"]],
        tags=_tags(fields["tags"]),
    )


def role_fields(role: Role) -> Fields:
    return {
        "role_id": role.role_id,
        "name": role.name,
        "path": role.path,
        "description": role.description,
        "max_session_seconds": role.max_session_seconds,
        "created_at": write_time(role.created_at),
        "trust_policy": role.trust_policy,
        "principals": dict(role.principals),
        "attached": role.attached,
        "inline": dict(role.inline),
        "boundary": role.boundary,
        "tags": dict(role.tags),
    }


def read_role(fields: Fields, policy_ids: KnownIds) -> Role:
    return Role(
        role_id=fields["role_id"],
        name=fields["name"],
        path=fields["path"],
        description=fields["description"],
        max_session_seconds=fields["max_session_seconds"],
        created_at=read_time(fields["created_at"]),
        trust_policy=fields["trust_policy"],
        principals=Map(fields["principals"]),
        attached=tuple(policy_ids[policy_id] for policy_id in fields["attached"]),
        inline=Map(fields["inline"]) if fields["inline"] else NO_INLINE_POLICIES,
        boundary=None if fields["boundary"] is None else policy_ids[fields["boundary"]],
        tags=_tags(fields["tags"]),
    )


def profile_fields(profile: InstanceProfile) -> Fields:
    return {
        "instance_profile_id": profile.instance_profile_id,
        "name": profile.name,
        "path": profile.path,
        "created_at": write_time(profile.created_at),
        "role": profile.role,
        "tags": dict(profile.tags),
    }


def read_profile(fields: Fields) -> InstanceProfile:
    return InstanceProfile(
        instance_profile_id=fields["instance_profile_id"],
        name=fields["name"],
        path=fields["path"],
        created_at=read_time(fields["created_at"]),
        role=fields["role"],
        tags=_tags(fields["tags"]),
    )


def oidc_fields(provider: OidcProvider) -> Fields:
    return {
        "provider_url": provider.provider_url,
        "client_id_list": provider.client_id_list,
        "thumbprint_list": provider.thumbprint_list,
        "created_at": write_time(provider.created_at),
        "tags": dict(provider.tags),
    }


def read_oidc(fields: Fields) -> OidcProvider:
    return OidcProvider(
        provider_url=fields["provider_url"],
        client_id_list=tuple(fields["client_id_list"]),
        thumbprint_list=tuple(fields["thumbprint_list"]),
        created_at=read_time(fields["created_at"]),
        tags=_tags(fields["tags"]),
    )


def saml_fields(provider: SamlProvider) -> Fields:
    return {
        "saml_provider_id": provider.saml_provider_id,
        "name": provider.name,
        "metadata": provider.metadata,
        "valid_until": _write(provider.valid_until),
        "created_at": write_time(provider.created_at),
        "tags": dict(provider.tags),
    }


def read_saml(fields: Fields) -> SamlProvider:
    return SamlProvider(
        saml_provider_id=fields["saml_provider_id"],
        name=fields["name"],
        metadata=fields["metadata"],
        valid_until=_read(fields["valid_until"]),
        created_at=read_time(fields["created_at"]),
        tags=_tags(fields["tags"]),
    )


def group_fields(group: Group) -> Fields:
    return {
        "group_id": group.group_id,
        "name": group.name,
        "path": group.path,
        "created_at": write_time(group.created_at),
        "attached": group.attached,
        "inline": dict(group.inline),
    }


def read_group(fields: Fields, policy_ids: KnownIds) -> Group:
    return Group(
        group_id=fields["group_id"],
        name=fields["name"],
        path=fields["path"],
        created_at=read_time(fields["created_at"]),
        attached=tuple(policy_ids[policy_id] for policy_id in fields["attached"]),
        inline=Map(fields["inline"]) if fields["inline"] else NO_INLINE_POLICIES,
    )


def policy_fields(policy: ManagedPolicy) -> Fields:
    return {
        "policy_id": policy.policy_id,
        "name": policy.name,
        "path": policy.path,
        "description": policy.description,
        "created_at": _write(policy.created_at),
        "updated_at": _write(policy.updated_at),
        "versions": [[version.number, version.document, _write(version.created_at)] for version in policy.versions],
        "default_version": policy.default_version,
        "next_version": policy.next_version,
        "tags": dict(policy.tags),
        "aws_managed": policy.aws_managed,
    }


def read_policy(fields: Fields) -> ManagedPolicy:
    intern = sys.intern if fields["aws_managed"] else str  # a text of AWS's is one object in all accounts
    return ManagedPolicy(
        policy_id=fields["policy_id"],
        name=fields["name"],
        path=fields["path"],
        description=fields["description"],
        created_at=_read(fields["created_at"]),
        updated_at=_read(fields["updated_at"]),
        versions=tuple(
            PolicyVersion(number=number, document=intern(document), created_at=_read(created_at))
            for number, document, created_at in fields["versions"]
        ),
        default_version=fields["default_version"],
        next_version=fields["next_version"],
        tags=_tags(fields["tags"]),
        aws_managed=fields["aws_managed"],
    )


def _tags(fields: Fields) -> Map[str, str]:
    return Map(fields) if fields else NO_TAGS


def _write(time: datetime | None) -> str | None:
    return None if time is None else write_time(time)


def _read(text: str | None) -> datetime | None:
    return None if text is None else read_time(text)
