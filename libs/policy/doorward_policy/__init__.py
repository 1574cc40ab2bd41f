"""The policy language: parse, match, evaluate, index. Pure, standard library only."""

from doorward_policy.decision import Decision, Effect, Request, StatementRef, request
from doorward_policy.document import Condition, NamedPolicy, Patterns, Policy, PolicyKind, Statement
from doorward_policy.evaluate import evaluate
from doorward_policy.parse import parse_policy, print_policy
from doorward_policy.program import Program, compile_program
from doorward_policy.statement import CompiledPolicy, compile_policy

__all__ = [
    "CompiledPolicy",
    "Condition",
    "Decision",
    "Effect",
    "NamedPolicy",
    "Patterns",
    "Policy",
    "PolicyKind",
    "Program",
    "Request",
    "Statement",
    "StatementRef",
    "compile_policy",
    "compile_program",
    "evaluate",
    "parse_policy",
    "print_policy",
    "request",
]
