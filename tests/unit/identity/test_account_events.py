"""Pages of events equal what a search through the whole history finds, however little each page looks at."""

import asyncio
import json
from typing import Any, get_type_hints

import pytest
from doorward_directory.codec import TYPES, decode, encode
from doorward_directory.commands import Command
from doorward_directory.history import WithId, WithName, read_entity
from doorward_directory.quotas import Quotas
from doorward_eventlog.memory import MemoryEventLog
from doorward_identity.application import account_events
from doorward_identity.application.account_events import AccountEvents, Wanted
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.bound_markers import write_bound_marker
from doorward_identity.application.event_place import Place, read_place, write_place
from doorward_kernel.errors import DoorwardError, InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.record import Record
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.directory.test_properties import commands, settled_world, with_new_id
from tests.unit.directory.world import ACCOUNT

ACTORS = ["alice", "bob", ""]
STEP = 1_000


def ids_of(record: Record) -> set[str]:
    """The ids that an event names, by its declared fields: another way than the one that is tested."""
    event = decode(record.type, record.schema_version, record.payload)
    hints = get_type_hints(type(event))
    ids = {getattr(event, name) for name, hint in hints.items() if hint in (UniqueId, AccountId)}
    return ids | set(getattr(event, "principals", ()))


def names_of(record: Record) -> tuple[str, str, str] | None:
    """Kind, id and name, if an event gives one."""
    event: Any = decode(record.type, record.schema_version, record.payload)
    for kind in ("account", "user", "group", "role", "policy"):
        if record.type in (f"{kind.capitalize()}Created", f"{kind.capitalize()}Renamed"):
            return kind, getattr(event, f"{kind}_id"), event.name.lower()
    return None


def search(records: list[Record], wanted: Wanted) -> list[Record]:
    """The events that are wanted, by looking at each."""
    ids: set[str] = set()
    match wanted.entity:
        case WithId(id):
            ids = {id}
        case WithName(kind, name):
            given = filter(None, map(names_of, records))
            ids = {id for its_kind, id, its_name in given if kind in (None, its_kind) and name == its_name}
    found = [
        record
        for record in records
        if (not wanted.types or record.type in wanted.types)
        and (not wanted.actor or json.loads(record.metadata).get("actor") == wanted.actor)
        and (wanted.entity is None or ids & ids_of(record))
        and (wanted.start is None or record.recorded_at >= wanted.start)
        and (wanted.end is None or record.recorded_at < wanted.end)
    ]
    return found[::-1] if wanted.newest_first else found


entities = st.sampled_from(["a", "user/a", "group/g", "role/r", "p", "policy/q", "b", "user/B", ACCOUNT, "Example"])
wanteds: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    actor=st.sampled_from(ACTORS),
    types=st.lists(st.sampled_from(sorted(TYPES)), max_size=3, unique=True).map(lambda each: tuple(sorted(each))),
    entity=st.none() | entities | st.integers(0, 5),
    start=st.none() | st.integers(0, 50 * STEP),
    end=st.none() | st.integers(0, 50 * STEP),
    newest_first=st.booleans(),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(commands, max_size=30), wanteds, st.integers(1, 7), st.integers(1, 9), st.integers(1, 20))
def test_pages_together_are_what_a_search_finds(
    did: list[Command], filters: dict[str, Any], max_items: int, batch: int, looked_at: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account_events, "BATCH", batch)
        patch.setattr(account_events, "MOST_LOOKED_AT", looked_at)
        asyncio.run(_pages_equal_a_search(did, filters, max_items, batch + looked_at))


async def _pages_equal_a_search(did: list[Command], filters: dict[str, Any], max_items: int, bound: int) -> None:
    log, events = await a_log(did)
    records = await log.read_account(ACCOUNT, 0, 10_000)
    entity = filters["entity"]
    if isinstance(entity, int):
        every_id = sorted({id for record in records for id in ids_of(record)})
        entity = every_id[entity % len(every_id)]
    wanted = Wanted(**{**filters, "entity": entity and read_entity(entity, ACCOUNT)})
    reads: list[int] = []
    for name in ("read_account", "read_account_back"):
        setattr(log, name, counting(getattr(log, name), reads))

    found: list[Record] = []
    marker = ""
    while True:
        reads.clear()
        try:
            page = await events.page(ACCOUNT, wanted, marker, max_items)
        except NoSuchEntity:
            assert isinstance(wanted.entity, WithName)
            assert not search(records, Wanted(entity=wanted.entity))
            return
        assert len(page.items) <= max_items
        assert sum(reads) <= bound
        found += page.items
        marker = page.marker
        if not marker:
            break

    assert found == search(records, wanted)


def counting(read: Any, reads: list[int]) -> Any:
    async def counted(*arguments: Any) -> list[Record]:
        records: list[Record] = await read(*arguments)
        reads.append(len(records))
        return records

    return counted


async def a_log(did: list[Command]) -> tuple[MemoryEventLog, AccountEvents]:
    """Each event a commit of its own, by actors in turn, with events of another account in between."""
    world = settled_world()
    for command in did:
        try:
            world.do(with_new_id(world, command))
        except DoorwardError:
            continue
    times = iter(range(STEP, 10**9, STEP))
    log = MemoryEventLog("identity", clock=lambda: next(times))
    for version, event in enumerate(world.events):
        metadata = json.dumps({"actor": ACTORS[version % 3]} if version % 3 < 2 else {}).encode()
        await log.append(ACCOUNT, version, [encode(event)], metadata=metadata)
        await log.append(AccountId("999999999999"), version, [encode(event)], metadata=metadata)
    accounts = Accounts(log, epoch=(await log.head()).epoch, quotas=Quotas())
    return log, AccountEvents(log, accounts)


# --- markers ---

PLACE = Place(first=3, last=9, newest=9, named=4, ids=("AIDA" + "A" * 17,) * 50)


def test_a_marker_gives_its_place_back_and_holds_all_ids_that_it_may() -> None:
    marker = write_place(PLACE, "0a1b2c3d", "q" * 16)

    assert read_place(marker, "0a1b2c3d", "q" * 16) == PLACE


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [1, 2, 3, None],
        [1, 2, 3, None, [], 6],
        ["1", 2, 3, None, []],
        [1.5, 2, 3, None, []],
        [True, 2, 3, None, []],
        [-1, 2, 3, None, []],
        [1, 2**63, 3, None, []],
        [1, 2, 3, 4, []],
        [1, 2, 3, -1, []],
        [1, 2, 3, None, ["x"] * 51],
        [1, 2, 3, None, [7]],
        [1, 2, 3, None, {}],
    ],
)
def test_a_marker_that_holds_something_else_is_refused(fields: list[Any]) -> None:
    with pytest.raises(InvalidInput, match="`marker` is not one that a page returned"):
        read_place(write_bound_marker("0a1b2c3d", "q", *fields), "0a1b2c3d", "q")
