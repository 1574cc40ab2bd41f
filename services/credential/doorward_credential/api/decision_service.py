"""What is asked of the decision service, over gRPC, on behalf of the call that is being served."""

from typing import Any

from doorward.decision.v1 import decision_service_pb2 as pb
from doorward.decision.v1.decision_service_pb2_grpc import DecisionServiceStub
from doorward_kernel.errors import (
    DoorwardError,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
    Unauthenticated,
    Unavailable,
)
from doorward_runtime.rpc.call import CALL
from doorward_runtime.rpc.channel import answer, service_metadata
from doorward_runtime.rpc.request_context import asked_during
from grpc import aio

from doorward_credential.application.people import INVALID_TOKEN
from doorward_credential.application.permissions import Context, Verdict

SECONDS = 5.0

_VERDICTS = {
    pb.EFFECT_ALLOW: Verdict.ALLOWED,
    pb.EFFECT_IMPLICIT_DENY: Verdict.NOT_ALLOWED,
    pb.EFFECT_EXPLICIT_DENY: Verdict.DENIED,
}


class GrpcDecisions:
    """See `permissions.Decisions`."""

    def __init__(self, channel: aio.Channel, service_key: str) -> None:
        self._stub = DecisionServiceStub(channel)
        self._metadata = service_metadata(service_key)

    async def of_passport(self, passport: str, action: str, resource: str, context: Context) -> Verdict:
        return await self._ask(pb.CheckRequest(passport=passport, **_asked(action, resource, context)))

    async def of_principal(self, principal: str, action: str, resource: str, context: Context) -> Verdict:
        return await self._ask(pb.CheckRequest(principal=principal, **_asked(action, resource, context)))

    async def _ask(self, request: pb.CheckRequest) -> Verdict:
        try:
            response = await answer(self._stub.Check(request, metadata=self._metadata, timeout=SECONDS))
        except (Unauthenticated, InvalidInput, LimitExceeded):
            raise
        except NoSuchEntity as error:
            raise Unauthenticated(INVALID_TOKEN) from error
        except DoorwardError as error:
            raise Unavailable(f"the decision service does not answer: {error.message}") from error
        return _VERDICTS[response.effect]


def _asked(action: str, resource: str, context: Context) -> dict[str, Any]:
    context = asked_during(CALL.get(), context)
    return {
        "action": action,
        "resource": resource,
        "context": {key: value for key, value in context.items() if isinstance(value, str)},
        "multivalued_context": {
            key: pb.ContextValues(values=value) for key, value in context.items() if not isinstance(value, str)
        },
        "freshness": pb.Freshness(latest=True),
    }
