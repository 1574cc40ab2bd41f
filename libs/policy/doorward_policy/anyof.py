"""A list of patterns of which one must match: the values of a condition, or of Resource."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from doorward_policy.glob import Predicate, Tokens
from doorward_policy.variables import Context, Template, constant, resolve

Matcher = Callable[[Sequence[Tokens]], Predicate]
"""Compiles patterns to what says whether a value matches one of them."""

MOST_GROWTH = 3
"""A text that is so many times longer than a value matches it in no way; folding case triples one at most."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Patterns compiled as far as they do not depend on the request: `fixed` says whether a value matches one that
    has no variables; `templates` have some."""

    fixed: Predicate
    templates: tuple[tuple[Template, Matcher], ...]

    def matches(self, value: str, context: Context) -> bool:
        """Whether one of the patterns matches; one whose variables cannot be resolved matches nothing."""
        return self.bound(context, len(value))(value) if self.templates else self.fixed(value)

    def bound(self, context: Context, longest: int) -> Predicate:
        """Whether one of the patterns matches in this context; for values of at most `longest` characters."""
        resolved: dict[Matcher, list[Tokens]] = {}
        for template, matcher in self.templates:
            tokens = resolve(template, context)
            if tokens is not None and _literal_length(tokens) <= MOST_GROWTH * longest:
                resolved.setdefault(matcher, []).append(tokens)
        return _one_of([self.fixed, *[matcher(patterns) for matcher, patterns in resolved.items()]])


def any_of(patterns: Iterable[tuple[Template, Matcher]]) -> AnyOf:
    """Compile patterns, those without variables once and together."""
    fixed: dict[Matcher, list[Tokens]] = {}
    templates = []
    for template, matcher in patterns:
        tokens = constant(template)
        if tokens is None:
            templates.append((template, matcher))
        else:
            fixed.setdefault(matcher, []).append(tokens)
    predicates = [matcher(several) for matcher, several in fixed.items()]
    return AnyOf(_one_of(predicates), tuple(templates))


def _one_of(predicates: Sequence[Predicate]) -> Predicate:
    if not predicates:
        return _nothing
    if len(predicates) == 1:
        return predicates[0]
    if len(predicates) == 2:
        first, second = predicates
        return lambda value: first(value) or second(value)
    return lambda value: any(predicate(value) for predicate in predicates)


def _nothing(value: str) -> bool:
    return False


def _literal_length(tokens: Tokens) -> int:
    return sum([len(token) for token in tokens if isinstance(token, str)])
