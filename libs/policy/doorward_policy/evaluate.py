"""The decision by reading every statement: slow, obviously right, and what the index must agree with."""

from collections.abc import Sequence

from doorward_policy.decision import (
    ALLOWED_ALWAYS,
    ALWAYS_ALLOWED_ACTIONS,
    IMPLICIT_DENY,
    Decision,
    Effect,
    Request,
)
from doorward_policy.document import NamedPolicy
from doorward_policy.resources import ANYTHING
from doorward_policy.statement import compile_policy


def evaluate(policies: Sequence[NamedPolicy], request: Request) -> Decision:
    """Decide by all identity policies of a principal: a deny wins, then an allow, else it is denied implicitly."""
    action = request.action.lower()
    if action in ALWAYS_ALLOWED_ACTIONS:
        return ALLOWED_ALWAYS
    resource = ANYTHING if request.wildcard_only else request.resource
    applying = [
        statement
        for policy in policies
        for statement in compile_policy(policy).statements
        if statement.applies(action, resource, request.context)
    ]
    denying = tuple(statement.ref for statement in applying if statement.denies)
    if denying:
        return Decision(effect=Effect.EXPLICIT_DENY, statements=denying)
    if applying:
        return Decision(effect=Effect.ALLOW, statements=tuple(statement.ref for statement in applying))
    return IMPLICIT_DENY
