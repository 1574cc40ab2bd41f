"""What a session is limited to: its policies, tags and source identity; and how much fits into it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from doorward_directory.account import Account
from doorward_directory.aws_policies import managed_policy
from doorward_kernel.arn import Arn
from doorward_kernel.errors import (
    AccessDenied,
    DoorwardError,
    InvalidInput,
    MalformedPolicyDocument,
    PackedPolicyTooLarge,
)
from doorward_keyring.passport import SessionLimits
from doorward_policy import PolicyKind, parse_policy
from immutables import Map

from doorward_credential.application.permissions import Context
from doorward_credential.application.shapes import (
    MOST_POLICY_ARNS,
    MOST_POLICY_CHARACTERS,
    MOST_SESSION_TAGS,
    check_session_tags,
    check_source_identity,
    check_transitive_keys,
)

_ARN = re.compile(r"[!-~]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicies:
    """An inline policy as JSON, empty for none, and ARNs of managed ones."""

    policy: str = ""
    arns: tuple[str, ...] = ()


def check_policy_shapes(policies: SessionPolicies) -> None:
    """Raises InvalidInput, MalformedPolicyDocument; whether the managed ones are there is not looked at."""
    if len(policies.arns) > MOST_POLICY_ARNS:
        raise InvalidInput(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_POLICY_ARNS}"
        )
    if len(policies.policy) > MOST_POLICY_CHARACTERS:
        raise InvalidInput(
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_POLICY_CHARACTERS}"
        )
    if policies.policy:
        parse_policy(policies.policy, PolicyKind.SESSION)
    for arn in policies.arns:
        check_policy_arn(arn)


def check_policies(account: Account, policies: SessionPolicies) -> None:
    """Raises MalformedPolicyDocument for a managed policy that is not there."""
    for arn in policies.arns:
        try:
            managed_policy(account, arn)
        except DoorwardError as error:
            raise MalformedPolicyDocument(f"Policy {arn[:200]} does not exist or is not attachable.") from error


def chained_limits(
    before: SessionLimits, tags: Sequence[tuple[str, str]], transitive_tag_keys: Sequence[str], source_identity: str
) -> SessionLimits:
    """Tags and source identity of a role's session: those that are asked for, and what the caller's own session,
    limited as `before`, hands down, which cannot be replaced (IAM user guide, "Chaining roles with session tags").

    Raises InvalidInput, LimitExceeded, AccessDenied for another source identity than that handed down.
    """
    handed_down = {key.lower() for key in before.transitive_tag_keys}
    asked = check_session_tags(tags)
    transitive = check_transitive_keys(transitive_tag_keys, asked, before.transitive_tag_keys)
    merged = {key: value for key, value in asked.items() if key.lower() not in handed_down}
    merged |= {key: value for key, value in before.tags.items() if key.lower() in handed_down}
    if len(merged) > MOST_SESSION_TAGS:
        raise InvalidInput(
            f"a session has at most {MOST_SESSION_TAGS} tags, this {len(merged)} with those that it inherits: ask for "
            "fewer"
        )
    if source_identity:
        check_source_identity(source_identity)
        if before.source_identity not in {"", source_identity}:
            raise AccessDenied("the source identity of a session cannot be changed by the next one of a chain")
    return SessionLimits(
        tags=Map(merged),
        transitive_tag_keys=transitive,
        source_identity=source_identity or before.source_identity,
    )


def actions_besides(limits: SessionLimits) -> tuple[str, ...]:
    """What must be allowed besides the session itself, for what it has, asked for or inherited (IAM user guide,
    "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles")."""
    tagging = ("sts:TagSession",) if limits.tags else ()
    return (*tagging, "sts:SetSourceIdentity") if limits.source_identity else tagging


def limits_context(limits: SessionLimits) -> Context:
    """Condition keys of what the session has, which is not always what it was asked for (IAM user guide, "Available
    keys for AWS STS")."""
    context: dict[str, str | tuple[str, ...]] = {f"aws:RequestTag/{key}": value for key, value in limits.tags.items()}
    if limits.tags:
        context["aws:TagKeys"] = tuple(limits.tags)
    if limits.transitive_tag_keys:
        context["sts:TransitiveTagKeys"] = limits.transitive_tag_keys
    if limits.source_identity:
        context["sts:SourceIdentity"] = limits.source_identity
    return context


def packed_size(fullness: float) -> int:
    """How full a session is (1.0 is full), in percent. Raises PackedPolicyTooLarge beyond 100."""
    percent = math.ceil(fullness * 100)
    if percent > 100:
        raise PackedPolicyTooLarge(f"Packed policy consumes {percent}% of allotted space, please use smaller policy.")
    return percent


def check_policy_arn(arn: str) -> None:
    """Raises InvalidInput unless it is the ARN of a policy."""
    try:
        parsed = Arn.parse(arn)
    except InvalidInput as error:
        raise InvalidInput(f"`policyArns`: {error.message}") from error
    if parsed.service != "iam" or not parsed.resource.startswith("policy/") or not _ARN.fullmatch(arn):
        raise InvalidInput(f"`policyArns`: `{arn[:200]}` is not the ARN of a policy")
