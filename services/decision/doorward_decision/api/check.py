"""`DecisionService.Check`: bytes in, bytes out."""

from collections.abc import Coroutine
from functools import lru_cache
from typing import Any

from doorward.decision.v1.decision_service_pb2 import CheckRequest, CheckResponse, Effect
from doorward_kernel.errors import InvalidInput
from doorward_policy import Effect as Decided
from google.protobuf.message import DecodeError

from doorward_decision.api.reading import context_of, revisions_of
from doorward_decision.application.check import Checks
from doorward_decision.application.questions import Answer, Question

METHOD = "/doorward.decision.v1.DecisionService/Check"

EFFECTS = {
    Decided.ALLOW: Effect.EFFECT_ALLOW,
    Decided.EXPLICIT_DENY: Effect.EFFECT_EXPLICIT_DENY,
    Decided.IMPLICIT_DENY: Effect.EFFECT_IMPLICIT_DENY,
}


class CheckMethod:
    """Answers a serialized CheckRequest with a serialized CheckResponse, whoever serves it."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def __call__(self, body: bytes) -> bytes | Coroutine[Any, Any, bytes]:
        """The response, at once when nothing must be waited for. Raises the errors of `Checks.ask`."""
        answer = self._checks.ask(_question(body))
        return _response(answer) if isinstance(answer, Answer) else _later(answer)


def _question(body: bytes) -> Question:
    try:
        request = CheckRequest.FromString(body)
    except DecodeError as error:
        raise InvalidInput("the request is not a CheckRequest") from error
    context = context_of(request.context, request.multivalued_context)
    if not request.HasField("freshness") and not request.passport:
        return Question(request.principal, request.action, request.resource, context)
    freshness = request.freshness
    return Question(
        request.principal,
        request.action,
        request.resource,
        context,
        revisions_of(freshness.at_least),
        freshness.latest,
        request.passport,
    )


def _response(answer: Answer) -> bytes:
    return _serialized(answer.effect, answer.revisions, int(answer.staleness * 1000))


@lru_cache(maxsize=8192)
def _serialized(effect: Decided, revisions: tuple[str, ...], staleness_ms: int) -> bytes:
    """Under load answers are alike: same revisions, few effects, staleness between two announcements of the head."""
    return CheckResponse(effect=EFFECTS[effect], revisions=revisions, staleness_ms=staleness_ms).SerializeToString()


async def _later(answer: Coroutine[Any, Any, Answer]) -> bytes:
    return _response(await answer)
