"""Appending to the event log on SQLite and PostgreSQL: one after the other, and 32 at a time."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from doorward_eventlog.log import EventLog
from doorward_eventlog.sql import open_log
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent
from doorward_local.ports import free_port
from doorward_local.postgres import postgres_program, postgres_url
from doorward_local.process import Running

from tests.bench.figures import milliseconds, rounds

ROUNDS = 3
ALONE = 300
TOGETHER = 32
EACH = 40
EVENT = NewEvent(type="UserCreated", schema_version=1, payload=b'{"name": "alice", "path": "/"}' * 8)


def run(directory: str) -> None:
    asyncio.run(_measure("SQLite", f"sqlite:///{directory}/log.db"))
    cluster = Path(tempfile.mkdtemp(prefix="doorward-bench-postgres-"))
    cluster.chmod(0o755)
    try:
        port = free_port()
        with Running.start(postgres_program(cluster / "data", port)):
            asyncio.run(_measure("PostgreSQL 18", postgres_url(port)))
    finally:
        shutil.rmtree(cluster)


async def _measure(label: str, url: str) -> None:
    async with open_log(url, "bench") as log:
        alone: list[float] = []
        for version in range(ALONE):
            started = time.perf_counter()
            await log.append(AccountId("100000000000"), version, [EVENT], metadata=b"{}")
            alone.append(time.perf_counter() - started)
        milliseconds(f"{label}, one at a time", alone)
        rates = []
        for number in range(ROUNDS):
            started = time.perf_counter()
            accounts = [AccountId(f"2{number:03}{each:08}") for each in range(TOGETHER)]
            await asyncio.gather(*(_append(log, account) for account in accounts))
            rates.append(TOGETHER * EACH / (time.perf_counter() - started))
        rounds(f"{label}, {TOGETHER} at a time", rates, "commands/s")


async def _append(log: EventLog, account: AccountId) -> None:
    for version in range(EACH):
        await log.append(account, version, [EVENT], metadata=b"{}")
