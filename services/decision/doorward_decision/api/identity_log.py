"""The owner of the identity log, over gRPC."""

from doorward.identity.v1 import log_service_pb2 as pb
from doorward.identity.v1.log_service_pb2_grpc import LogServiceStub
from doorward_directory.account import Account
from doorward_directory.snapshot import load
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, Record
from doorward_kernel.revision import Revision
from doorward_runtime.rpc.channel import answer, doorward_errors, service_metadata
from grpc import aio

HEAD_SECONDS = 2.0
READ_SECONDS = 10.0
ACCOUNT_SECONDS = 30.0


class GrpcIdentityLog:
    """An IdentityLog behind `doorward.identity.v1.LogService`."""

    def __init__(self, channel: aio.Channel, service_key: str) -> None:
        self._stub = LogServiceStub(channel)
        self._metadata = service_metadata(service_key)

    async def head(self) -> Head:
        call = self._stub.GetHead(pb.GetHeadRequest(), metadata=self._metadata, timeout=HEAD_SECONDS)
        response = await answer(call)
        revision = Revision.parse(response.revision)
        return Head(revision.epoch, revision.position, response.digest)

    async def read(self, after: int, limit: int) -> list[Record]:
        return await self._read(pb.ReadEventsRequest(after_position=after, limit=limit))

    async def read_account_events(self, account_id: AccountId, after_version: int) -> list[Record]:
        return await self._read(pb.ReadEventsRequest(account=account_id, after_version=after_version))

    async def read_account(self, account_id: AccountId) -> Account:
        request = pb.ReadAccountRequest(account=account_id)
        with doorward_errors():
            call = self._stub.ReadAccount(request, metadata=self._metadata, timeout=ACCOUNT_SECONDS)
            return load(b"".join([response.part async for response in call]))

    async def _read(self, request: pb.ReadEventsRequest) -> list[Record]:
        records: list[Record] = []
        with doorward_errors():
            async for response in self._stub.ReadEvents(request, metadata=self._metadata, timeout=READ_SECONDS):
                records.extend(map(_record, response.events))
        return records


def _record(event: pb.Event) -> Record:
    return Record(
        position=event.position,
        account=AccountId(event.account),
        version=event.version,
        type=event.type,
        schema_version=event.schema_version,
        payload=event.payload,
        metadata=event.metadata,
        recorded_at=event.recorded_at.seconds * 1_000_000 + event.recorded_at.nanos // 1000,
        commit_last=event.commit_last,
        digest=event.digest,
    )
