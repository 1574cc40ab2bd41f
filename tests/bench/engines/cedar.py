"""cedarpy's adapter: the statements as Cedar policies, one for each.

As fast as its documentation makes it: policies and entities are parsed once into handles, principals, actions and
resources are given as dicts and not as text to parse, and the context as JSON that is ready. An action's wildcards are
action groups; a resource's are `like` on the ARN, which the context carries because Cedar has no pattern for names of
entities. Dates, addresses and numbers are Cedar's own types. Every context has every key, so no policy asks `has`.
What `${aws:username}` stands for is compared by `==`, with the owner of a home that the application reads from the
ARN. A boundary is a `forbid` with `unless`.
"""

import json
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from tests.bench.engines.engine import Loaded, fresh
from tests.bench.engines.worlds import Asked, Condition, Statement, World

HOME = "/home/${aws:username}/"
_Written = tuple[str, str]
"""Policies, and entities as JSON."""


class Cedar:
    """Cedar in process, through cedarpy."""

    name = "cedarpy"
    packages: tuple[str, ...] = ("cedarpy",)
    shapes = frozenset({"RBAC", "IAM"})

    def write(self, world: World) -> _Written:
        policies = [_policy(world, each) for each in world.statements]
        return "\n".join([*policies, *_boundary(world.boundary)]), json.dumps([*_people(world), *_actions(world)])

    def load(self, written: _Written) -> Loaded:
        from cedarpy import Entities, PolicySet, is_authorized  # noqa: PLC0415 - a peer, which only this needs

        policies, entities = PolicySet.from_str(written[0]), Entities.from_json_str(written[1])

        def check(asked: dict[str, Any]) -> bool:
            allowed: bool = is_authorized(asked, policies, entities).allowed
            return allowed

        return Loaded(_ask, check)


# --- requests ---


def _ask(asked: Asked) -> dict[str, Any]:
    return {
        "principal": {"type": "User", "id": fresh(asked.user)},
        "action": {"type": "Action", "id": fresh(asked.action)},
        "resource": {"type": "Arn", "id": fresh(asked.resource)},
        "context": json.dumps(_context(asked) if asked.context else {}),
    }


def _context(asked: Asked) -> dict[str, Any]:
    context: dict[str, Any] = {_key(key): _READ.get(key, str)(value) for key, value in asked.context.items()}
    _, home, owner = asked.resource.partition("/home/")
    return context | {"arn": asked.resource, "homeOf": owner.partition("/")[0] if home else ""}


def _key(key: str) -> str:
    return "".join(character for character in key.partition(":")[2] if character.isalnum())


def _extension(function: str) -> Callable[[str], Any]:
    return lambda value: {"__extn": {"fn": function, "arg": value}}


_READ: dict[str, Callable[[str], Any]] = {
    "aws:SourceIp": _extension("ip"),
    "aws:CurrentTime": _extension("datetime"),
    "aws:MultiFactorAuthPresent": lambda value: value == "true",
    "aws:MultiFactorAuthAge": int,
}

# --- entities ---


def _people(world: World) -> Iterable[dict[str, Any]]:
    for user in world.users:
        groups = [*world.groups, *(["bounded"] if user in world.bounded else [])]
        yield _entity("User", user, [("Group", group) for group in groups])


def _actions(world: World) -> Iterable[dict[str, Any]]:
    """Actions with the groups that wildcards of the policies make of them."""
    statements = (*world.statements, *world.boundary)
    patterns = sorted({action for each in statements for action in each.actions if action.endswith("*")})
    for action in world.actions:
        yield _entity("Action", action, [("Action", each) for each in patterns if fnmatchcase(action, each)])


def _entity(type: str, id: str, parents: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "uid": {"type": type, "id": id},
        "attrs": {},
        "parents": [{"type": kind, "id": name} for kind, name in parents],
    }


# --- policies ---


def _policy(world: World, statement: Statement) -> str:
    if world.shape == "RBAC":
        (resource,) = statement.resources
        principal = f'principal in Group::"{statement.group}"'
        return f'{_effect(statement)} ({principal}, {_action(statement)}, resource == Arn::"{resource}");'
    return f"{_effect(statement)} (principal, {_action(statement)}, resource){_when(statement)};"


def _boundary(statements: Iterable[Statement]) -> Iterable[str]:
    """Forbids whatever no statement of the boundary allows."""
    allowed = [each for each in statements if not each.denies]
    bounded = 'principal in Group::"bounded"'
    if allowed:
        some = " || ".join(f"({' && '.join([_action(each), *_tests(each)])})" for each in allowed)
        yield f"forbid ({bounded}, action, resource) unless {{ {some} }};"
    for each in statements:
        if each.denies:
            yield f"forbid ({bounded}, {_action(each)}, resource){_when(each)};"


def _effect(statement: Statement) -> str:
    return "forbid" if statement.denies else "permit"


def _action(statement: Statement) -> str:
    if statement.actions == ("*",):
        return "action"
    return f"action in [{', '.join(_quoted(statement.actions, 'Action::'))}]"


def _when(statement: Statement) -> str:
    tests = _tests(statement)
    return f" when {{ {' && '.join(tests)} }}" if tests else ""


def _tests(statement: Statement) -> list[str]:
    resources = [] if "*" in statement.resources else [f"({' || '.join(map(_matches, statement.resources))})"]
    return [*resources, *(f"({_holds(each)})" for each in statement.conditions)]


def _matches(pattern: str) -> str:
    if HOME in pattern:
        return f"({_matches(pattern.replace(HOME, '/home/*/'))} && context.homeOf == context.username)"
    return f'context.arn like "{pattern}"' if "*" in pattern else f'context.arn == "{pattern}"'


def _holds(condition: Condition) -> str:
    write = _OPERATORS[condition.operator]
    return write(f"context.{_key(condition.key)}", condition.values)


def _quoted(texts: Iterable[str], prefix: str = "") -> list[str]:
    return [f'{prefix}"{text}"' for text in texts]


def _one_of(key: str, values: Iterable[str]) -> str:
    return f"[{', '.join(_quoted(values))}].contains({key})"


def _any(test: str) -> Callable[[str, Iterable[str]], str]:
    return lambda key, values: " || ".join(test.format(key=key, value=value) for value in values)


_OPERATORS: dict[str, Callable[[str, Iterable[str]], str]] = {
    "StringEquals": _one_of,
    "StringNotEquals": lambda key, values: f"!{_one_of(key, values)}",
    "StringLike": _any('{key} like "{value}"'),
    "IpAddress": _any('{key}.isInRange(ip("{value}"))'),
    "Bool": _any("{key} == {value}"),
    "DateLessThan": _any('{key} < datetime("{value}")'),
    "NumericLessThan": _any("{key} < {value}"),
}
