"""Accounts as they are now: a cached fold of the log, and the one way that every change takes."""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from doorward_directory.account import Account, AccountCreated
from doorward_directory.client_tokens import answered_before, token_used
from doorward_directory.codec import decode, encode
from doorward_directory.commands import Command, decide
from doorward_directory.quotas import Quotas, with_own
from doorward_directory.snapshot import FORMAT, UnreadableSnapshot, dump_pieces, load
from doorward_directory.stream import fold_records
from doorward_eventlog.log import EventLog, Snapshot, VersionConflict
from doorward_kernel.errors import ConcurrentModification, DoorwardError, NoSuchEntity
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.record import Head, Record
from doorward_kernel.revision import Revision

from doorward_identity.application.once import ONCE, AnsweredBefore

_log = structlog.get_logger()

PATIENCE_SECONDS = 5.0
"""For how long a command is decided anew when other processes change the account at the same time. One that has many
commands waiting commits them back to back, and leaves the others no gap before it is through."""

LONGEST_PAUSE = 0.05
"""Seconds between two attempts, at most; a random part of it, so that processes do not keep step."""

PAGE = 500
"""Events read at once."""

SNAPSHOT_EVERY = 500
"""Events of an account between two snapshots; more in a large one, a tenth of the things in it."""


BREATHE_EVERY = 32
"""Things of a snapshot between two chances for others to work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An account after a command, and the revision at which its effect is in force."""

    account: Account
    revision: Revision


@dataclass(frozen=True, slots=True)
class Held:
    """An account, and the digest of the last record that it is folded from: what proves that the log still has it."""

    account: Account
    digest: bytes


