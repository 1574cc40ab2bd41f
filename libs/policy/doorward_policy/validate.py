"""What AWS refuses in a document that follows the grammar, in AWS's order and words; each kind has its own rules."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from doorward_policy.document import (
    EVERYONE,
    VARIABLES_VERSION,
    Patterns,
    Policy,
    PolicyKind,
    Principals,
    Problem,
    Statement,
)
from doorward_policy.forms import action_error, has_missing_parts, principal_error, resource_error
from doorward_policy.grammar import MOST_PROBLEMS, join_path, shown
from doorward_policy.instant import parse_instant
from doorward_policy.operators import find_operator

TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:decodeauthorizationmessage",
        "sts:getaccesskeyinfo",
        "sts:getcalleridentity",
        "sts:getfederationtoken",
        "sts:getservicebearertoken",
        "sts:getsessiontoken",
        "sts:setcontext",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)
"""What a role's trust policy may speak about, in lower case (IAM user guide, "Creating a role")."""

_NOT_OF_THIS_TYPE = "The provided policy document does not meet the requirements of the specified policy type."
"""How AWS Organizations refuses what SCPs and RCPs may not say; it does not say what."""

Numbered = list[tuple[str, Statement]]
"""Statements and their paths."""

Rule = Callable[[Policy, Numbered], Iterable[Problem]]
"""Finds what is wrong in one respect."""


def problems_of(policy: Policy, kind: PolicyKind, *, accept_2008: bool) -> Iterator[Problem]:
    """All that is wrong with a policy; the first is what AWS reports."""
    numbered = [(f"Statement[{index}]", statement) for index, statement in enumerate(policy.statements)]
    rules = [rule for rule in _RULES[kind] if not (accept_2008 and rule is _version)]
    return islice(chain.from_iterable(rule(policy, numbered) for rule in rules), MOST_PROBLEMS)


# --- rules that many kinds share ---


def _version(policy: Policy, _: Numbered) -> Iterator[Problem]:
    if policy.version != VARIABLES_VERSION:
        yield Problem(path="Version", message="Policy document must be version 2012-10-17 or greater.")


