"""Markers of lists that read the past: each fits the question and the epoch that it was made for, and no other."""

import json
from hashlib import sha256
from typing import Any

from doorward_kernel.errors import InvalidInput
from doorward_kernel.paging import NOT_A_MARKER, read_marker, write_marker

_MOST_MARKER = 4096
"""Enough for an ARN, the longest key of what an account holds."""


def asked(*question: object) -> str:
    """A short name of a question: equal ones have the same when their `repr` is, in any process."""
    return sha256(repr(question).encode()).hexdigest()[:16]


def write_bound_marker(epoch: str, question: str, *fields: object) -> str:
    """A marker that holds `fields`, which JSON can write."""
    return write_marker(json.dumps([epoch, question, *fields], separators=(",", ":")))


def read_bound_marker(marker: str, epoch: str, question: str) -> list[Any]:
    """The fields in a marker, which may be anything. Raises InvalidInput when it is none, or one of another list."""
    fields: list[Any]
    try:
        found_epoch, found_question, *fields = json.loads(read_marker(marker, _MOST_MARKER))
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput(NOT_A_MARKER) from None
    if found_epoch != epoch:
        raise InvalidInput("`marker` is of another epoch: the log was restored from a backup; begin the list anew")
    if found_question != question:
        raise InvalidInput("`marker` is of another list: what is asked for, and the account, must be the same")
    return fields


def is_version(value: object) -> bool:
    """Whether a field of a marker can be a version of an account."""
    return type(value) is int and 0 <= value < 2**63 - 1
