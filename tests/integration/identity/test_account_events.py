"""The events of an account, asked over gRPC."""

import hashlib
import json
from typing import Any

import pytest
from doorward.identity.v1 import history_pb2 as pb
from doorward_client import AsyncClient
from doorward_eventlog.log import EventLog
from doorward_identity.application import account_events
from doorward_kernel.errors import InvalidInput, LimitExceeded, NoSuchEntity
from doorward_kernel.revision import Revision
from google.protobuf.timestamp_pb2 import Timestamp

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL
from tests.integration.identity.histories import OLDEST_FIRST, OTHER, TYPES, a_history, every, types_of


async def test_the_events_of_the_account_are_listed_from_either_end(client: AsyncClient, address: str) -> None:
    await a_history(client, address)

    forward = await every(client)
    backward = await every(client, order=pb.EVENT_ORDER_NEWEST_FIRST)

    assert [event.type for event in forward] == TYPES
    assert [event.version for event in forward] == list(range(1, 11))
    assert backward == forward[::-1]
    assert (await client.identity.list_account_events()).events == backward
    assert len({event.position for event in forward}) == 10


async def test_an_event_says_what_happened_when_who_did_it_from_where_and_why(
    client: AsyncClient, address: str, log: EventLog
) -> None:
    await a_history(client, address)

    (event,) = await every(client, types=["UserAddedToGroup"])

    (record,) = await log.read(event.position - 1, 1)
    assert event.payload.encode() == record.payload
    assert set(json.loads(event.payload)) == {"user_id", "group_id"}
    assert event.digest == record.digest
    assert len(event.digest) == hashlib.sha256().digest_size
    assert event.recorded_at.ToMicroseconds() == record.recorded_at
    assert (event.actor, event.reason, event.request_id) == ("service-key", "hired", "r-7")
    assert event.source_ip == "127.0.0.1"
    assert (event.version, event.schema_version, event.commit_last) == (4, 1, True)
    head = Revision.parse((await client.log.get_head()).revision)
    assert Revision.parse(event.revision) == Revision("identity", head.epoch, record.position)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"types": ["UserCreated"]}, ["UserCreated"]),
        ({"types": ["UserDeleted", "UserCreated", "UserCreated"]}, ["UserCreated", "UserDeleted"]),
        ({"actor": "service-key"}, TYPES),
        ({"actor": "service"}, []),
        ({"entity": "GROUP"}, ["GroupCreated", "UserAddedToGroup", "GroupPolicyAttached", "UserRemovedFromGroup"]),
        ({"entity": "GROUP", "types": ["GroupCreated", "UserCreated"]}, ["GroupCreated"]),
        ({"entity": ACCOUNT}, ["AccountCreated"]),
        ({"entity": "policy/all"}, ["PolicyCreated", "GroupPolicyAttached"]),
        ({"entity": f"arn:aws:iam::{ACCOUNT}:policy/all"}, ["PolicyCreated", "GroupPolicyAttached"]),
    ],
)
async def test_filters_choose_events(
    client: AsyncClient, address: str, filters: dict[str, Any], expected: list[str]
) -> None:
    await a_history(client, address)
    if filters.get("entity") == "GROUP":
        group = (await client.identity.get_group(group_name="admins")).group
        filters = {**filters, "entity": group.group_id}

    assert await types_of(client, **filters) == expected


@pytest.mark.parametrize(
    "entity",
    ["alice", "user/ALICE", f"arn:aws:iam::{ACCOUNT}:user/alice", "carol", f"arn:aws:iam::{ACCOUNT}:user/x/carol"],
)
async def test_who_was_renamed_and_deleted_is_found_by_each_name_that_it_had(
    client: AsyncClient, address: str, entity: str
) -> None:
    await a_history(client, address)
    about = [each for each in TYPES if each.startswith("User")]

    assert await types_of(client, entity=entity) == about
    assert await types_of(client, entity=entity, order=pb.EVENT_ORDER_NEWEST_FIRST) == about[::-1]


