"""Events of the credential log as they are stored."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from doorward_kernel.event_codec import UndecodableEvent
from doorward_keyring.access_keys import AccessKeyStatus, AccessKeyStatusSet
from doorward_keyring.codec import TYPES, UPCASTERS, decode, encode
from doorward_keyring.events import FOLDS, Event
from doorward_keyring.password_policy import PasswordPolicySet

SAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "event_samples.json").read_text())
"""Stored samples of every version of every event. Add to them; never change what is in them."""

SET_STATUS = b'{"access_key_id":"AKIA","status":"Inactive"}'


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


def test_every_event_has_a_declared_name_and_changes_the_state() -> None:
    assert {event for _, event in TYPES.values()} == set(get_args(Event)) == set(FOLDS)


def test_every_old_version_has_a_way_to_the_next() -> None:
    old = {(name, number) for name, (current, _) in TYPES.items() for number in range(1, current)}

    assert set(UPCASTERS) == old


def test_no_event_has_a_field_for_a_secret() -> None:
    names = {field.name for _, event in TYPES.values() for field in fields(event)}

    assert not {name for name in names if name in ("password", "secret", "seed", "digest", "phone_number", "code")}


def test_a_status_is_stored_as_aws_writes_it() -> None:
    event = AccessKeyStatusSet(access_key_id="AKIA", status=AccessKeyStatus.INACTIVE)

    assert encode(event).payload == SET_STATUS
    assert decode("AccessKeyStatusSet", 1, SET_STATUS) == event


def test_what_a_policy_does_not_limit_is_stored_as_null() -> None:
    event = PasswordPolicySet(
        minimum_password_length=6,
        require_symbols=False,
        require_numbers=False,
        require_uppercase_characters=False,
        require_lowercase_characters=False,
        allow_users_to_change_password=True,
        max_password_age=None,
        password_reuse_prevention=24,
        hard_expiry=False,
    )

    payload = encode(event).payload

    assert b'"max_password_age":null,"minimum_password_length":6,"password_reuse_prevention":24' in payload
    assert decode("PasswordPolicySet", 1, payload) == event


@pytest.mark.parametrize(
    ("type", "version", "payload"),
    [
        ("AccessKeyLost", 1, SET_STATUS),
        ("AccessKeyStatusSet", 0, SET_STATUS),
        ("AccessKeyStatusSet", 99, SET_STATUS),
        ("AccessKeyStatusSet", 1, b"{}"),
        ("AccessKeyStatusSet", 1, b'["AKIA"]'),
        ("AccessKeyStatusSet", 1, b"not JSON"),
        ("AccessKeyStatusSet", 1, b'{"access_key_id":"AKIA","status":"inactive"}'),
        ("AccessKeyStatusSet", 1, b'{"access_key_id":"AKIA","status":7}'),
        ("AccessKeyStatusSet", 1, b'{"access_key_id":"AKIA","state":"Inactive"}'),
        ("PasswordResetSet", 1, b'{"principal_id":"AIDA","reset_required":1}'),
        ("PasswordResetSet", 1, b'{"principal_id":"AIDA","reset_required":"true"}'),
        ("RecoveryCodesMade", 1, b'{"batch_id":"b","codes":true,"made_at":"2026-01-01T00:00:00Z","principal_id":"A"}'),
        ("SessionsRevoked", 1, b'{"before":"2026-01-01T00:00:00","principal_id":"AIDA"}'),
        ("SessionsRevoked", 1, b'{"before":1767225600,"principal_id":"AIDA"}'),
        ("PasswordPolicyDeleted", 1, b'{"by":"AIDA"}'),
    ],
)
def test_what_is_not_a_known_event_is_refused(type: str, version: int, payload: bytes) -> None:
    with pytest.raises(UndecodableEvent):
        decode(type, version, payload)
