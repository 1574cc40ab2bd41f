"""Explanations: what each policy said to a request, and for a denial what came nearest to allowing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from doorward_policy.actions import Meanings
from doorward_policy.caller import Coverage
from doorward_policy.decision import Decision, Effect, Request, StatementRef, access_denied_message
from doorward_policy.document import NamedPolicy, Policy, PolicyKind
from doorward_policy.evaluate import scan
from doorward_policy.layers import Layers, Refs, Said, ask, by_kind, is_always_allowed, judge
from doorward_policy.statement import CompiledStatement, compile_policy
from doorward_policy.variables import Context, unresolved

MOST_MISSES = 5
"""How many statements are named as the nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSaid:
    """What the policies of one kind said. `level` counts the levels of SCPs and RCPs from the root, from 0.

    `coverage` is how directly the allowing statements mean the caller, which is of interest in resource policies.
    """

    kind: PolicyKind
    level: int | None
    denies: Refs
    allows: Refs
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a statement did not apply.

    `element` is `Action`, `NotAction`, `Resource`, `NotResource`, `Principal`, `NotPrincipal` or `Condition`; for a
    condition there are `operator`, `key`, the values that the policy has (`expected`) and that the request had
    (`actual`, None when the key was missing). `missing_keys` are the context keys that were missing, those that
    policy variables name included, in lower case.
    """

    element: str
    operator: str | None = None
    key: str | None = None
    expected: tuple[str, ...] = ()
    actual: str | tuple[str, ...] | None = None
    missing_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A statement that would have allowed the request but for its `failures`."""

    kind: PolicyKind
    statement: StatementRef
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision and all that led to it.

    For an implicit denial `nearest` are the statements that failed in least, the nearest first, of the policies that
    had to allow and did not. `message` is AWS's for a denial, None for an allow.
    """

    decision: Decision
    layers: tuple[LayerSaid, ...]
    nearest: tuple[Miss, ...]
    message: str | None

    @property
    def missing_keys(self) -> tuple[str, ...]:
        """The context keys whose absence kept the nearest statements from applying, in lower case."""
        failures = (failure for miss in self.nearest for failure in miss.failures)
        return tuple(dict.fromkeys(key for failure in failures for key in failure.missing_keys))


def explain(layers: Layers[Sequence[NamedPolicy]], asked: Request) -> Explanation:
    """Decide as `evaluate` does, and say why."""
    said = ask(scan(layers), asked)
    decision = judge(said, asked)
    denied = decision.effect is not Effect.ALLOW
    silent = decision.effect is Effect.IMPLICIT_DENY
    return Explanation(
        decision=decision,
        layers=() if is_always_allowed(asked) else tuple(_layers(said, asked)),
        nearest=tuple(_nearest(layers, said, asked, decision)) if silent else (),
        message=access_denied_message(asked, decision) if denied else None,
    )


def only_cited(layers: Layers[Sequence[NamedPolicy]], decision: Decision) -> Layers[list[NamedPolicy]]:
    """The same policies with nothing left in them but the statements that brought a decision about.

    They decide alike: what a decision cites is all that it needs.
    """
    cited = set(decision.statements)

    def kept(named: NamedPolicy) -> NamedPolicy:
        compiled = compile_policy(named).statements
        statements = tuple(each.source for each in compiled if each.ref in cited)
        policy = Policy(version=named.policy.version, id=named.policy.id, statements=statements)
        return NamedPolicy(name=named.name, version=named.version, policy=policy)

    return layers.map(lambda policies: [kept(named) for named in policies])


def _layers(said: Layers[Said], asked: Request) -> Iterator[LayerSaid]:
    levels: dict[PolicyKind, int] = {PolicyKind.SCP: 0, PolicyKind.RCP: 0}
    for kind, layer in by_kind(said, asked):
        level = levels.get(kind)
        if level is not None:
            levels[kind] += 1
        yield LayerSaid(kind=kind, level=level, denies=layer.denies, allows=layer.allows, coverage=layer.coverage)


def _nearest(
    layers: Layers[Sequence[NamedPolicy]], said: Layers[Said], asked: Request, decision: Decision
) -> list[Miss]:
    """The misses of all kinds of policies that said nothing, those of the kind that the denial is due to first."""
    if len(said.scp) < len(layers.scp):
        layers = replace(layers, scp=())
    silent = [
        (kind, policies)
        for (kind, policies), (_, layer) in zip(by_kind(layers, asked), by_kind(said, asked), strict=True)
        if not layer.allows and kind is not PolicyKind.RCP
    ]
    misses = [
        (kind is not decision.due_to, _distance(failures), Miss(kind=kind, statement=statement.ref, failures=failures))
        for kind, policies in silent
        for named in policies
        for statement in compile_policy(named).statements
        if not statement.denies
        for failures in [tuple(_failures(statement, asked))]
    ]
    misses.sort(key=lambda miss: miss[:2])
    return [miss for _, _, miss in misses[:MOST_MISSES]]


def _distance(failures: Sequence[Failure]) -> int:
    """A statement about another action is further off than one whose condition fails."""
    weights = {"Condition": 1, "Action": 4, "NotAction": 4}
    return sum(weights.get(failure.element, 2) for failure in failures)


def _failures(statement: CompiledStatement, asked: Request) -> Iterator[Failure]:
    source, context = statement.source, asked.context
    if not Meanings([statement.actions]).find(asked.action):
        yield Failure(element=_element("Action", source.actions.negated), expected=source.actions.values)
    if source.resources is not None and not statement.resources.match(asked.resource, context):
        patterns = source.resources
        yield Failure(
            element=_element("Resource", patterns.negated),
            expected=patterns.values,
            missing_keys=_unresolved(patterns.values, context) if statement.variables else (),
        )
    principals, matcher = source.principals, statement.principals
    if principals and matcher and matcher.coverage(asked.caller, bounded=False) is Coverage.NONE:
        expected = tuple(name for _, name in principals.entries)
        yield Failure(element=_element("Principal", principals.negated), expected=expected)
    for condition, check in zip(source.conditions, statement.checks, strict=True):
        if not check(context):
            key = condition.key.lower()
            actual = context.get(key)
            missing = () if actual else (key,)
            yield Failure(
                element="Condition",
                operator=condition.operator,
                key=condition.key,
                expected=condition.values,
                actual=actual,
                missing_keys=missing + (_unresolved(condition.values, context) if statement.variables else ()),
            )


def _element(name: str, negated: bool) -> str:
    return f"Not{name}" if negated else name


def _unresolved(values: Sequence[str], context: Context) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for value in values for key in unresolved(value, context)))
