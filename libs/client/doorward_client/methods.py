"""RPC methods as attributes: declared once, callable on synchronous and on asynchronous services alike.

`create_user = Method(CreateUserRequest, CreateUserResponse)` makes `service.create_user(user_name="alice")`, whose
keyword arguments are the fields of the request; type checkers know them from the generated message.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar, overload

import grpc
from doorward_kernel.errors import InvalidInput
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.status import error_of_call
from google.protobuf.message import Message

from doorward_client.options import Options
from doorward_client.sessions import AsyncSession, SyncSession

_Fields = ParamSpec("_Fields")
_Answer = TypeVar("_Answer", bound=Message)

Build = Callable[..., Message]


class SyncService:
    """A gRPC service on a channel; its methods block."""

    SERVICE: ClassVar[str]

    def __init__(self, channel: grpc.Channel, options: Options) -> None:
        self.channel = channel
        self._options = options

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What accompanies a call now; raises what the renewal of a session's passport raises."""
        session = self._options.session
        return self._options.metadata(session.passport() if isinstance(session, SyncSession) else "")

    def unary(self, rpc: str, build: Build, answer: type[_Answer]) -> Callable[..., _Answer]:
        """A callable that makes the request, sends it and returns the answer, or raises a DoorwardError."""
        options = self._options
        send: grpc.UnaryUnaryMultiCallable[Message, _Answer] = self.channel.unary_unary(
            f"/{self.SERVICE}/{rpc}",
            request_serializer=_serialized,
            response_deserializer=answer.FromString,
        )

        def call(**fields: Any) -> _Answer:
            request = message(build, fields)
            accompanying = self.metadata()
            with answered():
                return send(
                    request,
                    timeout=options.deadline,
                    metadata=accompanying,
                    wait_for_ready=options.wait_for_ready,
                )

        return call


class AsyncService:
    """A gRPC service on an asyncio channel; its methods are awaited."""

    SERVICE: ClassVar[str]

    def __init__(self, channel: grpc.aio.Channel, options: Options) -> None:
        self.channel = channel
        self._options = options

    async def metadata(self) -> tuple[tuple[str, str], ...]:
        """See `SyncService.metadata`."""
        session = self._options.session
        return self._options.metadata(await session.passport() if isinstance(session, AsyncSession) else "")

    def unary(self, rpc: str, build: Build, answer: type[_Answer]) -> Callable[..., Awaitable[_Answer]]:
        """Like `SyncService.unary`, awaited."""
        options = self._options
        send: grpc.aio.UnaryUnaryMultiCallable[Message, _Answer] = self.channel.unary_unary(
            f"/{self.SERVICE}/{rpc}",
            request_serializer=_serialized,
            response_deserializer=answer.FromString,
        )

        async def call(**fields: Any) -> _Answer:
            request = message(build, fields)
            accompanying = await self.metadata()
            with answered():
                return await send(
                    request,
                    timeout=options.deadline,
                    metadata=accompanying,
                    wait_for_ready=options.wait_for_ready,
                )

        return call


class Method(Generic[_Fields, _Answer]):
    """A unary RPC: the attribute `create_user` is `CreateUser`, with the messages of that name."""

    def __init__(self, request: Callable[_Fields, Message], answer: type[_Answer]) -> None:
        self.request = request
        self.answer = answer
        self.name = ""

    @property
    def rpc(self) -> str:
        """The RPC's name in the service: that of its answer, which tells `Id` from `ID`."""
        return self.answer.DESCRIPTOR.name.removesuffix("Response")

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, service: SyncService, owner: type) -> Callable[_Fields, _Answer]: ...

    @overload
    def __get__(self, service: AsyncService, owner: type) -> Callable[_Fields, Awaitable[_Answer]]: ...

    def __get__(self, service: SyncService | AsyncService, owner: type) -> object:
        call = service.unary(self.rpc, self.request, self.answer)
        service.__dict__[self.name] = call  # next time Python finds this first
        return call


def message(build: Build, fields: dict[str, Any]) -> Message:
    """The request with these fields. Raises InvalidInput when one is not a field of it or does not fit."""
    try:
        return build(**fields)
    except ValueError as error:
        raise InvalidInput(str(error)) from error


def _serialized(request: Message) -> bytes:
    return request.SerializeToString()


@contextmanager
def answered() -> Iterator[None]:
    """Raise what a service answered with as the DoorwardError that it was there, with the request's id as a note."""
    try:
        yield
    except grpc.RpcError as error:
        raised = error_of_call(error)
        trailing: Any = error.trailing_metadata()
        for key, value in trailing or ():
            if key == metadata.REQUEST_ID:
                raised.add_note(f"request id: {value!s}")
        raise raised from error
