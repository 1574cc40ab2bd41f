"""The events of an account in pages: filtered, from either end, each page with bounded work."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from doorward_directory.history import Entity, WithId, WithName, is_named, names_any, naming
from doorward_eventlog.log import EventLog
from doorward_kernel.errors import LimitExceeded, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_kernel.paging import Page, check_max_items
from doorward_kernel.record import Record

from doorward_identity.application.accounts import Accounts
from doorward_identity.application.bound_markers import asked
from doorward_identity.application.event_place import MOST_IDS, Place, read_place, write_place

BATCH = 100
"""Events read at once."""

MOST_LOOKED_AT = 5_000
"""Events that one page looks at; it ends with the batch that reaches them."""

MOST_BYTES_LOOKED_AT = 16 * 1024 * 1024
"""Payload and metadata that one page looks at; it ends with the batch that reaches them."""

PAGE_BYTES = 1024 * 1024
"""Payload and metadata of a page; it ends with the event that reaches them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events, in which order; what is empty or None lets every event through.

    `types` is sorted. Times are in microseconds since 1970, `start` inclusive and `end` exclusive.
    """

    actor: str = ""
    types: tuple[str, ...] = ()
    entity: Entity | None = None
    start: int | None = None
    end: int | None = None
    newest_first: bool = True

    @property
    def every_one(self) -> bool:
        """Whether nothing is filtered but by time."""
        return not self.actor and not self.types and self.entity is None


class AccountEvents:
    """Reads the history of accounts from a log; changes nothing."""

    def __init__(self, log: EventLog, accounts: Accounts) -> None:
        self._log = log
        self._accounts = accounts

    async def page(self, account_id: AccountId, wanted: Wanted, marker: str, max_items: int) -> Page[Record]:
        """At most `max_items` events from the marker on. It may hold fewer, also none, and yet have a marker.

        Raises NoSuchEntity when there is no account, or nothing had the entity's name; InvalidInput for a marker that
        no page of this list returned, or `max_items` out of 1 to 1000; LimitExceeded when too many had the name.
        """
        limit = check_max_items(max_items)
        epoch = (await self._accounts.head()).epoch
        question = asked(account_id, wanted)
        place = read_place(marker, epoch, question) if marker else await self._start(account_id, wanted)
        work = _Work()
        if isinstance(wanted.entity, WithName):
            place = await self._with_ids(account_id, wanted.entity, place, work)
        found: list[Record] = []
        if place.named is None:
            place = await self._walk(account_id, wanted, place, work, found, limit)
        return Page(found, "" if place.is_over else write_place(place, epoch, question))

    async def _start(self, account_id: AccountId, wanted: Wanted) -> Place:
        """The whole list as it is now: the events of a run of versions, for times rise with the version."""
        newest = await self._log.version_at(account_id)
        if not newest:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        first, last = 1, newest
        if wanted.start is not None:
            first += await self._log.version_at(account_id, recorded_at=wanted.start - 1)
        if wanted.end is not None:
            last = min(newest, await self._log.version_at(account_id, recorded_at=wanted.end - 1))
        match wanted.entity:
            case WithName():
                return Place(first=first, last=last, newest=newest, named=0, ids=())
            case WithId(id):
                return Place(first=first, last=last, newest=newest, named=None, ids=(id,))
            case None:
                return Place(first=first, last=last, newest=newest, named=None, ids=())

    async def _with_ids(self, account_id: AccountId, entity: WithName, place: Place, work: "_Work") -> Place:
        """The place with the ids of all that ever had the name, as far as the work reaches."""
        named, ids = place.named, dict.fromkeys(place.ids)
        while named is not None and work.may_go_on:
            records = await self._log.read_account(account_id, named, min(BATCH, place.newest - named))
            work.add(records)
            for record in records:
                given = naming(record.type, record.payload)
                if given is not None and is_named(entity, given):
                    ids[given.id] = None
            named = records[-1].version if records and records[-1].version < place.newest else None
            if len(ids) > MOST_IDS:
                raise LimitExceeded(
                    f"more than {MOST_IDS} had the name `{entity}`, which `entity` gives: give a unique id instead"
                )
        if named is None and not ids:
            raise NoSuchEntity(f"nothing in the account ever had the name `{entity}`, which `entity` gives")
        return replace(place, named=named, ids=tuple(ids))

    async def _walk(
        self, account_id: AccountId, wanted: Wanted, place: Place, work: "_Work", found: list[Record], limit: int
    ) -> Place:
        """Put what is wanted into `found` until it is enough, or the work is; returns where the list goes on."""
        ids, size = frozenset(place.ids), 0
        while not place.is_over and work.may_go_on:
            for record in (records := await self._read(account_id, wanted, place, limit - len(found))):
                place = place.behind(record.version, newest_first=wanted.newest_first)
                if _is_wanted(record, wanted, ids):
                    found.append(record)
                    size += len(record.payload) + len(record.metadata)
                    if len(found) == limit or size >= PAGE_BYTES:
                        return place
            if not records:  # the log lost its end
                return replace(place, first=place.last + 1)
            work.add(records)
        return place

    async def _read(self, account_id: AccountId, wanted: Wanted, place: Place, limit: int) -> list[Record]:
        count = min(BATCH, place.last - place.first + 1, limit if wanted.every_one else BATCH)
        if not wanted.newest_first:
            return await self._log.read_account(account_id, place.first - 1, count)
        records = await self._log.read_account_back(account_id, place.last + 1, count)
        return [record for record in records if record.version >= place.first]


@dataclass(slots=True)
class _Work:
    """How much of the history a page looked at."""

    records: int = 0
    size: int = 0

    @property
    def may_go_on(self) -> bool:
        return self.records < MOST_LOOKED_AT and self.size < MOST_BYTES_LOOKED_AT

    def add(self, records: Sequence[Record]) -> None:
        self.records += len(records)
        self.size += sum(len(record.payload) + len(record.metadata) for record in records)


def _is_wanted(record: Record, wanted: Wanted, ids: frozenset[str]) -> bool:
    if wanted.types and record.type not in wanted.types:
        return False
    if wanted.actor and json.loads(record.metadata or b"{}").get("actor") != wanted.actor:
        return False
    return wanted.entity is None or names_any(record.payload, ids)
