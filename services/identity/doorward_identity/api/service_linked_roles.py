"""Service-linked roles: create, delete, and how far a deletion is."""

from doorward.identity.v1 import service_linked_roles_pb2 as pb
from doorward_directory.service_linked_roles import CreateServiceLinkedRole, DeleteServiceLinkedRole, deletion_task
from doorward_kernel.ids import ROLE_PREFIX

from doorward_identity.api.roles import RoleMessages


class ServiceLinkedRoleMethods(RoleMessages):
    async def CreateServiceLinkedRole(
        self, request: pb.CreateServiceLinkedRoleRequest, _context: object
    ) -> pb.CreateServiceLinkedRoleResponse:
        command = CreateServiceLinkedRole(
            role_id=self._mint.unique_id(ROLE_PREFIX),
            aws_service_name=request.aws_service_name,
            description=request.description,
            custom_suffix=request.custom_suffix,
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        role = await self._message(changed.account, changed.account.roles[command.role_id])
        return pb.CreateServiceLinkedRoleResponse(role=role, revision=str(changed.revision))

    async def DeleteServiceLinkedRole(
        self, request: pb.DeleteServiceLinkedRoleRequest, _context: object
    ) -> pb.DeleteServiceLinkedRoleResponse:
        command = DeleteServiceLinkedRole(
            role_name=request.role_name, task_uuid=self._mint.uuid(), deleted_at=self._mint.now()
        )
        changed = await self._execute(command)
        return pb.DeleteServiceLinkedRoleResponse(
            deletion_task_id=changed.account.deletion_tasks[-1].task, revision=str(changed.revision)
        )

    async def GetServiceLinkedRoleDeletionStatus(
        self, request: pb.GetServiceLinkedRoleDeletionStatusRequest, _context: object
    ) -> pb.GetServiceLinkedRoleDeletionStatusResponse:
        deletion_task(await self._account(), request.deletion_task_id)
        return pb.GetServiceLinkedRoleDeletionStatusResponse(status="SUCCEEDED")
