"""The root user of each account, whom its e-mail address finds: one address, one account."""

import re

from doorward_directory.organization.registry import SetRootEmail
from doorward_directory.organization.state import member_of
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_sealing.errors import KeyErased
from doorward_sealing.vault import Vault

from doorward_identity.application.organizations import Organizations

PURPOSE = "root-email"

_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", re.ASCII)
_SHORTEST, _LONGEST = 6, 64


class RootUsers:
    """Addresses are personal data: what an event holds is sealed with the account's data key, and a fingerprint."""

    def __init__(self, organizations: Organizations, vault: Vault) -> None:
        self._organizations = organizations
        self._vault = vault

    async def account_of(self, email: str) -> AccountId | None:
        """The account whose root user has the address, also one that is just being created; None when nobody has.

        Raises InvalidInput.
        """
        organization = await self._organizations.get()
        return organization.root_emails.get(self._digest(email))

    async def email_of(self, account_id: AccountId) -> str:
        """Empty when there is none, or when the account's data key was erased. Raises Unavailable."""
        organization = await self._organizations.find()
        sealed = "" if organization is None else member_of(organization, account_id).root_email
        if not sealed:
            return ""
        try:
            return await self._vault.unseal(account_id, PURPOSE, sealed)
        except KeyErased:
            return ""

    async def set_email(self, account_id: AccountId, email: str, metadata: bytes, *, first: bool) -> Revision:
        """`first`: the account is about to be created, and has no other address.

        Raises EntityAlreadyExists when another account has it, InvalidInput, KeyErased.
        """
        command = SetRootEmail(
            account_id=account_id,
            root_email_digest=self._digest(email),
            root_email=await self._vault.seal(account_id, PURPOSE, email),
            first=first,
        )
        _, revision = await self._organizations.execute(command, metadata)
        return revision

    def fingerprint(self, text: str) -> str:
        """Of what a client token stands for, which may hold an address."""
        return self._vault.fingerprint("client-token", text)

    def _digest(self, email: str) -> str:
        check_email(email)
        return self._vault.fingerprint(PURPOSE, email.lower())


def check_email(email: str) -> None:
    """Raises InvalidInput, which does not repeat it, unless it is an address as AWS takes them (Organizations API
    reference, CreateAccount: Email)."""
    if not _SHORTEST <= len(email) <= _LONGEST or not _EMAIL.fullmatch(email):
        raise InvalidInput(
            f"`email` is no e-mail address: expected {_SHORTEST} to {_LONGEST} printable characters such as "
            "`root@example.com`"
        )
