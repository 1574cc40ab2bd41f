"""Events as they are stored."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import pytest
from doorward_directory.codec import TYPES, UndecodableEvent, decode, encode, upcast
from doorward_directory.events import Event
from doorward_directory.users import UserCreated
from doorward_kernel.ids import UniqueId

from tests.unit.directory.world import START

SAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "event_samples.json").read_text())
"""One stored sample of every version of every event. Add to it; never change what is in it."""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['type']}-{sample['schema_version']}")
def test_a_stored_sample_is_read_and_a_current_one_is_written_identically(sample: dict[str, Any]) -> None:
    name, version, payload = sample["type"], sample["schema_version"], sample["payload"].encode()
    current, event_class = TYPES[name]

    event = decode(name, version, payload)

    assert type(event) is event_class
    if version == current:
        encoded = encode(event)
        assert (encoded.type, encoded.schema_version, encoded.payload) == (name, version, payload)


def test_every_version_of_every_event_has_a_sample() -> None:
    declared = {(name, number) for name, (current, _) in TYPES.items() for number in range(1, current + 1)}

    assert {(sample["type"], sample["schema_version"]) for sample in SAMPLES} == declared


def test_every_event_has_a_declared_name() -> None:
    assert {event for _, event in TYPES.values()} == set(get_args(Event))


def test_every_old_version_has_a_way_to_the_next() -> None:
    from doorward_directory.codec import UPCASTERS  # noqa: PLC0415 -- beside what it is compared with

    old = {(name, number) for name, (current, _) in TYPES.items() for number in range(1, current)}

    assert set(UPCASTERS) == old


def test_the_payload_is_canonical_json() -> None:
    event = UserCreated(user_id=UniqueId("AIDA"), name="ä", path="/", created_at=START)

    assert encode(event).payload == (
        b'{"created_at":"2026-01-02T03:04:05.678901Z","name":"\\u00e4","path":"/","user_id":"AIDA"}'
    )


def test_times_are_stored_in_utc() -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    event = UserCreated(user_id=UniqueId("AIDA"), name="a", path="/", created_at=elsewhere)

    stored = encode(event)

    decoded = decode(stored.type, stored.schema_version, stored.payload)
    assert decoded == event
    assert b"03:04:05.678901Z" in stored.payload


def test_a_time_without_a_zone_is_not_stored() -> None:
    event = UserCreated(
        user_id=UniqueId("AIDA"),
        name="a",
        path="/",
        created_at=datetime(2026, 1, 1),  # noqa: DTZ001
    )

    with pytest.raises(ValueError, match="no time zone"):
        encode(event)


@pytest.mark.parametrize(
    ("type", "version", "payload"),
    [
        ("UserTeleported", 1, b"{}"),
        ("UserDeleted", 0, b'{"user_id":"AIDA"}'),
        ("UserDeleted", 99, b'{"user_id":"AIDA"}'),
        ("UserDeleted", 1, b"{}"),
        ("UserDeleted", 1, b'{"user_id":7}'),
        ("UserDeleted", 1, b'{"user_id":"AIDA","reason":"x"}'),
        ("UserDeleted", 1, b'{"reason":"AIDA"}'),
        ("UserDeleted", 1, b'["AIDA"]'),
        ("UserDeleted", 1, b"not JSON"),
        ("UserDeleted", 1, b"\xff"),
        ("UserDeleted", 1, b"[" * 100_000),
        ("DefaultPolicyVersionSet", 1, b'{"policy_id":"ANPA","version":true}'),
        ("DefaultPolicyVersionSet", 1, b'{"policy_id":"ANPA","version":1.0}'),
        ("AccountCreated", 1, b'{"account_id":"1","name":"x","created_at":"2026-01-01T00:00:00"}'),
        ("AccountCreated", 1, b'{"account_id":"1","name":"x","created_at":"yesterdayZ"}'),
    ],
)
def test_what_is_not_a_known_event_is_refused(type: str, version: int, payload: bytes) -> None:
    with pytest.raises(UndecodableEvent):
        decode(type, version, payload)


def test_old_fields_are_brought_up_one_version_at_a_time() -> None:
    upcasters = {
        ("Thing", 1): lambda fields: {"full_name": fields["name"]},
        ("Thing", 2): lambda fields: {**fields, "path": "/"},
    }

    assert upcast("Thing", 1, 3, {"name": "a"}, upcasters) == {"full_name": "a", "path": "/"}
    assert upcast("Thing", 2, 3, {"full_name": "a"}, upcasters) == {"full_name": "a", "path": "/"}
    assert upcast("Thing", 3, 3, {"full_name": "a"}, upcasters) == {"full_name": "a"}
    with pytest.raises(UndecodableEvent, match="unknown schema version 4"):
        upcast("Thing", 4, 3, {}, upcasters)
