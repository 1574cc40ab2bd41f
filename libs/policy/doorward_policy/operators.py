"""Condition operators: one row each (IAM user guide, "IAM JSON policy elements: Condition operators")."""

import base64
import operator as compare
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

from doorward_policy.anyof import Matcher
from doorward_policy.glob import Predicate, Tokens, arn_glob, glob
from doorward_policy.instant import parse_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What an operator makes of one policy value, and which special characters that value may hold."""

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
_PREFIX_LENGTH = re.compile(r"/\d{1,3}", re.ASCII)


def _text(tokens: Tokens) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _ignoring_case(tokens: Tokens) -> Predicate:
    wanted = _text(tokens).casefold()
    return lambda value: value.casefold() == wanted


def _comparing(read: Callable[[str], _Comparable | None], holds: Callable[[_Comparable, _Comparable], bool]) -> Matcher:
    """Compare the request's value with the policy's; what cannot be read matches nothing."""

    def matcher(tokens: Tokens) -> Predicate:
        limit = read(_text(tokens))
        if limit is None:
            return lambda value: False

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
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _address_in(tokens: Tokens) -> Predicate:
    network = _network(_text(tokens))
    if network is None:
        return lambda value: False
    version = network.version
    host_bits = network.max_prefixlen - network.prefixlen
    prefix = int(network.network_address) >> host_bits

    def matches(value: str) -> bool:
        try:
            address = ip_address(value)
        except ValueError:
            return False
        return address.version == version and int(address) >> host_bits == prefix

    return matches


def _network(text: str) -> IPv4Network | IPv6Network | None:
    _, slash, length = text.partition("/")
    if slash and not _PREFIX_LENGTH.fullmatch(slash + length):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _ordered(kind: str, read: Callable[[str], _Comparable | None], *, dates: bool = False) -> tuple[Operator, ...]:
    relations = {
        "Equals": compare.eq,
        "NotEquals": compare.eq,
        "LessThan": compare.lt,
        "LessThanEquals": compare.le,
        "GreaterThan": compare.gt,
        "GreaterThanEquals": compare.ge,
    }
    return tuple(
        Operator(
            name=f"{kind}{relation}",
            matcher=_comparing(read, holds),
            negated=relation == "NotEquals",
            dates=dates,
        )
        for relation, holds in relations.items()
    )


PRESENCE = Operator(name="Null", matcher=_comparing(_bool, compare.eq))
"""Its values speak of whether the key is absent, not of what the key holds."""

OPERATORS = (
    Operator(name="StringEquals", matcher=glob, variables=True),
    Operator(name="StringNotEquals", matcher=glob, variables=True, negated=True),
    Operator(name="StringEqualsIgnoreCase", matcher=_ignoring_case, variables=True),
    Operator(name="StringNotEqualsIgnoreCase", matcher=_ignoring_case, variables=True, negated=True),
    Operator(name="StringLike", matcher=glob, variables=True, wildcards=True),
    Operator(name="StringNotLike", matcher=glob, variables=True, wildcards=True, negated=True),
    *_ordered("Numeric", _number),
    *_ordered("Date", parse_instant, dates=True),
    Operator(name="Bool", matcher=_comparing(_bool, compare.eq), variables=True),
    Operator(name="BinaryEquals", matcher=_comparing(_bytes, compare.eq)),
    Operator(name="IpAddress", matcher=_address_in),
    Operator(name="NotIpAddress", matcher=_address_in, negated=True),
    Operator(name="ArnEquals", matcher=arn_glob, variables=True, wildcards=True),
    Operator(name="ArnLike", matcher=arn_glob, variables=True, wildcards=True),
    Operator(name="ArnNotEquals", matcher=arn_glob, variables=True, wildcards=True, negated=True),
    Operator(name="ArnNotLike", matcher=arn_glob, variables=True, wildcards=True, negated=True),
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
