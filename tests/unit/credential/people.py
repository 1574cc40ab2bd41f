"""People of an account, without an identity service."""

from dataclasses import replace
from datetime import UTC, datetime

from doorward_credential.application.people import People, Person
from doorward_directory.account import Account, AccountCreated
from doorward_directory.events import apply
from doorward_directory.users import UserCreated
from doorward_kernel.ids import AccountId, UniqueId

from tests.unit.keyring.world import ACCOUNT, ALICE

EMAIL = "Root@example.com"
_NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def account() -> Account:
    """With the user alice."""
    created = apply(None, AccountCreated(account_id=ACCOUNT, name="Example-Corp-1", created_at=_NOW))
    alice = UserCreated(user_id=UniqueId(ALICE), name="alice", path="/", created_at=_NOW)
    return replace(apply(created, alice), position=2)


def alice() -> Person:
    return Person(account=account(), user=account().users[UniqueId(ALICE)])


class Replica:
    """That account alone."""

    def known(self, account_id: AccountId) -> Account | None:
        return account() if account_id == ACCOUNT else None

    def knows(self, _account_id: AccountId) -> bool:
        return True

    async def know(self, account_id: AccountId) -> Account | None:
        return self.known(account_id)


class Follower:
    """As new as the log."""

    def staleness(self) -> float:
        return 0.0

    async def catch_up(self) -> None:
        pass


class RootUsers:
    """Whose root user has the address EMAIL."""

    async def account_of(self, email: str) -> AccountId | None:
        return ACCOUNT if email == EMAIL else None

    async def email_of(self, _account_id: AccountId) -> str:
        return EMAIL


def people() -> People:
    return People(Replica(), Follower(), RootUsers(), max_staleness=30.0)
