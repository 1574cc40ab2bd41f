"""Resources that no action of their statement has, or that AWS reads otherwise than they look."""

from collections.abc import Iterator

from doorward_policy.lint.finding import Finding, Severity, Subject, shown

_PARTS = 6

_SAME = (
    frozenset({"codeconnections", "codestar-connections"}),
    frozenset({"application-autoscaling", "autoscaling"}),
)
"""Services whose resources bear the name of either."""


def wildcard_service(subject: Subject) -> Iterator[Finding]:
    """ARNs with a wildcard for the service (IAM user guide, "IAM JSON policy elements: Resource")."""
    for text in _arns(subject):
        parts = text.split(":", _PARTS - 1)
        if len(parts) < 3 or not set(parts[2]) & {"*", "?"} or _is_any_arn(parts):
            continue
        yield Finding(
            path=subject.at("Resource", subject.statement.resources),
            rule="wildcard-service",
            severity=Severity.WARNING,
            reason=f"`{shown(text)}` has a wildcard for the service, which AWS's language does not allow there",
            remedy="write one ARN for each service, or `*`",
        )


def short_arn(subject: Subject) -> Iterator[Finding]:
    """ARNs with fewer than six parts, which match more than they seem to."""
    for text in _arns(subject):
        parts = text.split(":")
        if len(parts) >= _PARTS or _is_any_arn(parts):
            continue
        yield Finding(
            path=subject.at("Resource", subject.statement.resources),
            rule="short-arn",
            severity=Severity.WARNING,
            reason=f"`{shown(text)}` has {len(parts)} of the {_PARTS} parts of an ARN: the others match anything",
            remedy="write all parts, `arn:partition:service:region:account:resource`",
        )


def service_mismatch(subject: Subject) -> Iterator[Finding]:
    """ARNs of a service whose resources none of the statement's actions is for."""
    expected = _expected_services(subject)
    if not expected:
        return
    for text in _arns(subject):
        service = text.split(":", 3)[2] if text.count(":") >= 2 else "*"
        if set(service) & {"*", "?", "$"} or any(_are_related(service, each) for each in expected):
            continue
        yield Finding(
            path=subject.at("Resource", subject.statement.resources),
            rule="service-mismatch",
            severity=Severity.WARNING,
            reason=f"`{shown(text)}` is none of the resources that the statement's actions are for",
            remedy=f"name resources of {' or '.join(f'`{each}`' for each in sorted(expected)[:5])}",
        )


def _are_related(one: str, other: str) -> bool:
    """Whether services are one, or known by two names as `waf` and `waf-regional` are."""
    return one.startswith(other) or other.startswith(one) or any({one, other} <= same for same in _SAME)


def _expected_services(subject: Subject) -> frozenset[str]:
    """Whose resources the actions are for; empty when that is not known for certain."""
    actions = subject.statement.actions
    catalogue = subject.catalogue
    if catalogue is None or actions.negated or subject.statement.resources is None:
        return frozenset()
    services = {text.partition(":")[0].lower() if ":" in text else "*" for text in actions.values}
    known = catalogue.services()
    if not all(service in known for service in services):
        return frozenset()
    each = [frozenset(catalogue.resource_services(service)) for service in services]
    return frozenset().union(*each) if all(each) else frozenset()


def _arns(subject: Subject) -> Iterator[str]:
    resources = subject.statement.resources
    for text in dict.fromkeys(resources.values if resources is not None else ()):
        if text.startswith("arn:"):
            yield text


def _is_any_arn(parts: list[str]) -> bool:
    """Whether it says nothing but that it is an ARN, maybe of which partition, as `arn:aws:*` does."""
    return not any(part.strip("*") for part in parts[2:])
