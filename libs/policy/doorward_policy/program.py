"""Programs: all policies of a principal, indexed for the hot path."""

from collections.abc import Callable, Iterable, Sequence

from doorward_policy.decision import (
    ALLOWED_ALWAYS,
    ALWAYS_ALLOWED_ACTIONS,
    IMPLICIT_DENY,
    Decision,
    Effect,
    Request,
    StatementRef,
)
from doorward_policy.index import Numbered, ResourceIndex
from doorward_policy.resources import ANYTHING
from doorward_policy.statement import Actions, CompiledPolicy
from doorward_policy.variables import Context

MAX_ROUTES = 4096
"""How many actions a program remembers the way for; callers name the actions, so there is no end of them."""

MAX_INDEXED = 200_000
"""How many statements the remembered indexes may hold together; one statement may be in several."""

MAX_ACTION_LENGTH = 128
"""Longer actions are decided but not remembered."""

_Indexes = tuple[ResourceIndex | None, ResourceIndex | None]
"""Who may deny and who may allow; None instead of an empty index."""

_Route = tuple[str, ResourceIndex | None, ResourceIndex | None, Decision]
"""An action in lower case, its indexes, and what is decided when no statement applies."""

_Group = tuple[Callable[[str], bool], list[Numbered]]
"""Whether an action is meant, and the statements that mean it."""


class Program:
    """Decides as `evaluate` does with the same policies, at a cost that grows only with the statements that may apply.

    Made by `compile_program`. Safe to share between threads: what it remembers only saves time.
    """

    __slots__ = ("_everywhere", "_indexed", "_indexes", "_named", "_patterns", "_routes")

    def __init__(self, statements: Iterable[Numbered]) -> None:
        self._named: dict[str, list[Numbered]] = {}
        self._patterns: dict[str, dict[str, _Group]] = {}
        self._everywhere: dict[object, _Group] = {}
        for numbered in statements:
            self._add(numbered, numbered[1].actions)
        self._routes: dict[str, _Route] = {}
        self._indexes: dict[tuple[object, ...], _Indexes] = {}
        self._indexed = 0

    def decide(self, request: Request) -> Decision:
        """What the policies say, and which statements say so."""
        action, denying, allowing, otherwise = self._routes.get(request.action) or self._find_route(request.action)
        resource = ANYTHING if request.wildcard_only else request.resource
        if denying is not None:
            refs = _applying(denying, action, resource, request.context)
            if refs:
                return Decision(effect=Effect.EXPLICIT_DENY, statements=refs)
        if allowing is not None:
            refs = _applying(allowing, action, resource, request.context)
            if refs:
                return Decision(effect=Effect.ALLOW, statements=refs)
        return otherwise

    def _add(self, numbered: Numbered, actions: Actions) -> None:
        if actions.negated:
            group = self._everywhere.setdefault(
                (actions.names, tuple(pattern for pattern, _ in actions.patterns)), (actions.match, [])
            )
            group[1].append(numbered)
            return
        for name in actions.names:
            self._named.setdefault(name, []).append(numbered)
        for pattern, predicate in actions.patterns:
            service, colon, _ = pattern.partition(":")
            groups = self._patterns.setdefault(service, {}) if colon else self._everywhere
            groups.setdefault(pattern, (predicate, []))[1].append(numbered)

    def _find_route(self, raw_action: str) -> _Route:
        action = raw_action.lower()
        route: _Route
        if action in ALWAYS_ALLOWED_ACTIONS:
            route = (action, None, None, ALLOWED_ALWAYS)
        else:
            route = (action, *self._find_indexes(self._meaning(action)), IMPLICIT_DENY)
        if len(self._routes) >= MAX_ROUTES:
            self._routes.clear()
        if len(raw_action) <= MAX_ACTION_LENGTH:
            self._routes[raw_action] = route
        return route

    def _meaning(self, action: str) -> dict[object, list[Numbered]]:
        """The groups of statements that mean the action."""
        groups: dict[object, list[Numbered]] = {}
        if action in self._named:
            groups[action] = self._named[action]
        for several in (self._patterns.get(action.partition(":")[0], {}), self._everywhere):
            groups |= {key: statements for key, (means, statements) in several.items() if means(action)}
        return groups

    def _find_indexes(self, groups: dict[object, list[Numbered]]) -> _Indexes:
        """Actions that the same groups mean share their indexes, so that made-up actions cost little."""
        key = tuple(groups)
        known = self._indexes.get(key)
        if known is not None:
            return known
        statements = {number: statement for group in groups.values() for number, statement in group}
        if self._indexed + len(statements) > MAX_INDEXED:
            self._routes.clear()  # a route holds on to its indexes
            self._indexes.clear()
            self._indexed = 0
        denying = [each for each in statements.items() if each[1].denies]
        allowing = [each for each in statements.items() if not each[1].denies]
        indexes = (
            ResourceIndex(denying) if denying else None,
            ResourceIndex(allowing) if allowing else None,
        )
        self._indexes[key] = indexes
        self._indexed += len(statements)
        return indexes


def compile_program(policies: Sequence[CompiledPolicy]) -> Program:
    """Join compiled policies; their order is the order in which decisions cite statements."""
    return Program(enumerate(statement for policy in policies for statement in policy.statements))


def _applying(index: ResourceIndex, action: str, resource: str, context: Context) -> tuple[StatementRef, ...]:
    found: dict[int, StatementRef] = {}
    for bucket in index.candidates(resource):
        for number, statement in bucket:
            if number not in found and statement.applies(action, resource, context):
                found[number] = statement.ref
    if len(found) < 2:
        return tuple(found.values())
    return tuple(found[number] for number in sorted(found))
