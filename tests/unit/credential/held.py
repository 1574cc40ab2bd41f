"""An account of the identity log as a process holds it, without a log."""

from doorward_credential.application.people import People
from doorward_directory.account import Account
from doorward_kernel.ids import AccountId


class Held:
    """Replica, follower and root users in one: there is this account and no other, always as new as can be."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def known(self, account_id: AccountId) -> Account | None:
        return self.account if account_id == self.account.account_id else None

    def knows(self, _account_id: AccountId) -> bool:
        return True

    async def know(self, account_id: AccountId) -> Account | None:
        return self.known(account_id)

    def staleness(self) -> float:
        return 0.0

    async def catch_up(self) -> None:
        return None

    async def account_of(self, _email: str) -> AccountId | None:
        return None

    async def email_of(self, _account_id: AccountId) -> str:
        return ""


def people_of(account: Account) -> People:
    """Finds who is in the account."""
    held = Held(account)
    return People(held, held, held, max_staleness=30)
