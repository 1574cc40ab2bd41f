"""One run of everything for the tests that leave it whole."""

from collections.abc import Iterator

import pytest
from doorward_local.world import LocalDoorward

from tests.e2e.people import People, people
from tests.e2e.worlds import Tenant, tenant


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDoorward]:
    with LocalDoorward(tmp_path_factory.mktemp("doorward") / "data", account="123456789012", tell=print) as running:
        yield running


@pytest.fixture
def someone(world: LocalDoorward) -> Iterator[Tenant]:
    for name in ("nats", "valkey", "identity", "credential", "decision"):
        world.wait_ready(name)
    with tenant(world) as made:
        yield made


@pytest.fixture
def somebody(world: LocalDoorward) -> Iterator[People]:
    for name in ("nats", "valkey", "identity", "credential", "decision"):
        world.wait_ready(name)
    with people(world) as made:
        yield made
