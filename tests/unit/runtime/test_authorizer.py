"""What the decision service is asked, and what its answers become."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from doorward.credential.v1 import authentication_pb2, authentication_service_pb2
from doorward.credential.v1.authentication_service_pb2_grpc import (
    add_AuthenticationServiceServicer_to_server,
)
from doorward.decision.v1 import decision_service_pb2 as pb
from doorward.decision.v1.decision_service_pb2_grpc import (
    add_DecisionServiceServicer_to_server,
)
from doorward_kernel.errors import (
    AccessDenied,
    DoorwardError,
    ExpiredToken,
    InternalFailure,
    InvalidInput,
    NoSuchEntity,
    RevisionNotReached,
    Unauthenticated,
    Unavailable,
)
from doorward_runtime.rpc import authorizer as module
from doorward_runtime.rpc import server
from doorward_runtime.rpc.authorizer import RpcAuthorizer
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.passport_keys import RpcPassportKeys
from google.protobuf.timestamp_pb2 import Timestamp

from tests.unit.runtime.passports import ACCOUNT, ALICE, KEY, NOW, OTHER_KEY
from tests.unit.runtime.serving import SERVICE_KEY, Known, Unimplemented

BOB = f"arn:aws:iam::{ACCOUNT}:user/Bob"


class Peer(Unimplemented):
    """Answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[pb.CheckRequest] = []
        self.effect: Any = pb.EFFECT_ALLOW
        self.error: DoorwardError | None = None
        self.seconds = 0.0
        self.keys: list[authentication_pb2.PassportKey] = []

    async def Check(self, request: Any, _context: Any) -> Any:
        self.asked.append(request)
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return pb.CheckResponse(effect=self.effect)

    async def GetPassportKeys(self, _request: Any, _context: Any) -> Any:
        if self.error is not None:
            raise self.error
        return authentication_pb2.GetPassportKeysResponse(keys=self.keys)


@pytest.fixture
def peer() -> Peer:
    return Peer()


@asynccontextmanager
async def channel_to(peer: Peer) -> AsyncIterator[grpc.aio.Channel]:
    async with (
        server.serve(
            host="127.0.0.1",
            port=0,
            guard=Guard(SERVICE_KEY),
            services=(
                *(service.full_name for service in pb.DESCRIPTOR.services_by_name.values()),
                *(each.full_name for each in authentication_service_pb2.DESCRIPTOR.services_by_name.values()),
            ),
            register=(
                server.bound(add_DecisionServiceServicer_to_server, peer),
                server.bound(add_AuthenticationServiceServicer_to_server, peer),
            ),
            grace=0.1,
        ) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        yield channel


@pytest.fixture
async def authorizer(peer: Peer) -> AsyncIterator[RpcAuthorizer]:
    async with channel_to(peer) as channel:
        yield RpcAuthorizer(channel, SERVICE_KEY, Known())


async def ask(authorizer: RpcAuthorizer, **context: Any) -> None:
    await authorizer.authorize("the-token", ALICE, "iam:DeleteUser", BOB, context)


async def test_the_question_holds_the_passport_and_wants_the_latest(authorizer: RpcAuthorizer, peer: Peer) -> None:
    await ask(authorizer, **{"aws:SourceIp": "127.0.0.1", "aws:TagKeys": ("a", "b")})

    (asked,) = peer.asked
    assert (asked.passport, asked.principal) == ("the-token", "")
    assert (asked.action, asked.resource) == ("iam:DeleteUser", BOB)
    assert dict(asked.context) == {"aws:SourceIp": "127.0.0.1"}
    assert list(asked.multivalued_context["aws:TagKeys"].values) == ["a", "b"]
    assert asked.freshness.latest


@pytest.mark.parametrize(
    ("effect", "because"),
    [
        (pb.EFFECT_IMPLICIT_DENY, "because no identity-based policy allows the iam:DeleteUser action"),
        (pb.EFFECT_EXPLICIT_DENY, "with an explicit deny in an identity-based policy"),
        (pb.EFFECT_UNSPECIFIED, "because no identity-based policy allows the iam:DeleteUser action"),
        (99, "because no identity-based policy allows the iam:DeleteUser action"),
    ],
)
async def test_whatever_is_no_permission_is_a_denial(
    authorizer: RpcAuthorizer, peer: Peer, effect: Any, because: str
) -> None:
    peer.effect = effect

    with pytest.raises(AccessDenied) as refused:
        await ask(authorizer)

    assert refused.value.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/staff/Alice is not authorized to perform: iam:DeleteUser "
        f"on resource: {BOB} {because}"
    )


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [
        (Unauthenticated("revoked"), Unauthenticated),
        (ExpiredToken("over"), ExpiredToken),
        (NoSuchEntity("no account"), Unauthenticated),
        (InvalidInput("too many keys"), InvalidInput),
        (Unavailable("stale"), Unavailable),
        (RevisionNotReached("behind"), Unavailable),
        (InternalFailure("broken"), Unavailable),
        (AccessDenied("not for you"), Unavailable),
    ],
    ids=lambda value: getattr(value, "reason", ""),
)
async def test_without_an_answer_there_is_no_permission(
    authorizer: RpcAuthorizer, peer: Peer, raised: DoorwardError, becomes: type[DoorwardError]
) -> None:
    peer.error = raised

    with pytest.raises(becomes) as error:
        await ask(authorizer)

    assert type(error.value) is becomes


async def test_an_answer_is_not_waited_for_longer_than_two_seconds(
    authorizer: RpcAuthorizer, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.CHECK_SECONDS == 2
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.1)
    peer.seconds = 5

    with pytest.raises(Unavailable):
        await ask(authorizer)


async def test_nobody_there_is_no_permission() -> None:
    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        with pytest.raises(Unavailable):
            await ask(RpcAuthorizer(channel, SERVICE_KEY, Known()))


class TestPassportKeys:
    async def test_keys_come_until_they_are_over(self, peer: Peer) -> None:
        one, two = (key.public_key().public_bytes_raw() for key in (KEY, OTHER_KEY))
        peer.keys = [
            authentication_pb2.PassportKey(kid="current", public_key=one),
            authentication_pb2.PassportKey(kid="leaving", public_key=two, not_after=Timestamp(seconds=NOW + 1)),
            authentication_pb2.PassportKey(kid="gone", public_key=two, not_after=Timestamp(seconds=NOW)),
        ]

        async with channel_to(peer) as channel:
            keys = await RpcPassportKeys(channel, lambda: NOW).fetch()

        assert {kid: key.public_bytes_raw() for kid, key in keys.items()} == {"current": one, "leaving": two}

    async def test_what_is_no_key_is_no_answer(self, peer: Peer) -> None:
        peer.keys = [authentication_pb2.PassportKey(kid="short", public_key=b"x" * 31)]

        async with channel_to(peer) as channel:
            with pytest.raises(Unavailable):
                await RpcPassportKeys(channel).fetch()

    async def test_a_service_that_fails_is_no_answer(self, peer: Peer) -> None:
        peer.error = InternalFailure("broken")

        async with channel_to(peer) as channel:
            with pytest.raises(Unavailable):
                await RpcPassportKeys(channel).fetch()
