"""The policy language: parse, match, evaluate, index. Pure, standard library only."""

from doorward_policy.caller import Caller, CallerKind, Coverage, caller
from doorward_policy.decision import Decision, Effect, Request, StatementRef, access_denied_message, account_of, request
from doorward_policy.document import (
    Condition,
    NamedPolicy,
    Patterns,
    Policy,
    PolicyKind,
    Principals,
    Problem,
    Statement,
)
from doorward_policy.evaluate import evaluate
from doorward_policy.explain import Explanation, explain
from doorward_policy.layers import Layers
from doorward_policy.parse import find_problems, parse_policy, read_policy
from doorward_policy.printing import print_policy
from doorward_policy.program import Program, compile_program, decide
from doorward_policy.services import GrantedServices, granted_services
from doorward_policy.statement import CompiledPolicy, compile_policy
from doorward_policy.stored import NotStored, dump_policy, load_policy

__all__ = [
    "Caller",
    "CallerKind",
    "CompiledPolicy",
    "Condition",
    "Coverage",
    "Decision",
    "Effect",
    "Explanation",
    "GrantedServices",
    "Layers",
    "NamedPolicy",
    "NotStored",
    "Patterns",
    "Policy",
    "PolicyKind",
    "Principals",
    "Problem",
    "Program",
    "Request",
    "Statement",
    "StatementRef",
    "access_denied_message",
    "account_of",
    "caller",
    "compile_policy",
    "compile_program",
    "decide",
    "dump_policy",
    "evaluate",
    "explain",
    "find_problems",
    "granted_services",
    "load_policy",
    "parse_policy",
    "print_policy",
    "read_policy",
    "request",
]
