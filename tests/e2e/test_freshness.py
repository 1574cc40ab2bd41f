"""An answer is as fresh as the caller asked for."""

import signal
from collections.abc import Callable
from contextlib import suppress

import pytest
from doorward_client import CheckResult
from doorward_kernel.errors import DeadlineExceeded, DoorwardError, RevisionNotReached, Unavailable
from doorward_local.world import LocalDoorward

from tests.e2e.worlds import Tenant, caught_up

ROUNDS = 1000


def stale_answers(tenant: Tenant, rounds: int, ask: Callable[[str], CheckResult]) -> int:
    """Give and take permission in turn; how often `ask`, called with the write's revision, does not answer so."""
    stale = 0
    for number in range(rounds):
        revision = tenant.detach() if number % 2 else tenant.attach()
        stale += ask(revision).allowed is not (number % 2 == 0)
    return stale


def test_no_answer_is_older_than_the_revision_that_the_check_names(someone: Tenant) -> None:
    assert stale_answers(someone, ROUNDS, lambda revision: someone.check(at_least=revision)) == 0


def test_an_answer_names_a_revision_that_is_at_least_the_one_asked_for(someone: Tenant) -> None:
    revision = someone.attach()

    (reached,) = someone.check(at_least=revision).revisions

    assert reached.rpartition(".")[0] == revision.rpartition(".")[0]
    assert int(reached.rpartition(".")[2]) >= int(revision.rpartition(".")[2])


def test_the_latest_is_never_stale(someone: Tenant) -> None:
    def ask(_revision: str) -> CheckResult:
        return someone.client.check(someone.alice, "documents:Read", "*", latest=True)

    assert stale_answers(someone, 50, ask) == 0


def test_stale_answers_are_noticed(world: LocalDoorward, someone: Tenant) -> None:
    """The control: with a NATS that stands still, checks that name no revision must be seen to be stale."""
    someone.check()
    caught_up(someone.client)
    world.process("nats").send(signal.SIGSTOP)
    try:
        stale = stale_answers(someone, 4, lambda _revision: someone.check())
    finally:
        world.process("nats").send(signal.SIGCONT)

    assert stale > 0
    caught_up(someone.client)


def test_with_delivery_at_a_standstill_answers_are_fresh_or_errors(world: LocalDoorward, someone: Tenant) -> None:
    someone.check()
    hurried = Tenant(someone.client.with_options(deadline=1.5), someone.account, someone.policy)
    wrong = 0
    world.process("nats").send(signal.SIGSTOP)
    try:
        for number in range(6):
            revision = someone.detach() if number % 2 else someone.attach()
            with suppress(RevisionNotReached, Unavailable, DeadlineExceeded):
                wrong += hurried.check(at_least=revision).allowed is not (number % 2 == 0)
    finally:
        world.process("nats").send(signal.SIGCONT)

    assert wrong == 0
    caught_up(someone.client)


def test_a_revision_of_another_epoch_or_log_is_refused(someone: Tenant) -> None:
    log, epoch, position = someone.attach().split(".")
    other = "00000000" if epoch != "00000000" else "11111111"

    for revision in (f"{log}.{other}.{position}", f"nowhere.{epoch}.{position}", "gibberish", ""):
        with pytest.raises(DoorwardError) as raised:
            someone.check(at_least=revision)
        assert raised.value.reason != "ServiceFailure"


def test_a_revision_that_is_not_written_yet_is_waited_for_and_then_refused(someone: Tenant) -> None:
    log, epoch, position = someone.attach().split(".")

    with pytest.raises(DoorwardError) as raised:
        someone.client.with_options(deadline=1).check(
            someone.alice, "documents:Read", "*", at_least=f"{log}.{epoch}.{int(position) + 1_000_000}"
        )

    assert raised.value.reason in ("RevisionNotReached", "RequestTimeout")
