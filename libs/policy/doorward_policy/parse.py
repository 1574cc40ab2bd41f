"""From the text of a policy document to a `Policy`, or to all that is wrong with it."""

import re

from doorward_kernel.errors import MalformedPolicyDocument

from doorward_policy.document import Policy, PolicyKind, Problem
from doorward_policy.grammar import SYNTAX, Reader
from doorward_policy.jsontext import NotJson, load_json
from doorward_policy.validate import problems_of

MAX_DOCUMENT_LENGTH = 262_144
"""In characters. More than any quota allows and than AWS's own longest policy; keeps parsing short."""

OLD_ACCEPTED = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST})
"""Kinds of policies that may be of a version before 2012-10-17."""

_OUTSIDE_ALPHABET = re.compile("[^\t\n\r\u0020-\u00ff]")


def parse_policy(text: str, kind: PolicyKind = PolicyKind.IDENTITY, *, accept_2008: bool = False) -> Policy:
    """Read a policy document.

    `accept_2008` lets documents of every kind pass that were written before version 2012-10-17.
    Raises MalformedPolicyDocument with AWS's message (IAM user guide, "Grammar of the IAM JSON policy language").
    """
    return _accepted(*examine(text, kind, accept_2008=accept_2008))


def read_policy(document: object, kind: PolicyKind, *, accept_2008: bool = False) -> Policy:
    """As `parse_policy`, of a document that `load_json` has decoded."""
    return _accepted(*_examine(document, kind, accept_2008=accept_2008))


def find_problems(document: object, kind: PolicyKind) -> tuple[Problem, ...]:
    """All that is wrong with a document, its text or as `load_json` decoded it; AWS reports the first one alone."""
    _, problems = examine(document, kind) if isinstance(document, str) else _examine(document, kind)
    return problems


def examine(text: str, kind: PolicyKind, *, accept_2008: bool = False) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy as far as it can be read (None when it cannot), and all that is wrong with it."""
    if len(text) > MAX_DOCUMENT_LENGTH:
        return None, (Problem(path="", message=f"a policy document has at most {MAX_DOCUMENT_LENGTH} characters"),)
    stranger = _OUTSIDE_ALPHABET.search(text)
    if stranger:
        place = f"character {stranger.start() + 1}, U+{ord(stranger[0]):04X}, is not allowed: write it as an escape"
        return None, (Problem(path="", message=SYNTAX, detail=place),)
    try:
        document = load_json(text)
    except NotJson as error:
        return None, (Problem(path="", message=SYNTAX, detail=str(error)),)
    return _examine(document, kind, accept_2008=accept_2008)


def _examine(
    document: object, kind: PolicyKind, *, accept_2008: bool = False
) -> tuple[Policy | None, tuple[Problem, ...]]:
    reader = Reader()
    policy = reader.policy(document)
    if policy is None or reader.problems:
        return None, tuple(reader.problems)
    return policy, tuple(problems_of(policy, kind, accept_2008=accept_2008 or kind in OLD_ACCEPTED))


def _accepted(policy: Policy | None, problems: tuple[Problem, ...]) -> Policy:
    if policy is None or problems:
        raise MalformedPolicyDocument(problems[0].message)
    return policy
