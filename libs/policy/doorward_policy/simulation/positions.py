"""Where in the text of a policy document each statement begins and ends, as AWS's policy simulator counts it."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\n\r]*")
_NEW_LINE = re.compile(r"\r\n|\r|\n")
_read = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode
"""The value that begins at a place, and the place behind it. Numbers stay text, however long they are."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text: lines and the characters of a line count from 1 (IAM API reference, Position)."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """From the first character of a statement to the one behind its last, as AWS has them."""

    start: Position
    end: Position


def statement_spans(text: str) -> tuple[Span, ...]:
    """The span of each statement, in their order, of a document that `parse_policy` accepts.

    AWS's positions are those at which its JSON reader stands: a statement in a list begins behind the `[` or behind
    the statement before it, so with the comma and white space that precede it; a statement without a list begins
    behind its own `{`; each ends behind its `}`. A line ends with LF, CR or both. The API reference does not say so;
    the outputs that the AWS CLI's reference shows for both simulations do, and those that users published.
    """
    first_of_line = [0, *(match.end() for match in _NEW_LINE.finditer(text))]

    def position(place: int) -> Position:
        line = bisect_right(first_of_line, place)
        return Position(line, place - first_of_line[line - 1] + 1)

    return tuple(Span(position(start), position(end)) for start, end in _offsets(text))


def _offsets(text: str) -> Iterator[tuple[int, int]]:
    """Where the statements begin and end, in characters from 0."""
    place = _skip(text, _skip(text, 0) + 1)
    while text[place] != "}":
        key, place = _read(text, place)
        value = _skip(text, _skip(text, place) + 1)
        if key == "Statement":
            yield from _in_list(text, value) if text[value] == "[" else [(value + 1, _read(text, value)[1])]
            return
        place = _next(text, _read(text, value)[1])


def _in_list(text: str, bracket: int) -> Iterator[tuple[int, int]]:
    start = bracket + 1
    place = _skip(text, start)
    while text[place] != "]":
        _, end = _read(text, place)
        yield start, end
        start, place = end, _next(text, end)


def _next(text: str, end: int) -> int:
    """Where the element behind one begins, or the bracket behind the last."""
    place = _skip(text, end)
    return _skip(text, place + 1) if text[place] == "," else place


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place
