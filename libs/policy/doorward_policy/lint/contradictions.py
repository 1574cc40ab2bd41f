"""Conditions on one key that no request can fulfil at once, so that the statement never applies."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import product
from typing import TypeVar

from doorward_policy.conditions import compile_condition
from doorward_policy.document import Condition
from doorward_policy.instant import parse_instant
from doorward_policy.lint.conditions import requires_key
from doorward_policy.lint.finding import Finding, Severity, Subject, shown
from doorward_policy.lint.values import is_network, is_number
from doorward_policy.lint.variables import has_variable
from doorward_policy.operators import PRESENCE, find_operator

_MOST_WORK = 100_000
"""Characters times patterns that are worth comparing; more on one key is taken to be possible."""

_Limit = TypeVar("_Limit", int, Decimal)
_Network = IPv4Network | IPv6Network
_FAMILIES = ("Numeric", "Date", "Bool")
"""Operators that compare what a text means: two texts that mean the same are one value to them."""


def contradicting_conditions(subject: Subject) -> Iterator[Finding]:
    """Conditions of which the one or the other fails, whatever the request holds."""
    groups: dict[str, list[Condition]] = {}
    for condition in subject.statement.conditions:
        groups.setdefault(condition.key.lower(), []).append(condition)
    for group in groups.values():
        if len(group) < 2 or not any(map(requires_key, group)):
            continue
        if any(map(_requires_absence, group)):
            yield _finding(subject, group, "is to be missing and to have a value at once")
        elif _is_impossible(group, variables=subject.variables):
            yield _finding(subject, group, "cannot have a value that all its conditions accept")


def _finding(subject: Subject, group: list[Condition], reason: str) -> Finding:
    operators = ", ".join(f"`{shown(each.operator)}`" for each in group[:5])
    return Finding(
        path=subject.at_condition(group[0]),
        rule="contradicting-conditions",
        severity=Severity.ERROR,
        reason=f"`{shown(group[0].key)}` {reason} ({operators}): the statement never applies",
        remedy="conditions are joined by AND: put values of which one is enough into one list, or write two statements",
    )


def _requires_absence(condition: Condition) -> bool:
    qualified = find_operator(condition.operator)
    if qualified is None or qualified.operator is not PRESENCE:
        return False
    return bool(condition.values) and all(value.lower() == "true" for value in condition.values)


def _is_impossible(group: list[Condition], *, variables: bool) -> bool:
    """Whether no value fulfils all of the conditions, of which some need one.

    Several values never fulfil a condition without a quantifier, so one value is all that need be tried.
    """
    fixed = [each for each in group if not (variables and any(map(has_variable, each.values)))]
    single = [each for each in fixed if _compares_one_value(each)]
    return (
        _no_listed_value_fits(fixed, variables=variables)
        or _is_empty_range(single, "Numeric", lambda text: Decimal(text) if is_number(text) else None)
        or _is_empty_range(single, "Date", parse_instant)
        or _no_address_fits(single)
    )


def _compares_one_value(condition: Condition) -> bool:
    qualified = find_operator(condition.operator)
    return qualified is not None and qualified.operator is not PRESENCE and qualified.quantifier is None


def _name(condition: Condition) -> str:
    """The operator without its qualifiers."""
    qualified = find_operator(condition.operator)
    return qualified.operator.name if qualified is not None else ""


# --- values that are listed ---


def _no_listed_value_fits(group: list[Condition], *, variables: bool) -> bool:
    """Whether a condition lists all possible values, and each one fails another condition."""
    shortest: dict[str, Condition] = {}
    for condition in group:
        name = _name(condition)
        if not name.endswith(("Equals", "EqualsIgnoreCase", "Bool")) or not _compares_one_value(condition):
            continue
        if name.startswith("Arn") or name.endswith("ThanEquals") or not requires_key(condition):
            continue
        family = _family(name)
        if family not in shortest or len(condition.values) < len(shortest[family].values):
            shortest[family] = condition
    return any(
        _none_fits(
            condition, group if not family else [each for each in group if _family(_name(each)) == family], variables
        )
        for family, condition in shortest.items()
    )


def _family(name: str) -> str:
    """Which operators take texts for equal that this one takes for equal; empty when it compares exactly."""
    if name.endswith("IgnoreCase"):
        return "IgnoreCase"
    return next((each for each in _FAMILIES if name.startswith(each)), "")


def _none_fits(listing: Condition, others: list[Condition], variables: bool) -> bool:
    work = sum(map(len, listing.values)) * sum(len(each.values) for each in others)
    if work > _MOST_WORK:
        return False
    key = listing.key.lower()
    fits_itself = compile_condition(listing, variables=variables)
    values = [value for value in listing.values if fits_itself({key: value})]
    checks = [compile_condition(each, variables=variables) for each in others if each is not listing]
    return bool(values) and not any(all(check({key: value}) for check in checks) for value in values)


# --- ranges ---


def _is_empty_range(group: list[Condition], kind: str, read: Callable[[str], _Limit | None]) -> bool:
    """Whether a lower limit is above an upper one; values of one condition are joined by OR, the widest counts."""
    above: list[tuple[_Limit, bool]] = []
    below: list[tuple[_Limit, bool]] = []
    for condition in group:
        name = _name(condition)
        if not name.startswith((f"{kind}LessThan", f"{kind}GreaterThan")):
            continue
        limits = [limit for value in condition.values if (limit := read(value)) is not None]
        if not limits:
            continue
        inclusive = name.endswith("Equals")
        if name.startswith(f"{kind}LessThan"):
            below.append((max(limits), inclusive))
        else:
            above.append((min(limits), inclusive))
    return any(
        low > high or (low == high and not (with_low and with_high))
        for (low, with_low), (high, with_high) in product(_tightest(above, max), _tightest(below, min))
    )


def _tightest(
    limits: list[tuple[_Limit, bool]], choose: Callable[[Iterable[_Limit]], _Limit]
) -> list[tuple[_Limit, bool]]:
    """The one limit that counts among several, all of which must hold; none when there is none."""
    if not limits:
        return []
    limit = choose(each for each, _ in limits)
    return [(limit, all(inclusive for each, inclusive in limits if each == limit))]


# --- addresses ---


def _no_address_fits(group: list[Condition]) -> bool:
    """Whether no address is in one network of each condition and in none that is excepted."""
    wanted = [_networks(each) for each in group if _name(each) == "IpAddress"]
    excepted = [network for each in group if _name(each) == "NotIpAddress" for network in _networks(each)]
    if not all(wanted) or len(wanted) + bool(excepted) < 2:
        return False
    left, *more = wanted
    for networks in more:
        if len(left) * len(networks) > _MOST_WORK:
            return False
        left = list(dict.fromkeys(_smaller(one, other) for one, other in product(left, networks) if _meet(one, other)))
    if len(left) * len(excepted) > _MOST_WORK:
        return False
    return all(any(_is_within(network, other) for other in excepted) for network in left)


def _networks(condition: Condition) -> list[_Network]:
    return [ip_network(value, strict=False) for value in condition.values if is_network(value)]


def _meet(one: _Network, other: _Network) -> bool:
    return _is_within(one, other) or _is_within(other, one)


def _smaller(one: _Network, other: _Network) -> _Network:
    return one if one.prefixlen >= other.prefixlen else other


def _is_within(inner: _Network, outer: _Network) -> bool:
    """Networks either contain each other or have nothing in common."""
    shift = outer.max_prefixlen - outer.prefixlen
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and int(inner.network_address) >> shift == int(outer.network_address) >> shift
    )
