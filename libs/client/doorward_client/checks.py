"""Checks: a question's fields, an answer's meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from doorward.decision.v1 import decision_service_pb2 as pb
from doorward_kernel.errors import InternalFailure, InvalidInput

ContextValue = str | list[str] | tuple[str, ...]
"""The value of a condition key; a list or tuple makes the key multivalued, whatever its length."""


class Effect(StrEnum):
    """What was decided."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"


EFFECTS = {
    pb.EFFECT_ALLOW: Effect.ALLOW,
    pb.EFFECT_EXPLICIT_DENY: Effect.EXPLICIT_DENY,
    pb.EFFECT_IMPLICIT_DENY: Effect.IMPLICIT_DENY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A decision, the revisions that it was made at, and the replica's staleness in seconds. True when it allows."""

    effect: Effect
    revisions: tuple[str, ...]
    staleness_seconds: float

    @property
    def allowed(self) -> bool:
        return self.effect is Effect.ALLOW

    def __bool__(self) -> bool:
        return self.allowed


class CheckFields(TypedDict):
    """The fields of a CheckRequest."""

    principal: str
    passport: str
    action: str
    resource: str
    context: dict[str, str]
    multivalued_context: dict[str, pb.ContextValues]
    freshness: pb.Freshness


def check_fields(
    principal: str,
    action: str,
    resource: str,
    context: Mapping[str, ContextValue] | None,
    at_least: str | Sequence[str] | None,
    latest: bool,
    passport: str | None,
) -> CheckFields:
    """A question's fields. Raises InvalidInput when a context value is neither a string nor several, or when there are
    both a principal and a passport, or neither."""
    if bool(principal) == bool(passport):
        raise InvalidInput("a check names its `principal` or brings its `passport`, one of both")
    single, several = context_fields(context)
    return CheckFields(
        principal=principal,
        passport=passport or "",
        action=action,
        resource=resource,
        context=single,
        multivalued_context=several,
        freshness=freshness_of(at_least, latest),
    )


def context_fields(
    context: Mapping[str, ContextValue] | None,
) -> tuple[dict[str, str], dict[str, pb.ContextValues]]:
    """Condition keys with one value, and those with several. Raises InvalidInput when a value is neither a string nor
    several."""
    single: dict[str, str] = {}
    several: dict[str, pb.ContextValues] = {}
    for key, value in (context or {}).items():
        if isinstance(value, str):
            single[key] = value
        elif isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
            several[key] = pb.ContextValues(values=value)
        else:
            raise InvalidInput(f"the value of the condition key `{key}` must be a string or a list of strings")
    return single, several


def freshness_of(at_least: str | Sequence[str] | None, latest: bool) -> pb.Freshness:
    """How fresh an answer must be."""
    revisions = (at_least,) if isinstance(at_least, str) else at_least or ()
    return pb.Freshness(at_least=revisions, latest=latest)


def check_result(response: pb.CheckResponse) -> CheckResult:
    """An answer's meaning. Raises InternalFailure when its effect is none that this version knows."""
    effect = EFFECTS.get(response.effect)
    if effect is None:
        raise InternalFailure(f"the decision service answered with the unknown effect {response.effect}")
    return CheckResult(
        effect=effect,
        revisions=tuple(response.revisions),
        staleness_seconds=response.staleness_ms / 1000,
    )
