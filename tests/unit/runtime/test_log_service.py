"""A log as its followers read it; any log's messages do."""

from typing import Any

import pytest
from doorward.credential.v1 import log_service_pb2 as pb
from doorward_eventlog.accounts import Accounts
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_runtime.rpc.log_service import MESSAGE_BYTES, LogServicer

from tests.unit.eventlog.sums import EMPTY_AT_FIRST, Sum, Sums, dumped

ACCOUNT = AccountId("1" * 12)


@pytest.fixture
async def sums() -> Sums:
    log = MemoryEventLog("sums")
    accounts = Accounts(log, EMPTY_AT_FIRST, epoch=(await log.head()).epoch)
    for number in (1, 2):
        await accounts.execute(ACCOUNT, number, b"{}")
    return accounts


def servicer(sums: Sums, filler: bytes = b"") -> LogServicer[Sum]:
    def dump(account: Sum) -> bytes:
        return "".join(dumped(account)).encode() + filler

    return LogServicer(pb, sums._log, sums, format=7, dump=dump, stopping=lambda: True)


async def events(sums: Sums, **fields: Any) -> list[pb.Event]:
    call = servicer(sums).ReadEvents(pb.ReadEventsRequest(**fields), None)
    return [event async for response in call for event in response.events]


async def test_the_head_and_the_events_are_those_of_the_log(sums: Sums) -> None:
    head = await servicer(sums).GetHead(pb.GetHeadRequest(), None)
    first, second = await events(sums)

    assert (head.revision, head.digest) == (second.revision, second.digest) == (str(sums.revision(2)), second.digest)
    assert [(each.position, each.version, each.type, each.payload) for each in (first, second)] == [
        (1, 1, "Added", b"1"),
        (2, 2, "Added", b"2"),
    ]


async def test_events_are_read_from_a_place_on_and_a_reader_that_stays_is_sent_away_at_the_end(sums: Sums) -> None:
    assert [each.position for each in await events(sums, after_position=1, follow=True)] == [2]
    assert [each.version for each in await events(sums, account=ACCOUNT, limit=1)] == [1]
    with pytest.raises(InvalidInput):
        await events(sums, after_version=1)


async def test_an_account_is_sent_in_parts_of_which_the_first_says_what_it_is(sums: Sums) -> None:
    call = servicer(sums, b"." * MESSAGE_BYTES).ReadAccount(pb.ReadAccountRequest(account=ACCOUNT), None)
    first, second = [part async for part in call]

    assert (first.revision, first.version, first.format) == (str(sums.revision(2)), 2, 7)
    assert first.digest == (await sums.held(ACCOUNT)).digest
    assert second == pb.ReadAccountResponse(part=second.part)
    assert (first.part + second.part).rstrip(b".") == f"{ACCOUNT} 3 2 2".encode()


async def test_an_account_without_events_is_not_there_to_be_read_also_where_it_counts_as_empty(sums: Sums) -> None:
    with pytest.raises(NoSuchEntity):
        await anext(servicer(sums).ReadAccount(pb.ReadAccountRequest(account="9" * 12), None))
