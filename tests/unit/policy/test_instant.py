"""Moments in time as policies write them."""

from datetime import UTC, datetime

import pytest
from doorward_policy.instant import parse_instant


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-02-29T23:59", datetime(2024, 2, 29, 23, 59, tzinfo=UTC)),
        ("2024-05-01t02:00:00+02:00", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-04-30T22:30:00-0130", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2016-12-13t2:00:00.593194+23", datetime(2016, 12, 12, 3, 0, 0, 593194, tzinfo=UTC)),
        ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
        ("1900-03-01", datetime(1900, 3, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)

    assert parse_instant(text) == ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


def test_nanoseconds_and_the_ends_of_time_are_kept_apart() -> None:
    moments = ["-292275054", "-0001", "01T", "1969-12-31T23:59:59.999999999Z", "1970-01-01", "292278993-12-31"]

    instants = [parse_instant(moment) for moment in moments]

    assert None not in instants
    assert sorted(instants, key=lambda instant: instant or 0) == instants
    assert instants[3] == -1


@pytest.mark.parametrize(
    "text",
    [
        *("", "T", "abc", "2024-13", "2024-00", "2023-02-29", "2024-04-31", "2024-05-01T24:00", "2024-05-01T23:60"),
        *("2024-05-01T23:59:60", "2024-05-01T00:00:00.", "2024-05-01T00:00:00.1234567890", "2024-05-01T00:00+1"),
        *("2024-05-01T00:00+24:00", "2024-05-01T00:00+10:60", "-292275055", "292278994-01", "9223372036854775808"),
        *("-5000000000", "2024-05-01 00:00", "2024-05-01Z", "١٢٣٤", "1.5", "2024\n"),
    ],
)
def test_anything_else_is_no_moment(text: str) -> None:
    assert parse_instant(text) is None
