"""Copy from another user."""

from doorward.identity.v1 import copy_permissions_pb2 as pb
from doorward_directory.copy_permissions import CopyUserPermissions

from doorward_identity.api.method import Methods


class CopyPermissionsMethods(Methods):
    async def CopyUserPermissions(
        self, request: pb.CopyUserPermissionsRequest, _context: object
    ) -> pb.CopyUserPermissionsResponse:
        command = CopyUserPermissions(source_user_name=request.source_user_name, user_name=request.user_name)
        return pb.CopyUserPermissionsResponse(revision=str((await self._execute(command)).revision))
