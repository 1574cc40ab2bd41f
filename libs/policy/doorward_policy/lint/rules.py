"""All rules, and the function that applies them."""

from collections.abc import Iterator
from itertools import islice

from doorward_policy.document import Policy, PolicyKind
from doorward_policy.lint.actions import unknown_action, unknown_service
from doorward_policy.lint.conditions import for_all_values_without_null, set_operator_missing
from doorward_policy.lint.contradictions import contradicting_conditions
from doorward_policy.lint.finding import Catalogue, Finding, PolicyRule, Severity, StatementRule, Subject
from doorward_policy.lint.grants import grants_all_but, grants_everything, grants_whole_service
from doorward_policy.lint.mfa import mfa_not_required
from doorward_policy.lint.overlap import covered_statements, redundant_entries
from doorward_policy.lint.principals import (
    allows_not_principal,
    federation_without_condition,
    opens_to_everyone,
    trusts_account,
    trusts_everyone,
)
from doorward_policy.lint.resources import service_mismatch, short_arn, wildcard_service
from doorward_policy.lint.values import no_values, unreadable_value, wildcard_not_expanded
from doorward_policy.lint.variables import old_version, variable_not_expanded

MOST_FINDINGS = 1_000
"""Of one document that are reported."""

STATEMENT_RULES: tuple[StatementRule, ...] = (
    grants_everything,
    grants_all_but,
    grants_whole_service,
    allows_not_principal,
    opens_to_everyone,
    trusts_everyone,
    trusts_account,
    federation_without_condition,
    unknown_service,
    unknown_action,
    wildcard_service,
    short_arn,
    service_mismatch,
    variable_not_expanded,
    no_values,
    unreadable_value,
    wildcard_not_expanded,
    set_operator_missing,
    for_all_values_without_null,
    contradicting_conditions,
    mfa_not_required,
)

POLICY_RULES: tuple[PolicyRule, ...] = (covered_statements, redundant_entries)


def lint(
    policy: Policy, kind: PolicyKind = PolicyKind.IDENTITY, catalogue: Catalogue | None = None
) -> tuple[Finding, ...]:
    """What is valid in a policy but probably wrong; without a catalogue nothing is said about unknown actions.

    The policy is one that `parse_policy` accepted, of whatever version.
    """
    found = list(islice(_findings(policy, kind, catalogue), MOST_FINDINGS + 1))
    if len(found) > MOST_FINDINGS:
        found[MOST_FINDINGS] = Finding(
            path="",
            rule="too-many-findings",
            severity=Severity.INFO,
            reason=f"there are more than {MOST_FINDINGS} findings, the rest is left out",
            remedy="mend these, then lint again",
        )
    return tuple(found)


def _findings(policy: Policy, kind: PolicyKind, catalogue: Catalogue | None) -> Iterator[Finding]:
    yield from old_version(policy, kind)
    for index, statement in enumerate(policy.statements):
        subject = Subject(
            path=f"Statement[{index}]", statement=statement, policy=policy, kind=kind, catalogue=catalogue
        )
        for rule in STATEMENT_RULES:
            yield from rule(subject)
    for policy_rule in POLICY_RULES:
        yield from policy_rule(policy)
