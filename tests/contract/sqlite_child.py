"""Appends to a log on SQLite until it is killed, and prints what was acknowledged: `<account> <version>`.

With `--early` it prints before it appends: the broken writer that the test must be able to tell from the real one.
"""

import asyncio
import os
import sys

from doorward_eventlog.sql import open_log
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent

APPENDERS = 16


async def main(url: str, *, early: bool) -> None:
    async with open_log(url, "identity") as log:

        async def appender(account: AccountId) -> None:
            version = 0
            while records := await log.read_account(account, version, 1000):
                version = records[-1].version
            event = NewEvent(type="UserCreated", schema_version=1, payload=b'{"name":"ann"}' * 20)
            while True:
                if early:
                    acknowledge(account, version + 2)
                await log.append(account, version, [event, event], metadata=b"{}")
                version += 2
                if not early:
                    acknowledge(account, version)

        await asyncio.gather(*(appender(AccountId(f"{n:012d}")) for n in range(1, APPENDERS + 1)))


def acknowledge(account: AccountId, version: int) -> None:
    os.write(1, f"{account} {version}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], early="--early" in sys.argv))
