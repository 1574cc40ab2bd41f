"""Who tags what: the commands on tags of all that can have some."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from immutables import Map

from doorward_directory.account import Account
from doorward_directory.instance_profiles import InstanceProfile, instance_profile_by_name
from doorward_directory.oidc_providers import OidcProvider, oidc_provider_by_arn
from doorward_directory.policies import ManagedPolicy, writable_policy
from doorward_directory.roles import Role, role_by_name
from doorward_directory.saml_providers import SamlProvider, saml_provider_by_arn
from doorward_directory.tags import (
    HasTags,
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
    Tag,
    TagEvent,
    UserTagged,
    UserUntagged,
    check_tag_keys,
    check_tag_quota,
    check_tags,
    with_tags,
    without_tags,
)
from doorward_directory.users import User, user_by_name


class Taggable(StrEnum):
    """What can be tagged, as AWS's actions and quotas name it."""

    USER = "User"
    ROLE = "Role"
    POLICY = "Policy"
    INSTANCE_PROFILE = "InstanceProfile"
    OIDC_PROVIDER = "OpenIDConnectProvider"
    SAML_PROVIDER = "SAMLProvider"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagResource:
    """`name` is what requests call it by: a name, or the ARN of a policy or provider."""

    kind: Taggable
    name: str
    tags: Sequence[Tag]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntagResource:
    """`name` as in TagResource."""

    kind: Taggable
    name: str
    tag_keys: Sequence[str]


def tag_resource(account: Account, command: TagResource) -> list[TagEvent]:
    """Nothing when it has these tags. Raises NoSuchEntity, LimitExceeded, InvalidInput; AccessDenied for policies of
    AWS's."""
    kind = _KINDS[command.kind]
    thing = kind.find(account, command.name, f"iam:Tag{command.kind}")
    new = check_tags(command.tags, ignore_case=kind.ignore_case)
    after = with_tags(thing.tags, new, ignore_case=kind.ignore_case)
    check_tag_quota(command.kind, after)
    return [] if after == thing.tags else [kind.tagged(thing, new)]


def untag_resource(account: Account, command: UntagResource) -> list[TagEvent]:
    """Nothing when it has none of these tags. Raises NoSuchEntity, InvalidInput; AccessDenied for policies of AWS's."""
    kind = _KINDS[command.kind]
    thing = kind.find(account, command.name, f"iam:Untag{command.kind}")
    keys = check_tag_keys(command.tag_keys)
    after = without_tags(thing.tags, keys, ignore_case=kind.ignore_case)
    return [] if after == thing.tags else [kind.untagged(thing, keys)]


_T = TypeVar("_T", bound=HasTags)


@dataclass(frozen=True, slots=True)
class _Kind(Generic[_T]):
    """How one kind is found, by name and for which action, and what happens when it is tagged."""

    find: Callable[[Account, str, str], _T]
    tagged: Callable[[_T, Map[str, str]], TagEvent]
    untagged: Callable[[_T, tuple[str, ...]], TagEvent]
    ignore_case: bool = False


_USER: _Kind[User] = _Kind(
    find=lambda account, name, _action: user_by_name(account, name),
    tagged=lambda user, tags: UserTagged(user_id=user.user_id, tags=tags),
    untagged=lambda user, keys: UserUntagged(user_id=user.user_id, keys=keys),
    ignore_case=True,
)
_ROLE: _Kind[Role] = _Kind(
    find=lambda account, name, _action: role_by_name(account, name),
    tagged=lambda role, tags: RoleTagged(role_id=role.role_id, tags=tags),
    untagged=lambda role, keys: RoleUntagged(role_id=role.role_id, keys=keys),
    ignore_case=True,
)
_POLICY: _Kind[ManagedPolicy] = _Kind(
    find=writable_policy,
    tagged=lambda policy, tags: PolicyTagged(policy_id=policy.policy_id, tags=tags),
    untagged=lambda policy, keys: PolicyUntagged(policy_id=policy.policy_id, keys=keys),
)
_INSTANCE_PROFILE: _Kind[InstanceProfile] = _Kind(
    find=lambda account, name, _action: instance_profile_by_name(account, name),
    tagged=lambda profile, tags: InstanceProfileTagged(instance_profile_id=profile.instance_profile_id, tags=tags),
    untagged=lambda profile, keys: InstanceProfileUntagged(instance_profile_id=profile.instance_profile_id, keys=keys),
)
_OIDC_PROVIDER: _Kind[OidcProvider] = _Kind(
    find=lambda account, arn, _action: oidc_provider_by_arn(account, arn),
    tagged=lambda provider, tags: OidcProviderTagged(provider_url=provider.provider_url, tags=tags),
    untagged=lambda provider, keys: OidcProviderUntagged(provider_url=provider.provider_url, keys=keys),
)
_SAML_PROVIDER: _Kind[SamlProvider] = _Kind(
    find=lambda account, arn, _action: saml_provider_by_arn(account, arn),
    tagged=lambda provider, tags: SamlProviderTagged(saml_provider_id=provider.saml_provider_id, tags=tags),
    untagged=lambda provider, keys: SamlProviderUntagged(saml_provider_id=provider.saml_provider_id, keys=keys),
)
_KINDS: Mapping[Taggable, _Kind[Any]] = {
    Taggable.USER: _USER,
    Taggable.ROLE: _ROLE,
    Taggable.POLICY: _POLICY,
    Taggable.INSTANCE_PROFILE: _INSTANCE_PROFILE,
    Taggable.OIDC_PROVIDER: _OIDC_PROVIDER,
    Taggable.SAML_PROVIDER: _SAML_PROVIDER,
}
