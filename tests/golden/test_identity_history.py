"""A stored log of every type and version of events comes to the same state for good."""

import json

import pytest
from doorward_directory.codec import TYPES

from tests.golden.identity_history import HISTORIES, folded, plain, state_file, stored


@pytest.mark.parametrize("history", HISTORIES)
def test_the_stored_history_comes_to_the_stored_state(history: str) -> None:
    expected = json.loads(state_file(history).read_text("utf-8"))

    assert within(expected, plain(folded(history))) == []


def test_every_version_of_every_event_is_in_a_history() -> None:
    found = {(event["type"], event["schema_version"]) for history in HISTORIES for event in stored(history)}

    assert found == {(name, each) for name, (version, _) in TYPES.items() for each in range(1, version + 1)}


def within(expected: object, found: object, path: str = "") -> list[str]:
    """Where `found` differs from what is expected; fields that came later are nobody's business."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            difference
            for key, value in expected.items()
            for difference in (
                within(value, found[key], f"{path}/{key}") if key in found else [f"{path}/{key} is missing"]
            )
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [each for place, (one, other) in pairs for each in within(one, other, f"{path}/{place}")]
    return [] if expected == found else [f"{path}: {expected!r} became {found!r}"]


def test_a_difference_is_noticed() -> None:
    state = plain(folded("identity"))
    assert isinstance(state, dict)

    assert within(state, {**state, "name": "other"}) == ["/name: 'Example' became 'other'"]
    assert within({"gone": 1}, {}) == ["/gone is missing"]
    assert within([{"a": 1}], [{"a": 2, "b": 3}]) == ["/0/a: 1 became 2"]
