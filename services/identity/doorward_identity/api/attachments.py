"""Managed policies attached to users, groups and roles."""

from doorward.identity.v1 import attachments_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.attachments import (
    AttachGroupPolicy,
    AttachRolePolicy,
    AttachUserPolicy,
    DetachGroupPolicy,
    DetachRolePolicy,
    DetachUserPolicy,
    Entity,
    attached_policies,
)
from doorward_directory.aws_policies import policy_key
from doorward_directory.groups import group_by_name
from doorward_directory.policies import ManagedPolicy, policy_arn
from doorward_directory.roles import role_by_name
from doorward_directory.users import user_by_name
from doorward_kernel.paging import Page, page

from doorward_identity.api.method import Methods


class AttachmentMethods(Methods):
    async def AttachUserPolicy(
        self, request: pb.AttachUserPolicyRequest, _context: object
    ) -> pb.AttachUserPolicyResponse:
        command = AttachUserPolicy(user_name=request.user_name, policy_arn=request.policy_arn)
        return pb.AttachUserPolicyResponse(revision=str((await self._execute(command)).revision))

    async def DetachUserPolicy(
        self, request: pb.DetachUserPolicyRequest, _context: object
    ) -> pb.DetachUserPolicyResponse:
        command = DetachUserPolicy(user_name=request.user_name, policy_arn=request.policy_arn)
        return pb.DetachUserPolicyResponse(revision=str((await self._execute(command)).revision))

    async def ListAttachedUserPolicies(
        self, request: pb.ListAttachedUserPoliciesRequest, _context: object
    ) -> pb.ListAttachedUserPoliciesResponse:
        account = await self._account()
        user = user_by_name(account, request.user_name)
        found = _attached(account, user, request.path_prefix, request.marker, request.max_items)
        return pb.ListAttachedUserPoliciesResponse(
            attached_policies=[_message(account, policy) for policy in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def AttachGroupPolicy(
        self, request: pb.AttachGroupPolicyRequest, _context: object
    ) -> pb.AttachGroupPolicyResponse:
        command = AttachGroupPolicy(group_name=request.group_name, policy_arn=request.policy_arn)
        return pb.AttachGroupPolicyResponse(revision=str((await self._execute(command)).revision))

    async def DetachGroupPolicy(
        self, request: pb.DetachGroupPolicyRequest, _context: object
    ) -> pb.DetachGroupPolicyResponse:
        command = DetachGroupPolicy(group_name=request.group_name, policy_arn=request.policy_arn)
        return pb.DetachGroupPolicyResponse(revision=str((await self._execute(command)).revision))

    async def ListAttachedGroupPolicies(
        self, request: pb.ListAttachedGroupPoliciesRequest, _context: object
    ) -> pb.ListAttachedGroupPoliciesResponse:
        account = await self._account()
        group = group_by_name(account, request.group_name)
        found = _attached(account, group, request.path_prefix, request.marker, request.max_items)
        return pb.ListAttachedGroupPoliciesResponse(
            attached_policies=[_message(account, policy) for policy in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def AttachRolePolicy(
        self, request: pb.AttachRolePolicyRequest, _context: object
    ) -> pb.AttachRolePolicyResponse:
        command = AttachRolePolicy(role_name=request.role_name, policy_arn=request.policy_arn)
        return pb.AttachRolePolicyResponse(revision=str((await self._execute(command)).revision))

    async def DetachRolePolicy(
        self, request: pb.DetachRolePolicyRequest, _context: object
    ) -> pb.DetachRolePolicyResponse:
        command = DetachRolePolicy(role_name=request.role_name, policy_arn=request.policy_arn)
        return pb.DetachRolePolicyResponse(revision=str((await self._execute(command)).revision))

    async def ListAttachedRolePolicies(
        self, request: pb.ListAttachedRolePoliciesRequest, _context: object
    ) -> pb.ListAttachedRolePoliciesResponse:
        account = await self._account()
        role = role_by_name(account, request.role_name)
        found = _attached(account, role, request.path_prefix, request.marker, request.max_items)
        return pb.ListAttachedRolePoliciesResponse(
            attached_policies=[_message(account, policy) for policy in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )


def _attached(account: Account, entity: Entity, path_prefix: str, marker: str, max_items: int) -> Page[ManagedPolicy]:
    policies = (policy for policy in attached_policies(account, entity) if policy.path.startswith(path_prefix))
    return page(policies, policy_key, marker, max_items)


def _message(account: Account, policy: ManagedPolicy) -> pb.AttachedPolicy:
    return pb.AttachedPolicy(policy_name=policy.name, policy_arn=policy_arn(account, policy))
