"""Events as they are stored: a declared type name, a schema version, canonical JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeAlias, TypeVar, get_type_hints

from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.record import NewEvent

E = TypeVar("E")
Fields: TypeAlias = dict[str, Any]
Upcaster: TypeAlias = Callable[[Fields], Fields]
"""From the fields of a type's old schema version to those of the next one."""

Form: TypeAlias = tuple[Callable[[object], Any], Callable[[Any], Any]]
"""How the values of one type are read from JSON (raising TypeError or ValueError), and how they are written."""


class UndecodableEvent(Exception):
    """What is stored is no event that this code knows: unknown type, unknown version, wrong fields."""


class EventCodec(Generic[E]):
    """The events of one log, frozen dataclasses whose fields are of the types in `FORMS`, or in `forms` beside it."""

    def __init__(
        self,
        types: Mapping[str, tuple[int, type[E]]],
        upcasters: Mapping[tuple[str, int], Upcaster],
        forms: Mapping[object, Form],
    ) -> None:
        known = {**FORMS, **forms}
        self._upcasters = upcasters
        self._by_name = {name: _declare(name, version, event, known) for name, (version, event) in types.items()}
        self._by_class = {event: self._by_name[name] for name, (_, event) in types.items()}

    def encode(self, event: E) -> NewEvent:
        """The stored form. Raises ValueError for a time without a zone."""
        declared = self._by_class[type(event)]
        fields = {field.name: field.write(getattr(event, field.name)) for field in declared.fields}
        return NewEvent(
            type=declared.name,
            schema_version=declared.schema_version,
            payload=json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii"),
        )

    def decode(self, type: str, schema_version: int, payload: bytes) -> E:
        """The event in its current form. Raises UndecodableEvent."""
        declared = self._by_name.get(type)
        if declared is None:
            raise UndecodableEvent(f"unknown event type `{type}`")
        try:
            fields = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise UndecodableEvent(f"the payload of `{type}` is not JSON: {error}") from error
        if not isinstance(fields, dict):
            raise UndecodableEvent(f"the payload of `{type}` is not a JSON object")
        if schema_version != declared.schema_version:
            fields = upcast(type, schema_version, declared.schema_version, fields, self._upcasters)
        if len(fields) != len(declared.fields):
            raise UndecodableEvent(f"`{type}` has the fields {sorted(fields)}")
        try:
            return declared.event(**{field.name: field.read(fields[field.name]) for field in declared.fields})
        except (KeyError, TypeError, ValueError) as error:
            raise UndecodableEvent(f"`{type}` has a missing or wrong field: {error}") from error


def upcast(
    type: str,
    schema_version: int,
    current: int,
    fields: Fields,
    upcasters: Mapping[tuple[str, int], Upcaster],
) -> Fields:
    """Bring old fields to the `current` schema version, one step at a time. Raises UndecodableEvent."""
    if not 1 <= schema_version <= current:
        raise UndecodableEvent(f"unknown schema version {schema_version} of `{type}`")
    for step in range(schema_version, current):
        fields = upcasters[type, step](fields)
    return fields


def write_time(time: datetime) -> str:
    """ISO 8601 in UTC with microseconds. Raises ValueError for a time without a zone."""
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone")
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_time(text: object) -> datetime:
    """The time that `write_time` wrote. Raises ValueError."""
    if not isinstance(text, str) or not text.endswith("Z"):
        raise ValueError(f"{text!r} is not a time in UTC")
    return datetime.fromisoformat(text)


def read_time_or_none(value: object) -> datetime | None:
    return None if value is None else read_time(value)


def write_time_or_none(time: datetime | None) -> str | None:
    return None if time is None else write_time(time)


def read_text(value: object) -> str:
    """Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _read_number(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _read_number_or_none(value: object) -> int | None:
    return None if value is None else _read_number(value)


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _read_list(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list of texts")
    return tuple(map(read_text, value))


def _as_it_is(value: Any) -> Any:
    return value


FORMS: Mapping[object, Form] = {
    str: (read_text, _as_it_is),
    AccountId: (read_text, _as_it_is),
    UniqueId: (read_text, _as_it_is),
    int: (_read_number, _as_it_is),
    int | None: (_read_number_or_none, _as_it_is),
    bool: (_read_flag, _as_it_is),
    datetime: (read_time, write_time),
    datetime | None: (read_time_or_none, write_time_or_none),
    tuple[str, ...]: (_read_list, list),
}
"""The types that fields of events have."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    read: Callable[[object], Any]
    write: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Declared(Generic[E]):
    name: str
    schema_version: int
    event: Callable[..., E]
    fields: tuple[_Field, ...]


def _declare(name: str, schema_version: int, event: type[E], forms: Mapping[object, Form]) -> _Declared[E]:
    fields = tuple(_Field(field, *forms[hint]) for field, hint in get_type_hints(event).items())
    return _Declared(name, schema_version, event, fields)
