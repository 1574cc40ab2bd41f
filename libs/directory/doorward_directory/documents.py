"""Policy documents as commands bring them: how long they may be, and what of them counts against a quota."""

from doorward_kernel.errors import InvalidInput
from doorward_policy import Policy, PolicyKind, parse_policy

MOST_CHARACTERS = 131_072
"""White space counted: what AWS's API takes as a `policyDocument` (IAM API reference, CreatePolicy)."""


def check_document(document: str, kind: PolicyKind = PolicyKind.IDENTITY, field: str = "policyDocument") -> Policy:
    """What the document says.

    Raises InvalidInput for a document that is too long, MalformedPolicyDocument for one that is no policy of the kind.
    """
    if len(document) > MOST_CHARACTERS:
        raise InvalidInput(f"`{field}` has at most {MOST_CHARACTERS} characters, this one {len(document)}")
    return parse_policy(document, kind)


def document_size(document: str) -> int:
    """Characters of a policy document that count against a quota: all but white space."""
    return len(document) - sum(map(document.count, " \t\n\r"))
