"""Roles: create, get, list, update, delete, and who may assume them."""

from collections.abc import Sequence

from doorward.identity.v1 import roles_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.names import name_key
from doorward_directory.roles import (
    DEFAULT_SESSION_SECONDS,
    CreateRole,
    DeleteRole,
    Role,
    UpdateAssumeRolePolicy,
    UpdateRole,
    role_arn,
    role_by_name,
)
from doorward_kernel.ids import ROLE_PREFIX
from doorward_kernel.paging import page
from doorward_policy import PolicyKind

from doorward_identity.api.boundaries import boundary_message
from doorward_identity.api.last_used import last_used_message
from doorward_identity.api.method import Methods, timestamp
from doorward_identity.api.tags import tag_messages, tags_of


class RoleMessages(Methods):
    """How roles are shown."""

    async def _message(self, account: Account, role: Role) -> pb.Role:
        """With all that a single role is shown with."""
        (message,) = await self._listed(account, [role])
        message.tags.extend(tag_messages(role.tags))
        if role.boundary is not None:
            message.permissions_boundary.CopyFrom(boundary_message(account, role.boundary))
        return message

    async def _listed(self, account: Account, roles: Sequence[Role]) -> list[pb.Role]:
        """As lists show roles."""
        documents = await self._principals.shown(account, [(role.trust_policy, role.principals) for role in roles])
        return [_message(account, role, document) for role, document in zip(roles, documents, strict=True)]


class RoleMethods(RoleMessages):
    async def CreateRole(self, request: pb.CreateRoleRequest, _context: object) -> pb.CreateRoleResponse:
        document = request.assume_role_policy_document
        command = CreateRole(
            role_id=self._mint.unique_id(ROLE_PREFIX),
            role_name=request.role_name,
            path=request.path or "/",
            description=request.description,
            max_session_duration=request.max_session_duration or DEFAULT_SESSION_SECONDS,
            assume_role_policy_document=document,
            foreign=await self._principals.foreign(await self._account(), document, PolicyKind.TRUST),
            permissions_boundary=request.permissions_boundary or None,
            tags=tags_of(request.tags),
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        role = await self._message(changed.account, changed.account.roles[command.role_id])
        return pb.CreateRoleResponse(role=role, revision=str(changed.revision))

    async def GetRole(self, request: pb.GetRoleRequest, _context: object) -> pb.GetRoleResponse:
        account = await self._account()
        role = role_by_name(account, request.role_name)
        message = await self._message(account, role)
        used = (await self._uses.of(account, [role])).get(role.role_id)
        if used is not None:
            message.role_last_used.CopyFrom(last_used_message(used))
        return pb.GetRoleResponse(role=message)

    async def ListRoles(self, request: pb.ListRolesRequest, _context: object) -> pb.ListRolesResponse:
        account = await self._account()
        found = page(
            (role for role in account.roles.values() if role.path.startswith(request.path_prefix)),
            lambda role: name_key(role.name),
            request.marker,
            request.max_items,
        )
        return pb.ListRolesResponse(
            roles=await self._listed(account, found.items),
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def UpdateRole(self, request: pb.UpdateRoleRequest, _context: object) -> pb.UpdateRoleResponse:
        command = UpdateRole(
            role_name=request.role_name,
            description=request.description if request.HasField("description") else None,
            max_session_duration=request.max_session_duration if request.HasField("max_session_duration") else None,
        )
        return pb.UpdateRoleResponse(revision=str((await self._execute(command)).revision))

    async def UpdateRoleDescription(
        self, request: pb.UpdateRoleDescriptionRequest, _context: object
    ) -> pb.UpdateRoleDescriptionResponse:
        command = UpdateRole(role_name=request.role_name, description=request.description, max_session_duration=None)
        changed = await self._execute(command)
        role = await self._message(changed.account, role_by_name(changed.account, request.role_name))
        return pb.UpdateRoleDescriptionResponse(role=role, revision=str(changed.revision))

    async def UpdateAssumeRolePolicy(
        self, request: pb.UpdateAssumeRolePolicyRequest, _context: object
    ) -> pb.UpdateAssumeRolePolicyResponse:
        command = UpdateAssumeRolePolicy(
            role_name=request.role_name,
            policy_document=request.policy_document,
            foreign=await self._principals.foreign(await self._account(), request.policy_document, PolicyKind.TRUST),
        )
        return pb.UpdateAssumeRolePolicyResponse(revision=str((await self._execute(command)).revision))

    async def DeleteRole(self, request: pb.DeleteRoleRequest, _context: object) -> pb.DeleteRoleResponse:
        changed = await self._execute(DeleteRole(role_name=request.role_name))
        return pb.DeleteRoleResponse(revision=str(changed.revision))


def _message(account: Account, role: Role, trust_policy: str) -> pb.Role:
    return pb.Role(
        path=role.path,
        role_name=role.name,
        role_id=role.role_id,
        arn=role_arn(account, role),
        create_date=timestamp(role.created_at.timestamp()),
        assume_role_policy_document=trust_policy,
        description=role.description,
        max_session_duration=role.max_session_seconds,
    )
