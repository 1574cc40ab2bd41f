"""Statements compiled once, and the one place that judges whether a statement applies to a request."""

from dataclasses import dataclass

from doorward_policy.actions import Actions, Groups, compile_actions
from doorward_policy.caller import Coverage
from doorward_policy.conditions import Check, compile_condition
from doorward_policy.decision import Decision, Request, StatementRef, decision_of_identity
from doorward_policy.document import VARIABLES_VERSION, NamedPolicy, Statement
from doorward_policy.principals import PrincipalMatcher, compile_principals
from doorward_policy.resources import Resources, compile_resources

_NONE, _DIRECT = Coverage.NONE, Coverage.DIRECT
"""Names of their own: members of an enumeration take long to find."""


class CompiledStatement:
    """A statement ready to judge requests. Never changes.

    `alone` is the decision when it is the only statement of the caller's policies that applies; `source` is what it
    was compiled from, with policy variables if `variables`. What a judgement reads lies here, not further away: with
    many statements its time goes into fetching them from memory.
    """

    __slots__ = (
        "_exact",
        "_groups",
        "_others",
        "_prefixes",
        "_unconditional",
        "actions",
        "alone",
        "checks",
        "denies",
        "principals",
        "ref",
        "resources",
        "source",
        "variables",
    )

    def __init__(self, source: Statement, ref: StatementRef, *, variables: bool) -> None:
        self.source = source
        self.ref = ref
        self.variables = variables
        self.denies = source.effect == "Deny"
        self.alone: Decision = decision_of_identity((ref,) if self.denies else (), () if self.denies else (ref,))
        self.actions: Actions = compile_actions(source.actions)
        self.resources: Resources = compile_resources(source.resources, variables=variables)
        self.checks: tuple[Check, ...] = tuple(
            compile_condition(condition, variables=variables) for condition in source.conditions
        )
        self.principals: PrincipalMatcher | None = (
            None if source.principals is None else compile_principals(source.principals, denies=self.denies)
        )
        self._groups = self.actions.groups
        self._unconditional = not self.checks and self.principals is None
        self._exact, prefixes, self._others, _ = self.resources
        self._prefixes = prefixes[0] if len(prefixes) == 1 else prefixes

    def applies(self, groups: Groups, asked: Request, bounded: bool) -> Coverage:
        """The judge: whether the statement says something about a request, and how directly it means the caller.

        `groups` are those that mean the request's action; `bounded` says that the caller has a permissions boundary.
        A statement without principals is the caller's own.
        """
        if groups.isdisjoint(self._groups):
            return _NONE
        resource = asked.resource
        if not (
            resource == self._exact
            or resource.startswith(self._prefixes)
            or (self._others is not None and self._others(resource, asked.context))
        ):
            return _NONE
        if self._unconditional:
            return _DIRECT
        for check in self.checks:
            if not check(asked.context):
                return _NONE
        return _DIRECT if self.principals is None else self.principals.coverage(asked.caller, bounded)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPolicy:
    """A policy compiled once, to be part of any number of programs."""

    named: NamedPolicy
    statements: tuple[CompiledStatement, ...]


def compile_policy(named: NamedPolicy) -> CompiledPolicy:
    """Compile the patterns, principals and conditions of a policy that `parse_policy` accepted."""
    variables = named.policy.version == VARIABLES_VERSION
    return CompiledPolicy(
        named=named,
        statements=tuple(
            CompiledStatement(
                statement,
                StatementRef(policy=named.name, version=named.version, index=index, sid=statement.sid or None),
                variables=variables,
            )
            for index, statement in enumerate(named.policy.statements)
        ),
    )
