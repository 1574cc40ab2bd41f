"""Policies and requests as tests of the policy language write them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from doorward_policy import (
    Caller,
    Decision,
    Layers,
    NamedPolicy,
    PolicyKind,
    Program,
    Request,
    caller,
    compile_policy,
    compile_program,
    decide,
    evaluate,
    parse_policy,
    request,
)

ACCOUNT = "123456789012"
ALICE = caller(f"arn:aws:iam::{ACCOUNT}:user/alice")


def named(name: str, *statements: Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY) -> NamedPolicy:
    """A policy of these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return NamedPolicy(name=name, policy=parse_policy(text, kind))


def asked(
    action: str,
    resource: str,
    context: Mapping[str, str | Sequence[str]] | None = None,
    *,
    who: Caller = ALICE,
    wildcard_only: bool = False,
) -> Request:
    """A request of Alice's, or of somebody else's, about a resource in the account that its ARN names."""
    return request(who, action, resource, context, wildcard_only=wildcard_only)


def programs(layers: Layers[Sequence[NamedPolicy]]) -> Layers[Program]:
    """All policies indexed."""
    return layers.map(lambda policies: compile_program([compile_policy(policy) for policy in policies]))


def decided(layers: Layers[Sequence[NamedPolicy]], one: Request) -> Decision:
    """The decision of the programs, which must be that of the scan."""
    decision = decide(programs(layers), one)
    assert decision == evaluate(layers, one)
    return decision
