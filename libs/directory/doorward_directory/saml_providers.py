"""SAML providers: whose assertions an account trusts (IAM user guide, "Create a SAML identity provider in IAM").

Private keys, and whether assertions are encrypted, are not kept: a key is a secret, and no secret stands in an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import EntityAlreadyExists, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import NO_TAGS, Account
from doorward_directory.names import check_saml_provider_name, name_key
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.saml_metadata import valid_until
from doorward_directory.tags import SamlProviderTagged, Tag, tags_at_creation

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProviderCreated:
    """`valid_until` is what the metadata says, None when it says nothing."""

    saml_provider_id: UniqueId
    name: str
    metadata: str
    valid_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlMetadataPut:
    """As in `SamlProviderCreated`."""

    saml_provider_id: UniqueId
    metadata: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProviderDeleted:
    saml_provider_id: UniqueId


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProvider:
    """As in `SamlProviderCreated`."""

    saml_provider_id: UniqueId
    name: str
    metadata: str
    valid_until: datetime | None
    created_at: datetime
    tags: Map[str, str]


def saml_provider_created(account: Account, event: SamlProviderCreated) -> Account:
    provider = SamlProvider(
        saml_provider_id=event.saml_provider_id,
        name=event.name,
        metadata=event.metadata,
        valid_until=event.valid_until,
        created_at=event.created_at,
        tags=NO_TAGS,
    )
    return replace(
        account,
        saml_providers=account.saml_providers.set(provider.saml_provider_id, provider),
        saml_provider_ids=account.saml_provider_ids.set(name_key(provider.name), provider.saml_provider_id),
    )


def saml_metadata_put(account: Account, event: SamlMetadataPut) -> Account:
    provider = account.saml_providers[event.saml_provider_id]
    changed = replace(provider, metadata=event.metadata, valid_until=event.valid_until)
    return replace(account, saml_providers=account.saml_providers.set(provider.saml_provider_id, changed))


def saml_provider_deleted(account: Account, event: SamlProviderDeleted) -> Account:
    provider = account.saml_providers[event.saml_provider_id]
    return replace(
        account,
        saml_providers=account.saml_providers.delete(provider.saml_provider_id),
        saml_provider_ids=account.saml_provider_ids.delete(name_key(provider.name)),
    )


def saml_provider_arn(account: Account, provider: SamlProvider) -> str:
    return iam_arn(account.account_id, "saml-provider", "/", provider.name)


def saml_provider_by_arn(account: Account, arn: str) -> SamlProvider:
    """The provider with exactly that ARN: case counts. Raises NoSuchEntity, InvalidInput."""
    provider_id = account.saml_provider_ids.get(name_key(Arn.parse(arn).resource.removeprefix("saml-provider/")))
    if provider_id is not None:
        provider = account.saml_providers[provider_id]
        if saml_provider_arn(account, provider) == arn:
            return provider
    raise NoSuchEntity(f"Manifest not found for arn {arn}")


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSAMLProvider:
    saml_provider_id: UniqueId
    name: str
    saml_metadata_document: str
    tags: Sequence[Tag]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSAMLProvider:
    saml_provider_arn: str
    saml_metadata_document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSAMLProvider:
    saml_provider_arn: str


def create_saml_provider(
    account: Account, command: CreateSAMLProvider, quotas: Quotas
) -> list[SamlProviderCreated | SamlProviderTagged]:
    """Raises EntityAlreadyExists, LimitExceeded, InvalidInput."""
    check_saml_provider_name(command.name)
    until = valid_until(command.saml_metadata_document)
    if name_key(command.name) in account.saml_provider_ids:
        raise EntityAlreadyExists(f"Provider with name {command.name} already exists.")
    check_quota("SAMLProvidersPerAccount", quotas.saml_providers, len(account.saml_providers) + 1)
    tags = tags_at_creation("SAMLProvider", command.tags, ignore_case=False)
    created = SamlProviderCreated(
        saml_provider_id=command.saml_provider_id,
        name=command.name,
        metadata=command.saml_metadata_document,
        valid_until=until,
        created_at=command.created_at,
    )
    return [created, SamlProviderTagged(saml_provider_id=command.saml_provider_id, tags=tags)] if tags else [created]


def update_saml_provider(account: Account, command: UpdateSAMLProvider) -> list[SamlMetadataPut]:
    """Nothing when it has this metadata. Raises NoSuchEntity, InvalidInput."""
    provider = saml_provider_by_arn(account, command.saml_provider_arn)
    until = valid_until(command.saml_metadata_document)
    if command.saml_metadata_document == provider.metadata:
        return []
    return [
        SamlMetadataPut(
            saml_provider_id=provider.saml_provider_id, metadata=command.saml_metadata_document, valid_until=until
        )
    ]


def delete_saml_provider(account: Account, command: DeleteSAMLProvider) -> list[SamlProviderDeleted]:
    """Roles that name it stay as they are, as with AWS. Raises NoSuchEntity, InvalidInput."""
    provider = saml_provider_by_arn(account, command.saml_provider_arn)
    return [SamlProviderDeleted(saml_provider_id=provider.saml_provider_id)]
