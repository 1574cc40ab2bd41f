"""What is held in memory of a log's accounts, and how it keeps up with what a follower of the log delivers."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

import structlog
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Record

_log = structlog.get_logger()


class Folded(Protocol):
    """What the records of one account are folded into: the account as its log tells it.

    `version` and `position` are those of the last record in it, 0 when there is none.
    """

    @property
    def account_id(self) -> AccountId: ...

    @property
    def version(self) -> int: ...

    @property
    def position(self) -> int: ...


State = TypeVar("State", bound=Folded)

FoldRecords = Callable[[State | None, Sequence[Record]], State | None]
"""The account after records that follow its version without a gap. Raises when they do not, or cannot be applied."""


@dataclass(frozen=True, slots=True)
class Held(Generic[State]):
    """An account, and the digest of the last record that it is folded from: what proves that the log still has it.

    `snapshot` is the version of the newest snapshot that is known, 0 when none is.
    """

    account: State
    digest: bytes
    snapshot: int = 0


@dataclass(frozen=True, slots=True)
class Since:
    """When a reading of the log began: how often everything had been forgotten by then."""

    forgotten: int


class HeldAccounts(Generic[State]):
    """At most `most` accounts, those that were asked for last. Everything happens on one event loop.

    A commit that is noticed while an account is being read from the log may be missing from what was read: such a
    reading is not held, or the account would stay behind until its next commit.
    """

    def __init__(self, fold_records: FoldRecords[State], most: int) -> None:
        self._fold_records = fold_records
        self._most = most
        self._held: OrderedDict[AccountId, Held[State]] = OrderedDict()
        self._readings: dict[AccountId, _Readings] = {}
        self._forgotten = 0

    def get(self, account_id: AccountId) -> Held[State] | None:
        """What is held of an account, which is now the last to be dropped."""
        held = self._held.get(account_id)
        if held is not None:
            self._held.move_to_end(account_id)
        return held

    @contextmanager
    def reading(self, account_id: AccountId) -> Iterator[Since]:
        """To be around everything from the first look at the log to `keep`."""
        readings = self._readings.setdefault(account_id, _Readings())
        readings.under_way += 1
        try:
            yield Since(self._forgotten)
        finally:
            readings.under_way -= 1
            if not readings.under_way:
                del self._readings[account_id]

    def keep(self, read: Held[State], since: Since) -> Held[State]:
        """Hold what was read unless it is outdated; returns the newest that is known."""
        account_id = read.account.account_id
        held = self._held.get(account_id)
        if held is not None and held.account.version >= read.account.version:
            self._held.move_to_end(account_id)
            return held
        readings = self._readings.get(account_id)
        if since.forgotten != self._forgotten or (readings and read.account.version < readings.noticed):
            return read
        if held is not None:
            read = replace(read, snapshot=max(held.snapshot, read.snapshot))
        self._held[account_id] = read
        self._held.move_to_end(account_id)
        while len(self._held) > self._most:
            self._held.popitem(last=False)
        return read

    def has_snapshot(self, account_id: AccountId, version: int) -> None:
        """Remember that there is, or soon will be, a snapshot of that version."""
        held = self._held.get(account_id)
        if held is not None and held.snapshot < version:
            self._held[account_id] = replace(held, snapshot=version)

    def noticed(self, records: Sequence[Record]) -> None:
        """Take in one commit. An account that it does not follow, or cannot be applied to, is forgotten."""
        if not records:
            return
        account_id, version = records[-1].account, records[-1].version
        readings = self._readings.get(account_id)
        if readings is not None:
            readings.noticed = max(readings.noticed, version)
        held = self._held.get(account_id)
        if held is None:
            return
        try:
            advanced = self._advanced(held, records)
        except Exception as error:  # noqa: BLE001 - whatever it is, the account must not go on without the commit
            _log.warning("a commit does not fit what is held of an account", account=account_id, error=str(error))
            del self._held[account_id]
        else:
            self._held[account_id] = advanced

    def _advanced(self, held: Held[State], records: Sequence[Record]) -> Held[State]:
        for record in records:
            if record.version == held.account.version and record.digest != held.digest:
                raise ValueError(f"position {record.position} is not the record that is held")
        newer = [record for record in records if record.version > held.account.version]
        account = self._fold_records(held.account, newer) if newer else None
        return held if account is None else replace(held, account=account, digest=newer[-1].digest)

    def forget(self, account_id: AccountId) -> None:
        """Hold an account no longer."""
        self._held.pop(account_id, None)

    def forget_all(self) -> None:
        """Hold nothing, nor what is being read now: the log is another one."""
        self._forgotten += 1
        self._held.clear()
        for readings in self._readings.values():
            readings.noticed = 0


class _Readings:
    """How many read an account now, and the newest version that was noticed meanwhile."""

    def __init__(self) -> None:
        self.under_way = 0
        self.noticed = 0
