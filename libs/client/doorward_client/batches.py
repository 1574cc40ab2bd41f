"""Many checks at once: what is asked, and what the answers mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from doorward.decision.v1 import decision_service_pb2 as pb
from doorward_kernel.errors import DoorwardError, InternalFailure, from_reason

from doorward_client.checks import EFFECTS, ContextValue, Effect, context_fields, freshness_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchedCheck:
    """One check of a batch; what is not given is the batch's. Context keys join the batch's, or replace them."""

    action: str
    resource: str
    principal: str = ""
    passport: str = ""
    context: Mapping[str, ContextValue] | None = None
    at_least: str | Sequence[str] | None = None
    latest: bool = False


AskedInBatch: TypeAlias = BatchedCheck | tuple[str, str]
"""A tuple is an action and a resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchedResult:
    """A decision, or why there is none. True when it allows, and in no other case."""

    effect: Effect | None
    error: DoorwardError | None = None

    @property
    def allowed(self) -> bool:
        return self.effect is Effect.ALLOW

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """The results in the order of the checks, the revisions that all were decided at, and the replica's staleness in
    seconds. True when all are allowed."""

    results: tuple[BatchedResult, ...]
    revisions: tuple[str, ...]
    staleness_seconds: float

    def __getitem__(self, number: int) -> BatchedResult:
        return self.results[number]

    def __iter__(self) -> Iterator[BatchedResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __bool__(self) -> bool:
        return all(self.results)


def batch_fields(
    checks: Iterable[AskedInBatch],
    principal: str,
    context: Mapping[str, ContextValue] | None,
    at_least: str | Sequence[str] | None,
    latest: bool,
    passport: str | None,
) -> dict[str, Any]:
    """The fields of a BatchCheckRequest. Raises InvalidInput when a context value is neither a string nor several."""
    single, several = context_fields(context)
    return {
        "principal": principal,
        "passport": passport or "",
        "context": single,
        "multivalued_context": several,
        "freshness": freshness_of(at_least, latest),
        "checks": [_message(check) for check in checks],
    }


def batch_result(response: pb.BatchCheckResponse, checks: int) -> BatchResult:
    """What the answer to so many checks means. Raises InternalFailure when it is not one for each."""
    if len(response.outcomes) != checks:
        raise InternalFailure(f"the decision service answered {len(response.outcomes)} of {checks} checks")
    return BatchResult(
        results=tuple(map(_result, response.outcomes)),
        revisions=tuple(response.revisions),
        staleness_seconds=response.staleness_ms / 1000,
    )


def _message(check: AskedInBatch) -> pb.BatchedCheck:
    if not isinstance(check, BatchedCheck):
        action, resource = check
        return pb.BatchedCheck(action=action, resource=resource)
    single, several = context_fields(check.context)
    asks_for_freshness = check.at_least is not None or check.latest
    return pb.BatchedCheck(
        action=check.action,
        resource=check.resource,
        principal=check.principal,
        passport=check.passport,
        context=single,
        multivalued_context=several,
        freshness=freshness_of(check.at_least, check.latest) if asks_for_freshness else None,
    )


def _result(outcome: pb.CheckOutcome) -> BatchedResult:
    if outcome.HasField("error"):
        return BatchedResult(effect=None, error=from_reason(outcome.error.reason, outcome.error.message))
    effect = EFFECTS.get(outcome.effect)
    if effect is None:
        unknown = InternalFailure(f"the decision service answered with the unknown effect {outcome.effect}")
        return BatchedResult(effect=None, error=unknown)
    return BatchedResult(effect=effect)
