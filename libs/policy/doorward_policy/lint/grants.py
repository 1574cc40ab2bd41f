"""Allow with wildcards that grant more than anybody reads into them (IAM user guide, "Security best practices")."""

import re
from collections.abc import Iterator

from doorward_policy.document import Patterns, PolicyKind
from doorward_policy.lint.finding import Finding, Severity, Subject, shown

_ANYTHING = re.compile(r"\*[*:]*|[*:]*\*")
_ANY_RESOURCE = re.compile(r"\*|arn(?::[a-z*-]+)?(?::\*+)+")
_WHOLE_SERVICE = re.compile(r"[A-Za-z0-9.-]+:\*+")


def grants_everything(subject: Subject) -> Iterator[Finding]:
    """Allow, every action, every resource, no condition."""
    if _grants_without_condition(subject) and _all_actions(subject) and _all_resources(subject):
        yield Finding(
            path=subject.path,
            rule="grants-everything",
            severity=Severity.WARNING,
            reason="allows every action on every resource: whoever has this policy administers the account",
            remedy="name the actions and the resources that are needed",
        )


def grants_all_but(subject: Subject) -> Iterator[Finding]:
    """Allow with NotAction on everything, or with NotResource for every action."""
    if not _grants_without_condition(subject):
        return
    statement = subject.statement
    resources = statement.resources
    excepts_resources = resources is not None and resources.negated
    if statement.actions.negated and (excepts_resources or _all_resources(subject)):
        yield _all_but(subject, subject.at("Action", statement.actions), "actions")
    elif excepts_resources and _all_actions(subject):
        yield _all_but(subject, subject.at("Resource", resources), "resources")


def _all_but(subject: Subject, path: str, what: str) -> Finding:
    return Finding(
        path=path,
        rule="grants-all-but",
        severity=Severity.WARNING,
        reason=f"allows everything but the listed {what}, whatever services and {what} are added in future",
        remedy=f"list the {what} to allow, or add a Deny for those to keep back: an Allow takes nothing away",
    )


def grants_whole_service(subject: Subject) -> Iterator[Finding]:
    """Allow `service:*` on everything."""
    actions = subject.statement.actions
    if not _grants_without_condition(subject) or actions.negated or not _all_resources(subject):
        return
    services = [shown(text) for text in actions.values if _WHOLE_SERVICE.fullmatch(text)]
    if services and not _all_actions(subject):
        some = ", ".join(f"`{each}`" for each in services[:5])
        more = f" and {len(services) - 5} more" if len(services) > 5 else ""
        yield Finding(
            path=subject.at("Action", actions),
            rule="grants-whole-service",
            severity=Severity.INFO,
            reason=f"allows all actions of a service on all its resources: {some}{more}",
            remedy="name the actions or the resources that are needed",
        )


def _grants_without_condition(subject: Subject) -> bool:
    """Boundaries, session policies, SCPs and RCPs only limit what something else grants."""
    return subject.kind is PolicyKind.IDENTITY and subject.allows and not subject.statement.conditions


def _all_actions(subject: Subject) -> bool:
    return _any_of(subject.statement.actions, _ANYTHING)


def _all_resources(subject: Subject) -> bool:
    return _any_of(subject.statement.resources, _ANY_RESOURCE)


def _any_of(patterns: Patterns | None, form: re.Pattern[str]) -> bool:
    return patterns is not None and not patterns.negated and any(map(form.fullmatch, patterns.values))
