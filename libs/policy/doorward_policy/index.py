"""Which statements may apply to a request: found by hash, not one by one.

A pattern for resources is kept under what of it a look-up can name: the whole resource; or its service, and there what
its path begins with. Most beginnings end with a slash: these are *places*, and a look-up passes the places of a
resource, its path cut at one slash after the other. Others are found by bisection. Where many statements begin alike,
they are told apart by the head of their ARNs and by action. So the cost of a look-up grows with the statements that
may apply, not with those that there are.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from doorward_policy.actions import Groups
from doorward_policy.resources import Clue
from doorward_policy.statement import CompiledStatement

_WALLS = 5
_SERVICE = 2
_FEW = 2
"""So many statements are judged sooner than told apart."""

_FEW_GROUPS = 16

_DEEPEST = 16
"""Slashes in a place; what is deeper is found by bisection."""

Found = tuple[CompiledStatement, ...]

_Statements = list[CompiledStatement]
_Lying = list[tuple[str | None, CompiledStatement]]
"""Statements that begin alike, and the head of each one's ARN: None when it has wildcards, or does not matter."""


class ResourceIndex:
    """Statements by the resources that they may apply to. Never changes once it is built."""

    __slots__ = ("_anywhere", "_elsewhere", "_services", "_wholes")

    def __init__(self, statements: Iterable[CompiledStatement]) -> None:
        wholes: dict[str, _Lying] = defaultdict(list)
        services: dict[str, dict[str, _Lying]] = defaultdict(lambda: defaultdict(list))
        elsewhere: dict[str, _Lying] = defaultdict(list)
        for statement in statements:
            for clue in dict.fromkeys(statement.resources.clues):
                service, head, path = _split(clue)
                if clue.whole and not clue.in_path:
                    wholes[clue.text].append((None, statement))
                elif service is not None:
                    services[service][path].append((head, statement))
                else:
                    elsewhere[path].append((None, statement))
        self._anywhere = _bucket(statement for _, statement in elsewhere.pop("", []))
        self._elsewhere = _Beginnings(elsewhere) if elsewhere else None
        self._wholes = {text: _node(lying) for text, lying in wholes.items()}
        self._services = {service: _Service(paths) for service, paths in services.items()}

    def anywhere(self, groups: Groups) -> Found:
        """All statements of these groups that may apply to whatever resource, each once."""
        return tuple(dict.fromkeys(_of(self._anywhere, groups)))

    def candidates(self, resource: str, groups: Groups) -> Found:
        """All other statements of these groups that may apply to the resource, each once; perhaps some that do not."""
        node = self._wholes.get(resource)
        found: Found = ()
        if node is not None:
            found = (node,) if isinstance(node, CompiledStatement) else node.find(resource, "", groups)
        if self._elsewhere is not None:
            found += self._elsewhere.find(resource, resource, groups)
        if self._services:
            parts = resource.split(":", _WALLS)
            if len(parts) > _WALLS:
                service = self._services.get(parts[_SERVICE])
                if service is not None:
                    found += service.find(resource, parts[_WALLS], groups)
        return found if len(found) < 2 else tuple(dict.fromkeys(found))


def _split(clue: Clue) -> tuple[str | None, str | None, str]:
    """Service, head and path of a clue; neither service nor head when it does not reach the path."""
    if clue.in_path:
        service, _, path = clue.text.partition(":")
        return service, None, path
    parts = clue.text.split(":", _WALLS)
    if len(parts) <= _WALLS:
        return None, None, clue.text
    path = parts[_WALLS]
    return parts[_SERVICE], clue.text[: len(clue.text) - len(path)], path


class _Service:
    """The statements of one service, by what their paths begin with; `_depths` says which numbers of slashes the
    places have."""

    __slots__ = ("_beginnings", "_depths", "_places")

    def __init__(self, paths: dict[str, _Lying]) -> None:
        places, beginnings = dict[str, _Node](), dict[str, _Lying]()
        for path, lying in paths.items():
            if path[-1:] in {"/", ""} and path.count("/") <= _DEEPEST:
                places[path] = _node(lying)
            else:
                beginnings[path] = lying
        depths = {place.count("/") for place in places}
        self._places = places
        self._depths = tuple(depth in depths for depth in range(max(depths, default=-1) + 1))
        self._beginnings = _Beginnings(beginnings) if beginnings else None

    def find(self, resource: str, path: str, groups: Groups) -> Found:
        found = () if self._beginnings is None else self._beginnings.find(path, resource, groups)
        end = 0
        for inhabited in self._depths:
            if inhabited:
                node = self._places.get(path[:end])
                if node is not None:
                    found += (node,) if isinstance(node, CompiledStatement) else node.find(resource, path, groups)
            end = path.find("/", end) + 1
            if not end:
                break
        return found


class _Beginnings:
    """Statements by the beginning of a text.

    The beginnings are sorted, and each knows the longest other one that it begins with. The greatest that is not
    greater than a text begins with every one that the text begins with, so a walk from there finds them all.
    """

    __slots__ = ("_beginnings", "_nodes", "_shorter")

    def __init__(self, under: dict[str, _Lying]) -> None:
        self._beginnings = sorted(under)
        self._nodes = [_node(under[text]) for text in self._beginnings]
        self._shorter = list(_shorter(self._beginnings))

    def find(self, text: str, resource: str, groups: Groups) -> Found:
        """The statements that lie under a beginning of `text`, with which the resource ends."""
        found: Found = ()
        number = bisect_right(self._beginnings, text) - 1
        while number >= 0:
            if text.startswith(self._beginnings[number]):
                node = self._nodes[number]
                found += (node,) if isinstance(node, CompiledStatement) else node.find(resource, text, groups)
            number = self._shorter[number]
        return found


def _shorter(beginnings: list[str]) -> Iterator[int]:
    """For each of the sorted texts the number of the longest other one that it begins with, or -1."""
    open_numbers: list[int] = []
    for number, text in enumerate(beginnings):
        while open_numbers and not text.startswith(beginnings[open_numbers[-1]]):
            open_numbers.pop()
        yield open_numbers[-1] if open_numbers else -1
        open_numbers.append(number)


class _Many:
    """Many statements that begin alike, by the head of their ARNs and by action."""

    __slots__ = ("_by_head", "_of_any_head")

    def __init__(self, lying: _Lying) -> None:
        by_head: dict[str | None, _Statements] = defaultdict(list)
        for head, statement in lying:
            by_head[head].append(statement)
        self._of_any_head = _bucket(by_head.pop(None, []))
        self._by_head = {head: _bucket(statements) for head, statements in by_head.items()}

    def find(self, resource: str, path: str, groups: Groups) -> Found:
        bucket = self._by_head.get(resource[: len(resource) - len(path)], ())
        return _of(bucket, groups) + _of(self._of_any_head, groups)


_Node = CompiledStatement | _Many
_Bucket = Found | dict[str, Found]


def _node(lying: _Lying) -> _Node:
    return lying[0][1] if len(lying) == 1 else _Many(lying)


def _bucket(several: Iterable[CompiledStatement]) -> _Bucket:
    statements = tuple(several)
    if len(statements) <= _FEW:
        return statements
    groups: dict[str, _Statements] = defaultdict(list)
    for statement in statements:
        for group in statement.actions.groups:
            groups[group].append(statement)
    return {group: tuple(of_group) for group, of_group in groups.items()}


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
