"""A writer on SQLite that is killed in the middle of its work has lost nothing that it acknowledged."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from doorward_eventlog.verification import verify

if TYPE_CHECKING:
    from tests.contract.conftest import SqlStore

ROUNDS = 3
ACKNOWLEDGED_PER_ROUND = 300


async def test_kill_9_loses_nothing_that_was_acknowledged(sqlite_store: SqlStore) -> None:
    acknowledged: set[tuple[str, int]] = set()

    for _ in range(ROUNDS):
        acknowledged |= await asyncio.to_thread(run_and_kill, sqlite_store.url)
        assert await lost(sqlite_store, acknowledged) == set()

    assert len(acknowledged) >= ROUNDS * ACKNOWLEDGED_PER_ROUND


async def test_a_writer_that_acknowledges_too_early_is_caught(sqlite_store: SqlStore) -> None:
    acknowledged = await asyncio.to_thread(run_and_kill, sqlite_store.url, "--early")

    assert await lost(sqlite_store, acknowledged) != set()


def run_and_kill(url: str, *options: str) -> set[tuple[str, int]]:
    """Let a child append for a while, kill it, and return what it had acknowledged: accounts and versions."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "sqlite_child.py"), url, *options], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child:
        lines = [child.stdout.readline() for _ in range(ACKNOWLEDGED_PER_ROUND)]
        child.kill()
        lines += child.stdout.read().splitlines()
    assert lines[ACKNOWLEDGED_PER_ROUND - 1] != b"", "the child ended by itself"
    return {(account, int(version)) for account, version in (line.decode().split() for line in lines)}


async def lost(store: SqlStore, acknowledged: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """What is not in the log, which is whole in itself."""
    async with store.open() as log:
        await verify(log)
    stored = store.execute("SELECT account, version FROM events")
    return acknowledged - set(stored)