def _legacy_parsing(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    message = "The policy failed legacy parsing"
    for path, statement in numbered:
        if statement.effect not in {"Allow", "Deny"}:
            yield Problem(path=f"{path}.Effect", message=message, detail="expected `Allow` or `Deny`, case matters")
        for condition in statement.conditions:
            qualified = find_operator(condition.operator)
            if qualified is None or not qualified.operator.dates:
                continue
            place = join_path(join_path(f"{path}.Condition", condition.operator), condition.key)
            for value in condition.values:
                if parse_instant(value) is None:
                    yield Problem(path=place, message=message, detail=f"`{shown(value)}` is no date")
        for resource in _values(statement.resources):
            if resource_error(shown(resource)) is None and has_missing_parts(resource):
                detail = f"`{shown(resource)}` lacks parts of an ARN"
                yield Problem(path=_path(path, "Resource", statement.resources), message=message, detail=detail)


def _unique_sids(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    seen = set[str]()
    for path, statement in numbered:
        if statement.sid and statement.sid in seen:
            message = "Statement IDs (SID) in a single policy must be unique."
            yield Problem(path=f"{path}.Sid", message=message, detail=f"`{shown(statement.sid)}` is there twice")
        seen.add(statement.sid or "")


def _some_actions(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if not statement.actions.values:
            yield Problem(path=path, message="Policy statement must contain actions.")


def _resource_forms(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        for resource in _values(statement.resources):
            message = resource_error(shown(resource))
            if message is not None:
                yield Problem(path=_path(path, "Resource", statement.resources), message=message)


def _action_forms(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        for action in statement.actions.values:
            message = action_error(shown(action))
            if message is not None:
                place = _path(path, "Action", statement.actions)
                yield Problem(path=place, message=message, detail=f"`{shown(action)}`")


def _some_resources(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if not _values(statement.resources):
            yield Problem(path=path, message="Policy statement must contain resources.")


def _no_empty_resources(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if statement.resources is not None and not statement.resources.values:
            yield Problem(path=path, message="Policy statement must contain resources.")


# --- rules about principals ---


def _no_principal(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if statement.principals is not None:
            place = _path(path, "Principal", statement.principals)
            yield Problem(path=place, message="Policy document should not specify a principal.")


def _some_principal(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if statement.principals is None:
            yield Problem(path=path, message="Missing required field Principal")
        elif not statement.principals.entries:
            place = _path(path, "Principal", statement.principals)
            yield Problem(path=place, message="Missing required field Principal cannot be empty!")


def _principal_forms(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        for type, name in statement.principals.entries if statement.principals else ():
            detail = principal_error(type, name)
            if detail is not None:
                message = f'Invalid principal in policy: "{type.upper()}":"{shown(name)}"'
                yield Problem(path=_path(path, "Principal", statement.principals), message=message, detail=detail)


# --- rules of one kind ---


def _trust(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if statement.principals is not None and statement.principals.negated:
            yield Problem(path=f"{path}.NotPrincipal", message="Has prohibited field NotPrincipal.")
        if statement.resources is not None:
            field = "NotResource" if statement.resources.negated else "Resource"
            yield Problem(path=f"{path}.{field}", message=f"Has prohibited field {field}.")


def _trust_actions(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        strangers = [action for action in statement.actions.values if action.lower() not in TRUST_ACTIONS]
        if strangers or statement.actions.negated:
            place = _path(path, "Action", statement.actions)
            message = "AssumeRole policy may only specify STS AssumeRole actions."
            yield Problem(path=place, message=message, detail=", ".join(f"`{shown(each)}`" for each in strangers[:10]))


def _scp(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if statement.principals is not None:
            place = _path(path, "Principal", statement.principals)
            yield Problem(path=place, message=_NOT_OF_THIS_TYPE, detail="an SCP names no principal")


def _rcp(_: Policy, numbered: Numbered) -> Iterator[Problem]:
    for path, statement in numbered:
        if _grants_full_access(statement):
            continue
        if statement.effect != "Deny":
            yield Problem(path=f"{path}.Effect", message=_NOT_OF_THIS_TYPE, detail="an RCP only denies")
        if statement.actions.negated:
            yield Problem(path=f"{path}.NotAction", message=_NOT_OF_THIS_TYPE, detail="an RCP has no NotAction")
        if not _is_everyone(statement.principals):
            place = _path(path, "Principal", statement.principals)
            yield Problem(path=place, message=_NOT_OF_THIS_TYPE, detail='an RCP has `"Principal": "*"`')


def _grants_full_access(statement: Statement) -> bool:
    """Whether it is what RCPFullAWSAccess says, the one Allow that an RCP may hold."""
    return (
        statement.effect == "Allow"
        and _is_everyone(statement.principals)
        and not statement.conditions
        and all(
            patterns is not None and not patterns.negated and set(patterns.values) == {"*"}
            for patterns in (statement.actions, statement.resources)
        )
    )


def _is_everyone(principals: Principals | None) -> bool:
    return (
        principals is not None
        and not principals.negated
        and principals.entries in {((EVERYONE, EVERYONE),), (("AWS", EVERYONE),)}
    )


def _values(patterns: Patterns | None) -> tuple[str, ...]:
    return patterns.values if patterns is not None else ()


def _path(path: str, name: str, value: Patterns | Principals | None) -> str:
    negated = value is not None and value.negated
    return f"{path}.{'Not' if negated else ''}{name}"


_FORMS: tuple[Rule, ...] = (_legacy_parsing, _unique_sids, _some_actions, _resource_forms, _action_forms)
_IDENTITY: tuple[Rule, ...] = (_no_principal, _version, *_FORMS, _some_resources)
_RULES: dict[PolicyKind, tuple[Rule, ...]] = {
    PolicyKind.IDENTITY: _IDENTITY,
    PolicyKind.BOUNDARY: _IDENTITY,
    PolicyKind.SESSION: _IDENTITY,
    PolicyKind.RESOURCE: (_some_principal, *_FORMS, _principal_forms, _no_empty_resources),
    PolicyKind.TRUST: (_some_principal, _trust, *_FORMS, _trust_actions, _principal_forms),
    PolicyKind.SCP: (_scp, _version, *_FORMS, _some_resources),
    PolicyKind.RCP: (_version, *_FORMS, _some_resources, _rcp),
}
"""The rules of each kind in the order in which AWS applies them. Those of SCPs and RCPs are the grammar's common
rules and what the AWS Organizations user guide adds ("SCP syntax", "RCP syntax")."""
