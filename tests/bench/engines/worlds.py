"""Worlds to decide in: what the policies say and what is asked, in no engine's own language.

A world is the reach of one kind of principal: statements that all of its users have, through groups, and requests of
those users. `rbac` and `iam` make the two shapes of it. Both keep a request's own matter the same at every size: the
statements that speak about one resource are a handful, and what grows is all that speaks about others. A principal
with thousands of statements about the very resource that is asked about would cost more, and is not shown.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ACCOUNT = "123456789012"
STATEMENTS_PER_POLICY = 5
ALLOWED, REFUSED, UNGRANTED = 0.60, 0.10, 0.30
"""What the requests are meant to be: allowed, denied by a statement, denied for want of one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one context key."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement says: IAM's words, which exact names are a special case of; held through `group`."""

    denies: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    group: str = "everyone"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; all values of the context are texts, as IAM has them."""

    user: str
    action: str
    resource: str
    context: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Statements and requests. `bounded` users have `boundary` as their permissions boundary."""

    shape: str
    statements: tuple[Statement, ...]
    users: tuple[str, ...]
    groups: tuple[str, ...]
    actions: tuple[str, ...]
    requests: tuple[Asked, ...]
    boundary: tuple[Statement, ...] = ()
    bounded: frozenset[str] = frozenset()


def seeded(name: str) -> random.Random:
    """Dice that fall alike each time."""
    return random.Random(name)  # noqa: S311 - no secrets here


def documents(statements: Iterable[Statement]) -> Iterator[str]:
    """The statements as texts of IAM policies, a few in each."""
    entries = [_entry(statement) for statement in statements]
    for start in range(0, len(entries), STATEMENTS_PER_POLICY):
        yield json.dumps({"Version": "2012-10-17", "Statement": entries[start : start + STATEMENTS_PER_POLICY]})


def _entry(statement: Statement) -> dict[str, object]:
    entry: dict[str, object] = {
        "Effect": "Deny" if statement.denies else "Allow",
        "Action": list(statement.actions),
        "Resource": list(statement.resources),
    }
    conditions: dict[str, dict[str, list[str]]] = {}
    for each in statement.conditions:
        conditions.setdefault(each.operator, {})[each.key] = list(each.values)
    return entry | ({"Condition": conditions} if conditions else {})