async def test_two_that_had_one_name_after_each_other_are_both_meant(client: AsyncClient) -> None:
    for _ in range(2):
        await client.identity.create_user(user_name="alice")
        await client.identity.delete_user(user_name="alice")
    await client.identity.create_user(user_name="bob")

    assert await types_of(client, entity="alice") == ["UserCreated", "UserDeleted"] * 2


async def test_a_name_that_nothing_ever_had_is_told_and_not_an_empty_list(client: AsyncClient, address: str) -> None:
    await a_history(client, address)

    with pytest.raises(NoSuchEntity, match="entity"):
        await every(client, entity="allice")
    with pytest.raises(NoSuchEntity, match="entity"):
        await every(client, entity="group/alice")
    assert await every(client, entity="AIDA" + "A" * 17) == []


async def test_a_name_that_too_many_had_is_refused_with_what_to_do_next(client: AsyncClient) -> None:
    for _ in range(51):
        await client.identity.create_user(user_name="alice")
        await client.identity.delete_user(user_name="alice")

    with pytest.raises(LimitExceeded, match="unique id"):
        await every(client, entity="alice")
    assert len(await every(client)) == 103


async def test_times_are_inclusive_at_the_start_and_exclusive_at_the_end(client: AsyncClient, address: str) -> None:
    await a_history(client, address)
    at = {event.type: event.recorded_at for event in await every(client)}

    assert await types_of(client, start_time=at["UserMoved"]) == TYPES[7:]
    assert await types_of(client, end_time=at["UserMoved"]) == TYPES[:7]
    assert await types_of(client, start_time=at["UserCreated"], end_time=at["PolicyCreated"]) == TYPES[1:4]
    assert await types_of(client, start_time=at["UserCreated"], end_time=at["PolicyCreated"], entity="carol") == [
        "UserCreated",
        "UserAddedToGroup",
    ]
    assert await types_of(client, end_time=at["AccountCreated"]) == []
    assert await types_of(client, start_time=Timestamp(seconds=4_000_000_000)) == []
    assert await types_of(client, start_time=Timestamp(seconds=-62135596800)) == TYPES


@pytest.mark.parametrize("max_items", [1, 3, 9, 10])
@pytest.mark.parametrize("order", [pb.EVENT_ORDER_NEWEST_FIRST, OLDEST_FIRST])
@pytest.mark.parametrize("entity", ["", "carol"])
async def test_pages_together_are_the_list(
    client: AsyncClient, address: str, max_items: int, order: Any, entity: str
) -> None:
    await a_history(client, address)
    whole = await every(client, order=order, entity=entity)

    pages = [
        page.events
        async for page in client.pages(
            client.identity.list_account_events, order=order, entity=entity, max_items=max_items
        )
    ]

    assert [event for page in pages for event in page] == whole
    assert all(len(page) <= max_items for page in pages)


@pytest.mark.parametrize("order", [pb.EVENT_ORDER_NEWEST_FIRST, OLDEST_FIRST])
@pytest.mark.parametrize("entity", ["", "carol", "ID"])
async def test_a_page_looks_at_a_bounded_part_and_may_be_empty_with_more_behind_it(
    client: AsyncClient, address: str, monkeypatch: pytest.MonkeyPatch, order: Any, entity: str
) -> None:
    await a_history(client, address)
    created = (await every(client, types=["UserCreated"]))[0]
    entity = json.loads(created.payload)["user_id"] if entity == "ID" else entity
    whole = await every(client, order=order, entity=entity, types=["UserCreated"])
    monkeypatch.setattr(account_events, "BATCH", 2)
    monkeypatch.setattr(account_events, "MOST_LOOKED_AT", 2)

    pages = [
        page
        async for page in client.pages(
            client.identity.list_account_events, order=order, entity=entity, types=["UserCreated"]
        )
    ]

    assert [event for page in pages for event in page.events] == whole == [created]
    assert len(pages) == (10 if entity == "carol" else 5)  # by a name, the history is searched for whose it was first
    assert all(page.is_truncated for page in pages[:-1])


