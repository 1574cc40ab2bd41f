"""The context of a simulation as AWS's API takes it: keys with a declared type, whose values must be of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from doorward_kernel.errors import InvalidInput

from doorward_policy.instant import parse_instant
from doorward_policy.operators import is_address, is_base64, is_boolean, is_number
from doorward_policy.variables import Context

SHORTEST_KEY, LONGEST_KEY = 5, 256
"""In characters (IAM API reference, ContextEntry)."""

MOST_ENTRIES = 64
MOST_VALUES = 256
"""Of all lists together: set operators compare each with each of the policy's."""
MOST_CHARACTERS = 2048
"""Of a key and its values together. AWS publishes no such bounds; these three are those of a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextEntry:
    """A context key with its values, as strings, and their type, such as `numeric` or `ipList`."""

    name: str
    values: Sequence[str]
    type: str


def _is_date(text: str) -> bool:
    return parse_instant(text) is not None


_TYPES: dict[str, tuple[Callable[[str], bool], str]] = {
    "string": (lambda _: True, "a text"),
    "numeric": (is_number, "a number such as `10` or `0.5`"),
    "boolean": (is_boolean, "`true` or `false`"),
    "ip": (is_address, "an IPv4 or IPv6 address, not a range"),
    "binary": (is_base64, "base64"),
    "date": (_is_date, "a date such as `2015-08-16T12:00:00Z`, or seconds since 1970"),
}
"""Whether a text is a value of a type; of each there are lists too."""

CONTEXT_KEY_TYPES = tuple(f"{name}{suffix}" for name in _TYPES for suffix in ("", "List"))
"""IAM API reference, ContextEntry: ContextKeyType."""


def read_context(entries: Iterable[ContextEntry]) -> Context:
    """The entries as the context of requests; a list is a multivalued key, even a list of one.

    Raises InvalidInput that names the entry, counted from 1, when its key, type or a value is malformed, when a key
    is there twice, whatever its case, and when there is more than a check may carry.
    """
    context = dict[str, str | tuple[str, ...]]()
    listed = 0
    for number, entry in enumerate(entries, 1):
        place = f"contextEntries.{number}"
        if number > MOST_ENTRIES:
            raise InvalidInput(f"`contextEntries` has at most {MOST_ENTRIES} entries")
        _check_name(entry, place)
        key = entry.name.lower()
        if key in context:
            raise InvalidInput(f"`{place}.contextKeyName`: `{entry.name}` is there twice: give each key once")
        value = _value(entry, place)
        listed += 0 if isinstance(value, str) else len(value)
        if listed > MOST_VALUES:
            raise InvalidInput(f"`contextEntries` has at most {MOST_VALUES} values of lists")
        context[key] = value
    return context


def _check_name(entry: ContextEntry, place: str) -> None:
    if not SHORTEST_KEY <= len(entry.name) <= LONGEST_KEY:
        raise InvalidInput(
            f"`{place}.contextKeyName` has {SHORTEST_KEY} to {LONGEST_KEY} characters, this one {len(entry.name)}"
        )
    if len(entry.name) + sum(map(len, entry.values)) > MOST_CHARACTERS:
        raise InvalidInput(f"`{place}`: a key and its values have at most {MOST_CHARACTERS} characters")


def _value(entry: ContextEntry, place: str) -> str | tuple[str, ...]:
    if entry.type not in CONTEXT_KEY_TYPES:
        known = ", ".join(CONTEXT_KEY_TYPES)
        raise InvalidInput(f"`{place}.contextKeyType` is `{entry.type[:64]}`: expected one of {known}")
    is_valid, expected = _TYPES[entry.type.removesuffix("List")]
    for number, value in enumerate(entry.values, 1):
        if not is_valid(value):
            raise InvalidInput(
                f"`{place}.contextKeyValues.{number}`: `{value[:200]}` is not of the type `{entry.type}`: "
                f"expected {expected}"
            )
    if entry.type.endswith("List"):
        return tuple(entry.values)
    if len(entry.values) != 1:
        raise InvalidInput(
            f"`{place}.contextKeyValues`: `{entry.name}` has {len(entry.values)} values, but the type `{entry.type}` "
            f"has one: expected the type `{entry.type}List`"
        )
    return entry.values[0]