class Accounts:
    """The accounts of one log. Commands of one account queue up in this process; other processes are noticed.

    What is held in memory is compared with the log at each use: a log that lost its tail, or was restored, is
    believed, and the account folded anew.
    """

    def __init__(self, log: EventLog, *, epoch: str, quotas: Quotas, held: int = 1000) -> None:
        self._log = log
        self._epoch = epoch
        self.quotas = quotas
        self._most = held
        self._held: OrderedDict[AccountId, Held] = OrderedDict()
        self._turns: dict[AccountId, _Turn] = {}
        self._snapshots: set[asyncio.Task[None]] = set()
        self._snapshot_versions: dict[AccountId, int] = {}

    async def get(self, account_id: AccountId) -> Account:
        """The account with everything that is committed. Raises NoSuchEntity."""
        return (await self.held(account_id)).account

    async def held(self, account_id: AccountId) -> Held:
        """Like `get`, with the digest of the account's last record."""
        held = await self._current(account_id)
        if held is None:
            raise _no_account(account_id)
        return held

    async def creations(self, after: str, limit: int) -> list[AccountCreated]:
        """At most `limit` accounts whose id is greater than `after`, sorted by id, as they were created."""
        return [await self.creation(account_id) for account_id in await self.ids(after, limit)]

    async def ids(self, after: str, limit: int) -> list[AccountId]:
        """At most `limit` ids of accounts that are greater than `after`, sorted; not the operator's own, which comes
        before them all."""
        return await self._log.accounts(after or OPERATOR, limit)

    async def creation(self, account_id: AccountId) -> AccountCreated:
        """An account as it was created. Raises NoSuchEntity."""
        for record in await self._log.read_account(account_id, 0, 1):
            event = decode(record.type, record.schema_version, record.payload)
            if isinstance(event, AccountCreated):
                return event
        raise _no_account(account_id)

    async def head(self) -> Head:
        """Where the log ends now. A new epoch is taken over from here on, and what is held is forgotten."""
        head = await self._log.head()
        if head.epoch != self._epoch:
            _log.warning("the log has a new epoch: it was restored", before=self._epoch, now=head.epoch)
            self._epoch = head.epoch
            self._held.clear()
            self._snapshot_versions.clear()
        return head

    async def execute(self, account_id: AccountId, command: Command, metadata: bytes) -> Changed:
        """Decide a command and commit what has then happened; `metadata` is remembered with the events.

        A command whose effect is already there changes nothing. Under a client token (ONCE) it is obeyed once: sent
        again, it returns the account as it was then, or raises AnsweredBefore when its ids were made from another
        seed. Raises what the decision raises, IdempotentParameterMismatch, and ConcurrentModification when other
        processes were faster for PATIENCE_SECONDS.
        """
        once = ONCE.get()
        async with self._turn(account_id):
            started, pause = time.monotonic(), LONGEST_PAUSE / 32
            while time.monotonic() - started < PATIENCE_SECONDS:
                held = await self._current(account_id)
                account = held.account if held else None
                used = answered_before(account, once) if once else None
                if once and used:
                    if used.seed != once.seed:
                        raise AnsweredBefore(used.seed)
                    return self._changed(await self._at(account_id, used.version))
                events = decide(account, command, self.quotas)
                version = account.version if account else 0
                if once:
                    events.append(token_used(once, version + len(events) + 1))
                if not events and account is not None:
                    return self._changed(account)
                try:
                    records = await self._log.append(
                        account_id, version, [encode(event) for event in events], metadata=metadata
                    )
                except VersionConflict:
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
                    pause = min(2 * pause, LONGEST_PAUSE)
                    continue
                account = _folded(account, records)
                self._keep(account, records[-1].digest)
                return self._changed(account)
        raise ConcurrentModification(f"account `{account_id}` is being changed by many at the same time: try again")

    def quotas_of(self, account: Account) -> Quotas:
        """The quotas of an account: the defaults, and those of its own."""
        return with_own(self.quotas, account.own_quotas)

    def revision(self, position: int) -> Revision:
        """The name of a position of this log."""
        return Revision(self._log.name, self._epoch, position)

    async def close(self) -> None:
        """Wait for snapshots that are being written."""
        await asyncio.gather(*self._snapshots)

    def _changed(self, account: Account) -> Changed:
        return Changed(account=account, revision=self.revision(account.position))

    async def _at(self, account_id: AccountId, version: int) -> Account:
        """The account as it was at a version that it has reached."""
        held = self._held.get(account_id)
        if held is not None and held.account.version == version:
            return held.account
        account: Account | None = None
        while account is None or account.version < version:
            after = account.version if account else 0
            records = await self._log.read_account(account_id, after, min(PAGE, version - after))
            account = _folded(account, records)
        return account

    async def _current(self, account_id: AccountId) -> Held | None:
        held = self._held.get(account_id)
        if held is not None:
            records = await self._log.read_account(account_id, held.account.version - 1, PAGE)
            if records and records[0].digest == held.digest:
                return await self._advanced(held.account, held.digest, records[1:], full=len(records) == PAGE)
            _log.error("the log no longer has what is held of an account: folding it anew", account=account_id)
            self._held.pop(account_id, None)
        account = await self._from_snapshot(account_id)
        records = await self._log.read_account(account_id, account.version - 1 if account else 0, PAGE)
        if not records:
            return None
        full = len(records) == PAGE
        if account is not None:
            return await self._advanced(account, records[0].digest, records[1:], full=full)
        return await self._advanced(_folded(None, records), records[-1].digest, [], full=full)

    async def _advanced(self, account: Account, digest: bytes, records: Sequence[Record], *, full: bool) -> Held:
        """The account after `records`, and after all that follow them when they were a full page."""
        while True:
            if records:
                account, digest = _folded(account, records), records[-1].digest
            if not full:
                return self._keep(account, digest)
            records = await self._log.read_account(account.account_id, account.version, PAGE)
            full = len(records) == PAGE

    async def _from_snapshot(self, account_id: AccountId) -> Account | None:
        snapshot = await self._log.load_snapshot(account_id, FORMAT)
        if snapshot is None:
            return None
        try:
            account = await asyncio.to_thread(load, snapshot.state)
        except UnreadableSnapshot as error:
            _log.warning("snapshot not readable, folding the events", account=account_id, error=str(error))
            return None
        self._snapshot_versions[account_id] = snapshot.version
        return account

    def _keep(self, account: Account, digest: bytes) -> Held:
        account_id = account.account_id
        held = self._held.get(account_id)
        if held is None or held.account.version < account.version:
            held = self._held[account_id] = Held(account, digest)
        self._held.move_to_end(account_id)
        while len(self._held) > self._most:
            gone, _ = self._held.popitem(last=False)
            self._snapshot_versions.pop(gone, None)
        if account.version - self._snapshot_versions.get(account_id, 0) >= _snapshot_every(account):
            self._snapshot_versions[account_id] = account.version
            task = asyncio.get_running_loop().create_task(self.save_snapshot(account))
            self._snapshots.add(task)
            task.add_done_callback(self._snapshots.discard)
        return held

    async def save_snapshot(self, account: Account) -> None:
        """Snapshots only save time: one that cannot be written is told, and tried again later."""
        try:
            state = await asyncio.to_thread(_dump, account)
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


def _no_account(account_id: AccountId) -> NoSuchEntity:
    return NoSuchEntity(f"there is no account `{account_id}`")


def _snapshot_every(account: Account) -> int:
    things = len(account.users) + len(account.groups) + len(account.roles) + len(account.policies)
    return max(SNAPSHOT_EVERY, things // 10)


def _dump(account: Account) -> bytes:
    """Lets others have the interpreter in between: a large account takes a second."""
    pieces = []
    for number, piece in enumerate(dump_pieces(account)):
        pieces.append(piece)
        if not number % BREATHE_EVERY:
            time.sleep(0)
    return "".join(pieces).encode("ascii")


def _folded(account: Account | None, records: Sequence[Record]) -> Account:
    folded = fold_records(account, records)
    if folded is None:
        raise ValueError("no records to fold")
    return folded


class _Turn:
    """Whose turn it is to change an account; forgotten when nobody waits."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
