"""Principals of other accounts that policies name."""

from collections.abc import Mapping, Sequence

from doorward_directory.account import Account
from doorward_directory.principals import (
    Foreign,
    account_of,
    foreign_principals,
    principal_arn,
    principal_in,
    shown_document,
)
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_policy import PolicyKind

from doorward_identity.application.accounts import Accounts

Kept = tuple[str, Mapping[str, str]]
"""A document as it is kept, and the ARN that each unique id in it had when it was put."""


class Principals:
    """Looks up principals of other accounts."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def foreign(self, account: Account, document: str, kind: PolicyKind) -> Foreign:
        """The principals of other accounts that a new policy names, as far as they exist.

        Raises InvalidInput, MalformedPolicyDocument, LimitExceeded.
        """
        found = {}
        for owner, name in foreign_principals(account, document, kind):
            other = await self._account(owner)
            known = None if other is None else principal_in(other, name)
            if known is not None:
                found[name] = known
        return found

    async def shown(self, account: Account, kept: Sequence[Kept]) -> list[str]:
        """Policies as people read them: who exists is shown by its ARN of now, others by their id."""
        owners = {account_of(arn) for _, principals in kept for arn in principals.values()}
        others = [await self._account(owner) for owner in sorted(owners - {account.account_id})]
        known = [account, *(other for other in others if other is not None)]

        def arn_of(unique_id: str) -> str | None:
            return next((arn for each in known if (arn := principal_arn(each, unique_id))), None)

        return [shown_document(document, arn_of) for document, _ in kept]

    async def _account(self, owner: str) -> Account | None:
        try:
            return await self._accounts.get(AccountId(owner))
        except NoSuchEntity:
            return None
