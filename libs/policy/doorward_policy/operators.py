"""Condition operators: one row each (IAM user guide, "IAM JSON policy elements: Condition operators")."""

import binascii
import operator as compare
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

from doorward_policy.anyof import Matcher
from doorward_policy.glob import Predicate, Tokens, some_arn_glob, some_glob
from doorward_policy.instant import parse_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What an operator makes of the policy's values, and which special characters these may hold."""

    name: str
    matcher: Matcher
    negated: bool = False
    variables: bool = False
    wildcards: bool = False
    dates: bool = False


class Quantifier(Enum):
    """How the values of a multivalued key are taken together."""

    ALL = "forallvalues:"
    ANY = "foranyvalue:"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualifiedOperator:
    """An operator as a policy names it, such as `ForAllValues:StringLikeIfExists`."""

    operator: Operator
    quantifier: Quantifier | None
    if_exists: bool


_Comparable = TypeVar("_Comparable", int, Decimal, bytes, bool)
_BOOLEANS = {"true": True, "false": False}
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_IPV4 = re.compile(r"\.".join([r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"] * 4), re.ASCII)
_PREFIX_LENGTH = re.compile(r"/\d{1,3}", re.ASCII)


def _text(tokens: Tokens) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _ignoring_case(patterns: Sequence[Tokens]) -> Predicate:
    wanted = frozenset(_text(tokens).casefold() for tokens in patterns)
    return lambda value: value.casefold() in wanted


def _equal(read: Callable[[str], _Comparable | None]) -> Matcher:
    """Compare the request's value with the policy's; what cannot be read matches nothing."""

    def matcher(patterns: Sequence[Tokens]) -> Predicate:
        wanted = frozenset(map(read, map(_text, patterns))) - {None}
        return lambda value: read(value) in wanted

    return matcher


def _beyond(
    read: Callable[[str], _Comparable | None],
    holds: Callable[[_Comparable, _Comparable], bool],
    easiest: Callable[[Iterable[_Comparable]], _Comparable],
) -> Matcher:
    """Compare the request's value with the policy's: with the one that it is easiest to lie beyond."""

    def matcher(patterns: Sequence[Tokens]) -> Predicate:
        limits = [limit for limit in map(read, map(_text, patterns)) if limit is not None]
        if not limits:
            return lambda value: False
        limit = easiest(limits)

        def matches(value: str) -> bool:
            given = read(value)
            return given is not None and holds(given, limit)

        return matches

    return matcher


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _bool(text: str) -> bool | None:
    return _BOOLEANS.get(text.lower())


def _bytes(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None


def _address_in(patterns: Sequence[Tokens]) -> Predicate:
    """Whether an address lies in one of the networks, which are told apart by version and length."""
    networks = [network for tokens in patterns if (network := _network(_text(tokens))) is not None]
    prefixes: dict[tuple[int, int], set[int]] = {}
    for network in networks:
        host_bits = network.max_prefixlen - network.prefixlen
        prefix = int(network.network_address) >> host_bits
        prefixes.setdefault((network.version, host_bits), set()).add(prefix)
    several = [(version, host_bits, frozenset(known)) for (version, host_bits), known in prefixes.items()]

    def matches(value: str) -> bool:
        given, number = _address(value)
        return any(version == given and number >> host_bits in known for version, host_bits, known in several)

    return matches


def _address(text: str) -> tuple[int | None, int]:
    """Version and number of an address; no version when it is none."""
    common = _IPV4.fullmatch(text)  # a third of the time of what follows
    if common is not None:
        first, second, third, fourth = map(int, common.groups())
        return 4, first << 24 | second << 16 | third << 8 | fourth
    try:
        address = ip_address(text) if "%" not in text else None
    except ValueError:
        address = None
    return (None, 0) if address is None else (address.version, int(address))


def _network(text: str) -> IPv4Network | IPv6Network | None:
    _, slash, length = text.partition("/")
    if "%" in text or (slash and not _PREFIX_LENGTH.fullmatch(slash + length)):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _ordered(kind: str, read: Callable[[str], _Comparable | None], *, dates: bool = False) -> tuple[Operator, ...]:
    relations = {
        "Equals": _equal(read),
        "NotEquals": _equal(read),
        "LessThan": _beyond(read, compare.lt, max),
        "LessThanEquals": _beyond(read, compare.le, max),
        "GreaterThan": _beyond(read, compare.gt, min),
        "GreaterThanEquals": _beyond(read, compare.ge, min),
    }
    return tuple(
        Operator(name=f"{kind}{relation}", matcher=matcher, negated=relation == "NotEquals", dates=dates)
        for relation, matcher in relations.items()
    )


PRESENCE = Operator(name="Null", matcher=_equal(_bool))
"""Its values speak of whether the key is absent, not of what the key holds."""

OPERATORS = (
    Operator(name="StringEquals", matcher=some_glob, variables=True),
    Operator(name="StringNotEquals", matcher=some_glob, variables=True, negated=True),
    Operator(name="StringEqualsIgnoreCase", matcher=_ignoring_case, variables=True),
    Operator(name="StringNotEqualsIgnoreCase", matcher=_ignoring_case, variables=True, negated=True),
    Operator(name="StringLike", matcher=some_glob, variables=True, wildcards=True),
    Operator(name="StringNotLike", matcher=some_glob, variables=True, wildcards=True, negated=True),
    *_ordered("Numeric", _number),
    *_ordered("Date", parse_instant, dates=True),
    Operator(name="Bool", matcher=_equal(_bool), variables=True),
    Operator(name="BinaryEquals", matcher=_equal(_bytes)),
    Operator(name="IpAddress", matcher=_address_in),
    Operator(name="NotIpAddress", matcher=_address_in, negated=True),
    Operator(name="ArnEquals", matcher=some_arn_glob, variables=True, wildcards=True),
    Operator(name="ArnLike", matcher=some_arn_glob, variables=True, wildcards=True),
    Operator(name="ArnNotEquals", matcher=some_arn_glob, variables=True, wildcards=True, negated=True),
    Operator(name="ArnNotLike", matcher=some_arn_glob, variables=True, wildcards=True, negated=True),
    PRESENCE,
)

_BY_NAME = {row.name.lower(): row for row in OPERATORS}


def find_operator(name: str) -> QualifiedOperator | None:
    """The operator that a policy names, ignoring case; None when there is none."""
    rest = name.lower()
    quantifier = next((each for each in Quantifier if rest.startswith(each.value)), None)
    if quantifier is not None:
        rest = rest.removeprefix(quantifier.value)
    if_exists = rest.endswith("ifexists")
    row = _BY_NAME.get(rest.removesuffix("ifexists"))
    if row is None or (row is PRESENCE and (if_exists or quantifier is not None)):
        return None
    return QualifiedOperator(operator=row, quantifier=quantifier, if_exists=if_exists)


def is_number(text: str) -> bool:
    """Whether numeric operators can read it."""
    return _number(text) is not None


def is_boolean(text: str) -> bool:
    """Whether Bool can read it."""
    return _bool(text) is not None


def is_base64(text: str) -> bool:
    """Whether BinaryEquals can read it."""
    return _bytes(text) is not None


def is_address(text: str) -> bool:
    """Whether IpAddress can read it as the address of a request."""
    return _address(text)[0] is not None
