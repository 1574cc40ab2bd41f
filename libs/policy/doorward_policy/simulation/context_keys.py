"""Which context keys policies speak about, and which of those a request lacks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from doorward_policy.actions import Meanings
from doorward_policy.caller import Coverage
from doorward_policy.decision import Request
from doorward_policy.document import VARIABLES_VERSION, Patterns, Policy, Statement
from doorward_policy.operators import find_operator
from doorward_policy.resources import Resources, compile_resources
from doorward_policy.statement import CompiledStatement
from doorward_policy.variables import Context, variable_keys, without_variables

_WALLS = 5
"""Colons of an ARN behind which alone variables have a meaning."""


def context_keys(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Every key that a condition or a policy variable names, once, as it is spelled first.

    In the order in which policies and statements name them, in each statement Resource before Condition, as the AWS
    CLI's reference shows it (IAM API reference, GetContextKeysForCustomPolicy).
    """
    found = dict[str, str]()
    for policy in policies:
        variables = policy.version == VARIABLES_VERSION
        for statement in policy.statements:
            for key in _named(statement, variables=variables):
                found.setdefault(key.lower(), key)
    return tuple(found.values())


def _named(statement: Statement, *, variables: bool) -> Iterator[str]:
    """The keys that a statement names, as often as it does."""
    if variables and statement.resources is not None:
        for pattern in statement.resources.values:
            yield from variable_keys(_path(pattern))
    for condition in statement.conditions:
        yield condition.key
        qualified = find_operator(condition.operator)
        if variables and qualified is not None and qualified.operator.variables:
            for value in condition.values:
                yield from variable_keys(value)


def _path(pattern: str) -> str:
    return "".join(pattern.split(":", _WALLS)[_WALLS:])


@dataclass(frozen=True, slots=True)
class _Watched:
    """A statement that names keys which a context lacks, and the resources that it may speak about when it has them."""

    statement: CompiledStatement
    resources: Resources
    keys: tuple[str, ...]


class MissingKeys:
    """Which keys of a context that is always the same are missed by the statements that bear on a request.

    A statement bears on it when its action, its principal and, whatever stood for the variables, its resource mean
    the request. When nothing is missing, whatever else is given changes no decision: a key is missed also where the
    policy has a default for it, or asks only whether it is there.
    """

    def __init__(self, statements: Iterable[CompiledStatement], context: Context) -> None:
        self._watched = [each for statement in statements if (each := _watch(statement, context)) is not None]
        self._meanings = Meanings(each.statement.actions for each in self._watched)

    def of(self, asked: Request, *, bounded: bool) -> tuple[str, ...]:
        """The keys that are missing, each once, as it is spelled first."""
        if not self._watched:
            return ()
        groups = self._meanings.find(asked.action)
        found = dict[str, str]()
        for each in self._watched:
            principals = each.statement.principals
            if (
                not groups.isdisjoint(each.statement.actions.groups)
                and each.resources.match(asked.resource, asked.context)
                and (principals is None or principals.coverage(asked.caller, bounded) is not Coverage.NONE)
            ):
                for key in each.keys:
                    found.setdefault(key.lower(), key)
        return tuple(found.values())


def _watch(statement: CompiledStatement, context: Context) -> _Watched | None:
    named = _named(statement.source, variables=statement.variables)
    keys = tuple(key for key in named if key.lower() not in context)
    if not keys:
        return None
    return _Watched(statement, possible_resources(statement, context), keys)


def possible_resources(statement: CompiledStatement, context: Context) -> Resources:
    """The resources that a statement may speak about, whatever stands for the variables that the context lacks."""
    resources = statement.source.resources
    if resources is None or not statement.variables:
        return statement.resources
    return compile_resources(_opened(resources, context), variables=True)


def _opened(resources: Patterns, context: Context) -> Patterns:
    """The patterns with anything for a variable that is missing; of NotResource, those that have none."""
    if resources.negated:
        return replace(resources, values=tuple(each for each in resources.values if not _lacks(each, context)))
    return replace(resources, values=tuple(_open(each, context) for each in resources.values))


def _lacks(pattern: str, context: Context) -> bool:
    return any(key.lower() not in context for key in variable_keys(_path(pattern)))


def _open(pattern: str, context: Context) -> str:
    if not _lacks(pattern, context):
        return pattern
    *head, path = pattern.split(":", _WALLS)
    return ":".join((*head, without_variables(path, context)))
