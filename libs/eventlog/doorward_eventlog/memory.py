"""The log in memory, for tests of what uses a log."""

import asyncio
import secrets
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence

from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.record import Head, NewEvent, Record

from doorward_eventlog.chaining import Append, Tail, records_after
from doorward_eventlog.last_used import LastUsed, is_worth_writing
from doorward_eventlog.log import (
    MOST_POSITION,
    Clock,
    Snapshot,
    VersionConflict,
    check_append,
    check_name,
    microseconds_now,
)
from doorward_eventlog.waiting import Growth


class MemoryEventLog:
    """An EventLog, and LastUses, gone when the process ends."""

    def __init__(self, name: str, *, clock: Clock = microseconds_now) -> None:
        self._name = check_name(name)
        self._clock = clock
        self._epoch = secrets.token_hex(4)
        self._tail = Tail()
        self._records: list[Record] = []
        self._accounts: dict[AccountId, list[Record]] = {}
        self._snapshots: dict[tuple[AccountId, int], Snapshot] = {}
        self._uses: dict[tuple[str, str], LastUsed] = {}
        self._growth = Growth(0)
        self._closed = False

    @property
    def name(self) -> str:
        return self._name

    async def append(
        self, account: AccountId, expected_version: int, events: Sequence[NewEvent], *, metadata: bytes
    ) -> list[Record]:
        check_append(account, events, metadata)
        await asyncio.sleep(0)  # others get their turn before the version is looked at, as with a real one
        if self._closed:
            raise Unavailable("the log is closed")
        stream = self._accounts.get(account, [])
        if len(stream) != expected_version:
            raise VersionConflict(f"account `{account}` is at version {len(stream)}, not {expected_version}")
        append = Append(account=account, expected_version=expected_version, events=events, metadata=metadata)
        records, self._tail = records_after(self._tail, append, self._clock())
        self._records += records
        self._accounts[account] = stream + records
        self._growth.reached(self._tail.position)
        return records

    async def read(self, after: int, limit: int) -> list[Record]:
        return self._records[after : after + limit]

    async def read_account(self, account: AccountId, after_version: int, limit: int) -> list[Record]:
        return self._accounts.get(account, [])[after_version : after_version + limit]

    async def read_account_back(self, account: AccountId, before_version: int, limit: int) -> list[Record]:
        return self._accounts.get(account, [])[: max(0, before_version - 1)][::-1][:limit]

    async def version_at(
        self, account: AccountId, *, position: int = MOST_POSITION, recorded_at: int = MOST_POSITION
    ) -> int:
        stream = self._accounts.get(account, [])
        return min(
            bisect_right(stream, position, key=lambda record: record.position),
            bisect_right(stream, recorded_at, key=lambda record: record.recorded_at),
        )

    async def accounts(self, after: str, limit: int) -> list[AccountId]:
        return sorted(account for account in self._accounts if account > after)[:limit]

    async def head(self) -> Head:
        return Head(self._epoch, self._tail.position, self._tail.digest)

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        kept = self._snapshots.get((snapshot.account, snapshot.format))
        if kept is None or kept.version < snapshot.version:
            self._snapshots[snapshot.account, snapshot.format] = snapshot

    async def load_snapshot(self, account: AccountId, format: int) -> Snapshot | None:
        kept = self._snapshots.get((account, format))
        if kept is None:
            return None
        record = self._accounts.get(account, [])[kept.version - 1 : kept.version]
        return kept if record and record[0].position == kept.position else None

    async def record_uses(self, uses: Sequence[LastUsed]) -> int:
        written = 0
        for use in sorted(uses, key=lambda use: (use.key, use.used_at)):
            if is_worth_writing(use, self._uses.get(use.key)):
                self._uses[use.key] = use
                written += 1
        return written

    async def last_used(self, account: AccountId, unique_ids: Collection[UniqueId]) -> Mapping[UniqueId, LastUsed]:
        return {each: self._uses[account, each] for each in unique_ids if (account, each) in self._uses}

    def wake(self) -> None:
        self._growth.wake()

    async def committed(self, after: int, timeout: float) -> None:
        await self._growth.past(after, timeout)

    async def renew_epoch(self) -> str:
        old = self._epoch
        while self._epoch == old:
            self._epoch = secrets.token_hex(4)
        self._snapshots.clear()
        self._growth.wake()
        return self._epoch

    async def close(self) -> None:
        self._closed = True
        self._growth.wake()
