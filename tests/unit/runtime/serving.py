"""A real server on loopback with servicers that only answer, and what it is surrounded by."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from doorward.credential.v1 import authentication_pb2, authentication_service_pb2, sessions_pb2, token_service_pb2
from doorward.credential.v1.authentication_service_pb2_grpc import (
    add_AuthenticationServiceServicer_to_server,
)
from doorward.credential.v1.token_service_pb2_grpc import add_TokenServiceServicer_to_server
from doorward.identity.v1 import accounts_pb2, groups_pb2, identity_service_pb2, log_service_pb2, users_pb2
from doorward.identity.v1.identity_service_pb2_grpc import (
    add_IdentityServiceServicer_to_server,
)
from doorward.identity.v1.log_service_pb2_grpc import add_LogServiceServicer_to_server
from doorward.options.v1.authorization_pb2 import Audience, authorization
from doorward_kernel.errors import DoorwardError
from doorward_kernel.ids import AccountId
from doorward_keyring.passport import Passport
from doorward_runtime.passports import PassportVerifier
from doorward_runtime.rpc import metadata, server
from doorward_runtime.rpc.authorizer import Authorizer
from doorward_runtime.rpc.call import CALL, Call
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.request_context import Context
from doorward_runtime.rpc.resources import Resources
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message import Message

from tests.unit.runtime.passports import ACCOUNT, ALICE, KEY, SESSION, SIGNER, Clock, Keys

SERVICE_KEY = "a-service-key-of-more-than-32-characters"
TEST = "doorward.test.v1.TestService"
IDENTITY = "doorward.identity.v1.IdentityService"
SERVICES = tuple(
    service.full_name
    for module in (identity_service_pb2, log_service_pb2, authentication_service_pb2, token_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
)


def _declare() -> None:
    """A service that the contract does not have: methods that are closed, one in the language of the future, a stream
    for principals."""
    file = descriptor_pb2.FileDescriptorProto(name="doorward/test/v1/test.proto", package="doorward.test.v1")
    file.syntax = "proto3"
    file.dependency.append("doorward/options/v1/authorization.proto")
    file.dependency.append("doorward/identity/v1/users.proto")
    service = file.service.add(name="TestService")
    for name, audience in {"Silent": None, "Opened": Audience.AUDIENCE_ANYONE, "Future": 99, "Watch": 1}.items():
        method = service.method.add(name=name, input_type=".doorward.identity.v1.GetUserRequest")
        method.output_type = ".doorward.identity.v1.GetUserResponse"
        method.server_streaming = name == "Watch"
        if audience is not None:
            option = method.options.Extensions[authorization]
            option.action = "iam:GetUser"
            option.resource = "arn:aws:iam::{account}:user/{user_name}"
            option.audience = audience  # type: ignore[assignment]
    descriptor_pool.Default().AddSerializedFile(file.SerializeToString())


_declare()


class Unimplemented:
    """A servicer of every service, in which a test implements what it calls."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        async def unimplemented(_request: Any, _context: Any) -> Any:
            raise NotImplementedError(name)

        return unimplemented


