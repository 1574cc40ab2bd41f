"""Whoever changes history behind Doorward's back is found out by `verify`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.verification import verify
from doorward_kernel.ids import AccountId
from doorward_kernel.record import BrokenChain, NewEvent

if TYPE_CHECKING:
    from doorward_eventlog.sql import SqlEventLog

    from tests.contract.conftest import SqlStore

A, B = AccountId("000000000001"), AccountId("000000000002")


@pytest.fixture
async def history(sql_log: SqlEventLog) -> SqlEventLog:
    """Positions 1 to 8; commits end at 1, 3, 4, 6, 7 and 8."""
    for account, version, count in ((A, 0, 1), (A, 1, 2), (B, 0, 1), (A, 3, 2), (B, 1, 1), (A, 5, 1)):
        events = [NewEvent(type="UserCreated", schema_version=1, payload=b'{"name":"ann"}')] * count
        await sql_log.append(account, version, events, metadata=b'{"actor":"root"}')
    assert (await verify(sql_log)).commits == 6
    return sql_log


def flipped(value: object) -> object:
    """The same value but for one bit."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 1)
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
    raise AssertionError(value)


@pytest.mark.parametrize("position", [2, 8])
@pytest.mark.parametrize(
    "column", ["type", "schema_version", "payload", "metadata", "recorded_at", "commit_last", "digest"]
)
async def test_one_bit_of_one_column(history: SqlEventLog, sql_store: SqlStore, column: str, position: int) -> None:
    [(value,)] = sql_store.execute(f"SELECT {column} FROM events WHERE position = ?", position)  # noqa: S608
    sql_store.execute(f"UPDATE events SET {column} = ? WHERE position = ?", flipped(value), position)  # noqa: S608

    with pytest.raises(BrokenChain, match=f"position {position} was altered"):
        await verify(history)

    sql_store.execute(f"UPDATE events SET {column} = ? WHERE position = ?", value, position)  # noqa: S608
    await verify(history)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE events SET account = '000000000009' WHERE position = 4", "position 4 was altered"),
        ("UPDATE events SET account = '000000000009' WHERE position = 8", "position 8 was altered"),
        ("UPDATE events SET version = 9 WHERE position = 8", "position 8 was altered"),
        ("UPDATE events SET version = -1 WHERE position = 1", "impossible value"),
        ("UPDATE events SET position = 9 WHERE position = 8", "expected position 8, found 9"),
        ("DELETE FROM events WHERE position = 1", "expected position 1, found 2"),
        ("DELETE FROM events WHERE position = 5", "expected position 5, found 6"),
        ("DELETE FROM events WHERE position = 8", "position 8 is missing, the head is at 8"),
        ("DELETE FROM events", "position 1 is missing, the head is at 8"),
        ("UPDATE log_head SET position = 9", "position 9 is missing, the head is at 9"),
        ("UPDATE log_head SET position = 7", "the head is at position 7"),
        ("UPDATE log_head SET position = 0", "digest of the head is not that of position 0"),
        ("UPDATE log_head SET digest = (SELECT digest FROM events WHERE position = 7)", "digest of the head"),
        ("UPDATE events SET payload = metadata, metadata = payload WHERE position = 3", "position 3 was altered"),
    ],
)
async def test_other_changes(history: SqlEventLog, sql_store: SqlStore, change: str, found: str) -> None:
    sql_store.execute(change)

    with pytest.raises(BrokenChain, match=found):
        await verify(history)


async def test_a_record_put_behind_the_head(history: SqlEventLog, sql_store: SqlStore) -> None:
    sql_store.execute(
        "INSERT INTO events SELECT 9, account, 7, type, 1, payload, metadata, recorded_at, commit_last, digest"
        " FROM events WHERE position = 8"
    )

    with pytest.raises(BrokenChain, match="position 9 was altered"):
        await verify(history)


async def test_appends_after_tampering_do_not_hide_it(history: SqlEventLog, sql_store: SqlStore) -> None:
    sql_store.execute("DELETE FROM events WHERE position = 8")

    await asyncio.gather(
        history.append(A, 5, [NewEvent(type="UserDeleted", schema_version=1, payload=b"{}")], metadata=b"")
    )

    with pytest.raises(BrokenChain, match="expected position 8, found 9"):
        await verify(history)
