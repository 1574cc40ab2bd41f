"""Compiled policies as bytes, for a cache: loaded without reading and checking a document again."""

import json

from doorward_policy.document import (
    LEGACY_VERSION,
    VARIABLES_VERSION,
    Condition,
    NamedPolicy,
    Patterns,
    Policy,
    Principals,
    Statement,
)
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

    Of what form the bytes are is checked, what they say is believed: who can write them can grant anything, so keep
    them where nobody can, or sealed.
    """
    try:
        format, name, version, language, id, statements = json.loads(stored)
        if type(format) is not int or format != FORMAT:
            raise NotStored(f"format {format!r} is not {FORMAT}")
        if language not in {None, LEGACY_VERSION, VARIABLES_VERSION}:
            raise NotStored("no version of the language")
        policy = Policy(
            version=language,
            id=_optional_text(id),
            statements=tuple(_load_statement(*_list(each)) for each in _list(statements)),
        )
        return compile_policy(NamedPolicy(name=_text(name), version=_optional_text(version), policy=policy))
    except (ValueError, TypeError, RecursionError) as error:
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
    sid: object, effect: object, actions: object, resources: object, conditions: object, principals: object
) -> Statement:
    if effect not in {"Allow", "Deny"}:
        raise NotStored("no effect")
    return Statement(
        sid=_optional_text(sid),
        effect=_text(effect),
        actions=_load_patterns(actions),
        resources=None if resources is None else _load_patterns(resources),
        conditions=tuple(_load_condition(*_list(each)) for each in _list(conditions)),
        principals=None if principals is None else _load_principals(*_list(principals)),
    )


def _dump_patterns(patterns: Patterns | None) -> _Fields | None:
    return None if patterns is None else [patterns.negated, *patterns.values]


def _load_patterns(fields: object) -> Patterns:
    negated, *values = _list(fields)
    return Patterns(values=tuple(map(_text, values)), negated=_flag(negated))


def _load_condition(operator: object, key: object, values: object) -> Condition:
    return Condition(operator=_text(operator), key=_text(key), values=tuple(map(_text, _list(values))))


def _load_principals(negated: object, entries: object) -> Principals:
    return Principals(entries=tuple(_load_entry(*_list(each)) for each in _list(entries)), negated=_flag(negated))


def _load_entry(type: object, name: object) -> tuple[str, str]:
    return _text(type), _text(name)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise NotStored("expected a text")
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _list(value: object) -> _Fields:
    if not isinstance(value, list):
        raise NotStored("expected a list")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise NotStored("expected true or false")
    return value
