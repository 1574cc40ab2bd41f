"""Permissions boundaries of users and roles."""

from doorward.identity.v1 import boundaries_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.policies import policy_arn
from doorward_directory.roles import DeleteRolePermissionsBoundary, PutRolePermissionsBoundary
from doorward_directory.users import DeleteUserPermissionsBoundary, PutUserPermissionsBoundary
from doorward_kernel.ids import UniqueId

from doorward_identity.api.method import Methods

BOUNDARY_TYPE = "PermissionsBoundaryPolicy"
"""The only one that there is (IAM API reference, AttachedPermissionsBoundary)."""


class BoundaryMethods(Methods):
    async def PutUserPermissionsBoundary(
        self, request: pb.PutUserPermissionsBoundaryRequest, _context: object
    ) -> pb.PutUserPermissionsBoundaryResponse:
        command = PutUserPermissionsBoundary(
            user_name=request.user_name, permissions_boundary=request.permissions_boundary
        )
        return pb.PutUserPermissionsBoundaryResponse(revision=str((await self._execute(command)).revision))

    async def DeleteUserPermissionsBoundary(
        self, request: pb.DeleteUserPermissionsBoundaryRequest, _context: object
    ) -> pb.DeleteUserPermissionsBoundaryResponse:
        command = DeleteUserPermissionsBoundary(user_name=request.user_name)
        return pb.DeleteUserPermissionsBoundaryResponse(revision=str((await self._execute(command)).revision))

    async def PutRolePermissionsBoundary(
        self, request: pb.PutRolePermissionsBoundaryRequest, _context: object
    ) -> pb.PutRolePermissionsBoundaryResponse:
        command = PutRolePermissionsBoundary(
            role_name=request.role_name, permissions_boundary=request.permissions_boundary
        )
        return pb.PutRolePermissionsBoundaryResponse(revision=str((await self._execute(command)).revision))

    async def DeleteRolePermissionsBoundary(
        self, request: pb.DeleteRolePermissionsBoundaryRequest, _context: object
    ) -> pb.DeleteRolePermissionsBoundaryResponse:
        command = DeleteRolePermissionsBoundary(role_name=request.role_name)
        return pb.DeleteRolePermissionsBoundaryResponse(revision=str((await self._execute(command)).revision))


def boundary_message(account: Account, policy_id: UniqueId) -> pb.AttachedPermissionsBoundary:
    return pb.AttachedPermissionsBoundary(
        permissions_boundary_type=BOUNDARY_TYPE,
        permissions_boundary_arn=policy_arn(account, account.policies[policy_id]),
    )
