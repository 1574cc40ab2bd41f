"""The token that NATS asks for, with every character that a token may have."""

import asyncio
from pathlib import Path

import pytest
from doorward_local.nats import nats_program
from doorward_local.ports import free_port
from doorward_local.process import Running
from doorward_messaging import connect


@pytest.mark.parametrize("token", ["plain-token", "a/b+c=d@e:f%20"])
async def test_a_token_opens_every_server_of_a_cluster(tmp_path: Path, token: str) -> None:
    port = free_port()
    with Running.start(nats_program(tmp_path / "nats", port, token)):
        async with connect(f"nats://127.0.0.1:{free_port()},nats://127.0.0.1:{port}", name="t", token=token) as nats:
            await asyncio.wait_for(nats.while_connected(lambda client: client.flush()), 10)

            assert nats.connected


async def test_without_the_token_there_is_no_connection(tmp_path: Path) -> None:
    port = free_port()
    with Running.start(nats_program(tmp_path / "nats", port, "token")):
        async with connect(f"nats://127.0.0.1:{port}", name="t") as nats:
            await asyncio.sleep(0.5)

            assert not nats.connected
