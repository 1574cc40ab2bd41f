"""Groups and membership."""

from doorward.identity.v1 import groups_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.groups import CreateGroup, DeleteGroup, Group, UpdateGroup, group_arn, group_by_name
from doorward_directory.membership import AddUserToGroup, RemoveUserFromGroup, groups_of, users_in
from doorward_directory.names import name_key
from doorward_directory.users import user_by_name
from doorward_kernel.ids import GROUP_PREFIX
from doorward_kernel.paging import page

from doorward_identity.api.method import Methods, timestamp
from doorward_identity.api.users import user_message


class GroupMethods(Methods):
    async def CreateGroup(self, request: pb.CreateGroupRequest, _context: object) -> pb.CreateGroupResponse:
        command = CreateGroup(
            group_id=self._mint.unique_id(GROUP_PREFIX),
            group_name=request.group_name,
            path=request.path or "/",
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        group = changed.account.groups[command.group_id]
        return pb.CreateGroupResponse(group=_message(changed.account, group), revision=str(changed.revision))

    async def GetGroup(self, request: pb.GetGroupRequest, _context: object) -> pb.GetGroupResponse:
        account = await self._account()
        group = group_by_name(account, request.group_name)
        found = page(users_in(account, group), lambda user: name_key(user.name), request.marker, request.max_items)
        return pb.GetGroupResponse(
            group=_message(account, group),
            users=[user_message(account, user) for user in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def ListGroups(self, request: pb.ListGroupsRequest, _context: object) -> pb.ListGroupsResponse:
        account = await self._account()
        found = page(
            (group for group in account.groups.values() if group.path.startswith(request.path_prefix)),
            lambda group: name_key(group.name),
            request.marker,
            request.max_items,
        )
        return pb.ListGroupsResponse(
            groups=[_message(account, group) for group in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def UpdateGroup(self, request: pb.UpdateGroupRequest, _context: object) -> pb.UpdateGroupResponse:
        command = UpdateGroup(
            group_name=request.group_name,
            new_group_name=request.new_group_name or None,
            new_path=request.new_path or None,
        )
        return pb.UpdateGroupResponse(revision=str((await self._execute(command)).revision))

    async def DeleteGroup(self, request: pb.DeleteGroupRequest, _context: object) -> pb.DeleteGroupResponse:
        changed = await self._execute(DeleteGroup(group_name=request.group_name))
        return pb.DeleteGroupResponse(revision=str(changed.revision))

    async def AddUserToGroup(self, request: pb.AddUserToGroupRequest, _context: object) -> pb.AddUserToGroupResponse:
        command = AddUserToGroup(group_name=request.group_name, user_name=request.user_name)
        return pb.AddUserToGroupResponse(revision=str((await self._execute(command)).revision))

    async def RemoveUserFromGroup(
        self, request: pb.RemoveUserFromGroupRequest, _context: object
    ) -> pb.RemoveUserFromGroupResponse:
        command = RemoveUserFromGroup(group_name=request.group_name, user_name=request.user_name)
        return pb.RemoveUserFromGroupResponse(revision=str((await self._execute(command)).revision))

    async def ListGroupsForUser(
        self, request: pb.ListGroupsForUserRequest, _context: object
    ) -> pb.ListGroupsForUserResponse:
        account = await self._account()
        found = page(
            groups_of(account, user_by_name(account, request.user_name)),
            lambda group: name_key(group.name),
            request.marker,
            request.max_items,
        )
        return pb.ListGroupsForUserResponse(
            groups=[_message(account, group) for group in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )


def _message(account: Account, group: Group) -> pb.Group:
    return pb.Group(
        path=group.path,
        group_name=group.name,
        group_id=group.group_id,
        arn=group_arn(account, group),
        create_date=timestamp(group.created_at.timestamp()),
    )
