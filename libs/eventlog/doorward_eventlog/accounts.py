"""Accounts as they are now: a cached fold of a log, and the one way that every change takes."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from doorward_kernel.errors import ConcurrentModification, DoorwardError, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, NewEvent, Record
from doorward_kernel.revision import Revision

from doorward_eventlog.held import FoldRecords, Held, HeldAccounts, Since, State
from doorward_eventlog.log import EventLog, Snapshot, VersionConflict

_log = structlog.get_logger()

PATIENCE_SECONDS = 5.0
"""For how long a command is decided anew when other processes change the account at the same time. One that has many
commands waiting commits them back to back, and leaves the others no gap before it is through."""

LONGEST_PAUSE = 0.05
"""Seconds between two attempts, at most; a random part of it, so that processes do not keep step."""

PAGE = 500
"""Events read at once."""

SNAPSHOT_EVERY = 500
"""Events of an account between two snapshots, unless the log's fold says otherwise."""

BREATHE_EVERY = 32
"""Pieces of a snapshot between two chances for others to work."""

Command = TypeVar("Command")
Event = TypeVar("Event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold(Generic[State, Command, Event]):
    """The pure functions that a log's accounts are made of.

    `absent` says what an account without events is. Where that is None there is no such account: `decide` is given
    None, and whoever asks for it is told NoSuchEntity.
    """

    fold_records: FoldRecords[State]
    decide: Callable[[State | None, Command], Sequence[Event]]
    encode: Callable[[Event], NewEvent]

    format: int
    """Of snapshots; another number makes those that there are unreadable."""
    dump_pieces: Callable[[State], Iterable[str]]
    """A snapshot, in ASCII, in pieces so small that others can work in between."""
    load: Callable[[bytes], State]
    unreadable: type[Exception]
    """What `load` raises for bytes that it cannot read."""

    snapshot_every: Callable[[State], int] = lambda _: SNAPSHOT_EVERY
    absent: Callable[[AccountId], State | None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Generic[State]):
    """An account after a command, and the revision at which its effect is in force."""

    account: State
    revision: Revision


class Accounts(Generic[State, Command, Event]):
    """The accounts of one log. Commands of one account queue up in this process; other processes are noticed.

    What is held in memory is compared with the log at each use: a log that lost its tail, or was restored, is
    believed, and the account folded anew. Only `recent` does not look at the log, and is as new as `noticed` keeps it.
    """

    def __init__(self, log: EventLog, fold: Fold[State, Command, Event], *, epoch: str, held: int = 1000) -> None:
        self._log = log
        self._fold = fold
        self._epoch = epoch
        self._held = HeldAccounts(fold.fold_records, held)
        self._turns: dict[AccountId, _Turn] = {}
        self._snapshots: set[asyncio.Task[None]] = set()

    # --- as they are ---

    async def get(self, account_id: AccountId) -> State:
        """The account with everything that is committed. Raises NoSuchEntity when one without events is none."""
        held = await self._current(account_id)
        account = held.account if held else self._fold.absent(account_id)
        if account is None:
            raise no_account(account_id)
        return account

    async def held(self, account_id: AccountId) -> Held[State]:
        """Like `get`, with the digest of the account's last record. Raises NoSuchEntity when it has no events."""
        held = await self._current(account_id)
        if held is None:
            raise no_account(account_id)
        return held

    def recent(self, account_id: AccountId) -> State | None:
        """The account as it is in memory, without a look at the log; None when it is not held.

        For those who have `noticed` told of every commit; others get what was true once.
        """
        held = self._held.get(account_id)
        return held.account if held else None

    async def head(self) -> Head:
        """Where the log ends now. A new epoch is taken over from here on, and what is held is forgotten."""
        head = await self._log.head()
        if head.epoch != self._epoch:
            self.forget_all(head)
        return head

    def revision(self, position: int) -> Revision:
        """The name of a position of this log."""
        return Revision(self._log.name, self._epoch, position)

    # --- what a follower of the log tells ---

    def noticed(self, records: Sequence[Record]) -> None:
        """Take in one commit of any process. An account that is held and that it does not fit is forgotten, so that
        it is read anew; nothing is raised."""
        self._held.noticed(records)

    def forget_all(self, head: Head) -> None:
        """Forget what is held, and be in the epoch of `head`: the log is followed from another place."""
        if head.epoch != self._epoch:
            _log.warning("the log has a new epoch: it was restored", before=self._epoch, now=head.epoch)
        self._epoch = head.epoch
        self._held.forget_all()

    # --- changes ---

    async def execute(self, account_id: AccountId, command: Command, metadata: bytes) -> Changed[State]:
        """Decide a command and commit what has then happened; `metadata` is remembered with the events.

        A command whose effect is already there changes nothing. Raises what the decision raises, and
        ConcurrentModification when other processes were faster for PATIENCE_SECONDS.
        """
        async with self._turn(account_id):
            started, pause = time.monotonic(), LONGEST_PAUSE / 32
            while time.monotonic() - started < PATIENCE_SECONDS:
                try:
                    return await self._attempt(account_id, command, metadata)
                except VersionConflict:
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
                    pause = min(2 * pause, LONGEST_PAUSE)
        raise ConcurrentModification(f"account `{account_id}` is being changed by many at the same time: try again")

    async def _attempt(self, account_id: AccountId, command: Command, metadata: bytes) -> Changed[State]:
        with self._held.reading(account_id) as since:
            held = await self._current(account_id)
            account = held.account if held else self._fold.absent(account_id)
            obeyed = self._obeyed_at(account)
            if obeyed is not None:
                return self._changed(await self._at(account_id, obeyed))
            events = self._decide(account, command)
            if not events and account is not None:
                return self._changed(account)
            before, version, snapshot = (held.account, held.account.version, held.snapshot) if held else (None, 0, 0)
            new = [self._fold.encode(event) for event in events]
            records = await self._log.append(account_id, version, new, metadata=metadata)
            account = self._folded(before, records)
            self._keep(Held(account, records[-1].digest, snapshot), since)
            return self._changed(account)

    def _decide(self, account: State | None, command: Command) -> Sequence[Event]:
        """What happens by the command; for a log that adds to it."""
        return self._fold.decide(account, command)

    def _obeyed_at(self, account: State | None) -> int | None:
        """The version at which the command was obeyed when it was sent before, for a log that remembers that."""
        return None

    def _changed(self, account: State) -> Changed[State]:
        return Changed(account=account, revision=self.revision(account.position))

    # --- reading the log ---

    async def _at(self, account_id: AccountId, version: int) -> State:
        """The account as it was at a version that it has reached."""
        held = self._held.get(account_id)
        if held is not None and held.account.version == version:
            return held.account
        account: State | None = None
        while account is None or account.version < version:
            after = account.version if account else 0
            records = await self._log.read_account(account_id, after, min(PAGE, version - after))
            account = self._folded(account, records)
        return account

    async def _current(self, account_id: AccountId) -> Held[State] | None:
        with self._held.reading(account_id) as since:
            held = self._held.get(account_id)
            if held is not None:
                records = await self._log.read_account(account_id, held.account.version - 1, PAGE)
                if records and records[0].digest == held.digest:
                    return await self._advanced(held, records[1:], since, full=len(records) == PAGE)
                _log.error("the log no longer has what is held of an account: folding it anew", account=account_id)
                self._held.forget(account_id)
            account = await self._from_snapshot(account_id)
            records = await self._log.read_account(account_id, account.version - 1 if account else 0, PAGE)
            if not records:
                return None
            full = len(records) == PAGE
            if account is not None:
                read = Held(account, records[0].digest, snapshot=account.version)
                return await self._advanced(read, records[1:], since, full=full)
            read = Held(self._folded(None, records), records[-1].digest)
            return await self._advanced(read, [], since, full=full)

    async def _advanced(self, held: Held[State], records: Sequence[Record], since: Since, *, full: bool) -> Held[State]:
        """The account after `records`, and after all that follow them when they were a full page."""
        while True:
            if records:
                held = Held(self._folded(held.account, records), records[-1].digest, held.snapshot)
            if not full:
                return self._keep(held, since)
            records = await self._log.read_account(held.account.account_id, held.account.version, PAGE)
            full = len(records) == PAGE

    def _folded(self, account: State | None, records: Sequence[Record]) -> State:
        folded = self._fold.fold_records(account, records) if records else None
        if folded is None:
            raise ValueError("no records to fold")
        return folded

    def _keep(self, read: Held[State], since: Since) -> Held[State]:
        held = self._held.keep(read, since)
        account = held.account
        due = account.version - held.snapshot >= self._fold.snapshot_every(account)
        if due and self._held.get(account.account_id) is held:
            self._held.has_snapshot(account.account_id, account.version)
            task = asyncio.get_running_loop().create_task(self.save_snapshot(account))
            self._snapshots.add(task)
            task.add_done_callback(self._snapshots.discard)
        return held

    # --- snapshots ---

    async def _from_snapshot(self, account_id: AccountId) -> State | None:
        snapshot = await self._log.load_snapshot(account_id, self._fold.format)
        if snapshot is None:
            return None
        try:
            return await asyncio.to_thread(self._fold.load, snapshot.state)
        except self._fold.unreadable as error:
            _log.warning("snapshot not readable, folding the events", account=account_id, error=str(error))
            return None

    async def save_snapshot(self, account: State) -> None:
        """Snapshots only save time: one that cannot be written is told, and tried again later."""
        try:
            state = await asyncio.to_thread(self._dump, account)
            await self._log.save_snapshot(
                Snapshot(
                    account=account.account_id,
                    version=account.version,
                    position=account.position,
                    format=self._fold.format,
                    state=state,
                )
            )
        except DoorwardError as error:
            _log.warning("snapshot not written", account=account.account_id, error=str(error))

    def _dump(self, account: State) -> bytes:
        """Lets others have the interpreter in between: a large account takes a second."""
        pieces = []
        for number, piece in enumerate(self._fold.dump_pieces(account)):
            pieces.append(piece)
            if not number % BREATHE_EVERY:
                time.sleep(0)
        return "".join(pieces).encode("ascii")

    async def close(self) -> None:
        """Wait for snapshots that are being written."""
        await asyncio.gather(*self._snapshots)

    # --- turns ---

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


def no_account(account_id: AccountId) -> NoSuchEntity:
    """What there is to say of an account without events."""
    return NoSuchEntity(f"there is no account `{account_id}`")


class _Turn:
    """Whose turn it is to change an account; forgotten when nobody waits."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
