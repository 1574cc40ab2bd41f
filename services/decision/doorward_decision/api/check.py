"""`DecisionService.Check`: bytes in, bytes out."""

from collections.abc import Coroutine, Iterable
from functools import lru_cache
from typing import Any

from doorward.decision.v1.decision_service_pb2 import CheckRequest, CheckResponse, Effect
from doorward_kernel.errors import InvalidInput
from doorward_kernel.revision import Revision
from doorward_policy import Effect as Decided
from google.protobuf.message import DecodeError

from doorward_decision.application.check import Checks
from doorward_decision.application.questions import Answer, Context, Question, without_server_keys

METHOD = "/doorward.decision.v1.DecisionService/Check"

MOST_CONTEXT_KEYS = 64
MOST_VALUES = 256
"""Of all multivalued keys together: set operators compare each with each of the policy's."""
MOST_CHARACTERS = 2048
"""Of a key and its value together."""
MOST_OF_SEVERAL = 8192
"""Of a multivalued key and its values together: the keys of fifty tags may have 6,400."""

_EFFECTS = {
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
    if not request.HasField("freshness") and not request.passport:
        return Question(request.principal, request.action, request.resource, _context(request))
    freshness = request.freshness
    return Question(
        request.principal,
        request.action,
        request.resource,
        _context(request),
        _revisions(freshness.at_least),
        freshness.latest,
        request.passport,
    )


def _revisions(texts: Iterable[str]) -> tuple[Revision, ...]:
    try:
        return tuple(map(Revision.parse, texts))
    except InvalidInput as error:
        raise InvalidInput(f"`freshness.at_least`: {error.message}") from error


def _context(request: CheckRequest) -> Context:
    if not request.context and not request.multivalued_context:
        return {}
    given = len(request.context) + len(request.multivalued_context)
    if given > MOST_CONTEXT_KEYS:
        raise InvalidInput(f"the context has at most {MOST_CONTEXT_KEYS} keys")
    context: Context = {key.lower(): value for key, value in request.context.items()}
    several = request.multivalued_context.items()
    if sum(len(values.values) for _, values in several) > MOST_VALUES:
        raise InvalidInput(f"the context has at most {MOST_VALUES} values of multivalued keys")
    context |= {key.lower(): tuple(values.values) for key, values in several}
    if len(context) != given:
        raise InvalidInput("two context keys differ only in case: give each key once")
    for key, value in context.items():
        most = MOST_CHARACTERS if isinstance(value, str) else MOST_OF_SEVERAL
        if len(key) + sum(map(len, value)) > most:
            raise InvalidInput(f"context key `{key[:128]}` and its values have at most {most} characters")
    return without_server_keys(context)


def _response(answer: Answer) -> bytes:
    return _serialized(answer.effect, answer.revisions, int(answer.staleness * 1000))


@lru_cache(maxsize=8192)
def _serialized(effect: Decided, revisions: tuple[str, ...], staleness_ms: int) -> bytes:
    """Under load answers are alike: same revisions, few effects, staleness between two announcements of the head."""
    return CheckResponse(effect=_EFFECTS[effect], revisions=revisions, staleness_ms=staleness_ms).SerializeToString()


async def _later(answer: Coroutine[Any, Any, Answer]) -> bytes:
    return _response(await answer)
