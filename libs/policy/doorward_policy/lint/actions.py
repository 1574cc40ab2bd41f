"""Actions that no catalogue knows: own services are welcome, slips are not."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from itertools import islice

from doorward_policy.lint.finding import Catalogue, Finding, Severity, Subject, shown

_MOST_IN_A_STATEMENT = 20
"""Unknown names of one statement that are reported."""

_LONGEST_NAME = 64
"""In characters; for a longer one no similar name is sought."""


def unknown_service(subject: Subject) -> Iterator[Finding]:
    """Services that the catalogue does not have, such as one's own."""
    catalogue = subject.catalogue
    if catalogue is None:
        return
    known = catalogue.services()
    unknown = (service for service in _by_service(subject) if service not in known)
    for service in islice(unknown, _MOST_IN_A_STATEMENT):
        yield Finding(
            path=subject.at("Action", subject.statement.actions),
            rule="unknown-service",
            severity=Severity.WARNING,
            reason=f"the catalogue of AWS's services has no `{shown(service)}`",
            remedy=_did_you_mean(service, known) + "if it is a service of your own, all is well",
        )
    if next(unknown, None) is not None:
        yield _more(subject, "unknown-service")


def unknown_action(subject: Subject) -> Iterator[Finding]:
    """Actions that a known service does not have, and wildcards that match none of its actions."""
    catalogue = subject.catalogue
    if catalogue is None:
        return
    known = catalogue.services()
    unknown = (
        (service, name)
        for service, names in _by_service(subject).items()
        if service in known
        for name in names
        if not catalogue.matches(service, name)
    )
    for service, name in islice(unknown, _MOST_IN_A_STATEMENT):
        yield _unknown_action(subject, catalogue, service, name)
    if next(unknown, None) is not None:
        yield _more(subject, "unknown-action")


def _unknown_action(subject: Subject, catalogue: Catalogue, service: str, name: str) -> Finding:
    wild = "*" in name or "?" in name
    what = "action that matches" if wild else "action"
    advice = "" if wild else _did_you_mean(name, catalogue.actions(service), f"{service}:")
    return Finding(
        path=subject.at("Action", subject.statement.actions),
        rule="unknown-action",
        severity=Severity.WARNING,
        reason=f"the catalogue of AWS's services has no {what} `{service}:{shown(name)}`",
        remedy=advice + "if it is an action of your own or a very new one, all is well",
    )


def _by_service(subject: Subject) -> dict[str, dict[str, None]]:
    """The names and patterns of each service that is written without wildcards."""
    services: dict[str, dict[str, None]] = {}
    for text in subject.statement.actions.values:
        service, colon, name = text.partition(":")
        if colon and "*" not in service and "?" not in service:
            services.setdefault(service.lower(), {}).setdefault(name)
    return services


def _did_you_mean(name: str, known: Collection[str], prefix: str = "") -> str:
    if len(name) > _LONGEST_NAME:
        return ""
    lowered = {each.lower(): each for each in known}
    similar = get_close_matches(name.lower(), lowered, n=1, cutoff=0.75)
    return f"did you mean `{prefix}{lowered[similar[0]]}`? " if similar else ""


def _more(subject: Subject, rule: str) -> Finding:
    return Finding(
        path=subject.at("Action", subject.statement.actions),
        rule=rule,
        severity=Severity.WARNING,
        reason="there are more that the catalogue of AWS's services does not have",
        remedy="mend the others, then lint again",
    )
