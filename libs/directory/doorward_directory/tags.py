"""Tags of users, roles and other things (IAM user guide, "Tags for AWS Identity and Access Management").

What may be tagged and how is here; who tags is in `tagging`.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import Account
from doorward_directory.quotas import check_quota

Tag = tuple[str, str]
"""Key and value."""

LONGEST_KEY, LONGEST_VALUE, MOST_TAGS = 128, 256, 50
RESERVED = "aws:"
_PUNCTUATION = frozenset("_.:/=+-@")

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTagged:
    user_id: UniqueId
    tags: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUntagged:
    user_id: UniqueId
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTagged:
    role_id: UniqueId
    tags: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUntagged:
    role_id: UniqueId
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTagged:
    policy_id: UniqueId
    tags: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUntagged:
    policy_id: UniqueId
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfileTagged:
    instance_profile_id: UniqueId
    tags: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfileUntagged:
    instance_profile_id: UniqueId
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProviderTagged:
    provider_url: str
    tags: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProviderUntagged:
    provider_url: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProviderTagged:
    saml_provider_id: UniqueId
    tags: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProviderUntagged:
    saml_provider_id: UniqueId
    keys: tuple[str, ...]


TagEvent: TypeAlias = (
    UserTagged
    | UserUntagged
    | RoleTagged
    | RoleUntagged
    | PolicyTagged
    | PolicyUntagged
    | InstanceProfileTagged
    | InstanceProfileUntagged
    | OidcProviderTagged
    | OidcProviderUntagged
    | SamlProviderTagged
    | SamlProviderUntagged
)

# --- state, and how events change it ---


def user_tagged(account: Account, event: UserTagged) -> Account:
    return replace(account, users=_tagged(account.users, event.user_id, event.tags, ignore_case=True))


def user_untagged(account: Account, event: UserUntagged) -> Account:
    return replace(account, users=_untagged(account.users, event.user_id, event.keys, ignore_case=True))


def role_tagged(account: Account, event: RoleTagged) -> Account:
    return replace(account, roles=_tagged(account.roles, event.role_id, event.tags, ignore_case=True))


def role_untagged(account: Account, event: RoleUntagged) -> Account:
    return replace(account, roles=_untagged(account.roles, event.role_id, event.keys, ignore_case=True))


def policy_tagged(account: Account, event: PolicyTagged) -> Account:
    return replace(account, policies=_tagged(account.policies, event.policy_id, event.tags))


def policy_untagged(account: Account, event: PolicyUntagged) -> Account:
    return replace(account, policies=_untagged(account.policies, event.policy_id, event.keys))


def instance_profile_tagged(account: Account, event: InstanceProfileTagged) -> Account:
    profiles = _tagged(account.instance_profiles, event.instance_profile_id, event.tags)
    return replace(account, instance_profiles=profiles)


def instance_profile_untagged(account: Account, event: InstanceProfileUntagged) -> Account:
    profiles = _untagged(account.instance_profiles, event.instance_profile_id, event.keys)
    return replace(account, instance_profiles=profiles)


def oidc_provider_tagged(account: Account, event: OidcProviderTagged) -> Account:
    return replace(account, oidc_providers=_tagged(account.oidc_providers, event.provider_url, event.tags))


def oidc_provider_untagged(account: Account, event: OidcProviderUntagged) -> Account:
    return replace(account, oidc_providers=_untagged(account.oidc_providers, event.provider_url, event.keys))


def saml_provider_tagged(account: Account, event: SamlProviderTagged) -> Account:
    return replace(account, saml_providers=_tagged(account.saml_providers, event.saml_provider_id, event.tags))


def saml_provider_untagged(account: Account, event: SamlProviderUntagged) -> Account:
    return replace(account, saml_providers=_untagged(account.saml_providers, event.saml_provider_id, event.keys))


class HasTags(Protocol):
    """A thing that can be tagged."""

    @property
    def tags(self) -> Map[str, str]: ...


_K = TypeVar("_K")
_T = TypeVar("_T", bound=HasTags)


def _tagged(things: Map[_K, _T], key: _K, new: Map[str, str], *, ignore_case: bool = False) -> Map[_K, _T]:
    thing: Any = things[key]
    return things.set(key, replace(thing, tags=with_tags(thing.tags, new, ignore_case=ignore_case)))


def _untagged(things: Map[_K, _T], key: _K, gone: Iterable[str], *, ignore_case: bool = False) -> Map[_K, _T]:
    thing: Any = things[key]
    return things.set(key, replace(thing, tags=without_tags(thing.tags, gone, ignore_case=ignore_case)))


def with_tags(tags: Map[str, str], new: Map[str, str], *, ignore_case: bool) -> Map[str, str]:
    """The tags with new ones, each in place of the one with the same key."""
    return without_tags(tags, new, ignore_case=ignore_case).update(new)


def without_tags(tags: Map[str, str], keys: Iterable[str], *, ignore_case: bool) -> Map[str, str]:
    """The tags without those that have one of the keys."""
    gone = {tag_key(key, ignore_case=ignore_case) for key in keys}
    for key in list(tags):
        if tag_key(key, ignore_case=ignore_case) in gone:
            tags = tags.delete(key)
    return tags


def tag_key(key: str, *, ignore_case: bool) -> str:
    """What tells keys apart: those of users and roles do not differ by case alone."""
    return key.lower() if ignore_case else key


# --- what may happen ---


def check_tags(tags: Sequence[Tag], *, ignore_case: bool) -> Map[str, str]:
    """New tags by key. Raises InvalidInput for a key or value that cannot be, or a key that is there twice."""
    for key, value in tags:
        _check_text(key, "key", 1, LONGEST_KEY)
        _check_text(value, "value", 0, LONGEST_VALUE)
        if key.lower().startswith(RESERVED):
            raise InvalidInput(f"the tag key `{key}` begins with `aws:`, which is reserved")
    if len({tag_key(key, ignore_case=ignore_case) for key, _ in tags}) < len(tags):
        note = " Please note that Tag keys are case insensitive." if ignore_case else ""
        raise InvalidInput(f"Duplicate tag keys found.{note}")
    return Map(tags)


def tags_at_creation(kind: str, tags: Sequence[Tag], *, ignore_case: bool) -> Map[str, str]:
    """The tags, by key, that something new begins with; `kind` as in `check_tag_quota`. Raises LimitExceeded, and as
    `check_tags`."""
    checked = check_tags(tags, ignore_case=ignore_case)
    check_tag_quota(kind, checked)
    return checked


def check_tag_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Keys of tags that are to go, each once. Raises InvalidInput for a key that cannot be."""
    for key in keys:
        _check_text(key, "tagKeys", 1, LONGEST_KEY)
    return tuple(dict.fromkeys(keys))


def check_tag_quota(kind: str, tags: Map[str, str]) -> None:
    """Raises LimitExceeded when something (of a `kind`, as AWS's quota names it) would have too many tags."""
    check_quota(f"TagsPer{kind}", MOST_TAGS, len(tags))


def _check_text(text: str, field: str, shortest: int, longest: int) -> None:
    """Letters, digits and spaces of all scripts, and a few more (IAM API reference, Tag)."""
    if not shortest <= len(text) <= longest:
        bound = f"less than or equal to {longest}" if text else f"greater than or equal to {shortest}"
        raise InvalidInput(
            f"1 validation error detected: Value at 'tags.{field}' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )
    if any(unicodedata.category(each)[0] not in "LNZ" and each not in _PUNCTUATION for each in text):
        raise InvalidInput(
            f"1 validation error detected: Value at 'tags.{field}' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"
        )
