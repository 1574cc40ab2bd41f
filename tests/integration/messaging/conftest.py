"""Each test has a nats-server, a log, relays and followers of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.integration.messaging.world import Nats, World


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def world(nats_server: Nats) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield World(nats_server, stack)
