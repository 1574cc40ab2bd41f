"""A list of patterns of which one must match: the values of a condition, or of Resource."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from doorward_policy.glob import Predicate, Tokens, glob, literal
from doorward_policy.variables import Context, Template, constant, resolve

Matcher = Callable[[Tokens], Predicate]
"""Compiles a pattern to what judges one value."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Patterns compiled as far as they do not depend on the request."""

    exact: frozenset[str]
    predicates: tuple[Predicate, ...]
    templates: tuple[tuple[Template, Matcher], ...]

    @property
    def is_exact(self) -> bool:
        """Whether a value matches just if it is one of `exact`."""
        return not self.predicates and not self.templates

    def matches(self, value: str, context: Context) -> bool:
        """Whether one of the patterns matches; one whose variables cannot be resolved matches nothing."""
        if value in self.exact:
            return True
        for predicate in self.predicates:
            if predicate(value):
                return True
        for template, matcher in self.templates:
            tokens = resolve(template, context)
            if tokens is not None and matcher(tokens)(value):
                return True
        return False


def any_of(patterns: Iterable[tuple[Template, Matcher]]) -> AnyOf:
    """Compile patterns; plain text that must be equal is found by hash."""
    exact = set()
    predicates = []
    templates = []
    for template, matcher in patterns:
        tokens = constant(template)
        if tokens is None:
            templates.append((template, matcher))
        elif matcher is glob and (text := literal(tokens)) is not None:
            exact.add(text)
        else:
            predicates.append(matcher(tokens))
    return AnyOf(frozenset(exact), tuple(predicates), tuple(templates))
