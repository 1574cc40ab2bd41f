"""OIDC providers: create, get, list, delete, their client ids and thumbprints."""

from doorward.identity.v1 import oidc_providers_pb2 as pb
from doorward_directory.oidc_providers import (
    SCHEME,
    AddClientIDToOpenIDConnectProvider,
    CreateOpenIDConnectProvider,
    DeleteOpenIDConnectProvider,
    RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint,
    oidc_provider_arn,
    oidc_provider_by_arn,
)
from doorward_kernel.paging import page

from doorward_identity.api.method import Methods, timestamp
from doorward_identity.api.tags import tag_messages, tags_of


class OidcProviderMethods(Methods):
    async def CreateOpenIDConnectProvider(
        self, request: pb.CreateOpenIDConnectProviderRequest, _context: object
    ) -> pb.CreateOpenIDConnectProviderResponse:
        command = CreateOpenIDConnectProvider(
            url=request.url,
            client_id_list=tuple(request.client_id_list),
            thumbprint_list=tuple(request.thumbprint_list),
            tags=tags_of(request.tags),
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        provider = changed.account.oidc_providers[command.url.removeprefix(SCHEME)]
        return pb.CreateOpenIDConnectProviderResponse(
            open_id_connect_provider_arn=oidc_provider_arn(changed.account, provider),
            tags=tag_messages(provider.tags),
            revision=str(changed.revision),
        )

    async def GetOpenIDConnectProvider(
        self, request: pb.GetOpenIDConnectProviderRequest, _context: object
    ) -> pb.GetOpenIDConnectProviderResponse:
        provider = oidc_provider_by_arn(await self._account(), request.open_id_connect_provider_arn)
        return pb.GetOpenIDConnectProviderResponse(
            url=provider.provider_url,
            client_id_list=provider.client_id_list,
            thumbprint_list=provider.thumbprint_list,
            create_date=timestamp(provider.created_at.timestamp()),
            tags=tag_messages(provider.tags),
        )

    async def ListOpenIDConnectProviders(
        self, request: pb.ListOpenIDConnectProvidersRequest, _context: object
    ) -> pb.ListOpenIDConnectProvidersResponse:
        account = await self._account()
        found = page(account.oidc_providers.values(), lambda each: each.provider_url, request.marker, request.max_items)
        return pb.ListOpenIDConnectProvidersResponse(
            open_id_connect_provider_list=[
                pb.OpenIDConnectProviderListEntry(arn=oidc_provider_arn(account, each)) for each in found.items
            ],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def AddClientIDToOpenIDConnectProvider(
        self, request: pb.AddClientIDToOpenIDConnectProviderRequest, _context: object
    ) -> pb.AddClientIDToOpenIDConnectProviderResponse:
        command = AddClientIDToOpenIDConnectProvider(
            open_id_connect_provider_arn=request.open_id_connect_provider_arn, client_id=request.client_id
        )
        return pb.AddClientIDToOpenIDConnectProviderResponse(revision=str((await self._execute(command)).revision))

    async def RemoveClientIDFromOpenIDConnectProvider(
        self, request: pb.RemoveClientIDFromOpenIDConnectProviderRequest, _context: object
    ) -> pb.RemoveClientIDFromOpenIDConnectProviderResponse:
        command = RemoveClientIDFromOpenIDConnectProvider(
            open_id_connect_provider_arn=request.open_id_connect_provider_arn, client_id=request.client_id
        )
        return pb.RemoveClientIDFromOpenIDConnectProviderResponse(revision=str((await self._execute(command)).revision))

    async def UpdateOpenIDConnectProviderThumbprint(
        self, request: pb.UpdateOpenIDConnectProviderThumbprintRequest, _context: object
    ) -> pb.UpdateOpenIDConnectProviderThumbprintResponse:
        command = UpdateOpenIDConnectProviderThumbprint(
            open_id_connect_provider_arn=request.open_id_connect_provider_arn,
            thumbprint_list=tuple(request.thumbprint_list),
        )
        return pb.UpdateOpenIDConnectProviderThumbprintResponse(revision=str((await self._execute(command)).revision))

    async def DeleteOpenIDConnectProvider(
        self, request: pb.DeleteOpenIDConnectProviderRequest, _context: object
    ) -> pb.DeleteOpenIDConnectProviderResponse:
        command = DeleteOpenIDConnectProvider(open_id_connect_provider_arn=request.open_id_connect_provider_arn)
        return pb.DeleteOpenIDConnectProviderResponse(revision=str((await self._execute(command)).revision))
