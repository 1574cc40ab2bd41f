"""Events as they are stored: a declared type name, a schema version, canonical JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias, get_type_hints

from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.record import NewEvent
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

Fields: TypeAlias = dict[str, Any]
Upcaster: TypeAlias = Callable[[Fields], Fields]

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


class UndecodableEvent(Exception):
    """What is stored is no event that this code knows: unknown type, unknown version, wrong fields."""


def encode(event: Event) -> NewEvent:
    """The stored form. Raises ValueError for a time without a zone."""
    declared = _BY_CLASS[type(event)]
    fields = {field.name: field.write(getattr(event, field.name)) for field in declared.fields}
    return NewEvent(
        type=declared.name,
        schema_version=declared.schema_version,
        payload=json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii"),
    )


def decode(type: str, schema_version: int, payload: bytes) -> Event:
    """The event in its current form. Raises UndecodableEvent."""
    declared = _BY_NAME.get(type)
    if declared is None:
        raise UndecodableEvent(f"unknown event type `{type}`")
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise UndecodableEvent(f"the payload of `{type}` is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise UndecodableEvent(f"the payload of `{type}` is not a JSON object")
    if schema_version != declared.schema_version:
        fields = upcast(type, schema_version, declared.schema_version, fields, UPCASTERS)
    if len(fields) != len(declared.fields):
        raise UndecodableEvent(f"`{type}` has the fields {sorted(fields)}")
    try:
        return declared.event(**{field.name: field.read(fields[field.name]) for field in declared.fields})
    except (KeyError, TypeError, ValueError) as error:
        raise UndecodableEvent(f"`{type}` has a missing or wrong field: {error}") from error


def upcast(
    type: str,
    schema_version: int,
    current: int,
    fields: Fields,
    upcasters: Mapping[tuple[str, int], Upcaster],
) -> Fields:
    """Bring old fields to the `current` schema version, one step at a time. Raises UndecodableEvent."""
    if not 1 <= schema_version <= current:
        raise UndecodableEvent(f"unknown schema version {schema_version} of `{type}`")
    for step in range(schema_version, current):
        fields = upcasters[type, step](fields)
    return fields


def write_time(time: datetime) -> str:
    """ISO 8601 in UTC with microseconds. Raises ValueError for a time without a zone."""
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone")
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_time(text: object) -> datetime:
    """The time that `write_time` wrote. Raises ValueError."""
    if not isinstance(text, str) or not text.endswith("Z"):
        raise ValueError(f"{text!r} is not a time in UTC")
    return datetime.fromisoformat(text)


def _read_time_or_none(value: object) -> datetime | None:
    return None if value is None else read_time(value)


def _write_time_or_none(time: datetime | None) -> str | None:
    return None if time is None else write_time(time)


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _read_number(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _read_texts(value: object) -> Map[str, str]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not an object of texts")
    return Map({key: _read_text(text) for key, text in value.items()})


def _read_list(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list of texts")
    return tuple(map(_read_text, value))


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    read: Callable[[object], Any]
    write: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    schema_version: int
    event: Callable[..., Event]
    fields: tuple[_Field, ...]


def _declare(name: str, schema_version: int, event: type[Event]) -> _Declared:
    fields = tuple(_Field(field, *_FORMS[hint]) for field, hint in get_type_hints(event).items())
    return _Declared(name, schema_version, event, fields)


_FORMS: Mapping[object, tuple[Callable[[object], Any], Callable[[Any], Any]]] = {
    str: (_read_text, _as_it_is),
    AccountId: (_read_text, _as_it_is),
    UniqueId: (_read_text, _as_it_is),
    int: (_read_number, _as_it_is),
    datetime: (read_time, write_time),
    datetime | None: (_read_time_or_none, _write_time_or_none),
    Map[str, str]: (_read_texts, dict),
    tuple[str, ...]: (_read_list, list),
}

_BY_NAME = {name: _declare(name, version, event) for name, (version, event) in TYPES.items()}
_BY_CLASS = {event: _BY_NAME[name] for name, (_, event) in TYPES.items()}
