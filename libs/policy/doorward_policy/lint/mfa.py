"""Conditions on multi-factor authentication that overlook long-term keys, for which there are no such keys.

IAM user guide, "AWS global condition context keys", `aws:MultiFactorAuthPresent` and `aws:MultiFactorAuthAge`.
"""

from collections.abc import Iterator

from doorward_policy.document import Condition, Policy
from doorward_policy.lint.finding import Finding, Severity, Subject
from doorward_policy.operators import PRESENCE, find_operator

_PRESENT = "aws:multifactorauthpresent"
_AGE = "aws:multifactorauthage"
_OLDER = ("NumericGreaterThan", "NumericGreaterThanEquals")
_YOUNGER = ("NumericLessThan", "NumericLessThanEquals")


def mfa_not_required(subject: Subject) -> Iterator[Finding]:
    """A Deny that long-term keys escape, or an Allow that lets them in."""
    for condition in subject.statement.conditions:
        key = condition.key.lower()
        if key == _PRESENT:
            trap = _allow_trap(subject, condition) if subject.allows else _deny_trap(subject.policy, condition)
        elif key == _AGE:
            trap = _age_trap(condition, allows=subject.allows)
        else:
            continue
        if trap is not None:
            reason, remedy = trap
            yield Finding(
                path=subject.at_condition(condition),
                rule="mfa-not-required",
                severity=Severity.WARNING,
                reason=reason,
                remedy=remedy,
            )


def _deny_trap(policy: Policy, condition: Condition) -> tuple[str, str] | None:
    if _is(condition, "Bool", "false") and not _denies(policy, "Null", "true"):
        return "does not deny long-term access keys: for them the key is missing", "use `BoolIfExists`"
    if _is(condition, "Null", "true") and not any(_denies(policy, each, "false") for each in ("Bool", "BoolIfExists")):
        return (
            "does not deny temporary credentials that were got without MFA: for them the key is there, and `false`",
            'use `"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}`',
        )
    return None


def _allow_trap(subject: Subject, condition: Condition) -> tuple[str, str] | None:
    if _is(condition, "BoolIfExists", "true"):
        if any(_is(other, "Null", "false") for other in _of_presence(subject.statement.conditions)):
            return None
        return "also allows long-term access keys without MFA: for them the key is missing", "use `Bool`"
    if _is(condition, "Null", "false"):
        others = _of_presence(subject.statement.conditions)
        if any(_is(other, each, "true") for other in others for each in ("Bool", "BoolIfExists")):
            return None
        return (
            "also allows temporary credentials that were got without MFA: for them the key is there, and `false`",
            'use `"Bool": {"aws:MultiFactorAuthPresent": "true"}`',
        )
    return None


def _age_trap(condition: Condition, *, allows: bool) -> tuple[str, str] | None:
    qualified = find_operator(condition.operator)
    if qualified is None or qualified.quantifier is not None:
        return None
    name = qualified.operator.name
    if not allows and name in _OLDER and not qualified.if_exists:
        return "does not deny callers without MFA: for them the key is missing", f"use `{name}IfExists`"
    if allows and name in _YOUNGER and qualified.if_exists:
        return "also allows callers without MFA: for them the key is missing", f"use `{name}`"
    return None


def _denies(policy: Policy, operator: str, value: str) -> bool:
    """Whether another statement takes care of those whom one alone would overlook."""
    return any(
        _is(condition, operator, value)
        for statement in policy.statements
        if statement.effect == "Deny"
        for condition in _of_presence(statement.conditions)
    )


def _of_presence(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    return (condition for condition in conditions if condition.key.lower() == _PRESENT)


def _is(condition: Condition, operator: str, value: str) -> bool:
    qualified = find_operator(condition.operator)
    if qualified is None or qualified.quantifier is not None:
        return False
    name = f"{qualified.operator.name}{'IfExists' if qualified.if_exists else ''}"
    values = {each.lower() for each in condition.values}
    return name == operator and values == {value} and (qualified.operator is PRESENCE or name.startswith("Bool"))
