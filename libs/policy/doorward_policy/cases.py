"""Cases: policies with a request and the decision that it gets, or a document and what is wrong with it.

One JSON object to a line, each answered by one JSON object to a line: what `doorward policy eval` reads and writes.
"""

import json
from collections.abc import Mapping

from doorward_kernel.errors import DoorwardError, InvalidInput

from doorward_policy.caller import Caller, caller
from doorward_policy.decision import Request, StatementRef, request
from doorward_policy.document import NamedPolicy, PolicyKind
from doorward_policy.evaluate import scan
from doorward_policy.jsontext import NotJson, RepeatedKeys, load_json, print_json
from doorward_policy.layers import Layers, ask, by_kind, is_always_allowed, judge
from doorward_policy.parse import find_problems, read_policy

_Fields = Mapping[str, object]

_VALIDATED = {
    kind.value: kind
    for kind in (PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.SCP, PolicyKind.RCP)
}


def answer(line: str) -> str:
    """The answer to one line: a decision, a verdict on a document, or what is wrong with the line."""
    case: object = None
    said: dict[str, object]
    try:
        case = load_json(line)
        fields = _object(case, "the case")
        said = _verdict(fields) if "validate" in fields else _decision(fields)
    except NotJson as error:
        said = _error(f"the line is not JSON: {error}")
    except DoorwardError as error:
        said = _error(error.message)
    try:
        id = print_json(case.get("id")) if isinstance(case, dict) else "null"
    except RecursionError:
        id, said = "null", _error("`id` is nested too deeply")
    return f'{{"id": {id}, {json.dumps(said)[1:]}'


def unreadable(problem: str) -> str:
    """The answer to a line that could not be read."""
    return json.dumps({"id": None, **_error(problem)})


def _error(problem: str) -> dict[str, object]:
    return {"decision": "error", "error": problem}


def _verdict(fields: _Fields) -> dict[str, object]:
    kind = _VALIDATED.get(_text(fields, "validate"))
    if kind is None:
        raise InvalidInput(f"`validate` is one of {', '.join(_VALIDATED)}")
    if "policy" not in fields:
        raise InvalidInput("`policy` is missing")
    errors = [
        {"path": each.path, "message": each.message} | ({"detail": each.detail} if each.detail else {})
        for each in find_problems(fields["policy"], kind)
    ]
    return {"decision": "invalid" if errors else "valid", "errors": errors}


def _decision(fields: _Fields) -> dict[str, object]:
    asked = case_request(fields)
    said = ask(scan(case_layers(fields)), asked)
    decision = judge(said, asked)
    layers = [] if is_always_allowed(asked) else [layer for _, layer in by_kind(said, asked)]
    return {
        "decision": decision.effect.value,
        "allow": [_name(ref) for layer in layers for ref in layer.allows],
        "deny": [_name(ref) for layer in layers for ref in layer.denies],
    }


def _name(ref: StatementRef) -> str:
    return f"{ref.policy}#{ref.sid or ref.index}"


# --- reading a case ---


def case_request(fields: _Fields) -> Request:
    """The request of a case. Raises InvalidInput."""
    asked = _object(fields.get("request"), "`request`")
    context: dict[str, str | list[str]] = {}
    for key, value in _object(asked.get("context", {}), "`context`").items():
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in several):
            raise InvalidInput(f"context key `{key}` is neither a string nor a list of strings")
        context[key] = value  # type: ignore[assignment]  # just checked
    wildcard_only = asked.get("wildcard_only", False)
    if not isinstance(wildcard_only, bool):
        raise InvalidInput("`wildcard_only` is neither true nor false")
    return request(
        _caller(asked, context),
        _text(asked, "action"),
        _text(asked, "resource"),
        context,
        resource_account=_optional_text(asked, "resource_account"),
        wildcard_only=wildcard_only,
    )


def _caller(asked: _Fields, context: Mapping[str, object]) -> Caller:
    """The caller, with the unique id and, of a role session, the role that the context tells of it."""
    known = {key.lower(): value for key, value in context.items()}
    user_id, _, _ = str(known.get("aws:userid", "")).partition(":")
    principal = _text(asked, "principal")
    role = known.get("aws:principalarn")
    issuer = _optional_text(asked, "issuer") if ":federated-user/" in principal else role
    return caller(
        principal,
        unique_id=user_id if user_id.startswith(("AIDA", "AROA")) else None,
        issuer=issuer if isinstance(issuer, str) else None,
        canonical_user=_optional_text(asked, "canonical_user"),
    )


def case_layers(fields: _Fields) -> Layers[list[NamedPolicy]]:
    """The policies of a case, named `identity.0` and so on. Raises InvalidInput, MalformedPolicyDocument.

    An empty list of boundaries or session policies means that there is none.
    """
    resource = fields.get("resource_policy")
    action = str(_object(fields.get("request"), "`request`").get("action")).lower()
    kind = PolicyKind.TRUST if action.startswith("sts:assumerole") else PolicyKind.RESOURCE
    return Layers(
        identity=_policies(fields.get("identity", []), PolicyKind.IDENTITY),
        boundary=_policies(fields.get("boundary", []), PolicyKind.BOUNDARY) or None,
        session=_policies(fields.get("session", []), PolicyKind.SESSION) or None,
        resource=[_policy(resource, kind, "resource.0")] if resource is not None else None,
        scp=_levels(fields.get("scp", []), PolicyKind.SCP),
        rcp=_levels(fields.get("rcp", []), PolicyKind.RCP),
    )


def _levels(value: object, kind: PolicyKind) -> tuple[list[NamedPolicy], ...]:
    """One list of policies for each level; their numbers count on from level to level."""
    if not isinstance(value, list):
        raise InvalidInput(f"`{kind}` is not a list of levels")
    levels: list[list[NamedPolicy]] = []
    for level in value:
        levels.append(_policies(level, kind, sum(map(len, levels))))
    return tuple(levels)


def _policies(value: object, kind: PolicyKind, first: int = 0) -> list[NamedPolicy]:
    if not isinstance(value, list):
        raise InvalidInput(f"`{kind}` is not a list of policies")
    return [_policy(document, kind, f"{kind}.{number}") for number, document in enumerate(value, first)]


def _policy(document: object, kind: PolicyKind, name: str) -> NamedPolicy:
    try:
        return NamedPolicy(name=name, policy=read_policy(document, kind, accept_2008=True))
    except DoorwardError as error:
        raise type(error)(f"policy `{name}`: {error.message}") from error


def _object(value: object, what: str) -> _Fields:
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} is not an object")
    if isinstance(value, RepeatedKeys):
        raise InvalidInput(f"{what} has `{value.repeated[0]}` more than once")
    return value


def _text(fields: _Fields, key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise InvalidInput(f"`{key}` is missing" if value is None else f"`{key}` is not a string")
    return value


def _optional_text(fields: _Fields, key: str) -> str | None:
    return _text(fields, key) if fields.get(key) is not None else None
