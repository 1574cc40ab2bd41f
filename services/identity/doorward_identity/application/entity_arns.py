"""What principals and entities are called, for permissions on them: with the path and the case that they have."""

from doorward_directory.entity_arns import entity_arn
from doorward_directory.principals import principal_arn
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
            return entity_arn(await self._accounts.get(account), kind, name)
        except NoSuchEntity:
            return None

    async def principal(self, account: AccountId, principal_id: str) -> str | None:
        """The ARN of the user or role with that unique id; None when there is none."""
        try:
            return principal_arn(await self._accounts.get(account), principal_id)
        except NoSuchEntity:
            return None
