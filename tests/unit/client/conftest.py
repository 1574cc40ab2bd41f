"""A tiny server for each test, and clients of it."""

from collections.abc import Iterator

import pytest
from doorward_client import Client

from tests.unit.client.tiny import ACCOUNT, KEY, Tiny, tiny_server


@pytest.fixture
def tiny() -> Iterator[Tiny]:
    with tiny_server() as server:
        yield server


@pytest.fixture
def client(tiny: Tiny) -> Iterator[Client]:
    at = tiny.address
    with Client(identity=at, credential=at, decision=at, service_key=KEY, account=ACCOUNT) as made:
        yield made
