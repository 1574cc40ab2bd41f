"""Values of conditions that match nothing (IAM user guide, "IAM JSON policy elements: Condition operators")."""

from collections.abc import Callable, Iterator

from doorward_policy.glob import glob, split_arn, split_wildcards
from doorward_policy.instant import parse_instant
from doorward_policy.lint.finding import Finding, Severity, Subject, shown
from doorward_policy.lint.variables import has_variable
from doorward_policy.operators import Operator, Quantifier, find_operator

_PARTS = 6


def no_values(subject: Subject) -> Iterator[Finding]:
    """An empty list, of which no value can match."""
    for condition in subject.statement.conditions:
        qualified = find_operator(condition.operator)
        if condition.values or qualified is None:
            continue
        holds_without_key = qualified.if_exists or qualified.quantifier is Quantifier.ALL
        if qualified.operator.negated:
            effect = "the condition always holds"
        else:
            effect = "the condition holds only without the key" if holds_without_key else "the condition never holds"
        yield Finding(
            path=subject.at_condition(condition),
            rule="no-values",
            severity=Severity.WARNING if qualified.operator.negated or holds_without_key else Severity.ERROR,
            reason=f"there is no value to compare with, so that {effect}",
            remedy="give a value, or remove the statement or the condition",
        )


def unreadable_value(subject: Subject) -> Iterator[Finding]:
    """A value that is none of the operator's kind."""
    for condition in subject.statement.conditions:
        qualified = find_operator(condition.operator)
        form = _form(qualified.operator) if qualified is not None else None
        if qualified is None or form is None:
            continue
        kind, readable = form
        unreadable = [value for value in condition.values if not has_variable(value) and not readable(value)]
        if unreadable:
            some = ", ".join(f"`{shown(value)}`" for value in unreadable[:5])
            matches = "differs from every value" if qualified.operator.negated else "matches nothing"
            yield Finding(
                path=subject.at_condition(condition),
                rule="unreadable-value",
                severity=Severity.ERROR,
                reason=f"what is not {kind} {matches}: {some}",
                remedy=f"write {kind}, or use another operator",
            )


def wildcard_not_expanded(subject: Subject) -> Iterator[Finding]:
    """`*` or `?` under an operator that compares whole strings."""
    for condition in subject.statement.conditions:
        qualified = find_operator(condition.operator)
        if qualified is None or not qualified.operator.name.startswith("String") or qualified.operator.wildcards:
            continue
        text = next((value for value in condition.values if _looks_like_glob(value)), None)
        if text is not None:
            like = "StringNotLike" if qualified.operator.negated else "StringLike"
            yield Finding(
                path=subject.at_condition(condition),
                rule="wildcard-not-expanded",
                severity=Severity.WARNING,
                reason=f"`{shown(text)}` is compared as it stands: `{condition.operator}` knows no wildcards",
                remedy=f"probably `{like}` is meant",
            )


def _looks_like_glob(value: str) -> bool:
    """An escaped `${*}` is meant as the character; a question mark in a URL begins its query."""
    bare = value.replace("${*}", "").replace("${?}", "")
    return "*" in bare or ("?" in bare and "://" not in bare and " " not in bare)


def _matches_itself(name: str) -> Callable[[str], bool]:
    """Whether an operator can read a value: what it cannot read is not even equal to itself."""
    qualified = find_operator(name)
    if qualified is None:
        raise ValueError(f"no such condition operator: `{name}`")
    matcher = qualified.operator.matcher
    return lambda value: matcher([(value,)])(value.partition("/")[0] if name == "IpAddress" else value)


is_number = _matches_itself("NumericEquals")
"""Whether a text is a number as Numeric operators read it."""

is_network = _matches_itself("IpAddress")
"""Whether a text is an address or a CIDR range: of a range, its address is inside."""


def is_arn_pattern(value: str) -> bool:
    """Whether an ARN can match it; one that just breaks off, without a wildcard, is probably none either."""
    parts = split_arn(split_wildcards(value))
    return glob(parts[0])("arn") and (value.count(":") >= _PARTS - 1 or value.endswith("*"))


def _is_boolean(value: str) -> bool:
    return value.lower() in {"true", "false"}


_FORMS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("Numeric", "a number", is_number),
    ("Date", "a date", lambda value: parse_instant(value) is not None),
    ("Bool", "`true` or `false`", _is_boolean),
    ("Null", "`true` or `false`", _is_boolean),
    ("Binary", "base64", _matches_itself("BinaryEquals")),
    ("IpAddress", "an address or a range of them", is_network),
    ("NotIpAddress", "an address or a range of them", is_network),
    ("Arn", "an ARN", is_arn_pattern),
)
"""The beginning of an operator's name, what its values are, and what tells whether a text is one."""


def _form(operator: Operator) -> tuple[str, Callable[[str], bool]] | None:
    """What values of an operator are; None when any text is one."""
    for beginning, kind, readable in _FORMS:
        if operator.name.startswith(beginning):
            return kind, readable
    return None
