"""Statements compiled once, and the one place that judges whether a statement applies to a request."""

from dataclasses import dataclass

from doorward_policy.conditions import Check, compile_condition
from doorward_policy.decision import StatementRef
from doorward_policy.document import VARIABLES_VERSION, NamedPolicy, Patterns, Statement
from doorward_policy.glob import Predicate, glob, literal, split_wildcards
from doorward_policy.resources import Resources, compile_resources
from doorward_policy.variables import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """Action or NotAction in lower case: plain names, and patterns with wildcards."""

    names: frozenset[str]
    patterns: tuple[tuple[str, Predicate], ...]
    negated: bool

    def match(self, action: str) -> bool:
        """Whether the statement speaks about the action, which is in lower case."""
        if action in self.names:
            return not self.negated
        for _, predicate in self.patterns:
            if predicate(action):
                return not self.negated
        return self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledStatement:
    """A statement ready to judge requests."""

    ref: StatementRef
    denies: bool
    actions: Actions
    resources: Resources
    checks: tuple[Check, ...]

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """The judge: whether the statement says something about a request. `action` is in lower case."""
        if not self.actions.match(action) or not self.resources.match(resource, context):
            return False
        return not self.checks or all(check(context) for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPolicy:
    """A policy compiled once, to be part of any number of programs."""

    name: str
    statements: tuple[CompiledStatement, ...]


def compile_policy(named: NamedPolicy) -> CompiledPolicy:
    """Compile the patterns and conditions of a policy that `parse_policy` accepted."""
    variables = named.policy.version == VARIABLES_VERSION
    statements = []
    for index, statement in enumerate(named.policy.statements):
        ref = StatementRef(policy=named.name, index=index, sid=statement.sid or None)
        statements.append(_compile(statement, ref, variables=variables))
    return CompiledPolicy(name=named.name, statements=tuple(statements))


def _compile(statement: Statement, ref: StatementRef, *, variables: bool) -> CompiledStatement:
    return CompiledStatement(
        ref=ref,
        denies=statement.effect == "Deny",
        actions=_actions(statement.actions),
        resources=compile_resources(statement.resources, variables=variables),
        checks=tuple(compile_condition(condition, variables=variables) for condition in statement.conditions),
    )


def _actions(actions: Patterns) -> Actions:
    names = set()
    patterns = {}
    for text in map(str.lower, actions.values):
        tokens = split_wildcards(text)
        if literal(tokens) is None:
            patterns[text] = glob(tokens)
        else:
            names.add(text)
    return Actions(names=frozenset(names), patterns=tuple(patterns.items()), negated=actions.negated)
