"""Accounts as they are now: a cached fold of the log, and the one way that every change takes."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from doorward_directory.account import Account
from doorward_directory.codec import encode
from doorward_directory.commands import Command, decide
from doorward_directory.quotas import Quotas
from doorward_directory.snapshot import FORMAT, UnreadableSnapshot, dump, load
from doorward_directory.stream import fold_records
from doorward_eventlog.log import EventLog, Snapshot, VersionConflict
from doorward_kernel.errors import ConcurrentModification, DoorwardError, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision

_log = structlog.get_logger()

ATTEMPTS = 20
"""How often a command is decided anew when other processes change the account at the same time."""

PAGE = 500
"""Events read at once."""

SNAPSHOT_EVERY = 500
"""Events of an account between two snapshots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An account after a command, and the revision at which its effect is in force."""

    account: Account
    revision: Revision


class Accounts:
    """The accounts of one log. Commands of one account queue up in this process; other processes are noticed."""

    def __init__(self, log: EventLog, *, epoch: str, quotas: Quotas, held: int = 1000) -> None:
        self._log = log
        self._epoch = epoch
        self._quotas = quotas
        self._held = held
        self._cache: OrderedDict[AccountId, Account] = OrderedDict()
        self._turns: dict[AccountId, _Turn] = {}
        self._snapshots: set[asyncio.Task[None]] = set()
        self._snapshot_versions: dict[AccountId, int] = {}

    async def get(self, account_id: AccountId) -> Account:
        """The account with everything that is committed. Raises NoSuchEntity."""
        account = await self._current(account_id)
        if account is None:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        return account

    async def list(self, after: str, limit: int) -> list[Account]:
        """At most `limit` accounts whose id is greater than `after`, sorted by id."""
        return [await self.get(account_id) for account_id in await self._log.accounts(after, limit)]

    async def execute(self, account_id: AccountId, command: Command, metadata: bytes) -> Changed:
        """Decide a command and commit what has then happened; `metadata` is remembered with the events.

        A command whose effect is already there changes nothing. Raises what the decision raises, and
        ConcurrentModification when other processes were faster ATTEMPTS times.
        """
        async with self._turn(account_id):
            for _ in range(ATTEMPTS):
                account = await self._current(account_id)
                events = decide(account, command, self._quotas)
                if not events and account is not None:
                    return self._changed(account)
                version = account.version if account else 0
                try:
                    records = await self._log.append(
                        account_id, version, [encode(event) for event in events], metadata=metadata
                    )
                except VersionConflict:
                    continue
                return self._changed(self._hold(account_id, fold_records(account, records)))
        raise ConcurrentModification(f"account `{account_id}` is being changed by many at the same time: try again")

    def revision(self, position: int) -> Revision:
        """The name of a position of this log."""
        return Revision(self._log.name, self._epoch, position)

    async def close(self) -> None:
        """Wait for snapshots that are being written."""
        await asyncio.gather(*self._snapshots)

    def _changed(self, account: Account) -> Changed:
        return Changed(account=account, revision=self.revision(account.position))

    async def _current(self, account_id: AccountId) -> Account | None:
        account = self._cache.get(account_id) or await self._from_snapshot(account_id)
        while True:
            records = await self._log.read_account(account_id, account.version if account else 0, PAGE)
            if records:
                account = fold_records(account, records)
            if len(records) < PAGE:
                return None if account is None else self._hold(account_id, account)

    async def _from_snapshot(self, account_id: AccountId) -> Account | None:
        snapshot = await self._log.load_snapshot(account_id, FORMAT)
        if snapshot is None:
            return None
        try:
            account = load(snapshot.state)
        except UnreadableSnapshot as error:
            _log.warning("snapshot not readable, folding the events", account=account_id, error=str(error))
            return None
        self._snapshot_versions[account_id] = snapshot.version
        return account

    def _hold(self, account_id: AccountId, account: Account | None) -> Account:
        if account is None:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        held = self._cache.get(account_id)
        if held is None or held.version < account.version:
            self._cache[account_id] = account
        self._cache.move_to_end(account_id)
        while len(self._cache) > self._held:
            gone, _ = self._cache.popitem(last=False)
            self._snapshot_versions.pop(gone, None)
        if account.version - self._snapshot_versions.get(account_id, 0) >= SNAPSHOT_EVERY:
            self._snapshot_versions[account_id] = account.version
            task = asyncio.get_running_loop().create_task(self._snapshot(account))
            self._snapshots.add(task)
            task.add_done_callback(self._snapshots.discard)
        return account

    async def _snapshot(self, account: Account) -> None:
        """Snapshots only save time: one that cannot be written is told, and tried again later."""
        try:
            state = await asyncio.to_thread(dump, account)
            await self._log.save_snapshot(
                Snapshot(
                    account=account.account_id,
                    version=account.version,
                    position=account.position,
                    format=FORMAT,
                    state=state,
                )
            )
        except DoorwardError as error:
            _log.warning("snapshot not written", account=account.account_id, error=str(error))

    @asynccontextmanager
    async def _turn(self, account_id: AccountId) -> AsyncIterator[None]:
        turn = self._turns.setdefault(account_id, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[account_id]


class _Turn:
    """Whose turn it is to change an account; forgotten when nobody waits."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
