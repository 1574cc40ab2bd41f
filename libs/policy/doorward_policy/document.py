"""A policy document as values: statements with their patterns, principals and conditions."""

from dataclasses import dataclass
from enum import StrEnum

VARIABLES_VERSION = "2012-10-17"
"""The version of the language that knows policy variables (IAM user guide, "Version")."""

LEGACY_VERSION = "2008-10-17"

EVERYONE = "*"
"""As a principal: everybody, anonymous callers included."""


class PolicyKind(StrEnum):
    """What a policy is attached to, and so what it may say and do (IAM user guide, "Policies and permissions")."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    RESOURCE = "resource"
    TRUST = "trust"
    """The resource policy of a role: who may assume it."""
    SCP = "scp"
    RCP = "rcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The value of Action or Resource, or of NotAction or NotResource when `negated`."""

    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Principals:
    """The value of Principal, or of NotPrincipal when `negated`.

    `entries` are pairs such as `("AWS", "123456789012")`; the bare `*` is `("*", "*")`.
    """

    entries: tuple[tuple[str, str], ...]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One operator on one context key, as written; several of them are joined by AND."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One permission; `effect` is `Allow` or `Deny`.

    `principals` is None where the document names none, `resources` where it means the resource that it belongs to.
    """

    sid: str | None
    effect: str
    actions: Patterns
    resources: Patterns | None
    conditions: tuple[Condition, ...]
    principals: Principals | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A parsed document. A missing `version` means 2008-10-17."""

    version: str | None
    id: str | None
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPolicy:
    """A policy, the name that decisions cite, such as its ARN, and which version of it this is, such as `v3`."""

    name: str
    policy: Policy
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a document is refused.

    `path` leads to the place, such as `Statement[2].Condition.StringLike`, and is empty for the document as a whole;
    a statement that is not in a list counts as `Statement[0]`. `message` is AWS's, `detail` says what it leaves out.
    """

    path: str
    message: str
    detail: str = ""
