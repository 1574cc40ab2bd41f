"""Users: create, get, list, update, delete."""

from doorward.identity.v1 import users_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.names import name_key
from doorward_directory.users import CreateUser, DeleteUser, UpdateUser, User, user_arn, user_by_name
from doorward_kernel.ids import USER_PREFIX
from doorward_kernel.paging import page

from doorward_identity.api.boundaries import boundary_message
from doorward_identity.api.method import Methods, timestamp
from doorward_identity.api.tags import tag_messages, tags_of


class UserMethods(Methods):
    async def CreateUser(self, request: pb.CreateUserRequest, _context: object) -> pb.CreateUserResponse:
        command = CreateUser(
            user_id=self._mint.unique_id(USER_PREFIX),
            user_name=request.user_name,
            path=request.path or "/",
            permissions_boundary=request.permissions_boundary or None,
            tags=tags_of(request.tags),
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        user = changed.account.users[command.user_id]
        return pb.CreateUserResponse(user=_whole_message(changed.account, user), revision=str(changed.revision))

    async def GetUser(self, request: pb.GetUserRequest, _context: object) -> pb.GetUserResponse:
        account = await self._account()
        return pb.GetUserResponse(user=_whole_message(account, user_by_name(account, request.user_name)))

    async def ListUsers(self, request: pb.ListUsersRequest, _context: object) -> pb.ListUsersResponse:
        account = await self._account()
        found = page(
            (user for user in account.users.values() if user.path.startswith(request.path_prefix)),
            lambda user: name_key(user.name),
            request.marker,
            request.max_items,
        )
        return pb.ListUsersResponse(
            users=[user_message(account, user) for user in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def UpdateUser(self, request: pb.UpdateUserRequest, _context: object) -> pb.UpdateUserResponse:
        command = UpdateUser(
            user_name=request.user_name,
            new_user_name=request.new_user_name or None,
            new_path=request.new_path or None,
        )
        return pb.UpdateUserResponse(revision=str((await self._execute(command)).revision))

    async def DeleteUser(self, request: pb.DeleteUserRequest, _context: object) -> pb.DeleteUserResponse:
        changed = await self._execute(DeleteUser(user_name=request.user_name))
        return pb.DeleteUserResponse(revision=str(changed.revision))


def _whole_message(account: Account, user: User) -> pb.User:
    """With all that a single user is shown with."""
    message = user_message(account, user)
    message.tags.extend(tag_messages(user.tags))
    if user.boundary is not None:
        message.permissions_boundary.CopyFrom(boundary_message(account, user.boundary))
    return message


def user_message(account: Account, user: User) -> pb.User:
    """As lists show a user."""
    return pb.User(
        path=user.path,
        user_name=user.name,
        user_id=user.user_id,
        arn=user_arn(account, user),
        create_date=timestamp(user.created_at.timestamp()),
    )
