"""What is asked of policies, and what they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from doorward_kernel.errors import InvalidInput

from doorward_policy.caller import Caller
from doorward_policy.document import PolicyKind
from doorward_policy.variables import Context

_OF_NOBODY = frozenset({"", "aws"})
"""What stands for the account in ARNs that name none, such as those of AWS's own managed policies."""


@dataclass(slots=True)
class Request:
    """May the caller do this action on this resource, all this being known? Never changes.

    Not frozen, as that would make it three times as long to make one, which every check does.

    The keys of `context` are in lower case; a text is the value of a single-valued key, a tuple holds the values of
    a multivalued one, be they one or none. `resource_account` is the account that the resource belongs to; the
    resource is `*` for an action that knows no other. `request` builds one from looser input.
    """

    caller: Caller
    action: str
    resource: str
    context: Context
    resource_account: str


def request(
    caller: Caller,
    action: str,
    resource: str,
    context: Mapping[str, str | Sequence[str]] | None = None,
    *,
    resource_account: str | None = None,
    wildcard_only: bool = False,
) -> Request:
    """Build a request; a sequence in `context` marks a multivalued key.

    `wildcard_only` marks an action without resource-level permissions: the resource it is checked against is `*`.
    Without `resource_account` the resource belongs to the account that its ARN names, or else to the caller's.
    Raises InvalidInput when two keys of `context` differ only in case.
    """
    given = context or {}
    lowered = {key.lower(): value if isinstance(value, str) else tuple(value) for key, value in given.items()}
    if len(lowered) != len(given):
        raise InvalidInput("two context keys differ only in case: give each key once")
    if wildcard_only:
        resource = "*"
    if resource_account is None:
        resource_account = account_of(resource) or caller.account
    return Request(caller, action, resource, lowered, resource_account)


def account_of(resource: str) -> str | None:
    """The account that an ARN names; None for `*`, and for ARNs of what no customer's account owns."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) > 5 and parts[4] not in _OF_NOBODY else None


class Effect(StrEnum):
    """What the policies say (IAM user guide, "Policy evaluation logic")."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"

    __hash__ = str.__hash__  # that of enumerations is written in Python, and every check counts its effect


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRef:
    """A statement as decisions cite it; `index` counts from 0 in its policy, `version` is such as `v3`."""

    policy: str
    index: int
    sid: str | None
    version: str | None = None


class Decision(NamedTuple):
    """The effect, all statements that brought it about, and for a denial the kind of policy that it is due to.

    The statements stand in the order of the kinds of policies, in each in that of its policies. For an implicit denial
    there are none, and `due_to` is the first kind that had to allow and did not.
    """

    effect: Effect
    statements: tuple[StatementRef, ...]
    due_to: PolicyKind | None = None


def decision_of_identity(denying: tuple[StatementRef, ...], allowing: tuple[StatementRef, ...]) -> Decision:
    """What is decided when the caller's own policies decide alone: a deny wins, and without an allow it is denied."""
    if denying:
        return Decision(Effect.EXPLICIT_DENY, denying, PolicyKind.IDENTITY)
    if allowing:
        return Decision(Effect.ALLOW, allowing)
    return Decision(Effect.IMPLICIT_DENY, (), PolicyKind.IDENTITY)


_DENIED_BY = {
    PolicyKind.IDENTITY: "an identity-based policy",
    PolicyKind.BOUNDARY: "a permissions boundary",
    PolicyKind.SESSION: "a session policy",
    PolicyKind.RESOURCE: "a resource-based policy",
    PolicyKind.TRUST: "a role trust policy",
    PolicyKind.SCP: "a service control policy",
    PolicyKind.RCP: "a resource control policy",
}


def access_denied_message(asked: Request, decision: Decision) -> str:
    """AWS's words for a denial (IAM user guide, "Troubleshoot access denied error messages").

    Raises ValueError when the decision allows.
    """
    if decision.due_to is None:
        raise ValueError("the decision allows")
    policy = _DENIED_BY[decision.due_to]
    if decision.effect is Effect.EXPLICIT_DENY:
        reason = f"with an explicit deny in {policy}"
    else:
        reason = f"because no {policy.partition(' ')[2]} allows the {asked.action} action"
    return (
        f"User: {asked.caller.arn} is not authorized to perform: {asked.action} on resource: {asked.resource} {reason}"
    )
