"""SAML providers: create, get, list, delete, and their metadata."""

from doorward.identity.v1 import saml_providers_pb2 as pb
from doorward_directory.names import name_key
from doorward_directory.saml_providers import (
    CreateSAMLProvider,
    DeleteSAMLProvider,
    UpdateSAMLProvider,
    saml_provider_arn,
    saml_provider_by_arn,
)
from doorward_kernel.ids import SAML_PROVIDER_PREFIX
from doorward_kernel.paging import page

from doorward_identity.api.method import Methods, time_or_none, timestamp
from doorward_identity.api.tags import tag_messages, tags_of


class SamlProviderMethods(Methods):
    async def CreateSAMLProvider(
        self, request: pb.CreateSAMLProviderRequest, _context: object
    ) -> pb.CreateSAMLProviderResponse:
        command = CreateSAMLProvider(
            saml_provider_id=self._mint.unique_id(SAML_PROVIDER_PREFIX),
            name=request.name,
            saml_metadata_document=request.saml_metadata_document,
            tags=tags_of(request.tags),
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        provider = changed.account.saml_providers[command.saml_provider_id]
        return pb.CreateSAMLProviderResponse(
            saml_provider_arn=saml_provider_arn(changed.account, provider),
            tags=tag_messages(provider.tags),
            revision=str(changed.revision),
        )

    async def GetSAMLProvider(self, request: pb.GetSAMLProviderRequest, _context: object) -> pb.GetSAMLProviderResponse:
        provider = saml_provider_by_arn(await self._account(), request.saml_provider_arn)
        return pb.GetSAMLProviderResponse(
            saml_provider_uuid=provider.saml_provider_id,
            saml_metadata_document=provider.metadata,
            create_date=timestamp(provider.created_at.timestamp()),
            valid_until=time_or_none(provider.valid_until),
            tags=tag_messages(provider.tags),
        )

    async def ListSAMLProviders(
        self, request: pb.ListSAMLProvidersRequest, _context: object
    ) -> pb.ListSAMLProvidersResponse:
        account = await self._account()
        found = page(
            account.saml_providers.values(), lambda each: name_key(each.name), request.marker, request.max_items
        )
        return pb.ListSAMLProvidersResponse(
            saml_provider_list=[
                pb.SAMLProviderListEntry(
                    arn=saml_provider_arn(account, each),
                    valid_until=time_or_none(each.valid_until),
                    create_date=timestamp(each.created_at.timestamp()),
                )
                for each in found.items
            ],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def UpdateSAMLProvider(
        self, request: pb.UpdateSAMLProviderRequest, _context: object
    ) -> pb.UpdateSAMLProviderResponse:
        command = UpdateSAMLProvider(
            saml_provider_arn=request.saml_provider_arn, saml_metadata_document=request.saml_metadata_document
        )
        changed = await self._execute(command)
        return pb.UpdateSAMLProviderResponse(
            saml_provider_arn=request.saml_provider_arn, revision=str(changed.revision)
        )

    async def DeleteSAMLProvider(
        self, request: pb.DeleteSAMLProviderRequest, _context: object
    ) -> pb.DeleteSAMLProviderResponse:
        command = DeleteSAMLProvider(saml_provider_arn=request.saml_provider_arn)
        return pb.DeleteSAMLProviderResponse(revision=str((await self._execute(command)).revision))
