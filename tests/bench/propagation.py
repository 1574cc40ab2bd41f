"""From an acknowledged write to the first check that answers by it, without naming a revision."""

import time
from pathlib import Path

from doorward_local.world import LocalDoorward

from tests.bench.figures import milliseconds
from tests.bench.worlds import ALICE, READ, REPORT, make_alice

WRITES = 500
GIVE_UP_SECONDS = 10.0


def run(directory: str) -> None:
    with LocalDoorward(Path(directory), account="123456789012") as world, world.client() as client:
        policy = make_alice(client)
        enforced, acknowledged = [], []
        for number in range(WRITES):
            allow = number % 2 == 0
            change = client.identity.attach_user_policy if allow else client.identity.detach_user_policy
            asked = time.perf_counter()
            change(user_name="alice", policy_arn=policy)
            written = time.perf_counter()
            while client.check(ALICE, READ, REPORT).allowed != allow:
                if time.perf_counter() - written > GIVE_UP_SECONDS:
                    raise TimeoutError(f"write {number} was not enforced within {GIVE_UP_SECONDS:g} s")
            enforced.append(time.perf_counter() - written)
            acknowledged.append(written - asked)
        milliseconds("write asked → acknowledged", acknowledged)
        milliseconds("write acknowledged → enforced, a check's own time included", enforced)
