"""`DecisionService.BatchCheck`: bytes in, bytes out."""

from collections.abc import Coroutine
from typing import Any

from doorward.decision.v1.decision_service_pb2 import (
    BatchCheckRequest,
    BatchCheckResponse,
    BatchedCheck,
    CheckError,
    CheckOutcome,
)
from doorward_kernel.errors import DoorwardError, InvalidInput
from doorward_policy import Effect
from doorward_runtime.rpc.status import message_of
from google.protobuf.message import DecodeError

from doorward_decision.api.check import EFFECTS
from doorward_decision.api.reading import MOST_CONTEXT_KEYS, context_of, revisions_of
from doorward_decision.application.batches import Answers, Batches
from doorward_decision.application.questions import Context, Question

METHOD = "/doorward.decision.v1.DecisionService/BatchCheck"

_OUTCOMES = {decided: CheckOutcome(effect=effect) for decided, effect in EFFECTS.items()}


class BatchCheckMethod:
    """Answers a serialized BatchCheckRequest with a serialized BatchCheckResponse, whoever serves it."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def __call__(self, body: bytes) -> bytes | Coroutine[Any, Any, bytes]:
        """The response, at once when nothing must be waited for. Raises the errors of `Batches.ask`."""
        answers = self._batches.ask(_questions(body))
        return _response(answers) if isinstance(answers, Answers) else _later(answers)


def _questions(body: bytes) -> list[Question]:
    try:
        request = BatchCheckRequest.FromString(body)
    except DecodeError as error:
        raise InvalidInput("the request is not a BatchCheckRequest") from error
    shared = Question(
        request.principal,
        "",
        "",
        context_of(request.context, request.multivalued_context),
        revisions_of(request.freshness.at_least),
        request.freshness.latest,
        request.passport,
    )
    return [_question(shared, check, number) for number, check in enumerate(request.checks)]


def _question(shared: Question, check: BatchedCheck, number: int) -> Question:
    principal, passport = check.principal, check.passport
    if not principal and not passport:
        principal, passport = shared.principal, shared.passport
    context, at_least, latest = shared.context, shared.at_least, shared.latest
    if check.context or check.multivalued_context or check.HasField("freshness"):
        try:
            context = _merged(context, context_of(check.context, check.multivalued_context))
            at_least += revisions_of(check.freshness.at_least)
        except InvalidInput as error:
            raise InvalidInput(f"`checks[{number}]`: {error.message}") from error
        latest = latest or check.freshness.latest
    return Question(principal, check.action, check.resource, context, at_least, latest, passport)


def _merged(shared: Context, own: Context) -> Context:
    """Raises InvalidInput. The same object as before when nothing is added: the checks of a batch share it."""
    merged = shared | own if own else shared
    if len(merged) > MOST_CONTEXT_KEYS:
        raise InvalidInput(f"the context has at most {MOST_CONTEXT_KEYS} keys, with those of the batch")
    return merged


def _response(answers: Answers) -> bytes:
    response = BatchCheckResponse(revisions=answers.revisions, staleness_ms=int(answers.staleness * 1000))
    response.outcomes.extend(map(_outcome, answers.outcomes))
    return response.SerializeToString()


def _outcome(outcome: Effect | DoorwardError) -> CheckOutcome:
    if isinstance(outcome, DoorwardError):
        return CheckOutcome(
            error=CheckError(code=int(outcome.status), reason=outcome.reason, message=message_of(outcome))
        )
    return _OUTCOMES[outcome]


async def _later(answers: Coroutine[Any, Any, Answers]) -> bytes:
    return _response(await answers)
