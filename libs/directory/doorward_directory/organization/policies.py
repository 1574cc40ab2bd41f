"""The policies of the organization, and which of them bind an account (AWS Organizations user guide, "Service control
policies", "Resource control policies")."""

from collections.abc import Mapping

from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_policy import PolicyKind

from doorward_directory.effective import PolicyInForce
from doorward_directory.organization.state import (
    FULL_ACCESS,
    Member,
    Organization,
    OrganizationPolicy,
    Unit,
    member_of,
)
from doorward_directory.organization.tree import path_of

SERVICE_CONTROL_POLICY = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL_POLICY = "RESOURCE_CONTROL_POLICY"

TYPES: Mapping[str, PolicyKind] = {
    SERVICE_CONTROL_POLICY: PolicyKind.SCP,
    RESOURCE_CONTROL_POLICY: PolicyKind.RCP,
}
"""AWS's names of the types."""

RESOURCE_FULL_ACCESS = "p-RCPFullAWSAccess"
_EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_EVERYTHING_FOR_ALL = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)

AWS_POLICIES: Mapping[str, OrganizationPolicy] = {
    FULL_ACCESS: OrganizationPolicy(
        organization_policy_id=FULL_ACCESS,
        type=SERVICE_CONTROL_POLICY,
        name="FullAWSAccess",
        description="Allows access to every operation",
        document=_EVERYTHING,
    ),
    RESOURCE_FULL_ACCESS: OrganizationPolicy(
        organization_policy_id=RESOURCE_FULL_ACCESS,
        type=RESOURCE_CONTROL_POLICY,
        name="RCPFullAWSAccess",
        description="Allows all access to every resource",
        document=_EVERYTHING_FOR_ALL,
    ),
}
"""What every organization has and nobody can change. The RCP is attached everywhere, for good."""


def organization_policy(organization: Organization, policy_id: str) -> OrganizationPolicy:
    """One of AWS's, or one that the operator made. Raises NoSuchEntity."""
    policy = AWS_POLICIES.get(policy_id) or organization.policies.get(policy_id)
    if policy is None:
        raise NoSuchEntity(f"there is no policy `{policy_id[:128]}` in the organization")
    return policy


def organization_policy_arn(organization: Organization, policy: OrganizationPolicy) -> str:
    """Its ARN (Service authorization reference, "AWS Organizations"); the operator's account stands for the one that
    manages the organization."""
    place = f"policy/{policy.type.lower()}/{policy.organization_policy_id}"
    if policy.organization_policy_id in AWS_POLICIES:
        return f"arn:aws:organizations::aws:{place}"
    return f"arn:aws:organizations::{OPERATOR}:{place.replace('/', f'/{organization.organization_id}/', 1)}"


def attached_to(organization: Organization, target: Unit | Member, type: str) -> list[OrganizationPolicy]:
    """The policies of one type that are attached to a target, in the order in which they were attached."""
    attached = [organization_policy(organization, policy_id) for policy_id in (RESOURCE_FULL_ACCESS, *target.attached)]
    return [policy for policy in attached if policy.type == type]


def is_attached(policy: OrganizationPolicy, target: Unit | Member) -> bool:
    """Whether a policy is attached to a target."""
    return policy.organization_policy_id in (RESOURCE_FULL_ACCESS, *target.attached)


def guardrails_of(
    organization: Organization, account_id: AccountId, type: str
) -> tuple[tuple[PolicyInForce, ...], ...]:
    """The policies of one type at each level from the root to an account. Levels that let everything through, because
    nothing is attached but what AWS attaches, are left out."""
    member = member_of(organization, account_id)
    levels = []
    targets: list[Unit | Member] = [*path_of(organization, member.parent_id), member]
    for target in targets:
        policies = attached_to(organization, target, type)
        if not all(policy.organization_policy_id in AWS_POLICIES for policy in policies):
            levels.append(
                tuple(
                    PolicyInForce(organization_policy_arn(organization, each), each.document)
                    for each in policies
                    if each.organization_policy_id != RESOURCE_FULL_ACCESS
                )
            )
    return tuple(levels)
