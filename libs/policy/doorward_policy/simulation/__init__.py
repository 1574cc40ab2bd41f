"""Simulations: what policies would decide, which of their statements are why, and which context keys they need."""

from doorward_policy.simulation.context_entries import ContextEntry, read_context
from doorward_policy.simulation.context_keys import context_keys
from doorward_policy.simulation.positions import Position, Span, statement_spans
from doorward_policy.simulation.scenarios import ANY_RESOURCE, check_actions, check_arn, check_resources
from doorward_policy.simulation.simulator import EvalDecision, MatchedStatement, Simulated, Simulator, combined
from doorward_policy.simulation.sources import (
    SourcePolicy,
    SourceType,
    boundary_inputs,
    known_policy,
    policy_inputs,
    resource_input,
)

__all__ = [
    "ANY_RESOURCE",
    "ContextEntry",
    "EvalDecision",
    "MatchedStatement",
    "Position",
    "Simulated",
    "Simulator",
    "SourcePolicy",
    "SourceType",
    "Span",
    "boundary_inputs",
    "check_actions",
    "check_arn",
    "check_resources",
    "combined",
    "context_keys",
    "known_policy",
    "policy_inputs",
    "read_context",
    "resource_input",
    "statement_spans",
]
