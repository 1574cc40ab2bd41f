"""Many who write at the same time, through two processes on one database: nothing is lost, no name is given twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from doorward_client import AsyncClient
from doorward_directory.account import CreateAccount
from doorward_directory.quotas import Quotas
from doorward_directory.stream import BrokenStream, fold_records
from doorward_directory.users import CreateUser
from doorward_eventlog.log import VersionConflict
from doorward_eventlog.memory import MemoryEventLog
from doorward_eventlog.verification import verify
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.minting import Mint
from doorward_kernel.errors import EntityAlreadyExists
from doorward_kernel.ids import USER_PREFIX, AccountId
from doorward_kernel.record import NewEvent, Record
from doorward_local.ports import free_port
from doorward_local.process import Running

from tests.contract.conftest import SqlStore
from tests.integration.identity.conftest import KEY
from tests.integration.identity.test_process import identity_process

WRITERS = 200
Create = Callable[[AccountId, str], Awaitable[object]]
"""Creates a user of that name in an account."""


def account_ids(count: int) -> list[AccountId]:
    return [AccountId(f"{100_000_000_000 + number}") for number in range(count)]


async def write(writers: Sequence[Create], accounts: Sequence[AccountId]) -> Counter[tuple[AccountId, str]]:
    """Each name is wanted by two writers at the same time, one through each process; how often each was given."""
    given: Counter[tuple[AccountId, str]] = Counter()

    async def one(number: int) -> None:
        account = accounts[number // 2 % len(accounts)]
        name = f"user-{number // 2}"
        try:
            await writers[number % len(writers)](account, name if number % 4 < 2 else name.upper())
        except EntityAlreadyExists:
            return
        given[account, name] += 1

    await asyncio.gather(*(one(number) for number in range(WRITERS)))
    return given


async def test_two_processes_on_one_account_give_each_name_once(postgres_store: SqlStore, tmp_path: Path) -> None:
    await _written_by_two_processes(postgres_store, tmp_path, account_ids(1))


async def test_two_processes_on_fifty_accounts_give_each_name_once(postgres_store: SqlStore, tmp_path: Path) -> None:
    await _written_by_two_processes(postgres_store, tmp_path, account_ids(50))


async def _written_by_two_processes(store: SqlStore, directory: Path, accounts: Sequence[AccountId]) -> None:
    async with AsyncExitStack() as stack:
        clients = []
        for number in range(2):
            port, place = free_port(), directory / f"{number}"
            place.mkdir()
            program = identity_process(place, port, DOORWARD_DATABASE_URL=store.url)
            stack.enter_context(Running.start(program))
            client = AsyncClient(identity=f"127.0.0.1:{port}", service_key=KEY, wait_for_ready=True, deadline=60)
            clients.append(await stack.enter_async_context(client))
        for account in accounts:
            await clients[0].identity.create_account(account_name="example", account_id=account)

        given = await write([_through(client) for client in clients], accounts)

    assert len(given) == WRITERS // 2
    assert set(given.values()) == {1}
    async with store.open() as log:
        verified = await verify(log)
        assert verified.accounts == len(accounts) + 1, "and the operator's own"
        for account in accounts:
            records = await log.read_account(account, 0, 10_000)
            assert [record.version for record in records] == list(range(1, len(records) + 1))
            folded = fold_records(None, records)
            assert folded is not None
            assert set(folded.user_ids) == {name for owner, name in given if owner == account}


def _through(client: AsyncClient) -> Create:
    async def create(account: AccountId, name: str) -> object:
        return await client.with_options(account=account).identity.create_user(user_name=name)

    return create


# --- the control: a log that does not look at versions ---


class CarelessLog(MemoryEventLog):
    """Appends whatever the version is that a writer decided at."""

    async def append(
        self, account: AccountId, expected_version: int, events: Sequence[NewEvent], *, metadata: bytes
    ) -> list[Record]:
        version = len(await self.read_account(account, 0, 10_000))
        try:
            return await super().append(account, version, events, metadata=metadata)
        except VersionConflict:
            return await self.append(account, expected_version, events, metadata=metadata)


async def test_on_a_log_that_does_not_look_at_versions_it_goes_wrong() -> None:
    log, (account,) = CarelessLog("identity"), account_ids(1)
    epoch, mint = (await log.head()).epoch, Mint()
    processes = [Accounts(log, epoch=epoch, quotas=Quotas()) for _ in range(2)]
    await processes[0].execute(
        account, CreateAccount(account_id=account, account_name="example", created_at=mint.now()), b"{}"
    )

    def through(process: Accounts) -> Create:
        async def create(account: AccountId, name: str) -> object:
            command = CreateUser(
                user_id=mint.unique_id(USER_PREFIX),
                user_name=name,
                path="/",
                permissions_boundary=None,
                tags=(),
                created_at=mint.now(),
            )
            return await process.execute(account, command, b"{}")

        return create

    with pytest.raises(BrokenStream):  # what was decided does not follow what was there
        await write([through(process) for process in processes], [account])
