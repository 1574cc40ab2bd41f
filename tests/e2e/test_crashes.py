"""Components are killed under load: nothing acknowledged is lost, no answer is wrong."""

import os
import signal
import time

import pytest
from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import DoorwardError
from doorward_kernel.revision import Revision
from doorward_local.world import LocalDoorward

from tests.e2e.worlds import DOCUMENT, Tenant, caught_up, tenant, until, user_names, verified, writing

ROUNDS = 10 if os.environ.get("DOORWARD_SOAK") == "1" else 3


def test_no_acknowledged_write_is_lost_when_identity_is_killed(world: LocalDoorward, someone: Tenant) -> None:
    with writing(someone.client, "load") as load:
        for _ in range(ROUNDS):
            load.wait_for(40)
            killed = world.process("identity")
            killed.kill()
            until(lambda: world.process("identity").pid != killed.pid, 20)  # noqa: B023 - used at once
            world.wait_ready("identity")
        load.wait_for(40)

    there = user_names(someone.client)
    assert set(load.acknowledged) - there == set()
    assert there - set(load.acknowledged) - set(load.unanswered) == {"alice"}
    assert {error.reason for error in load.unanswered.values()} <= {"ServiceUnavailable", "RequestTimeout"}
    assert verified(someone.client).sound
    caught_up(someone.client)
    assert someone.check(at_least=someone.attach()).allowed


def test_acknowledged_revisions_are_those_of_the_events(someone: Tenant) -> None:
    with writing(someone.client, "load") as load:
        load.wait_for(30)

    events = {event.revision: event for event in someone.client.events(account=someone.account)}
    for name, revision in load.acknowledged.items():
        assert events[revision].type == "UserCreated"
        assert f'"{name}"'.encode() in events[revision].payload


def test_without_nats_writes_and_decisions_go_on_and_the_replica_catches_up(
    world: LocalDoorward, someone: Tenant
) -> None:
    someone.check(at_least=someone.attach())
    with writing(someone.client, "load") as load:
        load.wait_for(20)
        with world.without("nats"):
            before = len(load.acknowledged)
            ends = time.monotonic() + 3
            while time.monotonic() < ends:
                assert someone.check().allowed
            during = len(load.acknowledged) - before
        load.wait_for(20)

    assert load.unanswered == {}
    assert during > 20
    caught_up(someone.client)
    assert not someone.check(at_least=someone.detach()).allowed
    assert verified(someone.client).sound


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_checks_do_not_need_valkey(world: LocalDoorward, someone: Tenant, how: str) -> None:
    someone.check(at_least=someone.attach())

    def checks() -> None:
        for _ in range(50):
            assert someone.check().allowed
        assert not someone.check(at_least=someone.detach()).allowed
        assert someone.check(at_least=someone.attach()).allowed
        with tenant(world) as other:  # an account that the replica does not hold yet
            assert other.check(at_least=other.attach()).allowed

    if how == "killed":
        with world.without("valkey"):
            checks()
    else:
        world.process("valkey").send(signal.SIGSTOP)
        try:
            checks()
        finally:
            world.process("valkey").send(signal.SIGCONT)
    checks()


def test_a_decision_service_that_is_killed_starts_again_and_knows_everything(
    world: LocalDoorward, someone: Tenant
) -> None:
    revision = someone.attach()
    someone.check(at_least=revision)
    killed = world.process("decision")
    killed.kill()

    with pytest.raises(DoorwardError) as raised:
        someone.check()
    until(lambda: world.process("decision").pid != killed.pid, 20)
    world.wait_ready("decision")

    assert raised.value.reason == "ServiceUnavailable"
    assert someone.client.with_options(wait_for_ready=True).check(
        someone.alice, "documents:Read", DOCUMENT, at_least=revision
    )


def test_a_frozen_identity_service_does_not_stop_checks(world: LocalDoorward, someone: Tenant) -> None:
    someone.check(at_least=someone.attach())
    world.process("identity").send(signal.SIGSTOP)
    try:
        for _ in range(50):
            assert someone.check().allowed
        stranger = iam_arn("000000000001", "user", "/", "alice")
        with pytest.raises(DoorwardError) as raised:
            someone.client.with_options(deadline=2).check(stranger, "documents:Read", DOCUMENT)
    finally:
        world.process("identity").send(signal.SIGCONT)

    assert raised.value.reason in ("ServiceUnavailable", "RequestTimeout")
    caught_up(someone.client)


def test_the_log_only_grows(someone: Tenant) -> None:
    first = Revision.parse(someone.attach())
    second = Revision.parse(someone.detach())

    assert second.position == first.position + 1
    assert verified(someone.client).sound
