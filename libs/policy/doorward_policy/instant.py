"""Moments in time as policies write them: W3C ISO 8601 or seconds since 1970."""

import re
from calendar import monthrange
from functools import lru_cache

_LAST_EPOCH_SECOND = 2**63 - 1
_FIRST_YEAR, _LAST_YEAR = -292_275_054, 292_278_993
_SECOND = 10**9

_ISO_8601 = re.compile(
    r"(?P<year>-?\d{1,9})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
    r"(?:[Tt](?:(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,9}))?)?)?)?"
    r"(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{1,3}|\d{5,19}", re.ASCII)
"""Digits alone are seconds; only four of them are a year."""

_LONGEST = 41
"""In characters, for what has all parts at their longest."""


def parse_instant(text: str) -> int | None:
    """Nanoseconds since 1970 UTC, negative before; None when `text` is no such moment.

    Without a zone it is UTC. What is missing at the end counts as its first value: `2024` is New Year's midnight.
    """
    return _read(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=1_024)
def _read(text: str) -> int | None:
    """Remembered, as many requests come in one second."""
    if _EPOCH.fullmatch(text):
        seconds = int(text)
        return seconds * _SECOND if seconds <= _LAST_EPOCH_SECOND else None
    match = _ISO_8601.fullmatch(text)
    if match is None:
        return None
    year = int(match["year"])
    month, day = int(match["month"] or 1), int(match["day"] or 1)
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12 and 1 <= day <= _days(year, month)):
        return None
    offset = _offset(match["zone"])
    if hour > 23 or minute > 59 or second > 59 or offset is None:
        return None
    seconds = ((_day_number(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + second
    return seconds * _SECOND + int((match["fraction"] or "0").ljust(9, "0"))


def _offset(zone: str | None) -> int | None:
    """Minutes east of UTC."""
    if zone is None or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 23 or minutes > 59:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)


def _days(year: int, month: int) -> int:
    """Days in a month; the Gregorian calendar repeats every 400 years."""
    return monthrange(2000 + year % 400, month)[1]


def _day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar, extended to all years."""
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    before = year * 365 + year // 4 - year // 100 + year // 400
    return before + (153 * month + 2) // 5 + day - 1 - 719_468
