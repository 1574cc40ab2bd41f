"""The organization as it is now, and what of it concerns accounts that it says nothing about."""

from collections.abc import Callable
from itertools import islice

from doorward_directory.account import AccountCreated
from doorward_directory.commands import Command
from doorward_directory.organization.commands import OrganizationCommand
from doorward_directory.organization.state import CreateOrganization, Member, Organization, member_of
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.paging import Page, check_max_items, read_marker, write_marker
from doorward_kernel.revision import Revision

from doorward_identity.application.accounts import Accounts
from doorward_identity.application.minting import Mint

_FIRST_START = b'{"actor":"doorward","reason":"first start"}'
"""What the events of the organization's creation remember, as no call is their cause."""

MOST_LOOKED_AT = 1000
"""Accounts that a page looks at; then it ends, however few it found."""


class Organizations:
    """The organization of a log's accounts; the operator's account holds it."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def create(self, mint: Mint) -> None:
        """Have an organization; nothing when there is one. Raises what `Accounts.execute` raises."""
        command = CreateOrganization(
            organization_id=mint.short_id("o-", 10), root_id=mint.short_id("r-", 4), created_at=mint.now()
        )
        await self._accounts.execute(OPERATOR, command, _FIRST_START)

    async def get(self) -> Organization:
        """Raises NoSuchEntity before it is created."""
        organization = await self.find()
        if organization is None:
            raise NoSuchEntity("there is no organization yet")
        return organization

    async def find(self) -> Organization | None:
        """None before it is created."""
        try:
            return (await self._accounts.get(OPERATOR)).organization
        except NoSuchEntity:
            return None

    async def execute(self, command: OrganizationCommand, metadata: bytes) -> tuple[Organization, Revision]:
        """As `Accounts.execute`."""
        asked: Command = command
        changed = await self._accounts.execute(OPERATOR, asked, metadata)
        if changed.account.organization is None:
            raise ValueError("the operator's account holds no organization")
        return changed.account.organization, changed.revision

    async def check_account(self, account_id: AccountId) -> None:
        """Raises NoSuchEntity when there is no such account."""
        await self._accounts.get(account_id)

    async def accounts(
        self, organization: Organization, wanted: Callable[[Member], bool], marker: str, max_items: int
    ) -> Page[AccountCreated]:
        """A page of the accounts that are `wanted`, by id. It may hold fewer, also none, and yet have a marker.

        Raises InvalidInput for a marker that no page returned, and for `max_items` out of 1 to 1000.
        """
        limit, after = check_max_items(max_items), read_marker(marker)
        looked_at = await self._accounts.ids(after, MOST_LOOKED_AT)
        found = list(islice((each for each in looked_at if wanted(member_of(organization, each))), limit))
        if len(found) == limit:
            last = found[-1]
        elif len(looked_at) == MOST_LOOKED_AT:
            last = looked_at[-1]
        else:
            last = AccountId("")
        return Page([await self._accounts.creation(each) for each in found], write_marker(last) if last else "")
