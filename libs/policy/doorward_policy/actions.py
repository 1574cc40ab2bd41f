"""Action and NotAction compiled, and which of them mean an action."""

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from doorward_policy.document import Patterns
from doorward_policy.glob import Predicate, glob, split_wildcards

MOST_REMEMBERED = 16_384
"""How many actions are remembered, with the groups that mean them; callers name the actions, so there is no end."""

LONGEST_REMEMBERED = 128
"""In characters. Longer actions are decided but not remembered."""

ANY_ACTION = "*"


class Actions(NamedTuple):
    """Action or NotAction (IAM user guide, "Action", "NotAction"); `patterns` are in lower case."""

    patterns: tuple[str, ...]
    negated: bool

    @property
    def groups(self) -> tuple[str, ...]:
        """The names under which a statement is found: each of its patterns, or all of them when it is NotAction.

        NUL, which no pattern can hold, keeps one list from looking like another.
        """
        return ("\0".join(("not", *self.patterns)),) if self.negated else self.patterns


def compile_actions(actions: Patterns) -> Actions:
    """Case does not matter, nor how often a pattern stands there.

    Equal patterns become one object: a judgement reads them, and finds the few that everybody uses in the caches.
    """
    return Actions(tuple(dict.fromkeys(sys.intern(value.lower()) for value in actions.values)), actions.negated)


class Meaning(NamedTuple):
    """An action in lower case, the groups of statements that mean it, and whether it has rules of its own."""

    action: str
    groups: frozenset[str]
    own_rules: bool


class Meanings:
    """What actions mean to a set of statements. Safe to share between threads: what it remembers only saves time."""

    __slots__ = ("_by_service", "_everywhere", "_named", "_weight", "remembered")

    def __init__(self, all_actions: Iterable[Actions]) -> None:
        self._named: set[str] = set()
        self._by_service: dict[str, dict[str, Predicate]] = {}
        self._everywhere: dict[str, Predicate] = {}
        self._weight = 0
        self.remembered: dict[str, Meaning] = {}
        """By the action as a caller wrote it; `find` fills it."""
        for actions in all_actions:
            if actions.negated:
                (group,) = actions.groups
                self._everywhere[group] = _unless(actions.patterns)
            else:
                for pattern in actions.patterns:
                    self._add(pattern)

    def find(self, raw_action: str) -> Meaning:
        """What an action means that is not remembered."""
        action = raw_action.lower()
        groups = [action] if action in self._named else []
        for several in (self._by_service.get(action.partition(":")[0], {}), self._everywhere):
            groups += [group for group, means in several.items() if means(action)]
        meaning = Meaning(action, frozenset(groups), has_own_rules(action))
        if len(raw_action) <= LONGEST_REMEMBERED:
            self._weight += 1 + len(groups)
            if self._weight > MOST_REMEMBERED:
                self.remembered.clear()
                self._weight = 1 + len(groups)
            self.remembered[raw_action] = meaning
        return meaning

    def _add(self, pattern: str) -> None:
        service, colon, _ = pattern.partition(":")
        if not is_glob(pattern):
            self._named.add(pattern)
        elif colon:
            self._by_service.setdefault(service, {})[pattern] = _compiled(pattern)
        else:
            self._everywhere[pattern] = _compiled(pattern)


def has_own_rules(action: str) -> bool:
    """Whether more than the caller's policies decides about an action, in lower case: to assume a role its trust
    policy does, and some need no permission."""
    return action.startswith("sts:")


def is_glob(pattern: str) -> bool:
    """Whether it has wildcards."""
    return "*" in pattern or "?" in pattern


def _unless(patterns: tuple[str, ...]) -> Predicate:
    matchers = [_compiled(pattern) for pattern in patterns]
    return lambda action: not any(means(action) for means in matchers)


def _compiled(pattern: str) -> Predicate:
    return _remembered(pattern) if len(pattern) <= LONGEST_REMEMBERED else glob(split_wildcards(pattern))


@lru_cache(maxsize=16_384)
def _remembered(pattern: str) -> Predicate:
    """Policies say the same again and again."""
    return glob(split_wildcards(pattern))
