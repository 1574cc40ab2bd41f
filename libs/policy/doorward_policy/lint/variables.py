"""Policy variables where they are just text (IAM user guide, "IAM policy elements: Variables and tags")."""

from collections.abc import Iterator

from doorward_policy.document import VARIABLES_VERSION, Policy, PolicyKind
from doorward_policy.lint.finding import Finding, Severity, Subject, shown
from doorward_policy.operators import find_operator
from doorward_policy.parse import OLD_ACCEPTED
from doorward_policy.variables import parse_template

_WALLS = 5


def old_version(policy: Policy, kind: PolicyKind) -> Iterator[Finding]:
    """A document of the language's first version, which AWS lets be saved for some kinds of policies only."""
    if policy.version != VARIABLES_VERSION:
        yield Finding(
            path="Version",
            rule="old-version",
            severity=Severity.INFO if kind in OLD_ACCEPTED else Severity.WARNING,
            reason="without this version `${…}` is plain text"
            + ("" if kind in OLD_ACCEPTED else ", and the policy cannot be saved again"),
            remedy=f'write `"Version": "{VARIABLES_VERSION}"`',
        )


def variable_not_expanded(subject: Subject) -> Iterator[Finding]:
    """`${…}` in an old document, before an ARN's sixth part, in an action or under an operator that knows none."""
    statement = subject.statement
    for text in dict.fromkeys(statement.actions.values):
        if has_variable(text):
            yield _not_expanded(subject.at("Action", statement.actions), text, "actions know no variables")
    for text in dict.fromkeys(statement.resources.values if statement.resources is not None else ()):
        if has_variable(text) and (why := _why_not_in_resource(subject, text)):
            yield _not_expanded(subject.at("Resource", statement.resources), text, why)
    for condition in statement.conditions:
        qualified = find_operator(condition.operator)
        if qualified is None:
            continue
        why = "" if qualified.operator.variables else f"`{condition.operator}` knows no variables"
        why = why or ("" if subject.variables else _OLD)
        text = next(filter(has_variable, condition.values), "") if why else ""
        if text:
            yield _not_expanded(subject.at_condition(condition), text, why)


_OLD = f"only version {VARIABLES_VERSION} knows variables"


def _why_not_in_resource(subject: Subject, text: str) -> str:
    if not subject.variables:
        return _OLD
    head = ":".join(text.split(":", _WALLS)[:_WALLS])
    return "variables have a meaning behind the fifth colon only" if "${" in head else ""


def has_variable(text: str) -> bool:
    """Whether there is a `${…}` in it that could be a variable or an escaped character."""
    return "${" in text and parse_template(text, variables=True, wildcards=False) != (text,)


def _not_expanded(path: str, text: str, why: str) -> Finding:
    return Finding(
        path=path,
        rule="variable-not-expanded",
        severity=Severity.ERROR,
        reason=f"`{shown(text)}` is taken as it stands: {why}",
        remedy=f'set `"Version": "{VARIABLES_VERSION}"`' if why == _OLD else "write out the value, or `*`",
    )
