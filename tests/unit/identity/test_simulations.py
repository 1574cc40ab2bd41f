"""How simulations share a process: in pages, in slices, one after the other, stopped when nobody waits."""

import asyncio
import contextlib
import json
import time
from typing import Any

import pytest
from doorward_identity.application import simulations
from doorward_identity.application.simulations import Simulation, Simulations
from doorward_kernel.errors import InvalidInput
from doorward_policy import caller
from doorward_policy.simulation import Simulated, Simulator

ACCOUNT = "123456789012"
ALICE = caller(f"arn:aws:iam::{ACCOUNT}:user/alice")
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def wanted(actions: int = 1, resources: int = 1) -> Simulation:
    return Simulation(
        policy_input_list=[ALLOW],
        caller=ALICE,
        owner=ACCOUNT,
        action_names=[f"s3:Get{number}" for number in range(actions)],
        resource_arns=[f"arn:aws:s3:::reports/{number}" for number in range(resources)],
    )


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each evaluation takes 5 ms, and is written down by its action."""
    asked: list[str] = []
    simulate = Simulator.simulate

    def slowly(self: Simulator, action: str, *rest: Any) -> Simulated:
        asked.append(action)
        time.sleep(0.005)
        return simulate(self, action, *rest)

    monkeypatch.setattr(Simulator, "simulate", slowly)
    return asked


async def test_a_page_whose_time_is_over_ends_with_the_action_under_way() -> None:
    service = Simulations(page_seconds=0)
    simulation, marker, seen = wanted(actions=3, resources=2), "", list[tuple[str, int]]()

    while marker or not seen:
        page = await service.run(simulation, marker, 1000)
        (result,) = page.items
        seen.append((result.action, len(result.results)))
        marker = page.marker

    assert seen == [("s3:Get0", 2), ("s3:Get1", 2), ("s3:Get2", 2)]


async def test_a_page_has_at_most_as_many_actions_as_asked_for() -> None:
    page = await Simulations().run(wanted(actions=3), "", 2)

    assert [each.action for each in page.items] == ["s3:Get0", "s3:Get1"]
    assert [each.action for each in (await Simulations().run(wanted(actions=3), page.marker, 2)).items] == ["s3:Get2"]


async def test_a_marker_behind_the_last_action_is_refused() -> None:
    page = await Simulations().run(wanted(actions=3), "", 2)

    with pytest.raises(InvalidInput, match="`marker` is not one that a page of this simulation returned"):
        await Simulations().run(wanted(actions=2), page.marker, 2)


async def test_a_short_simulation_does_not_wait_for_a_long_one_to_end(slow: list[str]) -> None:
    service = Simulations(page_seconds=60)
    long = asyncio.ensure_future(service.run(wanted(resources=400), "", 100))
    await asyncio.sleep(0.05)

    page = await service.run(wanted(), "", 100)

    assert len(page.items) == 1
    assert not long.done()
    assert len((await long).items[0].results) == 400
    assert len(slow) == 401


async def test_a_simulation_that_is_cancelled_stops_at_the_end_of_its_slice(slow: list[str]) -> None:
    long = asyncio.ensure_future(Simulations(page_seconds=60).run(wanted(resources=400), "", 100))
    await asyncio.sleep(0.05)

    long.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await long
    await asyncio.sleep(simulations.SLICE_SECONDS + 0.05)
    asked = len(slow)
    await asyncio.sleep(0.1)

    assert 0 < asked < 400
    assert len(slow) == asked
