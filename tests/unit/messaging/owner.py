"""What a replica reads from, in memory: the owner of a log, and a cache that is a dictionary."""

from datetime import UTC, datetime

from doorward_directory.account import Account, AccountCreated
from doorward_directory.codec import encode
from doorward_directory.events import Event
from doorward_directory.stream import fold_records
from doorward_directory.users import UserCreated
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.record import Head, Record
from doorward_messaging import AccountState

A, B, C = (AccountId(digit * 12) for digit in "123")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Owner:
    """A StateSource on a log in memory; `log` can be put in another's place, as a restore does."""

    def __init__(self) -> None:
        self.log = MemoryEventLog("identity")
        self.whole_accounts = 0

    async def write(self, account_id: AccountId, *names: str) -> None:
        records = await self.log.read_account(account_id, 0, 100_000)
        events: list[Event] = [
            UserCreated(user_id=UniqueId(f"AIDA{name}"), name=name, path="/", created_at=NOW) for name in names
        ]
        if not records:
            events.insert(0, AccountCreated(account_id=account_id, name="example", created_at=NOW))
        await self.log.append(account_id, len(records), [encode(event) for event in events], metadata=b"{}")

    async def head(self) -> Head:
        return await self.log.head()

    async def read(self, after: int, limit: int) -> list[Record]:
        return await self.log.read(after, limit)

    async def read_account(self, account_id: AccountId) -> AccountState[Account]:
        self.whole_accounts += 1
        records = await self.log.read_account(account_id, 0, 100_000)
        account = fold_records(None, records)
        if account is None:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        return AccountState(account, (await self.log.head()).epoch, records[-1].digest)

    async def read_account_events(
        self, account_id: AccountId, after_version: int, limit: int
    ) -> tuple[str, list[Record]]:
        records = await self.log.read_account(account_id, after_version, limit)
        return (await self.log.head()).epoch if records else "", records


class Cache:
    """A SnapshotCache that never forgets."""

    available = True

    def __init__(self) -> None:
        self.states: dict[tuple[AccountId, str], AccountState[Account]] = {}

    async def load(self, account_id: AccountId, epoch: str) -> AccountState[Account] | None:
        return self.states.get((account_id, epoch))

    async def save(self, state: AccountState[Account]) -> None:
        self.states[state.account.account_id, state.epoch] = state
