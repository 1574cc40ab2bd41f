"""Compiled policies as bytes, for a cache: loaded without reading and checking a document again."""

import json

from doorward_policy.document import Condition, NamedPolicy, Patterns, Policy, Principals, Statement
from doorward_policy.statement import CompiledPolicy, compile_policy

FORMAT = 1
"""Changes with the form of what is stored; another format is not read."""


class NotStored(ValueError):
    """The bytes are no compiled policy, or of another format: compile the document again."""


def dump_policy(compiled: CompiledPolicy) -> bytes:
    """A compiled policy as JSON (UTF-8): the document as it was accepted, in the order of its parts, without names."""
    policy = compiled.named.policy
    statements = [_dump_statement(statement) for statement in policy.statements]
    fields = [FORMAT, compiled.named.name, compiled.named.version, policy.version, policy.id, statements]
    return json.dumps(fields, separators=(",", ":")).encode()


def load_policy(stored: bytes) -> CompiledPolicy:
    """What `dump_policy` was given. Raises NotStored.

    The bytes are believed: who can write them can grant anything, so keep them where nobody can, or sealed.
    """
    try:
        format, name, version, language, id, statements = json.loads(stored)
        if format != FORMAT:
            raise NotStored(f"format {format!r} is not {FORMAT}")
        policy = Policy(version=language, id=id, statements=tuple(_load_statement(*each) for each in statements))
        return compile_policy(NamedPolicy(name=name, version=version, policy=policy))
    except (ValueError, TypeError, AttributeError) as error:
        raise NotStored(f"no compiled policy: {error}") from error


_Fields = list[object]


def _dump_statement(statement: Statement) -> _Fields:
    principals = statement.principals
    return [
        statement.sid,
        statement.effect,
        _dump_patterns(statement.actions),
        _dump_patterns(statement.resources),
        [[condition.operator, condition.key, condition.values] for condition in statement.conditions],
        None if principals is None else [principals.negated, principals.entries],
    ]


def _load_statement(
    sid: str | None,
    effect: str,
    actions: list[str],
    resources: list[str] | None,
    conditions: list[tuple[str, str, list[str]]],
    principals: tuple[bool, list[tuple[str, str]]] | None,
) -> Statement:
    if effect not in {"Allow", "Deny"}:
        raise NotStored(f"`{effect}` is no effect")
    return Statement(
        sid=sid,
        effect=effect,
        actions=_load_patterns(actions),
        resources=None if resources is None else _load_patterns(resources),
        conditions=tuple(
            Condition(operator=operator, key=key, values=tuple(values)) for operator, key, values in conditions
        ),
        principals=None if principals is None else _load_principals(*principals),
    )


def _dump_patterns(patterns: Patterns | None) -> _Fields | None:
    return None if patterns is None else [patterns.negated, *patterns.values]


def _load_patterns(fields: list[str]) -> Patterns:
    negated, *values = fields
    return Patterns(values=tuple(values), negated=bool(negated))


def _load_principals(negated: bool, entries: list[tuple[str, str]]) -> Principals:
    return Principals(entries=tuple((type, name) for type, name in entries), negated=negated)
