"""Doorward's adapter: the policies' texts are parsed and compiled once, and a check is `decide` with the program.

The answer names the statements that brought it about, as Cedar's does and pycasbin's in part.
"""

from dataclasses import dataclass

from doorward_policy import (
    Caller,
    Effect,
    Layers,
    NamedPolicy,
    PolicyKind,
    Program,
    Request,
    caller,
    compile_policy,
    compile_program,
    decide,
    evaluate,
    parse_policy,
    request,
)

from tests.bench.engines.engine import Loaded, fresh
from tests.bench.engines.worlds import ACCOUNT, Asked, World, documents

_ALLOW = Effect.ALLOW
"""A name of its own: members of an enumeration take long to find."""

_Native = tuple[Layers[Program], Request]


@dataclass(frozen=True, slots=True)
class Written:
    """Texts of policies, and who has which."""

    identity: tuple[str, ...]
    boundary: tuple[str, ...]
    users: tuple[str, ...]
    bounded: frozenset[str]


class Doorward:
    """`decide` with programs that were compiled once; requests are `Request`s."""

    name = "Doorward"
    packages: tuple[str, ...] = ()
    shapes = frozenset({"RBAC", "IAM"})

    def write(self, world: World) -> Written:
        return Written(tuple(documents(world.statements)), tuple(documents(world.boundary)), world.users, world.bounded)

    def load(self, written: Written) -> Loaded:
        identity = _program(written.identity, PolicyKind.IDENTITY)
        free = Layers(identity)
        bounded = Layers(identity, boundary=_program(written.boundary, PolicyKind.BOUNDARY))
        callers = {user: _caller(user) for user in written.users}
        layers = {user: bounded if user in written.bounded else free for user in written.users}

        def ask(asked: Asked) -> _Native:
            return layers[asked.user], _request(callers[asked.user], asked)

        return Loaded(ask, _check)


def scan(written: Written, asked: Asked) -> bool:
    """The same decision by reading every statement."""
    identity = _named(written.identity, PolicyKind.IDENTITY)
    boundary = _named(written.boundary, PolicyKind.BOUNDARY) if asked.user in written.bounded else None
    layers = Layers(identity, boundary=boundary)
    return evaluate(layers, _request(_caller(asked.user), asked)).effect is Effect.ALLOW


def _check(native: _Native) -> bool:
    layers, asked = native
    return decide(layers, asked).effect is _ALLOW


def _caller(user: str) -> Caller:
    return caller(f"arn:aws:iam::{ACCOUNT}:user/{user}")


def _request(who: Caller, asked: Asked) -> Request:
    context = {fresh(key): fresh(value) for key, value in asked.context.items()}
    return request(who, fresh(asked.action), fresh(asked.resource), context, resource_account=ACCOUNT)


def _named(texts: tuple[str, ...], kind: PolicyKind) -> list[NamedPolicy]:
    return [
        NamedPolicy(name=f"arn:aws:iam::{ACCOUNT}:policy/{kind}-{number}", policy=parse_policy(text, kind))
        for number, text in enumerate(texts)
    ]


def _program(texts: tuple[str, ...], kind: PolicyKind) -> Program:
    return compile_program([compile_policy(named) for named in _named(texts, kind)])