class Answering(Unimplemented):
    """Answers every method that the tests call with an empty message, and keeps what it was called with."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def _answer(self, response: Message) -> Any:
        self.calls.append(CALL.get())
        return response

    async def GetUser(self, _request: Any, _context: Any) -> Any:
        return self._answer(users_pb2.GetUserResponse())

    async def CreateUser(self, _request: Any, _context: Any) -> Any:
        return self._answer(users_pb2.CreateUserResponse(revision="r"))

    async def UpdateUser(self, _request: Any, _context: Any) -> Any:
        return self._answer(users_pb2.UpdateUserResponse())

    async def UpdateGroup(self, _request: Any, _context: Any) -> Any:
        return self._answer(groups_pb2.UpdateGroupResponse())

    async def CreateAccount(self, _request: Any, _context: Any) -> Any:
        return self._answer(accounts_pb2.CreateAccountResponse())

    async def GetHead(self, _request: Any, _context: Any) -> Any:
        return self._answer(log_service_pb2.GetHeadResponse())

    async def ReadAccount(self, _request: Any, _context: Any) -> AsyncIterator[Any]:
        yield self._answer(log_service_pb2.ReadAccountResponse())

    async def SignIn(self, _request: Any, _context: Any) -> Any:
        return self._answer(authentication_pb2.SignInResponse())

    async def GetCallerIdentity(self, _request: Any, _context: Any) -> Any:
        return self._answer(sessions_pb2.GetCallerIdentityResponse())

    def test_service(self) -> grpc.GenericRpcHandler:
        """TestService, which has no generated servicer."""

        async def one(request: Any, context: Any) -> Any:
            return await self.GetUser(request, context)

        async def many(request: Any, context: Any) -> AsyncIterator[Any]:
            for _ in range(3):
                yield await self.GetUser(request, context)

        parse, dump = users_pb2.GetUserRequest.FromString, users_pb2.GetUserResponse.SerializeToString
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(one, parse, dump)
            for name in ("Silent", "Opened", "Future", "Undeclared")
        }
        handlers["Watch"] = grpc.unary_stream_rpc_method_handler(many, parse, dump)
        return grpc.method_handlers_generic_handler(TEST, handlers)


@dataclass
class Asked:
    """An Authorizer that keeps what it is asked and answers as it is told."""

    questions: list[tuple[str, str]] = field(default_factory=list)
    """Action and resource."""
    contexts: list[Context] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refusal: DoorwardError | None = None
    refused_resource: str = ""
    """Empty: all."""

    async def authorize(
        self, passport_token: str, passport: Passport, action: str, resource: str, context: Context
    ) -> None:
        self.questions.append((action, resource))
        self.contexts.append(context)
        self.tokens.append(passport_token)
        if self.refusal is not None and self.refused_resource in ("", resource):
            raise self.refusal


class Known:
    """Resources of two users, a group and a role, found ignoring case."""

    ARNS = (
        f"arn:aws:iam::{ACCOUNT}:user/staff/Alice",
        f"arn:aws:iam::{ACCOUNT}:user/staff/Bob",
        f"arn:aws:iam::{ACCOUNT}:group/Admins",
        f"arn:aws:iam::{ACCOUNT}:role/ops/Deploy",
    )

    async def arn(self, account: AccountId, kind: str, name: str) -> str | None:
        for arn in self.ARNS:
            place, _, found = arn.rpartition("/")
            if f":{account}:{kind}" in place and found.lower() == name.lower():
                return arn
        return None

    async def principal(self, _account: AccountId, principal_id: str) -> str | None:
        return {ALICE.principal_id: self.ARNS[0], SESSION.principal_id: self.ARNS[3]}.get(principal_id)


@dataclass
class Serving:
    """A server, a channel to it, and what it asks."""

    channel: grpc.aio.Channel
    servicer: Answering
    asked: Asked
    clock: Clock

    async def call(
        self, path: str, request: Message | bytes, pairs: Sequence[tuple[str, str]] = (), *, timeout: float | None = 5
    ) -> str:
        """The name of the status, and of a failure its message: `OK`, `UNAUTHENTICATED: …`."""
        try:
            body = request if isinstance(request, bytes) else request.SerializeToString()
            method: Any = self.channel.unary_unary(path)
            await method(body, metadata=tuple(pairs), timeout=timeout)
        except grpc.aio.AioRpcError as error:
            return f"{error.code().name}: {error.details()}"
        return "OK"

    async def stream(self, path: str, request: Message, pairs: Sequence[tuple[str, str]] = ()) -> str:
        """Likewise, with the number of messages that came: `OK 3`."""
        count = 0
        try:
            async for _ in self.channel.unary_stream(path, type(request).SerializeToString)(
                request, metadata=tuple(pairs), timeout=5
            ):
                count += 1
        except grpc.aio.AioRpcError as error:
            return f"{error.code().name}: {error.details()}"
        return f"OK {count}"


@asynccontextmanager
async def serving(
    *, verifies: bool = True, authorizer: Authorizer | None = None, resources: Resources | None = None
) -> AsyncIterator[Serving]:
    """Serve until the block ends; by default with all that it takes to serve principals."""
    servicer, asked, clock = Answering(), Asked(), Clock()
    async with (
        server.serve(
            host="127.0.0.1",
            port=0,
            guard=Guard(SERVICE_KEY, PassportVerifier(Keys(one=KEY), clock, clock) if verifies else None),
            services=SERVICES,
            register=(
                server.bound(add_IdentityServiceServicer_to_server, servicer),
                server.bound(add_LogServiceServicer_to_server, servicer),
                server.bound(add_AuthenticationServiceServicer_to_server, servicer),
                server.bound(add_TokenServiceServicer_to_server, servicer),
                lambda running: running.add_generic_rpc_handlers((servicer.test_service(),)),
            ),
            grace=0.1,
            authorizer=(authorizer or asked) if verifies else None,
            resources=(resources or Known()) if verifies else None,
        ) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        yield Serving(channel, servicer, asked, clock)


def key(shown: str = SERVICE_KEY) -> tuple[str, str]:
    """Metadata that show a service key."""
    return (metadata.SERVICE_KEY, shown)


def bearer(token: str) -> tuple[str, str]:
    """Metadata that show a passport."""
    return (metadata.AUTHORIZATION, f"Bearer {token}")


def passport_of(passport: Passport = ALICE) -> tuple[str, str]:
    """Metadata that show a good passport."""
    return bearer(SIGNER.sign(passport, int(Clock().now), 300))
