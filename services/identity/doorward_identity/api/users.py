"""Users: create, get, list, update, delete."""

from collections.abc import Sequence

import structlog
from doorward.identity.v1 import users_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.names import name_key
from doorward_directory.users import CreateUser, DeleteUser, UpdateUser, User, user_arn, user_by_name
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import USER_PREFIX, UniqueId
from doorward_kernel.paging import page

from doorward_identity.api.boundaries import boundary_message
from doorward_identity.api.method import Methods, timestamp
from doorward_identity.api.tags import tag_messages, tags_of
from doorward_identity.application.credentials import check_deletable

_log = structlog.get_logger()


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
        message = _whole_message(account, user_by_name(account, request.user_name))
        await self._put_passwords_used(account, [message])
        return pb.GetUserResponse(user=message)

    async def ListUsers(self, request: pb.ListUsersRequest, _context: object) -> pb.ListUsersResponse:
        account = await self._account()
        found = page(
            (user for user in account.users.values() if user.path.startswith(request.path_prefix)),
            lambda user: name_key(user.name),
            request.marker,
            request.max_items,
        )
        users = [user_message(account, user) for user in found.items]
        await self._put_passwords_used(account, users)
        return pb.ListUsersResponse(
            users=users,
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def _put_passwords_used(self, account: Account, users: Sequence[pb.User]) -> None:
        """A time that cannot be had is left out: it is told for information, and nothing depends on it."""
        ids = [UniqueId(user.user_id) for user in users]
        try:
            used = await self._credentials.passwords_last_used(account.account_id, ids) if ids else {}
        except Unavailable as error:
            _log.warning("it is not known when passwords were last used", error=error.message)
            return
        for user in users:
            if user.user_id in used:
                user.password_last_used.CopyFrom(timestamp(used[user.user_id]))

    async def UpdateUser(self, request: pb.UpdateUserRequest, _context: object) -> pb.UpdateUserResponse:
        command = UpdateUser(
            user_name=request.user_name,
            new_user_name=request.new_user_name or None,
            new_path=request.new_path or None,
        )
        return pb.UpdateUserResponse(revision=str((await self._execute(command)).revision))

    async def DeleteUser(self, request: pb.DeleteUserRequest, _context: object) -> pb.DeleteUserResponse:
        await check_deletable(self._credentials, await self._account(), request.user_name)
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
