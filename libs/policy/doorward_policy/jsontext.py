"""JSON without what JSON leaves open: repeated keys, NaN, numbers beyond measure, bottomless nesting."""

import json
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number without quotes, in the digits of the text."""

    text: str


@dataclass(frozen=True, slots=True)
class NoJson:
    """A word such as NaN that is no JSON but that decoders let pass."""

    text: str


class RepeatedKeys(dict[str, object]):
    """An object of which a key stood there more than once; `repeated` names them."""

    repeated: tuple[str, ...] = ()


class NotJson(Exception):
    """The text is not JSON; the message says where."""


def load_json(text: str) -> object:
    """Decode JSON, keeping what a reader must judge: `Number`, `NoJson` and `RepeatedKeys` stand where they stood.

    Raises NotJson.
    """
    try:
        return _decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None


def print_json(value: object) -> str:
    """The text of a decoded value, its numbers in the digits that they had. What is no JSON becomes null; where a key
    was repeated, its last value counts. Raises RecursionError when it is nested too deeply to be walked."""
    match value:
        case Number(text):
            return text
        case NoJson():
            return "null"
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {print_json(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(print_json, value)) + "]"
        case _:
            return json.dumps(value)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    times = Counter(key for key, _ in pairs)
    marked = RepeatedKeys(fields)
    marked.repeated = tuple(key for key, count in times.items() if count > 1)
    return marked


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=NoJson
).decode
