"""The owner of the identity log, over gRPC."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from doorward.identity.v1 import log_service_pb2 as pb
from doorward.identity.v1.log_service_pb2_grpc import LogServiceStub
from doorward_directory.snapshot import UnreadableSnapshot, load
from doorward_kernel.errors import DoorwardError, NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, Record
from doorward_kernel.revision import Revision
from doorward_runtime.rpc.channel import answer, doorward_errors, service_metadata
from grpc import aio

from doorward_decision.application.ports import AccountState

HEAD_SECONDS = 2.0
READ_SECONDS = 10.0
ACCOUNT_SECONDS = 30.0


class GrpcIdentityLog:
    """An IdentityLog behind `doorward.identity.v1.LogService`."""

    def __init__(self, channel: aio.Channel, service_key: str) -> None:
        self._stub = LogServiceStub(channel)
        self._metadata = service_metadata(service_key)

    async def head(self) -> Head:
        with _usefully():
            call = self._stub.GetHead(pb.GetHeadRequest(), metadata=self._metadata, timeout=HEAD_SECONDS)
            response = await answer(call)
        revision = Revision.parse(response.revision)
        return Head(revision.epoch, revision.position, response.digest)

    async def read(self, after: int, limit: int) -> list[Record]:
        return [_record(event) for event in await self._read(pb.ReadEventsRequest(after_position=after, limit=limit))]

    async def read_account_events(
        self, account_id: AccountId, after_version: int, limit: int
    ) -> tuple[str, list[Record]]:
        request = pb.ReadEventsRequest(account=account_id, after_version=after_version, limit=limit)
        events = await self._read(request)
        epoch = Revision.parse(events[-1].revision).epoch if events else ""
        return epoch, [_record(event) for event in events]

    async def read_account(self, account_id: AccountId) -> AccountState:
        request = pb.ReadAccountRequest(account=account_id)
        with _usefully(), doorward_errors():
            call = self._stub.ReadAccount(request, metadata=self._metadata, timeout=ACCOUNT_SECONDS)
            parts = [part async for part in call]
        try:
            account = await asyncio.to_thread(load, b"".join(part.part for part in parts))
        except UnreadableSnapshot as error:
            raise Unavailable(f"account `{account_id}` comes in a form that this version does not know") from error
        return AccountState(account, Revision.parse(parts[0].revision).epoch, parts[0].digest)

    async def _read(self, request: pb.ReadEventsRequest) -> list[pb.Event]:
        with _usefully(), doorward_errors():
            call = self._stub.ReadEvents(request, metadata=self._metadata, timeout=READ_SECONDS)
            return [event async for response in call for event in response.events]


@contextmanager
def _usefully() -> Iterator[None]:
    """What the owner says of an account is told on; whatever else is wrong between services is Unavailable."""
    try:
        yield
    except NoSuchEntity:
        raise
    except DoorwardError as error:
        raise Unavailable(f"the identity service does not answer: {error.message}") from error


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
