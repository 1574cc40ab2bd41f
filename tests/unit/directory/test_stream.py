"""Folding the records of a log."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from doorward_directory.codec import encode
from doorward_directory.stream import BrokenStream, fold_records
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Record

from tests.unit.directory.world import ACCOUNT, World


def a_world() -> World:
    world = World()
    world.create_user("alice")
    world.create_group("admins", "alice")
    world.create_policy("read")
    world.attach("read", group="admins")
    return world


def records_of(world: World) -> list[Record]:
    """As a log holds them in which other accounts have events, too: only every third position is ours."""
    encoded = map(encode, world.events)
    return [
        Record(
            position=3 * version,
            account=ACCOUNT,
            version=version,
            type=event.type,
            schema_version=event.schema_version,
            payload=event.payload,
            metadata=b"{}",
            recorded_at=0,
            commit_last=True,
            digest=b"",
        )
        for version, event in enumerate(encoded, 1)
    ]


def test_the_fold_of_the_records_is_the_state_with_its_version_and_position() -> None:
    world = a_world()

    account = fold_records(None, records_of(world))

    assert account == replace(world.state, version=6, position=18)


def test_a_fold_goes_on_where_another_ended() -> None:
    records = records_of(a_world())

    halfway = fold_records(None, records[:3])

    assert halfway is not None
    assert (halfway.version, halfway.position) == (3, 9)
    assert fold_records(halfway, records[3:]) == fold_records(None, records)


def test_no_records_change_nothing() -> None:
    world = a_world()

    assert fold_records(None, []) is None
    assert fold_records(world.account, []) == world.account


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda records: records[1:], "position 6: expected version 1 of account `123456789012`, found 2"),
        (lambda records: [*records[:2], *records[3:]], "position 12: expected version 3"),
        (lambda records: [*records, records[-1]], "position 18: expected version 7"),
        (
            lambda records: [*records[:3], replace(records[3], position=9)],
            "position 9 comes after position 9",
        ),
        (
            lambda records: [*records[:3], replace(records[3], account=AccountId("999999999999"))],
            "position 12 belongs to account `999999999999`, not to `123456789012`",
        ),
        (
            lambda records: [*records[:3], replace(records[3], type="UserTeleported")],
            "position 12: unknown event type `UserTeleported`",
        ),
        (
            lambda records: [*records[:1], replace(records[3], version=2)],
            "position 12: UserAddedToGroup names",
        ),
    ],
)
def test_a_broken_stream_is_refused_at_its_position(
    spoil: Callable[[list[Record]], list[Record]], message: str
) -> None:
    records = spoil(records_of(a_world()))

    with pytest.raises(BrokenStream) as refused:
        fold_records(None, records)

    assert refused.value.args[0].startswith(message)
