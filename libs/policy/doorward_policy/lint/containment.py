"""Whether one pattern matches everything that another one matches: yes for certain, or not known."""

from collections.abc import Iterable
from dataclasses import dataclass

from doorward_policy.document import Patterns
from doorward_policy.glob import Predicate, Tokens, Wildcard, glob, literal, split_wildcards
from doorward_policy.variables import Template, Variable, parse_template

_WALLS = 5
_ANY_RUN, _ANY_ONE = "\ud800", "\ud801"
"""What stands for wildcards when a pattern is read as text: halves of characters, which no document can hold."""


class OutOfBudget(Exception):
    """As many comparisons were made as one document is worth."""


class Budget:
    """How much comparing may still be done; keeps huge documents from taking minutes."""

    def __init__(self, comparisons: int) -> None:
        self._left = comparisons

    def spend(self, comparisons: int) -> None:
        """Raises OutOfBudget."""
        self._left -= comparisons
        if self._left < 0:
            raise OutOfBudget


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern in its parts, each matched on its own: the six of an ARN, one of an action, none of `*`.

    `texts` are the parts with wildcards and variables as characters that only a wildcard matches.
    `predicates` is None when the pattern can contain no other than itself.
    """

    parts: tuple[Template, ...]
    texts: tuple[str, ...]
    predicates: tuple[Predicate, ...] | None
    ones: tuple[bool, ...]

    def contains(self, other: "Pattern") -> bool:
        """Whether it matches whatever the other matches, in every request; False when that is not certain."""
        if self.parts == other.parts or not self.parts:
            return True
        if self.predicates is None or len(self.parts) != len(other.parts):
            return False
        return all(
            not (one and _ANY_RUN in text) and predicate(text)
            for predicate, one, text in zip(self.predicates, self.ones, other.texts, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSet:
    """Action, Resource or their negations, ready to be compared."""

    patterns: tuple[Pattern, ...]
    exact: frozenset[tuple[Template, ...]]
    wide: tuple[Pattern, ...]
    negated: bool

    def contains(self, other: "PatternSet", budget: Budget) -> bool:
        """Whether it matches whatever the other matches; False when that is not certain. Raises OutOfBudget."""
        if () in self.exact and not self.negated:
            return True
        if self.negated is not other.negated:
            return False
        within, around = (self, other) if self.negated else (other, self)
        return all(_covers(around, pattern, budget) for pattern in within.patterns)


def _covers(patterns: PatternSet, pattern: Pattern, budget: Budget) -> bool:
    if pattern.parts in patterns.exact:
        return True
    for each in patterns.wide:
        budget.spend(cost(pattern))
        if each.contains(pattern):
            return True
    return False


def cost(pattern: Pattern) -> int:
    """What comparing with a pattern takes: one for each so many characters."""
    return 1 + sum(map(len, pattern.texts)) // 128


def pattern_set(patterns: Iterable[Pattern], *, negated: bool) -> PatternSet:
    """The patterns of one element."""
    kept = tuple(patterns)
    return PatternSet(
        patterns=kept,
        exact=frozenset(pattern.parts for pattern in kept),
        wide=tuple(pattern for pattern in kept if pattern.predicates is not None),
        negated=negated,
    )


def action_set(actions: Patterns) -> PatternSet:
    """Action or NotAction."""
    return pattern_set(map(action_pattern, actions.values), negated=actions.negated)


def resource_set(resources: Patterns | None, *, variables: bool) -> PatternSet:
    """Resource or NotResource; none means the resource itself, whichever it is."""
    if resources is None:
        return pattern_set([_pattern(())], negated=False)
    return pattern_set(
        (resource_pattern(each, variables=variables) for each in resources.values), negated=resources.negated
    )


def action_pattern(text: str) -> Pattern:
    """An action, which has no case."""
    tokens = split_wildcards(text.lower())
    return _pattern(() if tokens == (Wildcard.RUN,) else (tokens,))


def resource_pattern(text: str, *, variables: bool) -> Pattern:
    """A resource; parts that it lacks count as `*`, variables have a meaning in the last part."""
    if text == "*":
        return _pattern(())
    head = text.split(":", _WALLS)
    path = head.pop() if len(head) > _WALLS else "*"
    head += ["*"] * (_WALLS - len(head))
    return _pattern((*map(split_wildcards, head), parse_template(path, variables=variables, wildcards=True)), arn=True)


def _pattern(parts: tuple[Template, ...], *, arn: bool = False) -> Pattern:
    constant: list[Tokens] = []
    for part in parts:
        tokens = tuple(token for token in part if not isinstance(token, Variable))
        if len(tokens) == len(part):
            constant.append(tokens)
    # A pattern with variables may match nothing; one with wildcards before the partition matches ARNs alone.
    fixed = len(constant) == len(parts) and not (arn and parts[0] != ("arn",))
    open_ended = not parts or any(literal(tokens) is None for tokens in constant)
    return Pattern(
        parts=parts,
        texts=tuple("".join(map(_character, part)) for part in parts),
        predicates=tuple(map(glob, constant)) if fixed and open_ended else None,
        ones=tuple(Wildcard.ONE in part for part in parts),
    )


def _character(token: str | Wildcard | Variable) -> str:
    match token:
        case str():
            return token
        case Wildcard.ONE:
            return _ANY_ONE
        case _:
            return _ANY_RUN
