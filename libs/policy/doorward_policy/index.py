"""Which statements may speak about a resource: found by hash and by bisection, not one by one."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from doorward_policy.resources import Clue, path_of
from doorward_policy.statement import CompiledStatement

Numbered = tuple[int, CompiledStatement]
"""A statement and its place in the program, which orders what is found and tells it apart."""

Bucket = tuple[Numbered, ...]


class ResourceIndex:
    """Statements by the resources that they may apply to. Never changes once it is built."""

    __slots__ = ("_always", "_by_path", "_by_resource")

    def __init__(self, statements: Iterable[Numbered]) -> None:
        always = []
        found: dict[bool, list[tuple[Clue, Numbered]]] = {True: [], False: []}
        for numbered in statements:
            clues = numbered[1].resources.clues
            if clues is None:
                always.append(numbered)
            else:
                for clue in dict.fromkeys(clues):
                    found[clue.in_path].append((clue, numbered))
        self._always: Bucket = tuple(always)
        self._by_resource = _TextIndex(found[False])
        self._by_path = _TextIndex(found[True])

    def candidates(self, resource: str) -> list[Bucket]:
        """Buckets that hold every statement that may apply to the resource, some of them perhaps twice."""
        buckets = self._by_resource.find(resource)
        if self._always:
            buckets.append(self._always)
        if self._by_path:
            path = path_of(resource)
            if path is not None:
                buckets += self._by_path.find(path)
        return buckets


class _TextIndex:
    """Statements by a whole text or by the beginning of one.

    The beginnings are sorted, and each knows the longest other one that it begins with. The greatest that is not
    greater than a text begins with every one that the text begins with, so a walk from there finds them all.
    """

    __slots__ = ("_beginnings", "_buckets", "_shorter", "_wholes")

    def __init__(self, entries: Iterable[tuple[Clue, Numbered]]) -> None:
        wholes: dict[str, list[Numbered]] = {}
        beginnings: dict[str, list[Numbered]] = {}
        for clue, numbered in entries:
            (wholes if clue.whole else beginnings).setdefault(clue.text, []).append(numbered)
        self._wholes: dict[str, Bucket] = {text: tuple(bucket) for text, bucket in wholes.items()}
        self._beginnings = sorted(beginnings)
        self._buckets: list[Bucket] = [tuple(beginnings[text]) for text in self._beginnings]
        self._shorter = list(_shorter(self._beginnings))

    def __bool__(self) -> bool:
        return bool(self._wholes or self._beginnings)

    def find(self, text: str) -> list[Bucket]:
        whole = self._wholes.get(text)
        found = [] if whole is None else [whole]
        place = bisect_right(self._beginnings, text) - 1
        while place >= 0:
            if text.startswith(self._beginnings[place]):
                found.append(self._buckets[place])
            place = self._shorter[place]
        return found


def _shorter(beginnings: list[str]) -> Iterator[int]:
    """For each of the sorted texts the place of the longest other one that it begins with, or -1."""
    open_places: list[int] = []
    for place, text in enumerate(beginnings):
        while open_places and not text.startswith(beginnings[open_places[-1]]):
            open_places.pop()
        yield open_places[-1] if open_places else -1
        open_places.append(place)
