"""What is asked of a set of policies, and what they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from doorward_kernel.errors import InvalidInput

from doorward_policy.variables import Context


class Request(NamedTuple):
    """May this action be done on this resource, all this being known?

    A named tuple, as `Decision` is: one of each is made for every check, in a third of a frozen dataclass's time.

    The keys of `context` are in lower case; a text is the value of a single-valued key, a tuple holds the values of
    a multivalued one, be they one or none. `wildcard_only` marks an action without resource-level permissions,
    which only the resource `*` covers. `request` builds one from looser input.
    """

    action: str
    resource: str
    context: Context
    wildcard_only: bool = False


def request(
    action: str,
    resource: str,
    context: Mapping[str, str | Sequence[str]] | None = None,
    *,
    wildcard_only: bool = False,
) -> Request:
    """Build a request; a sequence in `context` marks a multivalued key.

    Raises InvalidInput when two keys of `context` differ only in case.
    """
    given = context or {}
    lowered = {key.lower(): value if isinstance(value, str) else tuple(value) for key, value in given.items()}
    if len(lowered) != len(given):
        raise InvalidInput("two context keys differ only in case: give each key once")
    return Request(action=action, resource=resource, context=lowered, wildcard_only=wildcard_only)


class Effect(StrEnum):
    """What the policies say (IAM user guide, "Policy evaluation logic")."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRef:
    """A statement as decisions cite it; `index` counts from 0 in its policy."""

    policy: str
    index: int
    sid: str | None


class Decision(NamedTuple):
    """The effect, and all statements that brought it about, in the order of the policies."""

    effect: Effect
    statements: tuple[StatementRef, ...]


IMPLICIT_DENY = Decision(effect=Effect.IMPLICIT_DENY, statements=())

ALLOWED_ALWAYS = Decision(effect=Effect.ALLOW, statements=())

ALWAYS_ALLOWED_ACTIONS = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
"""In lower case: what needs no permission and no policy can deny (STS API reference)."""
