"""From the text of a policy document to a `Policy`, and back."""

import json
import re
from dataclasses import dataclass
from typing import NoReturn

from doorward_kernel.errors import MalformedPolicyDocument

from doorward_policy.document import LEGACY_VERSION, VARIABLES_VERSION, Condition, Patterns, Policy, Statement
from doorward_policy.operators import find_operator
from doorward_policy.validate import validate

MAX_DOCUMENT_LENGTH = 262_144
"""In characters. More than any quota allows and than AWS's own longest policy; keeps parsing short."""

_POLICY_KEYS = frozenset({"Version", "Id", "Statement", "Conditions"})
_PRINCIPAL_KEYS = frozenset({"Principal", "NotPrincipal"})
_STATEMENT_KEYS = (
    frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}) | _PRINCIPAL_KEYS
)
_EFFECTS = frozenset({"allow", "deny"})

_OUTSIDE_ALPHABET = re.compile("[^\t\n\r\u0020-\u00ff]")
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")


def parse_policy(text: str, *, accept_2008: bool = False) -> Policy:
    """Read the policy document of a user, group or managed policy.

    `accept_2008` lets documents pass that were written before version 2012-10-17.
    Raises MalformedPolicyDocument with AWS's message (IAM user guide, "Grammar of the IAM JSON policy language").
    """
    policy = _policy(_load(text))
    validate(policy, accept_2008=accept_2008)
    return policy


def print_policy(policy: Policy) -> str:
    """A document that parses to the same policy again."""
    document: dict[str, object] = {}
    if policy.version is not None:
        document["Version"] = policy.version
    if policy.id is not None:
        document["Id"] = policy.id
    document["Statement"] = [_printed(statement) for statement in policy.statements]
    return json.dumps(document, indent=2)


def _printed(statement: Statement) -> dict[str, object]:
    fields: dict[str, object] = {}
    if statement.sid is not None:
        fields["Sid"] = statement.sid
    fields["Effect"] = statement.effect
    for name, patterns in (("Action", statement.actions), ("Resource", statement.resources)):
        fields[f"Not{name}" if patterns.negated else name] = list(patterns.values)
    block: dict[str, dict[str, list[str]]] = {}
    for condition in statement.conditions:
        block.setdefault(condition.operator, {})[condition.key] = list(condition.values)
    if block:
        fields["Condition"] = block
    return fields


# --- JSON, without what JSON leaves open: duplicate keys, NaN, depth, half characters ---


@dataclass(frozen=True, slots=True)
class _Number:
    """A number without quotes, in the digits of the document."""

    text: str


def _load(text: str) -> object:
    if len(text) > MAX_DOCUMENT_LENGTH:
        raise MalformedPolicyDocument(f"a policy document has at most {MAX_DOCUMENT_LENGTH} characters")
    if _OUTSIDE_ALPHABET.search(text):
        _refuse()
    try:
        document: object = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        _refuse()
    return document


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        _refuse()
    return fields


def _refuse(_: object = None) -> NoReturn:
    raise MalformedPolicyDocument("Syntax errors in policy.") from None


# --- the grammar ---


def _policy(document: object) -> Policy:
    fields = _object(document, _POLICY_KEYS)
    version = _optional_text(fields, "Version")
    if version not in {None, LEGACY_VERSION, VARIABLES_VERSION}:
        _refuse()
    statements = fields.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        _refuse()
    return Policy(
        version=version,
        id=_optional_text(fields, "Id"),
        statements=tuple(_statement(statement) for statement in statements),
    )


def _statement(value: object) -> Statement:
    fields = _object(value, _STATEMENT_KEYS)
    effect = _text(fields.get("Effect"))
    if effect.lower() not in _EFFECTS:
        _refuse()
    statement = Statement(
        sid=_optional_text(fields, "Sid"),
        effect=effect,
        actions=_patterns(fields, "Action"),
        resources=_patterns(fields, "Resource"),
        conditions=_conditions(fields.get("Condition", {})),
    )
    if not _PRINCIPAL_KEYS.isdisjoint(fields):
        raise MalformedPolicyDocument("Policy document should not specify a principal.")
    return statement


def _patterns(fields: dict[str, object], name: str) -> Patterns:
    negated = f"Not{name}" in fields
    if negated and name in fields:
        _refuse()
    value = fields.get(f"Not{name}" if negated else name, [])
    values = value if isinstance(value, list) else [value]
    if value is None:
        _refuse()
    return Patterns(values=tuple(_text(item) for item in values if item is not None), negated=negated)


def _conditions(block: object) -> tuple[Condition, ...]:
    conditions = []
    for operator, keys in _object(block).items():
        values = _object(keys)
        if values and find_operator(operator) is None:
            _refuse()
        conditions += [
            Condition(operator=operator, key=_text(key), values=_condition_values(value))
            for key, value in values.items()
        ]
    return tuple(conditions)


def _condition_values(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(_scalar(item) for item in values)


def _scalar(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case _Number(text):
            return text
        case _:
            return _text(value)


def _object(value: object, known_keys: frozenset[str] | None = None) -> dict[str, object]:
    if not isinstance(value, dict) or (known_keys is not None and not known_keys.issuperset(value)):
        _refuse()
    return value


def _optional_text(fields: dict[str, object], key: str) -> str | None:
    return _text(fields[key]) if key in fields else None


def _text(value: object) -> str:
    if not isinstance(value, str) or _NO_CHARACTER.search(value):
        _refuse()
    return value
