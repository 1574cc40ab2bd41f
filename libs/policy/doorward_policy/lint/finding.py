"""Findings, and what the rules that make them are given."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from doorward_policy.document import VARIABLES_VERSION, Condition, Patterns, Policy, PolicyKind, Principals, Statement

_LONGEST_SHOWN = 128
"""In characters: what a document holds may be long."""


class Severity(StrEnum):
    """How surely something is wrong."""

    ERROR = "error"
    """It does not do what it says, or lets in whom hardly anybody means."""
    WARNING = "warning"
    """Probably not what was meant."""
    INFO = "info"
    """Worth knowing; the policy does what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is probably wrong, why, and what to do.

    `path` leads to the place as `Problem.path` does, such as `Statement[0].Action`; `rule` is a stable name such as
    `grants-everything`.
    """

    path: str
    rule: str
    severity: Severity
    reason: str
    remedy: str


class Catalogue(Protocol):
    """What is known of the services that policies speak about; names are matched ignoring case."""

    def services(self) -> Collection[str]:
        """The prefixes of all services, in lower case."""

    def actions(self, service: str) -> Collection[str]:
        """The names of a known service's actions as they are written, without the prefix."""

    def matches(self, service: str, pattern: str) -> bool:
        """Whether a name or a pattern with `*` and `?` matches some action of a known service."""

    def resource_services(self, service: str) -> Collection[str]:
        """The services that stand in the ARNs of a known service's resources; empty when that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A statement, where it stands and what it is part of."""

    path: str
    statement: Statement
    policy: Policy
    kind: PolicyKind
    catalogue: Catalogue | None

    @property
    def allows(self) -> bool:
        return self.statement.effect == "Allow"

    @property
    def variables(self) -> bool:
        """Whether `${…}` has a meaning in this version of the language."""
        return self.policy.version == VARIABLES_VERSION

    def at(self, name: str, value: Patterns | Principals | None) -> str:
        """The path of Action, Resource or Principal, or of their negation."""
        return f"{self.path}.{'Not' if value is not None and value.negated else ''}{name}"

    def at_condition(self, condition: Condition) -> str:
        return f"{self.path}.Condition.{shown(condition.operator)}.{shown(condition.key)}"


StatementRule = Callable[[Subject], Iterator[Finding]]
PolicyRule = Callable[[Policy], Iterator[Finding]]


def shown(text: str) -> str:
    """Text of a document as a finding cites it."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
