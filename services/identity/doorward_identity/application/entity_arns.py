"""What principals and entities are called, for permissions on them: with the path and the case that they have."""

from doorward_directory.account import Account
from doorward_directory.groups import group_arn, group_by_name
from doorward_directory.instance_profiles import instance_profile_arn, instance_profile_by_name
from doorward_directory.principals import principal_arn
from doorward_directory.roles import role_arn, role_by_name
from doorward_directory.users import user_arn, user_by_name
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import AccountId

from doorward_identity.application.accounts import Accounts


class EntityArns:
    """Looks up ARNs in the accounts as they are now."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def arn(self, account: AccountId, kind: str, name: str) -> str | None:
        """The ARN of a `user`, `group`, `role` or `instance-profile`; None when there is none of that name."""
        try:
            return _arn(await self._accounts.get(account), kind, name)
        except NoSuchEntity:
            return None

    async def principal(self, account: AccountId, principal_id: str) -> str | None:
        """The ARN of the user or role with that unique id; None when there is none."""
        try:
            return principal_arn(await self._accounts.get(account), principal_id)
        except NoSuchEntity:
            return None


def _arn(account: Account, kind: str, name: str) -> str | None:
    match kind:
        case "user":
            return user_arn(account, user_by_name(account, name))
        case "group":
            return group_arn(account, group_by_name(account, name))
        case "role":
            return role_arn(account, role_by_name(account, name))
        case "instance-profile":
            return instance_profile_arn(account, instance_profile_by_name(account, name))
        case _:
            return None
