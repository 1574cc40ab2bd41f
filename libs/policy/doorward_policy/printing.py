"""From a `Policy` back to a document."""

import json

from doorward_policy.document import EVERYONE, Patterns, Policy, Principals, Statement


def print_policy(policy: Policy) -> str:
    """A document that parses to the same policy again."""
    document: dict[str, object] = {}
    if policy.version is not None:
        document["Version"] = policy.version
    if policy.id is not None:
        document["Id"] = policy.id
    document["Statement"] = [_statement(statement) for statement in policy.statements]
    return json.dumps(document, indent=2)


def _statement(statement: Statement) -> dict[str, object]:
    fields: dict[str, object] = {}
    if statement.sid is not None:
        fields["Sid"] = statement.sid
    fields["Effect"] = statement.effect
    if statement.principals is not None:
        fields["NotPrincipal" if statement.principals.negated else "Principal"] = _principals(statement.principals)
    fields |= _patterns("Action", statement.actions) | _patterns("Resource", statement.resources)
    block: dict[str, dict[str, list[str]]] = {}
    for condition in statement.conditions:
        block.setdefault(condition.operator, {})[condition.key] = list(condition.values)
    if block:
        fields["Condition"] = block
    return fields


def _patterns(name: str, patterns: Patterns | None) -> dict[str, object]:
    if patterns is None:
        return {}
    return {f"Not{name}" if patterns.negated else name: list(patterns.values)}


def _principals(principals: Principals) -> object:
    if principals.entries == ((EVERYONE, EVERYONE),):
        return EVERYONE
    names: dict[str, list[str]] = {}
    for type, name in principals.entries:
        names.setdefault(type, []).append(name)
    return names
