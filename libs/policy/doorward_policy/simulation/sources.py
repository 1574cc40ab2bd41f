"""Policies of a simulation, with the text that positions refer to and the names that AWS's results give them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from doorward_kernel.errors import InvalidInput, MalformedPolicyDocument

from doorward_policy.document import Policy, PolicyKind
from doorward_policy.parse import parse_policy

LONGEST_DOCUMENT = 131_072
"""In characters, white space counted (IAM API reference, policyDocumentType)."""

MOST_DOCUMENTS = 100
"""In one argument. AWS publishes no such bound."""


class SourceType(StrEnum):
    """Where a policy comes from (IAM API reference, Statement: SourcePolicyType); `none`: it was given as text, or
    is an SCP, for which AWS has no word."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    AWS_MANAGED = "aws-managed"
    USER_MANAGED = "user-managed"
    RESOURCE = "resource"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """A policy, its text and what results call it: `id` is a name, or an argument such as `PolicyInputList.1`."""

    id: str
    type: SourceType
    text: str
    policy: Policy


def policy_inputs(documents: Sequence[str]) -> list[SourcePolicy]:
    """What was given as `policyInputList`. Raises InvalidInput."""
    return _inputs(documents, "PolicyInputList", PolicyKind.IDENTITY)


def boundary_inputs(documents: Sequence[str]) -> list[SourcePolicy]:
    """What was given as `permissionsBoundaryPolicyInputList`: none or one, as AWS allows. Raises InvalidInput."""
    if len(documents) > 1:
        raise InvalidInput("`permissionsBoundaryPolicyInputList` has at most one policy: an entity has one boundary")
    return _inputs(documents, "PermissionsBoundaryPolicyInputList", PolicyKind.BOUNDARY)


def resource_input(document: str) -> SourcePolicy:
    """What was given as `resourcePolicy`. Raises InvalidInput."""
    policy = _parsed(document, PolicyKind.RESOURCE, "resourcePolicy")
    return SourcePolicy(id="ResourcePolicy", type=SourceType.RESOURCE, text=document, policy=policy)


def known_policy(id: str, type: SourceType, document: str, kind: PolicyKind = PolicyKind.IDENTITY) -> SourcePolicy:
    """A policy that was accepted when it was stored. Raises MalformedPolicyDocument."""
    return SourcePolicy(id=id, type=type, text=document, policy=parse_policy(document, kind, accept_2008=True))


def _inputs(documents: Iterable[str], name: str, kind: PolicyKind) -> list[SourcePolicy]:
    argument = name[0].lower() + name[1:]
    sources = []
    for number, document in enumerate(documents, 1):
        if number > MOST_DOCUMENTS:
            raise InvalidInput(f"`{argument}` has at most {MOST_DOCUMENTS} policies")
        policy = _parsed(document, kind, f"{argument}.{number}")
        sources.append(SourcePolicy(id=f"{name}.{number}", type=SourceType.NONE, text=document, policy=policy))
    return sources


def _parsed(document: str, kind: PolicyKind, argument: str) -> Policy:
    """Simulations refuse a malformed policy as InvalidInput: MalformedPolicyDocument is no error of theirs."""
    if not 1 <= len(document) <= LONGEST_DOCUMENT:
        raise InvalidInput(f"`{argument}` has 1 to {LONGEST_DOCUMENT} characters, this one {len(document)}")
    try:
        return parse_policy(document, kind)
    except MalformedPolicyDocument as error:
        raise InvalidInput(f"`{argument}`: {error.message}") from error
