"""Action and NotAction compiled, and which of them mean an action."""

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from doorward_policy.document import Patterns
from doorward_policy.glob import Predicate, glob, split_wildcards

LONGEST_SHARED, MOST_SHARED = 128, 8
"""In characters and in patterns. What is longer is seldom written twice, and is not kept for the next who does."""

ANY_ACTION = "*"


Groups = frozenset[str]
"""The groups of statements that mean an action."""


class Actions(NamedTuple):
    """Action or NotAction (IAM user guide, "Action", "NotAction"); `patterns` are in lower case.

    `groups` are the names under which a statement is found: each of its patterns, or all of them when it is NotAction.
    """

    patterns: tuple[str, ...]
    negated: bool
    groups: tuple[str, ...]


def compile_actions(actions: Patterns) -> Actions:
    """Case does not matter, nor how often a pattern stands there.

    What is equal becomes one object: a judgement reads it, and finds the few that everybody uses in the caches.
    """
    patterns = tuple(dict.fromkeys(sys.intern(value.lower()) for value in actions.values))
    short = len(patterns) <= MOST_SHARED and all(len(pattern) <= LONGEST_SHARED for pattern in patterns)
    return _shared_actions(patterns, actions.negated) if short else _actions(patterns, actions.negated)


def _actions(patterns: tuple[str, ...], negated: bool) -> Actions:
    # NUL, which no pattern can hold, keeps one list from looking like another
    return Actions(patterns, negated, ("\0".join(("not", *patterns)),) if negated else patterns)


_shared_actions = lru_cache(maxsize=16_384)(_actions)


class Meanings:
    """Which groups of a set of statements mean an action. Never changes."""

    __slots__ = ("_by_service", "_everywhere", "_named")

    def __init__(self, all_actions: Iterable[Actions]) -> None:
        self._named: set[str] = set()
        self._by_service: dict[str, dict[str, Predicate]] = {}
        self._everywhere: dict[str, Predicate] = {}
        for actions in all_actions:
            if actions.negated:
                (group,) = actions.groups
                self._everywhere[group] = _unless(actions.patterns)
            else:
                for pattern in actions.patterns:
                    self._add(pattern)

    def find(self, raw_action: str) -> Groups:
        """The groups that mean an action, which may be written in any case."""
        action = raw_action.lower()
        groups = [action] if action in self._named else []
        for several in (self._by_service.get(action.partition(":")[0], {}), self._everywhere):
            groups += [group for group, means in several.items() if means(action)]
        return frozenset(groups)

    def _add(self, pattern: str) -> None:
        service, colon, _ = pattern.partition(":")
        if not is_glob(pattern):
            self._named.add(pattern)
        elif colon:
            self._by_service.setdefault(service, {})[pattern] = _compiled(pattern)
        else:
            self._everywhere[pattern] = _compiled(pattern)


def is_glob(pattern: str) -> bool:
    """Whether it has wildcards."""
    return "*" in pattern or "?" in pattern


def _unless(patterns: tuple[str, ...]) -> Predicate:
    matchers = [_compiled(pattern) for pattern in patterns]
    return lambda action: not any(means(action) for means in matchers)


def _compiled(pattern: str) -> Predicate:
    return _shared_glob(pattern) if len(pattern) <= LONGEST_SHARED else glob(split_wildcards(pattern))


@lru_cache(maxsize=16_384)
def _shared_glob(pattern: str) -> Predicate:
    """Policies say the same again and again."""
    return glob(split_wildcards(pattern))
