"""In which services a policy grants anything at all, whatever the resource and the conditions."""

from dataclasses import dataclass

from doorward_policy.actions import ANY_ACTION
from doorward_policy.document import Patterns, Policy


@dataclass(frozen=True, slots=True)
class GrantedServices:
    """Services in lower case: each of `named`, and all others but `spared` unless `spared` is None."""

    named: frozenset[str]
    spared: frozenset[str] | None

    def __contains__(self, service: object) -> bool:
        if not isinstance(service, str):
            return False
        service = service.lower()
        return service in self.named or (self.spared is not None and service not in self.spared)


def granted_services(policy: Policy) -> GrantedServices:
    """The services of which some statement with the effect Allow can mean an action.

    A NotAction grants in every service that it does not exclude as a whole, with one pattern such as `s3:*`
    (IAM user guide, "NotAction"). What a Deny takes away again is not looked at, as with AWS
    (IAM API reference, ListPoliciesGrantingServiceAccess).
    """
    named: set[str] = set()
    spared: frozenset[str] | None = None
    for statement in policy.statements:
        if statement.effect != "Allow":
            continue
        whole = _whole_services(statement.actions)
        if not statement.actions.negated:
            parts = (pattern.lower().partition(":") for pattern in statement.actions.values)
            named.update(service for service, _, name in parts if name)
            if ANY_ACTION in whole:
                spared = frozenset()
        elif ANY_ACTION not in whole:
            spared = whole if spared is None else spared & whole
    return GrantedServices(frozenset(named), spared)


def _whole_services(actions: Patterns) -> frozenset[str]:
    """The services of which one of the patterns means every action, and `*` when one means every action of all."""
    parts = (pattern.lower().partition(":") for pattern in actions.values)
    return frozenset(
        service for service, colon, name in parts if (service == ANY_ACTION if not colon else _means_every(name))
    )


def _means_every(name: str) -> bool:
    """Whether a pattern means every name, of which none is empty."""
    return "*" in name and not name.strip("*?") and name.count("?") <= 1
