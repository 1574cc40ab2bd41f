"""Accounts as they were: at a revision, or at a time, by the same fold that says how they are."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from doorward_directory.account import Account
from doorward_directory.snapshot import FORMAT, UnreadableSnapshot, load
from doorward_directory.stream import fold_records
from doorward_eventlog.log import MOST_POSITION, Clock, EventLog, microseconds_now
from doorward_kernel.errors import InvalidInput, NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.paging import NOT_A_MARKER, Page, check_max_items
from doorward_kernel.record import Record
from doorward_kernel.revision import Revision

from doorward_identity.application.accounts import Accounts
from doorward_identity.application.bound_markers import asked, is_version, read_bound_marker, write_bound_marker
from doorward_identity.application.details import Piece, details

_log = structlog.get_logger()

BATCH = 500
"""Events read and folded at once."""

FOLDS_AT_ONCE = 2
"""Accounts that are folded at the same time; others wait."""

KEPT = 8
"""States that are remembered, for the next page and for moments soon after."""


@dataclass(frozen=True, slots=True)
class AtRevision:
    """After everything up to an event: the text of its revision."""

    revision: str


@dataclass(frozen=True, slots=True)
class AtTime:
    """After everything that was committed up to a time, in microseconds since 1970."""

    microseconds: int

    def __str__(self) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.microseconds)
        return moment.replace(tzinfo=None).isoformat() + "Z"


@dataclass(frozen=True, slots=True)
class Past:
    """An account after `last`, the record that its state is of."""

    account: Account
    last: Record


class PastAccounts:
    """Folds the past of accounts from a log; changes nothing, and leaves the accounts of the present alone."""

    def __init__(self, log: EventLog, accounts: Accounts, *, clock: Clock = microseconds_now) -> None:
        self._log = log
        self._accounts = accounts
        self._clock = clock
        self._folding = asyncio.Semaphore(FOLDS_AT_ONCE)
        self._kept: OrderedDict[tuple[AccountId, int], Past] = OrderedDict()

    async def page(
        self, account_id: AccountId, moment: AtRevision | AtTime, marker: str, max_items: int
    ) -> tuple[Past, Page[Piece]]:
        """The account as it was, and at most `max_items` of what it held. All pages of a moment show the same state.

        Raises what `version_at` raises, and InvalidInput for a marker that no page of this list returned.
        """
        limit = check_max_items(max_items)
        epoch = (await self._accounts.head()).epoch
        question = asked(account_id, moment)
        version, after = await self.version_at(account_id, moment), ""
        if marker:
            match read_bound_marker(marker, epoch, question):
                case [int(pinned), str(after)] if is_version(pinned) and 0 < pinned <= version:
                    version = pinned
                case _:
                    raise InvalidInput(NOT_A_MARKER)
        past = await self.at(account_id, version)
        found = await asyncio.to_thread(details, past.account, after, limit)
        following = write_bound_marker(epoch, question, version, found.marker) if found.marker else ""
        return past, Page(found.items, following)

    async def version_at(self, account_id: AccountId, moment: AtRevision | AtTime) -> int:
        """How many events the account had then, at least one.

        Raises InvalidInput for what is no moment of this log, NoSuchEntity for one that has not come yet or when the
        account was not there.
        """
        version = await (
            self._at_revision(account_id, moment.revision)
            if isinstance(moment, AtRevision)
            else self._at_time(account_id, moment)
        )
        if version:
            return version
        created = await self._record(account_id, 1)
        if created is None:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        born = self._accounts.revision(created.position)
        shown = moment.revision if isinstance(moment, AtRevision) else moment
        raise NoSuchEntity(f"account `{account_id}` was not there at `{shown}`: it was created at `{born}`")

    async def _at_revision(self, account_id: AccountId, text: str) -> int:
        asked_for = Revision.parse(text)
        head = await self._accounts.head()
        end = self._accounts.revision(head.position)
        if asked_for.log != end.log:
            raise InvalidInput(f"`revision` is `{asked_for}`, which is not of the {end.log} log")
        if asked_for.epoch != end.epoch:
            raise InvalidInput(f"`revision` is `{asked_for}`, which is of another epoch: the log now ends at `{end}`")
        if asked_for.position > end.position:
            raise NoSuchEntity(f"there is no revision `{asked_for}` yet: the log ends at `{end}`")
        return await self._log.version_at(account_id, position=asked_for.position)

    async def _at_time(self, account_id: AccountId, moment: AtTime) -> int:
        if moment.microseconds > self._clock():
            newest = await self._log.read_account_back(account_id, MOST_POSITION, 1)
            if newest and moment.microseconds > newest[0].recorded_at:
                raise NoSuchEntity(f"`time` is `{moment}`, which has not come yet")
        version = await self._log.version_at(account_id, recorded_at=moment.microseconds)
        return await self._whole(account_id, version)

    async def at(self, account_id: AccountId, version: int) -> Past:
        """The account after so many events, of which there are as many. Raises Unavailable when they are gone."""
        async with self._folding:
            reached = await self._nearest(account_id, version)
            try:
                while reached is None or reached.last.version < version:
                    reached = await self._further(account_id, reached, version)
            finally:
                if reached is not None:  # also when the caller's time is over: then the next one begins here
                    self._keep(account_id, reached)
            return reached

    async def _further(self, account_id: AccountId, reached: Past | None, version: int) -> Past:
        account, after = (reached.account, reached.last.version) if reached is not None else (None, 0)
        records = await self._log.read_account(account_id, after, min(BATCH, version - after))
        if not records:
            raise Unavailable(f"the log no longer has version {version} of account `{account_id}`, try again")
        folded = await asyncio.to_thread(fold_records, account, records)
        if folded is None:
            raise ValueError("no records to fold")
        return Past(folded, records[-1])

    async def _nearest(self, account_id: AccountId, version: int) -> Past | None:
        """The latest state up to a version from which the fold can go on: one that is remembered, or a snapshot."""
        known = max((v for (whose, v) in self._kept if whose == account_id and v <= version), default=0)
        kept = self._kept.get((account_id, known))
        if kept is not None and await self._record(account_id, known) != kept.last:
            self._kept.pop((account_id, known), None)  # the log lost its end, and another grew
            return await self._nearest(account_id, version)
        if known == version:
            return kept
        snapshot = await self._log.load_snapshot(account_id, FORMAT)
        if snapshot is None or not known < snapshot.version <= version:
            return kept
        last = await self._record(account_id, snapshot.version)
        try:
            account = await asyncio.to_thread(load, snapshot.state)
        except UnreadableSnapshot as error:
            _log.warning("snapshot not readable, folding the events", account=account_id, error=str(error))
            return kept
        told = (account.account_id, account.version, account.position)
        return Past(account, last) if last and told == (account_id, last.version, last.position) else kept

    async def _whole(self, account_id: AccountId, version: int) -> int:
        """The last version up to `version` that ends a commit: before its end nobody saw any of a commit."""
        while version:
            records = await self._log.read_account_back(account_id, version + 1, 10)
            for record in records:
                if record.commit_last:
                    return record.version
            version = records[-1].version - 1 if records else 0
        return 0

    async def _record(self, account_id: AccountId, version: int) -> Record | None:
        records = await self._log.read_account(account_id, version - 1, 1)
        return records[0] if records else None

    def _keep(self, account_id: AccountId, past: Past) -> None:
        self._kept[account_id, past.last.version] = past
        self._kept.move_to_end((account_id, past.last.version))
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
