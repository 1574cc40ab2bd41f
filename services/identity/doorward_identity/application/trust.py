"""Trust across accounts: the principals of other accounts that trust policies name."""

from collections.abc import Sequence

from doorward_directory.account import Account
from doorward_directory.roles import Role
from doorward_directory.trust_documents import (
    Foreign,
    account_of,
    foreign_principals,
    principal_arn,
    principal_in,
    shown_trust_policy,
)
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import AccountId

from doorward_identity.application.accounts import Accounts


class Trust:
    """Looks up principals of other accounts."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def foreign(self, account: Account, document: str) -> Foreign:
        """The principals of other accounts that a new trust policy names, as far as they exist.

        Raises InvalidInput, MalformedPolicyDocument.
        """
        found = {}
        for owner, name in foreign_principals(account, document):
            other = await self._account(owner)
            known = None if other is None else principal_in(other, name)
            if known is not None:
                found[name] = known
        return found

    async def shown(self, account: Account, roles: Sequence[Role]) -> list[str]:
        """The roles' trust policies as people read them: who exists is shown by its ARN of now, others by their id."""
        owners = {account_of(arn) for role in roles for arn in role.principals.values()}
        others = [await self._account(owner) for owner in sorted(owners - {account.account_id})]
        known = [account, *(other for other in others if other is not None)]

        def arn_of(unique_id: str) -> str | None:
            return next((arn for each in known if (arn := principal_arn(each, unique_id))), None)

        return [shown_trust_policy(role.trust_policy, arn_of) for role in roles]

    async def _account(self, owner: str) -> Account | None:
        try:
            return await self._accounts.get(AccountId(owner))
        except NoSuchEntity:
            return None
