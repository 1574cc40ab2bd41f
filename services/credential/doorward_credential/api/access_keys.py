"""Access keys: create, list, update, delete, last used."""

from doorward.credential.v1 import access_keys_pb2 as pb
from doorward_kernel.paging import page
from doorward_keyring.access_keys import AccessKey
from doorward_runtime.rpc.call import CALL

from doorward_credential.api.method import Callers, stamp, timestamp
from doorward_credential.application.access_keys import AccessKeys, NewAccessKey
from doorward_credential.application.people import People, Person


class AccessKeyMethods:
    _callers: Callers
    _access_keys: AccessKeys
    _people: People

    async def CreateAccessKey(self, request: pb.CreateAccessKeyRequest, _context: object) -> pb.CreateAccessKeyResponse:
        owner = await self._callers.person(request.user_name)
        made = await self._access_keys.create(owner, CALL.get().event_metadata())
        return pb.CreateAccessKeyResponse(access_key=_whole(owner, made), revision=str(made.revision))

    async def CreateRootAccessKey(
        self, _request: pb.CreateRootAccessKeyRequest, _context: object
    ) -> pb.CreateRootAccessKeyResponse:
        call = CALL.get()
        owner = await self._people.root(call.account)
        made = await self._access_keys.create(owner, call.event_metadata())
        return pb.CreateRootAccessKeyResponse(access_key=_whole(owner, made), revision=str(made.revision))

    async def ListAccessKeys(self, request: pb.ListAccessKeysRequest, _context: object) -> pb.ListAccessKeysResponse:
        owner = await self._callers.person(request.user_name)
        found = page(
            await self._access_keys.of(owner), lambda key: key.access_key_id, request.marker, request.max_items
        )
        return pb.ListAccessKeysResponse(
            access_key_metadata=[_metadata(owner, key) for key in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def UpdateAccessKey(self, request: pb.UpdateAccessKeyRequest, _context: object) -> pb.UpdateAccessKeyResponse:
        owner = await self._callers.person(request.user_name)
        revision = await self._access_keys.update(
            owner, request.access_key_id, request.status, CALL.get().event_metadata()
        )
        return pb.UpdateAccessKeyResponse(revision=str(revision))

    async def DeleteAccessKey(self, request: pb.DeleteAccessKeyRequest, _context: object) -> pb.DeleteAccessKeyResponse:
        owner = await self._callers.person(request.user_name)
        revision = await self._access_keys.delete(owner, request.access_key_id, CALL.get().event_metadata())
        return pb.DeleteAccessKeyResponse(revision=str(revision))

    async def GetAccessKeyLastUsed(
        self, request: pb.GetAccessKeyLastUsedRequest, _context: object
    ) -> pb.GetAccessKeyLastUsedResponse:
        account = CALL.get().account
        owner = await self._access_keys.owner_of(account, request.access_key_id)
        await self._callers.check_may("iam:GetAccessKeyLastUsed", owner.arn)
        used = await self._access_keys.last_used(account, request.access_key_id)
        message = pb.AccessKeyLastUsed(service_name="N/A", region="N/A")
        if used is not None:
            message = pb.AccessKeyLastUsed(
                last_used_date=timestamp(used.used_at / 1_000_000), service_name=used.service, region=used.region
            )
        return pb.GetAccessKeyLastUsedResponse(user_name=owner.name, access_key_last_used=message)


def _whole(owner: Person, made: NewAccessKey) -> pb.AccessKey:
    return pb.AccessKey(
        user_name=owner.name,
        access_key_id=made.key.access_key_id,
        status=made.key.status,
        secret_access_key=made.secret_access_key,
        create_date=stamp(made.key.created_at),
    )


def _metadata(owner: Person, key: AccessKey) -> pb.AccessKeyMetadata:
    return pb.AccessKeyMetadata(
        user_name=owner.name,
        access_key_id=key.access_key_id,
        status=key.status,
        create_date=stamp(key.created_at),
    )
