"""Which statements may apply to a request: found by hash, not one by one.

A pattern for resources is kept under what of it a look-up can name: the whole resource; its beginning up to the first
slash of the path; its head, which ends where the path begins; or, when the head has wildcards, its service and the
path up to the first slash. Where much lies under one of these, it is told apart by the further parts of the path,
and by action. So the cost of a look-up grows with the statements that may apply, not with those that there are.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from doorward_policy.resources import Clue
from doorward_policy.statement import CompiledStatement

_WALLS = 5
_SERVICE = 2
_FEW = 1
"""So many statements are judged sooner than told apart."""

_FEW_GROUPS = 16

_DEEPEST = 16
"""Parts of a path by which statements are told apart; what is deeper is found by bisection."""

Groups = frozenset[str]
"""The groups of statements that mean an action."""

Found = tuple[CompiledStatement, ...]

_Under = dict[str, list[CompiledStatement]]
"""Statements by how a text must go on."""


class ResourceIndex:
    """Statements by the resources that they may apply to. Never changes once it is built."""

    __slots__ = ("_anywhere", "_heads", "_heads_of_service", "_starts", "_starts_of_service", "_tiers", "_wholes")

    def __init__(self, statements: Iterable[CompiledStatement]) -> None:
        wholes, starts, heads, starts_of_service, heads_of_service = (
            defaultdict[str, _Under](lambda: defaultdict(list)) for _ in range(5)
        )
        anywhere: _Under = defaultdict(list)
        for statement in statements:
            for clue in dict.fromkeys(statement.resources.clues):
                head, path = _split(clue)
                slash = path.find("/") + 1
                if clue.whole and not clue.in_path:
                    wholes[clue.text][""].append(statement)
                elif not head:
                    anywhere[path].append(statement)
                elif slash:
                    tier = starts_of_service if clue.in_path else starts
                    tier[head + path[:slash]][path[slash:]].append(statement)
                else:
                    (heads_of_service if clue.in_path else heads)[head][path].append(statement)
        self._wholes, self._starts, self._heads = map(_nodes, (wholes, starts, heads))
        self._starts_of_service, self._heads_of_service = _nodes(starts_of_service), _nodes(heads_of_service)
        self._anywhere = _Many(anywhere) if anywhere else None
        self._tiers = bool(starts or heads or starts_of_service or heads_of_service)

    def candidates(self, resource: str, groups: Groups) -> Found:
        """All statements of these groups that may apply to the resource, each once, and perhaps some that do not."""
        node = self._wholes.get(resource)
        found = () if node is None else node if isinstance(node, tuple) else node.find("", groups)
        if self._anywhere is not None:
            found += self._anywhere.find(resource, groups)
        if self._tiers:
            parts = resource.split(":", _WALLS)
            if len(parts) > _WALLS:
                found += self._by_part(resource, parts[_SERVICE], parts[_WALLS], groups)
        if len(found) < 2 or (len(found) == 2 and found[0] is not found[1]):
            return found
        return tuple(dict.fromkeys(found))

    def _by_part(self, resource: str, service: str, path: str, groups: Groups) -> Found:
        found: Found = ()
        start = len(resource) - len(path)
        slash = path.find("/") + 1
        if slash:
            node = self._starts.get(resource[: start + slash])
            if node is not None:
                found = node if isinstance(node, tuple) else node.find(path[slash:], groups)
        if self._heads:
            node = self._heads.get(resource[:start])
            if node is not None:
                found += node if isinstance(node, tuple) else node.find(path, groups)
        if self._starts_of_service and slash:
            node = self._starts_of_service.get(f"{service}:{path[:slash]}")
            if node is not None:
                found += node if isinstance(node, tuple) else node.find(path[slash:], groups)
        if self._heads_of_service:
            node = self._heads_of_service.get(f"{service}:")
            if node is not None:
                found += node if isinstance(node, tuple) else node.find(path, groups)
        return found


class _Many:
    """Many statements under one part, by how the text goes on: not at all, by more parts of a path, or otherwise."""

    __slots__ = ("_any", "_deeper", "_other")

    def __init__(self, under: _Under, depth: int = 0) -> None:
        deeper: dict[str, _Under] = {}
        other: _Under = {}
        for rest, statements in under.items():
            slash = rest.find("/") + 1
            if slash and depth < _DEEPEST:
                deeper.setdefault(rest[:slash], {})[rest[slash:]] = statements
            elif rest:
                other[rest] = statements
        self._any = _bucket(under.get("", []))
        self._deeper = {part: _node(rests, depth + 1) for part, rests in deeper.items()}
        self._other = _Beginnings(other) if other else None

    def find(self, rest: str, groups: Groups) -> Found:
        found = _of(self._any, groups) if self._any else ()
        if self._deeper:
            slash = rest.find("/") + 1
            node = self._deeper.get(rest[:slash]) if slash else None
            if node is not None:
                found += node if isinstance(node, tuple) else node.find(rest[slash:], groups)
        if self._other is not None:
            found += self._other.find(rest, groups)
        return found


_Node = Found | _Many
_Bucket = Found | dict[str, Found]


class _Beginnings:
    """Buckets by the beginning of a text.

    The beginnings are sorted, and each knows the longest other one that it begins with. The greatest that is not
    greater than a text begins with every one that the text begins with, so a walk from there finds them all.
    """

    __slots__ = ("_beginnings", "_buckets", "_shorter")

    def __init__(self, under: _Under) -> None:
        self._beginnings = sorted(under)
        self._buckets = [_bucket(under[text]) for text in self._beginnings]
        self._shorter = list(_shorter(self._beginnings))

    def find(self, text: str, groups: Groups) -> Found:
        found: Found = ()
        place = bisect_right(self._beginnings, text) - 1
        while place >= 0:
            if text.startswith(self._beginnings[place]):
                found += _of(self._buckets[place], groups)
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


def _split(clue: Clue) -> tuple[str, str]:
    """Head and path of a clue; no head when it does not reach the path."""
    walls = 1 if clue.in_path else _WALLS
    parts = clue.text.split(":", walls)
    if len(parts) <= walls:
        return "", clue.text
    return clue.text[: len(clue.text) - len(parts[walls])], parts[walls]


def _nodes(tier: dict[str, _Under]) -> dict[str, _Node]:
    return {key: _node(under) for key, under in tier.items()}


def _node(under: _Under, depth: int = 0) -> _Node:
    statements = [statement for several in under.values() for statement in several]
    return tuple(statements) if len(statements) <= _FEW else _Many(under, depth)


def _bucket(statements: list[CompiledStatement]) -> _Bucket:
    if len(statements) <= _FEW:
        return tuple(statements)
    groups: dict[str, list[CompiledStatement]] = {}
    for statement in statements:
        for group in statement.actions.groups:
            groups.setdefault(group, []).append(statement)
    return {group: tuple(several) for group, several in groups.items()}


def _of(bucket: _Bucket, groups: Groups) -> Found:
    """The statements of a bucket that may mean an action of these groups."""
    if isinstance(bucket, tuple):
        return bucket
    if len(groups) > _FEW_GROUPS:
        found = [statements for group, statements in bucket.items() if group in groups]
        return tuple(chain.from_iterable(found))
    few: Found = ()
    for group in groups:
        statements = bucket.get(group)
        if statements is not None:
            few += statements
    return few
