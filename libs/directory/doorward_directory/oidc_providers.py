"""OIDC providers: whose ID tokens an account trusts (IAM user guide, "Create an OpenID Connect identity provider")."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from immutables import Map

from doorward_directory.account import NO_TAGS, Account
from doorward_directory.names import check_length
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.tags import OidcProviderTagged, Tag, tags_at_creation

LONGEST_URL, LONGEST_CLIENT_ID, THUMBPRINT = 255, 255, 40
MOST_CLIENT_IDS, MOST_THUMBPRINTS = 100, 5
SCHEME = "https://"

_URL = re.compile(r"https://[A-Za-z0-9_.-]+(?:/[A-Za-z0-9._~%!$&'()+,;=:@/-]*)?", re.ASCII)
"""A host without a port, and a path without a query (IAM API reference, CreateOpenIDConnectProvider)."""

_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}", re.ASCII)

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProviderCreated:
    """`provider_url` is without `https://`, as AWS shows it and as the ARN ends; here and in all others."""

    provider_url: str
    client_id_list: tuple[str, ...]
    thumbprint_list: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClientIdAdded:
    provider_url: str
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClientIdRemoved:
    provider_url: str
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcThumbprintsReplaced:
    provider_url: str
    thumbprint_list: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProviderDeleted:
    provider_url: str


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProvider:
    """As in `OidcProviderCreated`; it has no other id than its URL."""

    provider_url: str
    client_id_list: tuple[str, ...]
    thumbprint_list: tuple[str, ...]
    created_at: datetime
    tags: Map[str, str]


def oidc_provider_created(account: Account, event: OidcProviderCreated) -> Account:
    provider = OidcProvider(
        provider_url=event.provider_url,
        client_id_list=event.client_id_list,
        thumbprint_list=event.thumbprint_list,
        created_at=event.created_at,
        tags=NO_TAGS,
    )
    return _with_provider(account, provider)


def oidc_client_id_added(account: Account, event: OidcClientIdAdded) -> Account:
    provider = account.oidc_providers[event.provider_url]
    return _with_provider(account, replace(provider, client_id_list=(*provider.client_id_list, event.client)))


def oidc_client_id_removed(account: Account, event: OidcClientIdRemoved) -> Account:
    provider = account.oidc_providers[event.provider_url]
    rest = tuple(each for each in provider.client_id_list if each != event.client)
    return _with_provider(account, replace(provider, client_id_list=rest))


def oidc_thumbprints_replaced(account: Account, event: OidcThumbprintsReplaced) -> Account:
    provider = account.oidc_providers[event.provider_url]
    return _with_provider(account, replace(provider, thumbprint_list=event.thumbprint_list))


def oidc_provider_deleted(account: Account, event: OidcProviderDeleted) -> Account:
    return replace(account, oidc_providers=account.oidc_providers.delete(event.provider_url))


def _with_provider(account: Account, provider: OidcProvider) -> Account:
    return replace(account, oidc_providers=account.oidc_providers.set(provider.provider_url, provider))


def oidc_provider_arn(account: Account, provider: OidcProvider) -> str:
    return iam_arn(account.account_id, "oidc-provider", "/", provider.provider_url)


def oidc_provider_by_arn(account: Account, arn: str) -> OidcProvider:
    """The provider with exactly that ARN: URLs are case-sensitive. Raises NoSuchEntity, InvalidInput."""
    provider = _found(account, arn)
    if provider is None:
        raise NoSuchEntity(f"OpenIDConnect Provider not found for arn {arn}")
    return provider


def _found(account: Account, arn: str) -> OidcProvider | None:
    parsed = Arn.parse(arn)
    provider = account.oidc_providers.get(parsed.resource.removeprefix("oidc-provider/"))
    return provider if provider is not None and oidc_provider_arn(account, provider) == arn else None


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOpenIDConnectProvider:
    url: str
    client_id_list: Sequence[str]
    thumbprint_list: Sequence[str]
    tags: Sequence[Tag]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddClientIDToOpenIDConnectProvider:
    open_id_connect_provider_arn: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveClientIDFromOpenIDConnectProvider:
    open_id_connect_provider_arn: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOpenIDConnectProviderThumbprint:
    open_id_connect_provider_arn: str
    thumbprint_list: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOpenIDConnectProvider:
    open_id_connect_provider_arn: str


def create_open_id_connect_provider(
    account: Account, command: CreateOpenIDConnectProvider, quotas: Quotas
) -> list[OidcProviderCreated | OidcProviderTagged]:
    """Raises EntityAlreadyExists, LimitExceeded, InvalidInput.

    Without thumbprints it has none: AWS fetches one, but trusts the usual certificate authorities anyway.
    """
    check_length(command.url, "url", 1, LONGEST_URL)
    if not _URL.fullmatch(command.url):
        raise InvalidInput("Invalid Open ID Connect Provider URL")
    url = command.url.removeprefix(SCHEME)
    clients = _checked_clients(command.client_id_list)
    thumbprints = _checked_thumbprints(command.thumbprint_list)
    if url in account.oidc_providers:
        raise EntityAlreadyExists(f"Provider with url {command.url} already exists.")
    check_quota("OpenIdConnectProvidersPerAccount", quotas.oidc_providers, len(account.oidc_providers) + 1)
    tags = tags_at_creation("OpenIDConnectProvider", command.tags, ignore_case=False)
    created = OidcProviderCreated(
        provider_url=url, client_id_list=clients, thumbprint_list=thumbprints, created_at=command.created_at
    )
    return [created, OidcProviderTagged(provider_url=url, tags=tags)] if tags else [created]


def add_client_id_to_open_id_connect_provider(
    account: Account, command: AddClientIDToOpenIDConnectProvider
) -> list[OidcClientIdAdded]:
    """Nothing when it is there, as with AWS. Raises NoSuchEntity, LimitExceeded, InvalidInput."""
    provider = oidc_provider_by_arn(account, command.open_id_connect_provider_arn)
    _checked_clients([*provider.client_id_list, command.client_id], "clientID")
    if command.client_id in provider.client_id_list:
        return []
    return [OidcClientIdAdded(provider_url=provider.provider_url, client=command.client_id)]


def remove_client_id_from_open_id_connect_provider(
    account: Account, command: RemoveClientIDFromOpenIDConnectProvider
) -> list[OidcClientIdRemoved]:
    """Nothing when it is not there, as with AWS. Raises NoSuchEntity, InvalidInput."""
    provider = oidc_provider_by_arn(account, command.open_id_connect_provider_arn)
    _checked_clients([command.client_id], "clientID")
    if command.client_id not in provider.client_id_list:
        return []
    return [OidcClientIdRemoved(provider_url=provider.provider_url, client=command.client_id)]


def update_open_id_connect_provider_thumbprint(
    account: Account, command: UpdateOpenIDConnectProviderThumbprint
) -> list[OidcThumbprintsReplaced]:
    """Nothing when it has these. Raises NoSuchEntity, InvalidInput."""
    provider = oidc_provider_by_arn(account, command.open_id_connect_provider_arn)
    thumbprints = _checked_thumbprints(command.thumbprint_list)
    if not thumbprints:
        raise InvalidInput(
            "1 validation error detected: Value at 'thumbprintList' failed to satisfy constraint: "
            "Member must not be null"
        )
    if thumbprints == provider.thumbprint_list:
        return []
    return [OidcThumbprintsReplaced(provider_url=provider.provider_url, thumbprint_list=thumbprints)]


def delete_open_id_connect_provider(
    account: Account, command: DeleteOpenIDConnectProvider
) -> list[OidcProviderDeleted]:
    """Nothing when there is none, as with AWS; roles that name it stay as they are. Raises InvalidInput."""
    provider = _found(account, command.open_id_connect_provider_arn)
    return [] if provider is None else [OidcProviderDeleted(provider_url=provider.provider_url)]


def _checked_clients(client_ids: Sequence[str], field: str = "clientIDList") -> tuple[str, ...]:
    """Each once."""
    for each in client_ids:
        check_length(each, field, 1, LONGEST_CLIENT_ID)
        if not each.isprintable():
            raise InvalidInput(f"The specified value for {field} is invalid. It must be printable.")
    once = tuple(dict.fromkeys(client_ids))
    if len(once) > MOST_CLIENT_IDS:
        raise LimitExceeded(f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MOST_CLIENT_IDS}")
    return once


def _checked_thumbprints(thumbprints: Sequence[str]) -> tuple[str, ...]:
    """Each once."""
    for each in thumbprints:
        check_length(each, "thumbprintList", THUMBPRINT, THUMBPRINT)
        if not _THUMBPRINT.fullmatch(each):
            raise InvalidInput("Thumbprint list must contain only hexadecimal SHA-1 hashes.")
    once = tuple(dict.fromkeys(thumbprints))
    if len(once) > MOST_THUMBPRINTS:
        raise InvalidInput("Thumbprint list must contain fewer than 5 entries.")
    return once
