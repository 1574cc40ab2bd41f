"""The shape that every engine can express: exact actions on exact resources, held through groups.

An application's permission table: a statement lets a group do one to three actions on one document, and every tenth
statement forbids. Ten groups at most (the quota of IAM), of which every user is in all. No wildcards, no conditions,
no context. There are as many users as it takes to ask each question once.
"""

import random
from collections.abc import Sequence
from math import ceil

from tests.bench.engines.worlds import ACCOUNT, ALLOWED, REFUSED, Asked, Statement, World, seeded

ACTIONS = tuple(
    f"{service}:{verb}{noun}"
    for service in ("documents", "invoices", "tickets", "orders", "reports")
    for verb in ("Read", "Write", "Delete", "Share", "Approve", "Archive")
    for noun in ("Item", "Comment")
)
MOST_GROUPS = 10
FEWEST_USERS = 10
DENY_EVERY = 10

_Pair = tuple[str, str]


def make_rbac(size: int, requests: int) -> World:
    """A world of `size` statements; the same one each time."""
    dice = seeded(f"rbac {size}")
    groups = tuple(f"group-{number}" for number in range(min(MOST_GROUPS, ceil(size / 5))))
    statements = tuple(_statement(dice, number, groups) for number in range(size))
    denied = _pairs(statements, denies=True)
    forbidden = set(denied)
    granted = [pair for pair in _pairs(statements, denies=False) if pair not in forbidden]
    allowed, refused = round(requests * ALLOWED), round(requests * REFUSED)
    crowd = max(FEWEST_USERS, ceil(allowed / len(granted)), ceil(refused / max(1, len(denied))))
    users = tuple(f"user-{number}" for number in range(crowd))
    asked = _sample(dice, granted, users, allowed) + _sample(dice, denied, users, refused if denied else 0)
    asked += _ungranted(dice, {*granted, *denied}, size, users, requests - len(asked))
    dice.shuffle(asked)
    return World(
        shape="RBAC", statements=statements, users=users, groups=groups, actions=ACTIONS, requests=tuple(asked)
    )


def _statement(dice: random.Random, number: int, groups: Sequence[str]) -> Statement:
    return Statement(
        denies=number % DENY_EVERY == DENY_EVERY - 1,
        actions=tuple(dice.sample(ACTIONS, dice.randint(1, 3))),
        resources=(_resource(number),),
        group=dice.choice(groups),
    )


def _resource(number: int) -> str:
    return f"arn:aws:documents::{ACCOUNT}:document/{number}"


def _pairs(statements: Sequence[Statement], *, denies: bool) -> list[_Pair]:
    return [(action, each.resources[0]) for each in statements if each.denies is denies for action in each.actions]


def _sample(dice: random.Random, pairs: Sequence[_Pair], users: Sequence[str], count: int) -> list[Asked]:
    """Different questions about the pairs, each by one of the users."""
    places = dice.sample(range(len(pairs) * len(users)), count)
    return [Asked(users[place // len(pairs)], *pairs[place % len(pairs)], {}) for place in places]


def _ungranted(dice: random.Random, known: set[_Pair], size: int, users: Sequence[str], count: int) -> list[Asked]:
    """Half about a document of the world, half about one that no statement names."""
    found: dict[tuple[str, str, str], None] = {}
    while len(found) < count:
        action, resource = dice.choice(ACTIONS), _resource(dice.randrange(2 * size))
        if (action, resource) not in known:
            found[dice.choice(users), action, resource] = None
    return [Asked(*each, {}) for each in found]
