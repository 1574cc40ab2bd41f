"""What another part of the same policy makes pointless: unreachable and redundant statements and entries."""

from collections.abc import Iterator
from dataclasses import dataclass

from doorward_policy.document import EVERYONE, VARIABLES_VERSION, Patterns, Policy, Principals, Statement
from doorward_policy.lint.containment import (
    Budget,
    OutOfBudget,
    Pattern,
    PatternSet,
    action_pattern,
    action_set,
    cost,
    resource_pattern,
    resource_set,
)
from doorward_policy.lint.finding import Finding, Severity, shown

MOST_STATEMENTS = 500
"""Of one policy that are compared with each other."""

_MOST_COMPARISONS = 1_000_000
"""Of patterns in one policy, which takes about a second."""

_MOST_CITED = 5
"""Entries of one list that a finding names."""

_EVERYONE = frozenset({(EVERYONE, EVERYONE), ("AWS", EVERYONE)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What a statement speaks about, ready to be compared."""

    index: int
    denies: bool
    actions: PatternSet
    resources: PatternSet
    conditions: frozenset[tuple[str, str, frozenset[str]]]
    principals: Principals | None

    def contains(self, other: "_Scope", budget: Budget) -> bool:
        """Whether it applies, and as directly, whenever the other does; False when that is not certain.

        Conditions are joined by AND: one that has only conditions of the other applies more often.
        """
        return (
            self.conditions <= other.conditions
            and self.actions.contains(other.actions, budget)
            and self.resources.contains(other.resources, budget)
            and _contains(self.principals, other.principals)
        )


def covered_statements(policy: Policy) -> Iterator[Finding]:
    """Statements that another one covers wholly: an Allow that a Deny undoes, and what is said twice."""
    scopes = [_scope(policy, index) for index in range(min(len(policy.statements), MOST_STATEMENTS))]
    budget = Budget(_MOST_COMPARISONS)
    denies = [scope for scope in scopes if scope.denies]
    allows = [scope for scope in scopes if not scope.denies]
    try:
        for scope in allows:
            yield from _unreachable(policy, scope, denies, budget)
        for alike in (allows, denies):
            for scope in alike:
                yield from _redundant(policy, scope, alike, budget)
    except OutOfBudget:
        yield _not_compared("the patterns are too many to compare all statements with each other")
    if len(policy.statements) > MOST_STATEMENTS:
        yield _not_compared(f"only the first {MOST_STATEMENTS} statements were compared with each other")


def _unreachable(policy: Policy, scope: _Scope, denies: list[_Scope], budget: Budget) -> Iterator[Finding]:
    for deny in denies:
        if deny.contains(scope, budget):
            yield Finding(
                path=f"Statement[{scope.index}]",
                rule="unreachable-statement",
                severity=Severity.ERROR,
                reason=f"{_name(policy, deny)} denies all that this statement allows, and a deny wins",
                remedy="remove this statement, or narrow the one that denies",
            )
            return


def _redundant(policy: Policy, scope: _Scope, alike: list[_Scope], budget: Budget) -> Iterator[Finding]:
    for other in alike:
        if other is scope or not other.contains(scope, budget):
            continue
        if other.index > scope.index and scope.contains(other, budget):
            continue  # they say the same: the later one is reported
        yield Finding(
            path=f"Statement[{scope.index}]",
            rule="redundant-statement",
            severity=Severity.INFO,
            reason=f"{_name(policy, other)} already {'denies' if scope.denies else 'allows'} all of this",
            remedy="remove this statement, or narrow the other one if it says more than it should",
        )
        return


def _scope(policy: Policy, index: int) -> _Scope:
    statement = policy.statements[index]
    return _Scope(
        index=index,
        denies=statement.effect == "Deny",
        actions=action_set(statement.actions),
        resources=resource_set(statement.resources, variables=policy.version == VARIABLES_VERSION),
        conditions=frozenset(
            (condition.operator.lower(), condition.key.lower(), frozenset(condition.values))
            for condition in statement.conditions
        ),
        principals=statement.principals,
    )


def _contains(wide: Principals | None, narrow: Principals | None) -> bool:
    """Whether all are meant that the other means. None is the caller that the policy is attached to."""
    if wide is None or narrow is None:
        return wide is narrow
    if not wide.negated and not _EVERYONE.isdisjoint(wide.entries):
        return True
    if wide.negated or narrow.negated:
        return wide == narrow  # whom NotPrincipal spares depends on the effect and on the caller's boundary
    return set(narrow.entries) <= set(wide.entries)


def _name(policy: Policy, scope: _Scope) -> str:
    statement: Statement = policy.statements[scope.index]
    place = f"`Statement[{scope.index}]`"
    return f"{place} (`{shown(statement.sid)}`)" if statement.sid else place


def _not_compared(reason: str) -> Finding:
    return Finding(
        path="Statement",
        rule="overlap-not-checked",
        severity=Severity.INFO,
        reason=f"{reason}: some that are unreachable or redundant may be missing here",
        remedy="split the policy",
    )


# --- within one list ---


def redundant_entries(policy: Policy) -> Iterator[Finding]:
    """Entries of Action or Resource that another entry of the same list covers."""
    variables = policy.version == VARIABLES_VERSION
    budget = Budget(_MOST_COMPARISONS)
    try:
        for index, statement in enumerate(policy.statements):
            path = f"Statement[{index}]"
            actions = [action_pattern(text) for text in statement.actions.values]
            yield from _redundant_entries(path, "Action", statement.actions, actions, budget)
            if statement.resources is not None:
                resources = [resource_pattern(text, variables=variables) for text in statement.resources.values]
                yield from _redundant_entries(path, "Resource", statement.resources, resources, budget)
    except OutOfBudget:
        yield _not_compared("the entries are too many to compare all of them")


def _redundant_entries(
    path: str, name: str, element: Patterns, entries: list[Pattern], budget: Budget
) -> Iterator[Finding]:
    if len(entries) < 2:
        return
    wide = [(index, pattern) for index, pattern in enumerate(entries) if pattern.predicates is not None]
    first = {pattern.parts: index for index, pattern in reversed([*enumerate(entries)])}
    covered = []
    for index, pattern in enumerate(entries):
        again = first[pattern.parts] < index
        cover = first[pattern.parts] if again else _cover(index, pattern, wide, budget)
        if cover is not None:
            how = "again" if again else f"within `{shown(element.values[cover])}`"
            covered.append(f"`{shown(element.values[index])}` ({how})")
    if covered:
        more = f" and {len(covered) - _MOST_CITED} more" if len(covered) > _MOST_CITED else ""
        yield Finding(
            path=f"{path}.{'Not' if element.negated else ''}{name}",
            rule="redundant-entry",
            severity=Severity.INFO,
            reason=f"other entries of the list already cover {', '.join(covered[:_MOST_CITED])}{more}",
            remedy="remove them, or narrow the wildcard if it says more than it should",
        )


def _cover(index: int, pattern: Pattern, wide: list[tuple[int, Pattern]], budget: Budget) -> int | None:
    """Which other entry covers this one; of two that cover each other the first stays."""
    for place, other in wide:
        budget.spend(cost(pattern))
        if place != index and other.contains(pattern) and (place < index or not pattern.contains(other)):
            return place
    return None
