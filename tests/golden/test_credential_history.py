"""A stored credential log of every type and version of events comes to the same state for good."""

import json

from doorward_keyring.codec import TYPES, decode, encode

from tests.golden.credential_history import STATE, folded, states, stored
from tests.golden.test_identity_history import within


def test_the_stored_history_comes_to_the_stored_states() -> None:
    assert within(json.loads(STATE.read_text("utf-8")), states()) == []


def test_every_version_of_every_event_is_in_the_history() -> None:
    found = {(event["type"], event["schema_version"]) for event in stored()}

    assert found == {(name, each) for name, (version, _) in TYPES.items() for each in range(1, version + 1)}


def test_each_current_event_is_written_as_it_is_stored() -> None:
    for event in stored():
        current, kind = TYPES[event["type"]]
        decoded = decode(event["type"], event["schema_version"], event["payload"].encode())
        assert type(decoded) is kind
        if event["schema_version"] == current:
            assert encode(decoded).payload.decode() == event["payload"]


def test_nothing_in_the_history_is_a_secret() -> None:
    text = json.dumps(stored()).lower()

    assert not any(word in text for word in ("secret_access_key", "seed", "argon2", "phone_number", "+1555"))


def test_a_difference_is_noticed() -> None:
    assert folded(-1) != folded()
    assert within(states()[0], states()[1]) != []
