"""A policy document as values: statements with their patterns and conditions."""

from dataclasses import dataclass
from enum import Enum

VARIABLES_VERSION = "2012-10-17"
"""The version of the language that knows policy variables (IAM user guide, "Version")."""

LEGACY_VERSION = "2008-10-17"


class PolicyKind(Enum):
    """What a policy is attached to, and so what it can do for a request."""

    IDENTITY = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The value of Action or Resource, or of NotAction or NotResource when `negated`."""

    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One operator on one context key, as written; several of them are joined by AND."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One permission; `effect` is `Allow` or `Deny`."""

    sid: str | None
    effect: str
    actions: Patterns
    resources: Patterns
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A parsed document. A missing `version` means 2008-10-17."""

    version: str | None
    id: str | None
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPolicy:
    """A policy and the name that decisions cite, such as its ARN with the version."""

    name: str
    policy: Policy
    kind: PolicyKind = PolicyKind.IDENTITY
