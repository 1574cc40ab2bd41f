"""What a caller could do, were these its policies: decided by the judge of all checks, told as AWS's simulator does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from doorward_kernel.errors import InvalidInput

from doorward_policy.caller import Caller, Coverage
from doorward_policy.decision import Effect, Request, StatementRef
from doorward_policy.document import NamedPolicy
from doorward_policy.layers import Layers, Said, ask, judge, scps_bind
from doorward_policy.program import Program, compile_program
from doorward_policy.simulation.context_keys import MissingKeys, possible_resources
from doorward_policy.simulation.positions import Position, Span, statement_spans
from doorward_policy.simulation.scenarios import ANY_RESOURCE
from doorward_policy.simulation.sources import SourcePolicy, SourceType
from doorward_policy.statement import CompiledPolicy, compile_policy
from doorward_policy.variables import Context


class EvalDecision(StrEnum):
    """What a simulation finds (IAM API reference, EvaluationResult: EvalDecision)."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


_DECISIONS = {
    Effect.ALLOW: EvalDecision.ALLOWED,
    Effect.EXPLICIT_DENY: EvalDecision.EXPLICIT_DENY,
    Effect.IMPLICIT_DENY: EvalDecision.IMPLICIT_DENY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedStatement:
    """A statement that a decision is due to (IAM API reference, Statement)."""

    source_policy_id: str
    source_policy_type: SourceType
    start: Position
    end: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What one action on one resource comes to (IAM API reference, ResourceSpecificResult).

    `allowed_by_boundary` and `allowed_by_organizations` are None where there is no boundary, no SCP that binds.
    `details` says, across accounts and unless an SCP denied, what each kind of policy decided, under AWS's names.
    """

    resource: str
    decision: EvalDecision
    matched: tuple[MatchedStatement, ...]
    missing_context_values: tuple[str, ...]
    allowed_by_boundary: bool | None = None
    allowed_by_organizations: bool | None = None
    details: dict[str, EvalDecision] = field(default_factory=dict)


_OTHER_SIDE = StatementRef(policy="", index=0, sid=None)
_DELEGATED = Said((), (_OTHER_SIDE,), Coverage.ACCOUNT)
"""What stands for a resource policy that was not given: one that leaves it to the caller's account, so that the
caller's policies decide. It is never reported."""


class Simulator:
    """Policies, a caller and a context, about which any number of actions and resources can be asked.

    The context is taken as given: nothing is added to it that is known of the caller, as AWS adds nothing. Without a
    resource policy only the caller's side is judged: whatever account owns the resource, and for `sts:AssumeRole`
    too, its policy is taken to leave the decision to the caller's account (IAM API reference, SimulateCustomPolicy:
    "does not automatically retrieve policies for the specified resources").
    """

    def __init__(self, layers: Layers[Sequence[SourcePolicy]], caller: Caller, context: Context) -> None:
        self._caller = caller
        self._context = context
        self._sources: list[SourcePolicy] = []
        self._spans: dict[int, tuple[Span, ...]] = {}
        if not scps_bind(caller):
            layers = replace(layers, scp=())
        compiled = layers.map(self._compiled)
        self._programs: Layers[Program] = compiled.map(compile_program)
        self._missing = MissingKeys(
            (statement for layer in compiled.present() for policy in layer for statement in policy.statements), context
        )
        self._bounded = layers.boundary is not None
        self._of_resource = [
            possible_resources(statement, context)
            for policy in compiled.resource or ()
            for statement in policy.statements
        ]
        self._has_policy: set[str] = {ANY_RESOURCE}

    def check_resource(self, resource: str) -> None:
        """Raises InvalidInput when there is a resource policy and none of its statements is about this resource: it
        must be applicable to all of the resources (IAM API reference, SimulateCustomPolicy: ResourceArns)."""
        if not self._of_resource or resource in self._has_policy:
            return
        if not any(each.match(resource, self._context) for each in self._of_resource):
            raise InvalidInput(
                f"`resourcePolicy` is not one of `{resource[:200]}`: none of its statements is about this resource"
            )
        self._has_policy.add(resource)

    def simulate(self, action: str, resource: str, resource_account: str) -> Simulated:
        """May the caller do `action` on `resource`, an ARN or `*`, which belongs to `resource_account`?"""
        asked = Request(self._caller, action, resource, self._context, resource_account)
        said = ask(self._programs, asked)
        alone = said.resource is None and self._caller.account
        decision = judge(replace(said, resource=_DELEGATED) if alone else said, asked)
        by_scps = _agree(said.scp)
        return Simulated(
            resource=resource,
            decision=_DECISIONS[decision.effect],
            matched=tuple(self._matched(ref) for ref in decision.statements if ref is not _OTHER_SIDE),
            missing_context_values=self._missing.of(asked, bounded=self._bounded),
            allowed_by_boundary=None if said.boundary is None else _agree([said.boundary]),
            allowed_by_organizations=by_scps,
            details={} if by_scps is False else self._details(said, asked),
        )

    def _compiled(self, policies: Sequence[SourcePolicy]) -> list[CompiledPolicy]:
        """Compiled under the numbers that the sources are found by: their names need not differ."""
        compiled = []
        for source in policies:
            compiled.append(compile_policy(NamedPolicy(name=str(len(self._sources)), policy=source.policy)))
            self._sources.append(source)
        return compiled

    def _matched(self, ref: StatementRef) -> MatchedStatement:
        number = int(ref.policy)
        source = self._sources[number]
        spans = self._spans.get(number)
        if spans is None:
            spans = self._spans[number] = statement_spans(source.text)
        span = spans[ref.index]
        return MatchedStatement(
            source_policy_id=source.id, source_policy_type=source.type, start=span.start, end=span.end
        )

    def _details(self, said: Layers[Said], asked: Request) -> dict[str, EvalDecision]:
        if said.resource is None or self._caller.account == asked.resource_account:
            return {}
        kinds = (("IAM Policy", said.identity), ("Permissions Boundary Policy", said.boundary))
        several = {name: _decided(layer) for name, layer in kinds if layer is not None}
        return several | {"Resource Policy": _decided(said.resource)}


def combined(results: Sequence[Simulated]) -> EvalDecision:
    """The decision on an action with all its resources: the worst of those on each."""
    found = {result.decision for result in results}
    worst = (EvalDecision.EXPLICIT_DENY, EvalDecision.IMPLICIT_DENY)
    return next((decision for decision in worst if decision in found), EvalDecision.ALLOWED)


def _decided(said: Said) -> EvalDecision:
    if said.denies:
        return EvalDecision.EXPLICIT_DENY
    return EvalDecision.ALLOWED if said.allows else EvalDecision.IMPLICIT_DENY


def _agree(several: Iterable[Said]) -> bool | None:
    """Whether each allows and none denies; None when there are none."""
    decisions = [_decided(said) is EvalDecision.ALLOWED for said in several]
    return all(decisions) if decisions else None
