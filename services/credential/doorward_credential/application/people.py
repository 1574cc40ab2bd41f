"""Users, roles and accounts, as the identity log has them: this service's own replica of it."""

from dataclasses import dataclass
from typing import Protocol

from doorward_directory.account import Account
from doorward_directory.roles import Role, role_by_name
from doorward_directory.users import User, user_arn, user_by_name
from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import NoSuchEntity, Unauthenticated, Unavailable
from doorward_kernel.ids import OPERATOR, AccountId, UniqueId, is_account_id
from doorward_keyring.passport import Passport, PassportKind

INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - a message
"""AWS's words for whatever is wrong with a key or a token but its signature and its age."""


class Replica(Protocol):
    """The accounts of the identity log as this process holds them."""

    def known(self, account_id: AccountId) -> Account | None:
        """Raises NotInMemory, Unavailable."""

    def knows(self, account_id: AccountId) -> bool:
        """Whether `known` has an answer. Raises Unavailable."""

    async def know(self, account_id: AccountId) -> Account | None:
        """As `known`, loaded when it is not in memory. Raises Unavailable."""


class Follower(Protocol):
    """How far this process follows a log."""

    def staleness(self) -> float:
        """Seconds since this process last held everything that was announced."""

    async def catch_up(self) -> None:
        """Apply everything up to the head that the owner has now. Raises Unavailable, OSError."""


class RootUsers(Protocol):
    """What only the identity service can tell: the addresses of root users."""

    async def account_of(self, email: str) -> AccountId | None:
        """The account whose root user has the address. Raises InvalidInput, Unavailable."""

    async def email_of(self, account_id: AccountId) -> str:
        """The address, empty when there is none. Raises NoSuchEntity, Unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user, or an account's root user: whoever has passwords, keys and devices."""

    account: Account
    user: User | None
    """None for the root user."""

    @property
    def principal_id(self) -> str:
        return self.account.account_id if self.user is None else self.user.user_id

    @property
    def name(self) -> str:
        """Empty for the root user."""
        return "" if self.user is None else self.user.name

    @property
    def arn(self) -> str:
        if self.user is None:
            return f"arn:aws:iam::{self.account.account_id}:root"
        return user_arn(self.account, self.user)


class People:
    """Finds principals. Answers are as old as this process is behind the identity log; `latest` first catches up.

    Every method raises Unavailable when the account is not here and the identity service does not answer, or this
    process is too far behind.
    """

    def __init__(self, replica: Replica, follower: Follower, root_users: RootUsers, *, max_staleness: float) -> None:
        self._replica = replica
        self._follower = follower
        self._max_staleness = max_staleness
        self.root_users = root_users

    def check_fresh(self) -> None:
        """Raises Unavailable when this process is too far behind to say who is there."""
        staleness = self._follower.staleness()
        if staleness > self._max_staleness:
            raise Unavailable("the credential service is too far behind the identity log: try again")

    async def catch_up(self) -> None:
        """Be as new as the identity log is now."""
        try:
            await self._follower.catch_up()
        except OSError as error:
            raise Unavailable("the identity service does not answer") from error

    async def account(self, account_id: AccountId, *, latest: bool = False) -> Account:
        """An account. Raises NoSuchEntity."""
        if latest:
            await self.catch_up()
        self.check_fresh()
        found = await self._replica.know(account_id)
        if found is None:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        return found

    def account_now(self, account_id: AccountId) -> Account | None:
        """An account that is in memory already; None when it is not, or does not exist."""
        self.check_fresh()
        return self._replica.known(account_id) if self._replica.knows(account_id) else None

    async def user(self, account_id: AccountId, name: str) -> Person:
        """A user by its name, ignoring case, as new as the log is. Raises NoSuchEntity."""
        account = await self.account(account_id, latest=True)
        return Person(account=account, user=user_by_name(account, name))

    async def root(self, account_id: AccountId) -> Person:
        """The root user. Raises NoSuchEntity when there is no such account."""
        return Person(account=await self.account(account_id, latest=True), user=None)

    async def bearer(self, passport: Passport) -> Person:
        """The user or root user that a passport speaks of, for a federated user the one who asked for its session.

        Raises Unauthenticated when it is gone, its account is closed, or it is a role.
        """
        account = await self.account(passport.account, latest=True)
        found = person(account, passport.principal_id)
        if found is None or not is_there(account, passport):
            raise Unauthenticated(INVALID_TOKEN)
        return found

    async def arn(self, passport: Passport) -> str:
        """The caller's own ARN. Raises Unauthenticated when the principal is gone."""
        found = arn_of(await self.account(passport.account, latest=True), passport)
        if found is None:
            raise Unauthenticated(INVALID_TOKEN)
        return found

    async def role(self, arn_account: AccountId, arn: str) -> tuple[Account, Role] | None:
        """The role with exactly that ARN, and its account; None when there is none, or its account is closed."""
        await self.catch_up()
        self.check_fresh()
        account = await self._replica.know(arn_account)
        if account is None or account.closed_at is not None:
            return None
        try:
            role = role_by_name(account, arn.rpartition("/")[2])
        except NoSuchEntity:
            return None
        found = iam_arn(account.account_id, "role", role.path, role.name)
        return (account, role) if found == arn else None

    async def account_named(self, name: str) -> AccountId | None:
        """The account with that id or alias; None when there is none. The answer to an id is not looked up."""
        if is_account_id(name):
            return AccountId(name)
        operator = await self._replica.know(OPERATOR)
        if operator is None or operator.organization is None:
            raise Unavailable("the identity log has no organization yet")
        return operator.organization.aliases.get(name)


def person(account: Account, principal_id: str) -> Person | None:
    """The user, or root user, with that id; None when there is none."""
    if principal_id == account.account_id:
        return Person(account=account, user=None)
    user = account.users.get(UniqueId(principal_id))
    return None if user is None else Person(account=account, user=user)


def is_there(account: Account, passport: Passport) -> bool:
    """Whether the principal of a passport still exists, in an account that is open."""
    if account.closed_at is not None:
        return False
    if passport.kind is PassportKind.ROLE_SESSION:
        return UniqueId(passport.principal_id) in account.roles
    return person(account, passport.principal_id) is not None


def arn_of(account: Account, passport: Passport) -> str | None:
    """The caller's own ARN (STS API reference, GetCallerIdentity); None when the principal is gone."""
    id = account.account_id
    match passport.kind:
        case PassportKind.ROLE_SESSION:
            role = account.roles.get(UniqueId(passport.principal_id))
            return None if role is None else f"arn:aws:sts::{id}:assumed-role/{role.name}/{passport.name}"
        case PassportKind.FEDERATED_USER:
            return f"arn:aws:sts::{id}:federated-user/{passport.name}" if is_there(account, passport) else None
        case _:
            found = person(account, passport.principal_id)
            return None if found is None else found.arn


def user_id_of(passport: Passport) -> str:
    """`aws:userid` (IAM user guide, "Principal key values")."""
    match passport.kind:
        case PassportKind.ROLE_SESSION:
            return f"{passport.principal_id}:{passport.name}"
        case PassportKind.FEDERATED_USER:
            return f"{passport.account}:{passport.name}"
        case _:
            return passport.principal_id