async def test_a_page_is_no_larger_than_a_message(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    large = ALLOW_ALL + " " * 130_000
    for number in range(12):
        await client.identity.create_policy(policy_name=f"p{number}", policy_document=large)

    pages = [page async for page in client.pages(client.identity.list_account_events)]

    assert [len(page.events) for page in pages] == [9, 4]


async def test_what_happens_while_a_list_is_read_is_not_in_it(client: AsyncClient, address: str) -> None:
    await a_history(client, address)
    first = await client.identity.list_account_events(order=OLDEST_FIRST, max_items=9)

    await client.identity.create_user(user_name="late")
    second = await client.identity.list_account_events(order=OLDEST_FIRST, max_items=9, marker=first.marker)

    assert [event.type for event in second.events] == ["UserDeleted"]
    assert not second.is_truncated


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"types": ["UserTeleported"]}, "types"),
        ({"types": [""]}, "types"),
        ({"order": 7}, "order"),
        ({"actor": "x" * 2049}, "actor"),
        ({"entity": "a b"}, "entity"),
        ({"entity": f"arn:aws:iam::{OTHER}:user/alice"}, "entity"),
        ({"entity": "arn:aws:s3"}, "entity"),
        ({"max_items": -1}, "maxItems"),
        ({"max_items": 1001}, "maxItems"),
        ({"marker": "x"}, "marker"),
        ({"marker": "é" * 900}, "marker"),
        ({"marker": "MVtd"}, "marker"),
        ({"marker": "MXt9"}, "marker"),
        ({"marker": "x" * 100_000}, "marker"),
        ({"start_time": Timestamp(seconds=2**60)}, "start_time"),
        ({"end_time": Timestamp(nanos=-1)}, "end_time"),
        ({"end_time": Timestamp(seconds=5, nanos=1_000_000_000)}, "end_time"),
        ({"start_time": Timestamp(seconds=5), "end_time": Timestamp(seconds=5)}, "start_time"),
    ],
)
async def test_a_list_that_cannot_be_is_refused_and_the_field_named(
    client: AsyncClient, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidInput, match=f"`{named}`"):
        await client.identity.list_account_events(**fields)


async def test_a_marker_fits_its_own_list_only(client: AsyncClient, address: str, log: EventLog) -> None:
    await a_history(client, address)
    marker = (await client.identity.list_account_events(max_items=2)).marker

    for fields in ({"order": OLDEST_FIRST}, {"actor": "x"}, {"types": ["UserMoved"]}, {"entity": "alice"}):
        with pytest.raises(InvalidInput, match="another list"):
            await client.identity.list_account_events(marker=marker, **fields)
    with pytest.raises(InvalidInput, match="another list"):
        await client.with_options(account=OTHER).identity.list_account_events(marker=marker)
    await log.renew_epoch()
    with pytest.raises(InvalidInput, match="another epoch"):
        await client.identity.list_account_events(marker=marker)


async def test_there_is_no_history_of_no_account(client: AsyncClient) -> None:
    nobody = client.with_options(account="000000000001").identity

    with pytest.raises(NoSuchEntity, match="there is no account `000000000001`"):
        await nobody.list_account_events()
    with pytest.raises(NoSuchEntity, match="there is no account `000000000001`"):
        await nobody.get_account_at(revision=(await client.log.get_head()).revision)
    with pytest.raises(NoSuchEntity, match="there is no account `000000000001`"):
        await nobody.get_account_at(time=Timestamp(seconds=4_000_000_000))
    with pytest.raises(InvalidInput, match="x-doorward-account"):
        await client.with_options(account="").identity.list_account_events()
