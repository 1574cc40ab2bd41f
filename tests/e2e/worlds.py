"""Worlds of users for the end-to-end tests, and questions about them."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from doorward_client import CheckResult, Client, Verification, verify
from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import DoorwardError
from doorward_kernel.revision import Revision
from doorward_local.world import LocalDoorward

ACTION = "documents:Read"
DOCUMENT = "arn:aws:documents:::document/handbook"
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "documents:*", "Resource": "*"}}
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """An account with the user alice and a policy that lets whoever has it read documents."""

    client: Client
    account: str
    policy: str

    @property
    def alice(self) -> str:
        return iam_arn(self.account, "user", "/", "alice")

    def attach(self) -> str:
        return self.client.identity.attach_user_policy(user_name="alice", policy_arn=self.policy).revision

    def detach(self) -> str:
        return self.client.identity.detach_user_policy(user_name="alice", policy_arn=self.policy).revision

    def check(self, at_least: str | None = None) -> CheckResult:
        return self.client.check(self.alice, ACTION, DOCUMENT, at_least=at_least)


@contextmanager
def tenant(world: LocalDoorward) -> Iterator[Tenant]:
    """A new account, so that tests that share a run do not meet."""
    account = f"{random.SystemRandom().randrange(10**11, 10**12)}"
    with world.client() as operator:
        operator.identity.create_account(account_name="tenant", account_id=account)
        client = operator.with_options(account=account, reason="end-to-end test")
        client.identity.create_user(user_name="alice")
        created = client.identity.create_policy(policy_name="read", policy_document=ALLOW)
        yield Tenant(client, account, created.policy.arn)


def verified(client: Client) -> Verification:
    """Whether the log's chain is sound, now."""
    return verify(client.log.get_head(), client.events())


def caught_up(client: Client, seconds: float = 30.0) -> None:
    """Wait until the replica holds everything that the log holds now."""
    head = Revision.parse(client.log.get_head().revision).position
    deadline = time.monotonic() + seconds
    while (reached := Revision.parse(client.replica.get_replica_status().revision).position) < head:
        assert time.monotonic() < deadline, f"the replica is at {reached}, the log at {head}, after {seconds} s"
        time.sleep(0.05)


@dataclass
class Load:
    """What threads that create users were told: acknowledged names with their revisions, names without an answer."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, DoorwardError] = field(default_factory=dict)

    def wait_for(self, more: int, seconds: float = 30.0) -> None:
        """Wait until so many more users were acknowledged."""
        wanted = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= wanted, seconds)


@contextmanager
def writing(client: Client, prefix: str, threads: int = 3) -> Iterator[Load]:
    """Create users in the background during the block."""
    load, stopped = Load(), threading.Event()

    def write(thread: int) -> None:
        impatient = client.with_options(deadline=5)
        number = 0
        while not stopped.is_set():
            name = f"{prefix}-{thread}-{number}"
            number += 1
            try:
                load.acknowledged[name] = impatient.identity.create_user(user_name=name).revision
            except DoorwardError as error:
                load.unanswered[name] = error
                stopped.wait(0.02)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
    for writer in writers:
        writer.start()
    try:
        yield load
    finally:
        stopped.set()
        for writer in writers:
            writer.join()


def user_names(client: Client) -> set[str]:
    """Every user of the account."""
    return {user.user_name for page in client.pages(client.identity.list_users, max_items=1000) for user in page.users}


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it did not come to pass within {seconds} s"
        time.sleep(0.02)
