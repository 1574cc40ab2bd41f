"""Patterns with `*` and `?`, compiled to matchers that never backtrack."""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import lru_cache

Predicate = Callable[[str], bool]


class Wildcard(Enum):
    """A part of a pattern that stands for characters it does not name."""

    RUN = "*"
    ONE = "?"


Token = str | Wildcard
Tokens = tuple[Token, ...]
"""A pattern: literal text and wildcards in turn. A `*` in literal text is just that character."""

_ANYTHING: Tokens = (Wildcard.RUN,)
_WILDCARDS = re.compile(r"([*?])")
_WALLS = 5
"""An ARN has five colons between its six parts; further ones belong to the last part."""


def split_wildcards(pattern: str) -> Tokens:
    """Read `*` and `?` in a pattern as wildcards."""
    return tuple(Wildcard(part) if part in {"*", "?"} else part for part in _WILDCARDS.split(pattern) if part != "")


def literal(tokens: Tokens) -> str | None:
    """The only text that the pattern matches, or None when it has wildcards."""
    texts = _texts(tokens)
    return "".join(texts) if len(texts) == len(tokens) else None


def _texts(tokens: Tokens) -> list[str]:
    return [token for token in tokens if isinstance(token, str)]


def literal_prefix(tokens: Iterable[object]) -> str:
    """The text that everything begins with that the pattern matches; ends at the first part that is no text."""
    texts = []
    for token in tokens:
        if not isinstance(token, str):
            break
        texts.append(token)
    return "".join(texts)


def glob(tokens: Tokens) -> Predicate:
    """A matcher for the whole of a text: `*` is any run of characters, `?` exactly one."""
    if Wildcard.ONE in tokens:
        return _steps(tokens)
    texts = [""]
    for token in tokens:
        if isinstance(token, str):
            texts[-1] += token
        elif texts[-1] or len(texts) == 1:
            texts.append("")
    if len(texts) == 1:
        return texts[0].__eq__
    if len(texts) == 2:
        return _ends(*texts)
    return _chunks(texts)


def some_glob(patterns: Sequence[Tokens]) -> Predicate:
    """A matcher for one of several patterns; plain text is found by hash."""
    if len(patterns) == 1:
        return glob(patterns[0])
    exact = frozenset(text for tokens in patterns if (text := literal(tokens)) is not None)
    globs = [glob(tokens) for tokens in patterns if literal(tokens) is None]
    if not globs:
        return exact.__contains__
    return lambda text: text in exact or any(matches(text) for matches in globs)


def _ends(first: str, last: str) -> Predicate:
    if not last:
        return lambda text: text.startswith(first)
    shortest = len(first) + len(last)
    return lambda text: len(text) >= shortest and text.startswith(first) and text.endswith(last)


def _chunks(chunks: list[str]) -> Predicate:
    """Between the ends each chunk is taken at its first place, which leaves most room for the others."""
    first, *inner, last = chunks

    def matches(text: str) -> bool:
        if not text.startswith(first):
            return False
        place, end = len(first), len(text) - len(last)
        for chunk in inner:
            place = text.find(chunk, place, end)
            if place < 0:
                return False
            place += len(chunk)
        return text.endswith(last)

    return matches


def _steps(tokens: Tokens) -> Predicate:
    """All places in the text at once that the pattern can have reached, a bit for each: a step of the pattern moves
    them all. So time grows with the pattern, and with the text but for a factor of the machine's word."""
    start, end = 0, len(tokens)
    while isinstance(tokens[start], str):
        start += 1
    while isinstance(tokens[end - 1], str):
        end -= 1
    first, inner, last = literal_prefix(tokens[:start]), tokens[start:end], literal_prefix(tokens[end:])
    shortest = len(first) + len(last) + inner.count(Wildcard.ONE) + sum(map(len, _texts(inner)))
    longest = sys.maxsize if Wildcard.RUN in inner else shortest

    def matches(text: str) -> bool:
        length = len(text)
        if not (shortest <= length <= longest and text.startswith(first) and text.endswith(last)):
            return False
        places = _places(text)
        everywhere = (2 << length) - 1
        reached = 1 << len(first)
        for token in inner:
            if token is Wildcard.RUN:
                reached = everywhere ^ ((reached & -reached) - 1)
            elif token is Wildcard.ONE:
                reached = (reached << 1) & everywhere
            else:
                for character in token:
                    reached = (reached & places[character]) << 1
            if not reached:
                return False
        return bool(reached >> (length - len(last)) & 1)

    return matches


class _Places(dict[str, int]):
    """Where each character stands in a text, a bit for each place; found out when asked for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text[::-1]
        self._bytes = self._text.encode("latin-1", "replace")

    def __missing__(self, character: str) -> int:
        if character not in self._text:
            return 0
        if character < "\x80" and character != "?":  # a question mark also stands for what the encoding lacks
            bits = self._bytes.translate(b"0" * ord(character) + b"1" + b"0" * (255 - ord(character)))
        else:
            bits = b"".join(b"1" if each == character else b"0" for each in self._text)
        places = self[character] = int(bits or b"0", 2)
        return places


@lru_cache(maxsize=16)
def _places(text: str) -> _Places:
    """Many patterns are compared with the same few texts."""
    return _Places(text)


def arn_glob(tokens: Tokens) -> Predicate:
    """A matcher for ARNs: each of the six parts on its own, so that no wildcard crosses one of the first five colons.

    Parts that the pattern lacks count as `*`. What is not an ARN never matches.
    """
    parts = split_arn(tokens)
    head = [text for part in parts[:_WALLS] if (text := literal(part)) is not None]
    if literal(parts[0]) not in {"arn", None}:
        return lambda text: False
    if len(head) == _WALLS:
        return glob((":".join((*head, "")), *parts[_WALLS]))
    if all(part == _ANYTHING or literal(part) is not None for part in parts[:_WALLS]):
        return _walled(["arn", *map(literal, parts[1:_WALLS])], glob(parts[_WALLS]))
    matchers = [(index, glob(part)) for index, part in enumerate(parts) if part != _ANYTHING]

    def matches(text: str) -> bool:
        values = text.split(":", _WALLS)
        return (
            len(values) == _WALLS + 1
            and values[0] == "arn"
            and all(matcher(values[index]) for index, matcher in matchers)
        )

    return matches


def _walled(head: list[str | None], path: Predicate) -> Predicate:
    """A matcher for ARNs whose first five parts are each a text or, where None stands, anything."""
    chunks = [""]
    for part in head:
        if part is None:
            chunks.append(":")
        else:
            chunks[-1] += f"{part}:"
    first, *others = chunks

    def matches(text: str) -> bool:
        if not text.startswith(first):
            return False
        place = len(first)
        for chunk in others:
            place = text.find(":", place)
            if place < 0 or not text.startswith(chunk, place):
                return False
            place += len(chunk)
        return path(text[place:])

    return matches


def some_arn_glob(patterns: Sequence[Tokens]) -> Predicate:
    """A matcher for one of several patterns for ARNs."""
    matchers = [arn_glob(tokens) for tokens in patterns]
    return matchers[0] if len(matchers) == 1 else lambda text: any(matches(text) for matches in matchers)


def split_arn(tokens: Tokens) -> list[Tokens]:
    """The six parts of a pattern for ARNs."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if isinstance(token, Wildcard):
            parts[-1].append(token)
            continue
        head, *more = token.split(":", _WALLS + 1 - len(parts))
        parts[-1].append(head)
        parts += ([text] for text in more)
    parts += ([Wildcard.RUN] for _ in range(_WALLS + 1 - len(parts)))
    return [tuple(token for token in part if token != "") for part in parts]
