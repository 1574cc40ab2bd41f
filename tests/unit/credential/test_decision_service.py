"""What the decision service is asked on behalf of a call: what the question is about, and what the call tells."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from doorward.decision.v1 import decision_service_pb2 as pb
from doorward.decision.v1.decision_service_pb2_grpc import add_DecisionServiceServicer_to_server
from doorward_credential.api.decision_service import GrpcDecisions
from doorward_credential.application.permissions import Context, Verdict
from doorward_runtime.rpc import server
from doorward_runtime.rpc.call import CALL, Call
from doorward_runtime.rpc.guard import Guard

from tests.unit.runtime.serving import SERVICE_KEY, Unimplemented

ROLE = "arn:aws:iam::123456789012:role/deploy"


class Peer(Unimplemented):
    """Allows everything and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[pb.CheckRequest] = []

    async def Check(self, request: Any, _context: Any) -> Any:
        self.asked.append(request)
        return pb.CheckResponse(effect=pb.EFFECT_ALLOW)


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
async def decisions(peer: Peer) -> AsyncIterator[GrpcDecisions]:
    async with (
        server.serve(
            host="127.0.0.1",
            port=0,
            guard=Guard(SERVICE_KEY),
            services=tuple(service.full_name for service in pb.DESCRIPTOR.services_by_name.values()),
            register=(server.bound(add_DecisionServiceServicer_to_server, peer),),
            grace=0.1,
        ) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        yield GrpcDecisions(channel, SERVICE_KEY)


def called(source_ip: str = "203.0.113.9", user_agent: str = "aws-cli/2") -> None:
    """Have this task serve a call."""
    CALL.set(
        Call(
            actor="x", request_id="r", source_ip=source_ip, traceparent="", reason="", client_token="",
            named_account="123456789012", user_agent=user_agent,
        )
    )  # fmt: skip


async def test_every_question_tells_where_the_call_comes_from(decisions: GrpcDecisions, peer: Peer) -> None:
    called()

    verdict = await decisions.of_passport("token", "sts:AssumeRole", ROLE, {"aws:TagKeys": ("a",)})
    await decisions.of_principal("arn:aws:iam::123456789012:oidc-provider/x", "sts:AssumeRole", ROLE, {"x:sub": "me"})

    assert verdict is Verdict.ALLOWED
    told = {"aws:SourceIp": "203.0.113.9", "aws:UserAgent": "aws-cli/2", "aws:SecureTransport": "false"}
    first, second = peer.asked
    assert (dict(first.context), list(first.multivalued_context["aws:TagKeys"].values)) == (told, ["a"])
    assert dict(second.context) == {**told, "x:sub": "me"}


@pytest.mark.parametrize("context", [{"aws:sourceip": "10.0.0.1"}, {"AWS:SourceIP": ("10.0.0.1",)}], ids=str)
@pytest.mark.parametrize(("source_ip", "told"), [("203.0.113.9", {"aws:SourceIp": "203.0.113.9"}), ("", {})])
async def test_nobody_else_tells_it(
    decisions: GrpcDecisions, peer: Peer, context: Context, source_ip: str, told: dict[str, str]
) -> None:
    called(source_ip, user_agent="")

    await decisions.of_passport("token", "sts:AssumeRole", ROLE, context)

    (asked,) = peer.asked
    assert dict(asked.context) == {"aws:SecureTransport": "false", **told}
    assert not asked.multivalued_context
