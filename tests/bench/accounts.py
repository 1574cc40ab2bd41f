"""Large accounts: what a write costs, how long one takes to load, and what it needs in memory.

Two accounts: one at AWS's quotas, with 5,000 users, 300 groups, 1,000 roles and 1,500 policies, and one with 100,000
users in 1,000 groups. Loading, without and with a snapshot, and memory are measured in a process of its own.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count, islice

from doorward_directory.account import Account, AccountCreated
from doorward_directory.attachments import UserPolicyAttached
from doorward_directory.codec import encode
from doorward_directory.events import Event
from doorward_directory.groups import GroupCreated
from doorward_directory.membership import UserAddedToGroup
from doorward_directory.policies import PolicyCreated
from doorward_directory.quotas import Quotas
from doorward_directory.roles import RoleCreated
from doorward_directory.snapshot import FORMAT
from doorward_directory.users import CreateUser, UserCreated
from doorward_eventlog.log import EventLog
from doorward_eventlog.sql import open_log
from doorward_identity.application.accounts import Accounts
from doorward_kernel.ids import GROUP_PREFIX, POLICY_PREFIX, ROLE_PREFIX, USER_PREFIX, AccountId, UniqueId, unique_id
from doorward_runtime.collector import spare_the_collector
from immutables import Map

from tests.bench.figures import milliseconds, rounds

USUAL, LARGE = AccountId("111111111111"), AccountId("222222222222")
WRITES = 500
LOADS = 3
COMMIT = 1_000
START = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
QUOTAS = Quotas(users=1_000_000)


def run(directory: str) -> None:
    spare_the_collector()  # as the service does
    url = f"sqlite:///{directory}/identity.db"
    asyncio.run(_fill(url))
    for label, account in (("5,000 users", USUAL), ("100,000 users", LARGE)):
        _report(
            f"{label}: folded from {{events:,.0f}} events, no snapshot", [_loaded(url, account) for _ in range(LOADS)]
        )
        asyncio.run(_write(label, url, account))
        loads = [_loaded(url, account) for _ in range(LOADS)]
        _report(f"{label}: loaded from a snapshot and {{later:,.0f}} later events", loads)
        rounds(f"{label}: memory of the account", [each["bytes"] / 2**20 for each in loads], "MiB", 1)
        rounds(f"{label}: memory for each user", [each["bytes"] / each["users"] for each in loads], "bytes")


def _report(label: str, loads: list[dict[str, float]]) -> None:
    rounds(label.format(**loads[0]), [each["seconds"] for each in loads], "s", 2)


# --- what there is ---


async def _fill(url: str) -> None:
    async with open_log(url, "identity") as log:
        await _append(log, USUAL, _events(USUAL, users=5_000, groups=300, roles=1_000, policies=1_500))
        await _append(log, LARGE, _events(LARGE, users=100_000, groups=1_000, roles=0, policies=100))


async def _append(log: EventLog, account: AccountId, events: Iterable[Event]) -> None:
    version, rest = 0, iter(events)
    while commit := [encode(event) for event in islice(rest, COMMIT)]:
        await log.append(account, version, commit, metadata=b"{}")
        version += len(commit)


def _events(account: AccountId, *, users: int, groups: int, roles: int, policies: int) -> Iterator[Event]:
    yield AccountCreated(account_id=account, name="large", created_at=START)
    for number in range(policies):
        yield PolicyCreated(
            policy_id=_id(POLICY_PREFIX, number),
            name=f"policy-{number}",
            path="/",
            description="",
            document=DOCUMENT,
            created_at=START,
        )
    for number in range(groups):
        yield GroupCreated(group_id=_id(GROUP_PREFIX, number), name=f"group-{number}", path="/", created_at=START)
    for number in range(roles):
        yield RoleCreated(
            role_id=_id(ROLE_PREFIX, number),
            name=f"role-{number}",
            path="/",
            description="",
            max_session_seconds=3600,
            trust_policy=TRUST,
            principals=Map(),
            created_at=START,
        )
    for number in range(users):
        user_id = _id(USER_PREFIX, number)
        yield UserCreated(user_id=user_id, name=f"user-{number}", path="/", created_at=START)
        yield UserAddedToGroup(user_id=user_id, group_id=_id(GROUP_PREFIX, number % groups))
        yield UserPolicyAttached(user_id=user_id, policy_id=_id(POLICY_PREFIX, number % policies))


def _id(prefix: str, number: int) -> UniqueId:
    return unique_id(prefix, (number << 3).to_bytes(11))


# --- what it costs ---


async def _write(label: str, url: str, account: AccountId) -> None:
    """Writes one after the other to an account that is in memory; leaves a snapshot behind."""
    async with open_log(url, "identity") as log:
        accounts = Accounts(log, epoch=(await log.head()).epoch, quotas=QUOTAS)
        loaded = await accounts.get(account)
        await accounts.close()  # a snapshot was due, as the account was folded from its events
        numbers = count(10**9)
        milliseconds(
            f"{label}: a write, committed to SQLite", [await _create(accounts, account, numbers) for _ in range(WRITES)]
        )
        meanwhile, snapshot = [], asyncio.ensure_future(accounts.save_snapshot(loaded))
        while not snapshot.done():
            meanwhile.append(await _create(accounts, account, numbers))
        milliseconds(f"{label}: the same while a snapshot is written", meanwhile)
        await accounts.close()


async def _create(accounts: Accounts, account: AccountId, numbers: Iterator[int]) -> float:
    """Seconds that it takes to create another user."""
    number = next(numbers)
    command = CreateUser(
        user_id=_id(USER_PREFIX, number),
        user_name=f"new-{number}",
        path="/",
        permissions_boundary=None,
        tags=(),
        created_at=START,
    )
    started = time.perf_counter()
    await accounts.execute(account, command, b"{}")
    return time.perf_counter() - started


def _loaded(url: str, account: AccountId) -> dict[str, float]:
    """Seconds, bytes and users of a load in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.accounts", url, account], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def _load(url: str, account: AccountId) -> dict[str, float]:
    async with open_log(url, "identity") as log:
        accounts = _Unsaving(log, epoch=(await log.head()).epoch, quotas=QUOTAS)
        snapshot = await log.load_snapshot(account, FORMAT)
        version = snapshot.version if snapshot else 0
        del snapshot
        before, started = _resident(), time.perf_counter()
        loaded = await accounts.get(account)
        seconds = time.perf_counter() - started
        return {
            "seconds": seconds,
            "bytes": _resident() - before,
            "users": len(loaded.users),
            "events": loaded.version,
            "later": loaded.version - version,
        }


class _Unsaving(Accounts):
    """Leaves no snapshot behind, so that the next one has to fold the events, too."""

    async def save_snapshot(self, account: Account) -> None: ...


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - this is no file of ours
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    spare_the_collector()
    print(json.dumps(asyncio.run(_load(sys.argv[1], AccountId(sys.argv[2])))))
