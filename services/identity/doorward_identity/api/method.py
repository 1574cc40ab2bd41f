"""What every method needs: the account of the call, the way to change it, time and ids."""

from datetime import datetime

from doorward_directory.account import Account
from doorward_directory.commands import Command
from doorward_kernel.errors import InvalidInput
from doorward_runtime.rpc.call import CALL
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from doorward_identity.application.accounts import Accounts, Changed
from doorward_identity.application.credentials import Credentials
from doorward_identity.application.last_used import UsesOfEntities
from doorward_identity.application.minting import Mint
from doorward_identity.application.organizations import Organizations
from doorward_identity.application.principals import Principals
from doorward_identity.application.root_users import RootUsers

_YEARS_1_TO_9999 = range(-62_135_596_800, 253_402_300_800)
"""What a Timestamp may hold, in seconds since 1970."""


class Methods:
    """The ground of every group of methods."""

    def __init__(
        self, accounts: Accounts, mint: Mint, uses: UsesOfEntities, root_users: RootUsers, credentials: Credentials
    ) -> None:
        self._accounts = accounts
        self._uses = uses
        self._root_users = root_users
        self._credentials = credentials
        self._mint = mint
        self._principals = Principals(accounts)
        self._organizations = Organizations(accounts)

    def fingerprint(self, text: str) -> str:
        """See `RootUsers.fingerprint`."""
        return self._root_users.fingerprint(text)

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


def time_of(request: Message, field: str) -> int | None:
    """A time in microseconds since 1970; None when the field is absent. Raises InvalidInput for an impossible one."""
    if not request.HasField(field):
        return None
    time: Timestamp = getattr(request, field)
    if time.seconds not in _YEARS_1_TO_9999 or not 0 <= time.nanos < 1_000_000_000:
        raise InvalidInput(f"`{field}` is no time: expected the years 1 to 9999, and 0 to 999,999,999 nanoseconds")
    return time.seconds * 1_000_000 + time.nanos // 1000
