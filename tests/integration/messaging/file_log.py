"""A log that several processes can read: one file, one line for each commit, written at once.

Run as a program it relays the file `argv[1]` to the NATS at `argv[2]` until it is killed.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, Head, Record
from doorward_messaging import Relay, connect

_TEXT = ("payload", "metadata")


class FileLog:
    """Reads what `append_commit` wrote, also while it is being written."""

    def __init__(self, path: Path, epoch: str) -> None:
        self._path = path
        self._epoch = epoch
        self._records: list[Record] = []
        self._read_to = 0

    async def head(self) -> Head:
        self._catch_up()
        last = self._records[-1] if self._records else None
        return Head(self._epoch, last.position, last.digest) if last else Head(self._epoch, 0, GENESIS)

    async def read(self, after: int, limit: int) -> list[Record]:
        self._catch_up()
        return self._records[after : after + limit]

    async def committed(self, after: int, timeout: float) -> None:
        end = asyncio.get_running_loop().time() + timeout
        while asyncio.get_running_loop().time() < end:
            if (await self.head()).position > after:
                return
            await asyncio.sleep(0.005)

    def _catch_up(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_to += len(line)
                self._records += [_record(fields) for fields in json.loads(line)]


def append_commit(path: Path, records: Sequence[Record]) -> None:
    """Add one commit to the file."""
    with path.open("ab") as file:
        file.write(json.dumps([_fields(record) for record in records]).encode() + b"\n")


def _fields(record: Record) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in Record.__slots__}
    return fields | {name: fields[name].decode() for name in _TEXT} | {"digest": record.digest.hex()}


def _record(fields: dict[str, Any]) -> Record:
    fields |= {name: fields[name].encode() for name in _TEXT}
    fields |= {"account": AccountId(fields["account"]), "digest": bytes.fromhex(fields["digest"])}
    return Record(**fields)


async def _relay(path: Path, url: str, epoch: str) -> None:
    async with connect(url, name="relay") as connection:
        await Relay("identity", FileLog(path, epoch), connection).run()


if __name__ == "__main__":
    asyncio.run(_relay(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
