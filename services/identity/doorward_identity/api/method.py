"""What every method needs: the account of the call, the way to change it, time and ids."""

from datetime import datetime

from doorward_directory.account import Account
from doorward_directory.commands import Command
from doorward_runtime.rpc.call import CALL
from google.protobuf.timestamp_pb2 import Timestamp

from doorward_identity.application.accounts import Accounts, Changed
from doorward_identity.application.minting import Mint
from doorward_identity.application.organizations import Organizations
from doorward_identity.application.principals import Principals


class Methods:
    """The ground of every group of methods."""

    def __init__(self, accounts: Accounts, mint: Mint) -> None:
        self._accounts = accounts
        self._mint = mint
        self._principals = Principals(accounts)
        self._organizations = Organizations(accounts)

    async def _account(self) -> Account:
        """The account that the call acts on, as it is now."""
        return await self._accounts.get(CALL.get().account)

    async def _execute(self, command: Command) -> Changed:
        """Change the account that the call acts on."""
        call = CALL.get()
        return await self._accounts.execute(call.account, command, call.event_metadata())


def timestamp(seconds: float) -> Timestamp:
    """A time in seconds since 1970 as protobuf has it."""
    return Timestamp(seconds=int(seconds))


def time_or_none(time: datetime | None) -> Timestamp | None:
    """A time as protobuf has it, or none."""
    return None if time is None else timestamp(time.timestamp())
