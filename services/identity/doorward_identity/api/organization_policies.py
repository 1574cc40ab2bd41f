"""Guardrails: create, get, list, change, delete, and what they are attached to."""

from doorward.identity.v1 import organization_policies_pb2 as pb
from doorward_directory.account import AccountCreated
from doorward_directory.organization.guardrails import (
    AttachOrganizationPolicy,
    CreateOrganizationPolicy,
    DeleteOrganizationPolicy,
    DetachOrganizationPolicy,
    UpdateOrganizationPolicy,
    check_type,
)
from doorward_directory.organization.policies import (
    AWS_POLICIES,
    attached_to,
    is_attached,
    organization_policy,
    organization_policy_arn,
)
from doorward_directory.organization.state import Member, Organization, OrganizationPolicy, Unit, target_by_id
from doorward_kernel.paging import page

from doorward_identity.api.organization import (
    ACCOUNT,
    ORGANIZATIONAL_UNIT,
    ROOT,
    OrganizationGround,
    account_arn,
    unit_arn,
)


class GuardrailMethods(OrganizationGround):
    async def CreateOrganizationPolicy(
        self, request: pb.CreateOrganizationPolicyRequest, _context: object
    ) -> pb.CreateOrganizationPolicyResponse:
        command = CreateOrganizationPolicy(
            organization_policy_id=self._mint.short_id("p-", 8),
            type=request.type,
            name=request.name,
            description=request.description,
            content=request.content,
        )
        organization, revision = await self._execute(command)
        policy = organization_policy(organization, command.organization_policy_id)
        return pb.CreateOrganizationPolicyResponse(policy=_policy(organization, policy), revision=str(revision))

    async def DescribeOrganizationPolicy(
        self, request: pb.DescribeOrganizationPolicyRequest, _context: object
    ) -> pb.DescribeOrganizationPolicyResponse:
        organization = await self._organizations.get()
        policy = organization_policy(organization, request.policy_id)
        return pb.DescribeOrganizationPolicyResponse(policy=_policy(organization, policy))

    async def UpdateOrganizationPolicy(
        self, request: pb.UpdateOrganizationPolicyRequest, _context: object
    ) -> pb.UpdateOrganizationPolicyResponse:
        command = UpdateOrganizationPolicy(
            organization_policy_id=request.policy_id,
            name=request.name if request.HasField("name") else None,
            description=request.description if request.HasField("description") else None,
            content=request.content if request.HasField("content") else None,
        )
        organization, revision = await self._execute(command)
        policy = organization_policy(organization, command.organization_policy_id)
        return pb.UpdateOrganizationPolicyResponse(policy=_policy(organization, policy), revision=str(revision))

    async def DeleteOrganizationPolicy(
        self, request: pb.DeleteOrganizationPolicyRequest, _context: object
    ) -> pb.DeleteOrganizationPolicyResponse:
        command = DeleteOrganizationPolicy(organization_policy_id=request.policy_id)
        _, revision = await self._execute(command)
        return pb.DeleteOrganizationPolicyResponse(revision=str(revision))

    async def ListOrganizationPolicies(
        self, request: pb.ListOrganizationPoliciesRequest, _context: object
    ) -> pb.ListOrganizationPoliciesResponse:
        check_type(request.filter, "filter")
        organization = await self._organizations.get()
        policies = (*AWS_POLICIES.values(), *organization.policies.values())
        found = page(
            (policy for policy in policies if policy.type == request.filter),
            _id,
            request.marker,
            request.max_items,
        )
        return pb.ListOrganizationPoliciesResponse(
            policies=[_summary(organization, policy) for policy in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def AttachOrganizationPolicy(
        self, request: pb.AttachOrganizationPolicyRequest, _context: object
    ) -> pb.AttachOrganizationPolicyResponse:
        await self._target(await self._organizations.get(), request.target_id)
        command = AttachOrganizationPolicy(organization_policy_id=request.policy_id, target_id=request.target_id)
        _, revision = await self._execute(command)
        return pb.AttachOrganizationPolicyResponse(revision=str(revision))

    async def DetachOrganizationPolicy(
        self, request: pb.DetachOrganizationPolicyRequest, _context: object
    ) -> pb.DetachOrganizationPolicyResponse:
        await self._target(await self._organizations.get(), request.target_id)
        command = DetachOrganizationPolicy(organization_policy_id=request.policy_id, target_id=request.target_id)
        _, revision = await self._execute(command)
        return pb.DetachOrganizationPolicyResponse(revision=str(revision))

    async def ListPoliciesForTarget(
        self, request: pb.ListPoliciesForTargetRequest, _context: object
    ) -> pb.ListPoliciesForTargetResponse:
        check_type(request.filter, "filter")
        organization = await self._organizations.get()
        target = await self._target(organization, request.target_id)
        found = page(attached_to(organization, target, request.filter), _id, request.marker, request.max_items)
        return pb.ListPoliciesForTargetResponse(
            policies=[_summary(organization, policy) for policy in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def ListTargetsForPolicy(
        self, request: pb.ListTargetsForPolicyRequest, _context: object
    ) -> pb.ListTargetsForPolicyResponse:
        """The root and the units are all on the first page, which they do not fill up: accounts have the pages."""
        organization = await self._organizations.get()
        policy = organization_policy(organization, request.policy_id)
        found = await self._organizations.accounts(
            organization, lambda member: is_attached(policy, member), request.marker, request.max_items
        )
        units = sorted(organization.units.values(), key=lambda unit: (bool(unit.parent_id), unit.unit_id))
        targets = (
            [] if request.marker else [_unit_target(organization, unit) for unit in units if is_attached(policy, unit)]
        )
        return pb.ListTargetsForPolicyResponse(
            targets=[*targets, *(_account_target(organization, each) for each in found.items)],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def _target(self, organization: Organization, target_id: str) -> Unit | Member:
        target = target_by_id(organization, target_id)
        if isinstance(target, Member):
            await self._organizations.check_account(target.account_id)
        return target


def _id(policy: OrganizationPolicy) -> str:
    return policy.organization_policy_id


def _summary(organization: Organization, policy: OrganizationPolicy) -> pb.OrganizationPolicySummary:
    return pb.OrganizationPolicySummary(
        id=policy.organization_policy_id,
        arn=organization_policy_arn(organization, policy),
        name=policy.name,
        description=policy.description,
        type=policy.type,
        aws_managed=policy.organization_policy_id in AWS_POLICIES,
    )


def _policy(organization: Organization, policy: OrganizationPolicy) -> pb.OrganizationPolicy:
    return pb.OrganizationPolicy(policy_summary=_summary(organization, policy), content=policy.document)


def _unit_target(organization: Organization, unit: Unit) -> pb.PolicyTarget:
    return pb.PolicyTarget(
        target_id=unit.unit_id,
        arn=unit_arn(organization, unit),
        name=unit.name,
        type=ORGANIZATIONAL_UNIT if unit.parent_id else ROOT,
    )


def _account_target(organization: Organization, account: AccountCreated) -> pb.PolicyTarget:
    return pb.PolicyTarget(
        target_id=account.account_id,
        arn=account_arn(organization, account.account_id),
        name=account.name,
        type=ACCOUNT,
    )
