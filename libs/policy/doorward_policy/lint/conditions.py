"""Conditions on keys with several values, or with none (IAM user guide, "Multivalued context keys")."""

from collections.abc import Iterator

from doorward_policy.document import Condition, Statement
from doorward_policy.lint.finding import Finding, Severity, Subject
from doorward_policy.operators import PRESENCE, Quantifier, find_operator

_MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
        "sts:transitivetagkeys",
    }
)
"""In lower case (IAM user guide, "AWS global condition context keys")."""

_OPTIONAL = frozenset({"aws:tagkeys", "sts:transitivetagkeys"})
"""Keys that are missing when the caller asks for less: a request without tags has no tag keys."""


def set_operator_missing(subject: Subject) -> Iterator[Finding]:
    """A multivalued key under an operator for one value."""
    for condition in subject.statement.conditions:
        qualified = find_operator(condition.operator)
        if qualified is None or qualified.operator is PRESENCE or qualified.quantifier is not None:
            continue
        if condition.key.lower() in _MULTIVALUED:
            quantifier = "ForAllValues" if qualified.operator.negated else "ForAnyValue"
            yield Finding(
                path=subject.at_condition(condition),
                rule="set-operator-missing",
                severity=Severity.ERROR,
                reason=f"`{condition.key}` has several values, which `{condition.operator}` never matches",
                remedy=f"write `{quantifier}:{condition.operator}`",
            )


def for_all_values_without_null(subject: Subject) -> Iterator[Finding]:
    """Allow with ForAllValues, which holds when the key is missing."""
    if not subject.allows:
        return
    present = None
    for condition in subject.statement.conditions:
        qualified = find_operator(condition.operator)
        if qualified is None or qualified.quantifier is not Quantifier.ALL:
            continue
        if present is None:
            present = _required_keys(subject.statement)
        if condition.key.lower() in present:
            continue
        yield Finding(
            path=subject.at_condition(condition),
            rule="for-all-values-without-null",
            severity=Severity.INFO if condition.key.lower() in _OPTIONAL else Severity.WARNING,
            reason=f"`{condition.operator}` also holds when `{condition.key}` is missing, so that then it allows",
            remedy=f'add `"Null": {{"{condition.key}": "false"}}` if the key is to be there',
        )


def _required_keys(statement: Statement) -> frozenset[str]:
    """The keys without which the statement does not apply."""
    return frozenset(condition.key.lower() for condition in statement.conditions if requires_key(condition))


def requires_key(condition: Condition) -> bool:
    """Whether the condition holds only when its key has a value."""
    qualified = find_operator(condition.operator)
    if qualified is None:
        return False
    if qualified.operator is PRESENCE:
        return bool(condition.values) and all(value.lower() == "false" for value in condition.values)
    if qualified.if_exists:
        return False
    if qualified.quantifier is None:
        return not qualified.operator.negated
    return qualified.quantifier is Quantifier.ANY
