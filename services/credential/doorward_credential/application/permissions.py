"""What the decision service is asked: may a caller do this, now?"""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol, TypeAlias

from doorward_kernel.errors import AccessDenied

Context: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Condition keys; a tuple holds the values of a multivalued one."""


class Verdict(Enum):
    """What policies say."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not allowed"
    """Nothing allows."""
    DENIED = "denied"
    """A statement denies."""


class Decisions(Protocol):
    """The decision service, asked at the latest revision of both logs.

    A context holds what this question is about; what the call tells of itself, such as `aws:SourceIp`, is added to it.
    Raises Unauthenticated when the passport no longer holds, Unavailable when there is no answer.
    """

    async def of_passport(self, passport: str, action: str, resource: str, context: Context) -> Verdict:
        """For the bearer of a passport (the token itself)."""

    async def of_principal(self, principal: str, action: str, resource: str, context: Context) -> Verdict:
        """For a principal by its name, such as an identity provider's ARN."""


def not_authorized(caller: str, action: str, resource: str, verdict: Verdict) -> AccessDenied:
    """In AWS's words (IAM user guide, "Troubleshoot access denied error messages")."""
    because = "with an explicit deny" if verdict is Verdict.DENIED else f"because no policy allows the {action} action"
    return AccessDenied(f"User: {caller} is not authorized to perform: {action} on resource: {resource} {because}")
