"""The proof that a log was not altered finds every alteration, and where it is."""

from collections.abc import Callable

import pytest
from doorward.identity.v1.log_service_pb2 import Event, GetHeadResponse
from doorward_client import record_of, verify
from doorward_kernel.errors import InvalidInput
from doorward_kernel.record import digest_after

from tests.unit.client.tiny import EPOCH, make_events


def head_of(events: list[Event]) -> GetHeadResponse:
    digest = events[-1].digest if events else bytes(32)
    return GetHeadResponse(revision=f"identity.{EPOCH}.{len(events)}", digest=digest)


def test_a_record_has_microseconds() -> None:
    record = record_of(make_events(1)[0])

    assert record.recorded_at == 1_800_000_001_123_456


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_an_untouched_log_is_sound(count: int) -> None:
    events = make_events(count)
    seen: list[int] = []

    found = verify(head_of(events), events, seen.append)

    assert found.sound
    assert (found.position, found.broken_at, found.problem) == (count, None, "")
    assert found.accounts == min(count, 2)
    assert found.digest == head_of(events).digest
    assert seen == list(range(1, count + 1))


def test_events_after_the_head_are_not_looked_at() -> None:
    events = make_events(9)
    events[7].payload = b"{}"

    found = verify(head_of(events[:5]), events)

    assert found.sound
    assert found.position == 5


ALTERATIONS: list[tuple[str, Callable[[Event], object]]] = [
    ("payload", lambda event: setattr(event, "payload", b'{"name":"mallory"}')),
    ("metadata", lambda event: setattr(event, "metadata", b"{}")),
    ("account", lambda event: setattr(event, "account", "111111111111")),
    ("version", lambda event: setattr(event, "version", event.version + 1)),
    ("type", lambda event: setattr(event, "type", "UserDeleted")),
    ("schema_version", lambda event: setattr(event, "schema_version", 2)),
    ("recorded_at", lambda event: setattr(event.recorded_at, "nanos", 0)),
    ("commit_last", lambda event: setattr(event, "commit_last", False)),
    ("digest", lambda event: setattr(event, "digest", bytes(32))),
    ("position", lambda event: setattr(event, "position", 40)),
    ("revision", lambda event: setattr(event, "revision", "identity.ffffffff.4")),
]


@pytest.mark.parametrize("alter", [each[1] for each in ALTERATIONS], ids=[each[0] for each in ALTERATIONS])
@pytest.mark.parametrize("position", [1, 4, 9])
def test_the_first_altered_event_is_found(alter: Callable[[Event], object], position: int) -> None:
    events = make_events(9)
    head = head_of(events)
    alter(events[position - 1])

    found = verify(head, events)

    assert found.broken_at == position
    assert found.problem


def test_a_removed_event_is_found() -> None:
    events = make_events(9)
    head = head_of(events)
    del events[3]

    assert verify(head, events).broken_at == 4


def test_a_removed_end_is_found() -> None:
    events = make_events(9)

    found = verify(head_of(events), events[:7])

    assert found.broken_at == 8
    assert "ends after position 7" in found.problem


def test_events_that_change_places_are_found() -> None:
    events = make_events(9)
    events[4], events[5] = events[5], events[4]

    assert verify(head_of(make_events(9)), events).broken_at == 5


def test_a_history_that_was_written_anew_does_not_arrive_at_the_head() -> None:
    other = make_events(9)
    head = GetHeadResponse(revision=f"identity.{EPOCH}.9", digest=b"\1" * 32)

    found = verify(head, other)

    assert found.broken_at == 9
    assert "head" in found.problem


def test_versions_that_skip_are_found_although_the_digests_chain() -> None:

    events = make_events(4)
    events[3].version = 7
    events[3].digest = digest_after(events[2].digest, record_of(events[3]))

    found = verify(head_of(events), events)

    assert found.broken_at == 4
    assert "version 7" in found.problem


def test_a_head_that_is_none_is_invalid() -> None:
    with pytest.raises(InvalidInput):
        verify(GetHeadResponse(revision="somewhere"), [])


def test_records_behind_a_head_that_was_moved_back_are_found() -> None:
    events = make_events(9)
    moved_back = head_of(events[:7])

    found = verify(moved_back, events, head_now=lambda: moved_back)

    assert not found.sound
    assert "there are records after it" in found.problem


def test_a_log_that_grows_while_it_is_read_is_sound() -> None:
    events = make_events(9)

    found = verify(head_of(events[:7]), events, head_now=lambda: head_of(events))

    assert found.sound
    assert found.position == 7
