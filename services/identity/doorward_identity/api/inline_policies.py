"""Inline policies of users, groups and roles."""

from collections.abc import Iterable

from doorward.identity.v1 import inline_policies_pb2 as pb
from doorward_directory.groups import group_by_name
from doorward_directory.inline_policies import (
    DeleteGroupPolicy,
    DeleteRolePolicy,
    DeleteUserPolicy,
    PutGroupPolicy,
    PutRolePolicy,
    PutUserPolicy,
    group_policy,
    role_policy,
    user_policy,
)
from doorward_directory.roles import role_by_name
from doorward_directory.users import user_by_name
from doorward_kernel.paging import Page, page

from doorward_identity.api.method import Methods


class InlinePolicyMethods(Methods):
    async def PutUserPolicy(self, request: pb.PutUserPolicyRequest, _context: object) -> pb.PutUserPolicyResponse:
        command = PutUserPolicy(
            user_name=request.user_name,
            policy_name=request.policy_name,
            policy_document=request.policy_document,
        )
        return pb.PutUserPolicyResponse(revision=str((await self._execute(command)).revision))

    async def GetUserPolicy(self, request: pb.GetUserPolicyRequest, _context: object) -> pb.GetUserPolicyResponse:
        account = await self._account()
        return pb.GetUserPolicyResponse(
            user_name=user_by_name(account, request.user_name).name,
            policy_name=request.policy_name,
            policy_document=user_policy(account, request.user_name, request.policy_name),
        )

    async def ListUserPolicies(
        self, request: pb.ListUserPoliciesRequest, _context: object
    ) -> pb.ListUserPoliciesResponse:
        user = user_by_name(await self._account(), request.user_name)
        found = _names(user.inline, request.marker, request.max_items)
        return pb.ListUserPoliciesResponse(
            policy_names=found.items, is_truncated=bool(found.marker), marker=found.marker
        )

    async def DeleteUserPolicy(
        self, request: pb.DeleteUserPolicyRequest, _context: object
    ) -> pb.DeleteUserPolicyResponse:
        command = DeleteUserPolicy(user_name=request.user_name, policy_name=request.policy_name)
        return pb.DeleteUserPolicyResponse(revision=str((await self._execute(command)).revision))

    async def PutGroupPolicy(self, request: pb.PutGroupPolicyRequest, _context: object) -> pb.PutGroupPolicyResponse:
        command = PutGroupPolicy(
            group_name=request.group_name,
            policy_name=request.policy_name,
            policy_document=request.policy_document,
        )
        return pb.PutGroupPolicyResponse(revision=str((await self._execute(command)).revision))

    async def GetGroupPolicy(self, request: pb.GetGroupPolicyRequest, _context: object) -> pb.GetGroupPolicyResponse:
        account = await self._account()
        return pb.GetGroupPolicyResponse(
            group_name=group_by_name(account, request.group_name).name,
            policy_name=request.policy_name,
            policy_document=group_policy(account, request.group_name, request.policy_name),
        )

    async def ListGroupPolicies(
        self, request: pb.ListGroupPoliciesRequest, _context: object
    ) -> pb.ListGroupPoliciesResponse:
        group = group_by_name(await self._account(), request.group_name)
        found = _names(group.inline, request.marker, request.max_items)
        return pb.ListGroupPoliciesResponse(
            policy_names=found.items, is_truncated=bool(found.marker), marker=found.marker
        )

    async def DeleteGroupPolicy(
        self, request: pb.DeleteGroupPolicyRequest, _context: object
    ) -> pb.DeleteGroupPolicyResponse:
        command = DeleteGroupPolicy(group_name=request.group_name, policy_name=request.policy_name)
        return pb.DeleteGroupPolicyResponse(revision=str((await self._execute(command)).revision))

    async def PutRolePolicy(self, request: pb.PutRolePolicyRequest, _context: object) -> pb.PutRolePolicyResponse:
        command = PutRolePolicy(
            role_name=request.role_name,
            policy_name=request.policy_name,
            policy_document=request.policy_document,
        )
        return pb.PutRolePolicyResponse(revision=str((await self._execute(command)).revision))

    async def GetRolePolicy(self, request: pb.GetRolePolicyRequest, _context: object) -> pb.GetRolePolicyResponse:
        account = await self._account()
        return pb.GetRolePolicyResponse(
            role_name=role_by_name(account, request.role_name).name,
            policy_name=request.policy_name,
            policy_document=role_policy(account, request.role_name, request.policy_name),
        )

    async def ListRolePolicies(
        self, request: pb.ListRolePoliciesRequest, _context: object
    ) -> pb.ListRolePoliciesResponse:
        role = role_by_name(await self._account(), request.role_name)
        found = _names(role.inline, request.marker, request.max_items)
        return pb.ListRolePoliciesResponse(
            policy_names=found.items, is_truncated=bool(found.marker), marker=found.marker
        )

    async def DeleteRolePolicy(
        self, request: pb.DeleteRolePolicyRequest, _context: object
    ) -> pb.DeleteRolePolicyResponse:
        command = DeleteRolePolicy(role_name=request.role_name, policy_name=request.policy_name)
        return pb.DeleteRolePolicyResponse(revision=str((await self._execute(command)).revision))


def _names(inline: Iterable[str], marker: str, max_items: int) -> Page[str]:
    """A page of names, ignoring case; names that differ only in case stand side by side."""
    return page(inline, lambda name: f"{name.lower()}\0{name}", marker, max_items)
