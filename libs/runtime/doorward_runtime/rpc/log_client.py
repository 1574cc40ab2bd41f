"""The owner of a log, over gRPC."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol

from doorward_kernel.errors import DoorwardError, NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, Record
from doorward_kernel.revision import Revision
from doorward_messaging.states import AccountState, State
from grpc import aio

from doorward_runtime.rpc.channel import answer, doorward_errors, service_metadata

HEAD_SECONDS = 2.0
READ_SECONDS = 10.0
ACCOUNT_SECONDS = 30.0


class LogMessages(Protocol):
    """A generated module `doorward.<log>.v1.log_service_pb2`; those of all logs are alike."""

    @property
    def GetHeadRequest(self) -> Callable[[], Any]: ...  # noqa: N802

    @property
    def ReadEventsRequest(self) -> Callable[..., Any]: ...  # noqa: N802

    @property
    def ReadAccountRequest(self) -> Callable[..., Any]: ...  # noqa: N802


class GrpcLog(Generic[State]):
    """A StateSource behind a `LogService`. `stub` is generated beside `messages`; `service` is how errors call it.

    `load` makes a state of the bytes that the owner sends, in a thread; it raises `unreadable` when it does not know
    their form.
    """

    def __init__(
        self,
        channel: aio.Channel,
        service_key: str,
        *,
        service: str,
        messages: LogMessages,
        stub: Callable[[aio.Channel], Any],
        load: Callable[[bytes], State],
        unreadable: type[Exception],
    ) -> None:
        self._stub = stub(channel)
        self._messages = messages
        self._metadata = service_metadata(service_key)
        self._service = service
        self._load = load
        self._unreadable = unreadable

    async def head(self) -> Head:
        request = self._messages.GetHeadRequest()
        with self._usefully():
            response = await answer(self._stub.GetHead(request, metadata=self._metadata, timeout=HEAD_SECONDS))
        revision = Revision.parse(response.revision)
        return Head(revision.epoch, revision.position, response.digest)

    async def read(self, after: int, limit: int) -> list[Record]:
        request = self._messages.ReadEventsRequest(after_position=after, limit=limit)
        return [_record(event) for event in await self._read(request)]

    async def read_account_events(
        self, account_id: AccountId, after_version: int, limit: int
    ) -> tuple[str, list[Record]]:
        request = self._messages.ReadEventsRequest(account=account_id, after_version=after_version, limit=limit)
        events = await self._read(request)
        epoch = Revision.parse(events[-1].revision).epoch if events else ""
        return epoch, [_record(event) for event in events]

    async def read_account(self, account_id: AccountId) -> AccountState[State]:
        request = self._messages.ReadAccountRequest(account=account_id)
        with self._usefully(), doorward_errors():
            call = self._stub.ReadAccount(request, metadata=self._metadata, timeout=ACCOUNT_SECONDS)
            parts = [part async for part in call]
        try:
            account = await asyncio.to_thread(self._load, b"".join(part.part for part in parts))
        except self._unreadable as error:
            raise Unavailable(f"account `{account_id}` comes in a form that this version does not know") from error
        return AccountState(account, Revision.parse(parts[0].revision).epoch, parts[0].digest)

    async def _read(self, request: object) -> list[Any]:
        with self._usefully(), doorward_errors():
            call = self._stub.ReadEvents(request, metadata=self._metadata, timeout=READ_SECONDS)
            return [event async for response in call for event in response.events]

    @contextmanager
    def _usefully(self) -> Iterator[None]:
        """What the owner says of an account is told on; whatever else is wrong between services is Unavailable."""
        try:
            yield
        except NoSuchEntity:
            raise
        except DoorwardError as error:
            raise Unavailable(f"the {self._service} service does not answer: {error.message}") from error


def _record(event: Any) -> Record:
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
