"""Conditions compiled to checks of a request's context."""

from collections.abc import Callable
from functools import lru_cache

from doorward_policy.anyof import AnyOf, any_of
from doorward_policy.document import Condition
from doorward_policy.operators import PRESENCE, QualifiedOperator, Quantifier, find_operator
from doorward_policy.variables import Context, parse_template

Check = Callable[[Context], bool]


MOST_SHARED, LONGEST_SHARED = 4_096, 256
"""How many checks are shared by all who write the same condition, and of how many characters in its values."""


def compile_condition(condition: Condition, *, variables: bool) -> Check:
    """A check that says whether the condition holds; `variables` as the policy's version has it.

    What is equal becomes one object: policies say the same again and again, and it stays in the processor's caches.
    """
    short = len(condition.key) + sum(map(len, condition.values)) + len(condition.values) <= LONGEST_SHARED
    return _shared(condition, variables) if short else _compile(condition, variables)


def _compile(condition: Condition, variables: bool) -> Check:
    qualified = find_operator(condition.operator)
    if qualified is None:
        raise ValueError(f"no such condition operator: `{condition.operator}`")
    row = qualified.operator
    templates = [
        parse_template(value, variables=variables and row.variables, wildcards=row.wildcards)
        for value in dict.fromkeys(condition.values)
    ]
    values = any_of((template, row.matcher) for template in templates)
    key = condition.key.lower()
    if row is PRESENCE:
        return _presence(key, values)
    if qualified.quantifier is not None:
        return _quantified(key, values, qualified, qualified.quantifier)
    return _single(key, values, qualified)


_shared = lru_cache(maxsize=MOST_SHARED)(_compile)


def _presence(key: str, values: AnyOf) -> Check:
    def check(context: Context) -> bool:
        absent = context.get(key) in {None, ()}
        return values.matches("true" if absent else "false", context)

    return check


def _single(key: str, values: AnyOf, qualified: QualifiedOperator) -> Check:
    """One value against all of the policy's: one must match, or none when negated."""
    negated = qualified.operator.negated
    when_missing = negated or qualified.if_exists
    fixed, matches = values.fixed, values.matches

    def check(context: Context) -> bool:
        value = context.get(key)
        if isinstance(value, str):
            return matches(value, context) is not negated
        return when_missing and not value  # several values need a quantifier

    def check_fixed(context: Context) -> bool:
        value = context.get(key)
        if isinstance(value, str):
            return fixed(value) is not negated
        return when_missing and not value

    return check if values.templates else check_fixed


def _quantified(key: str, values: AnyOf, qualified: QualifiedOperator, quantifier: Quantifier) -> Check:
    """Each value on its own as above; then all of them must hold, or any. A single value is a set of one."""
    negated = qualified.operator.negated
    for_all = quantifier is Quantifier.ALL
    when_missing = for_all or qualified.if_exists

    def check(context: Context) -> bool:
        given = context.get(key)
        several = (given,) if isinstance(given, str) else given or ()
        missing = not any(several) if for_all else not several  # to ForAllValues, empty text is a null data set
        if missing:
            return when_missing
        matches = values.bound(context, max(map(len, several))) if values.templates else values.fixed
        held = (matches(value) is not negated for value in several)
        return all(held) if for_all else any(held)

    return check
