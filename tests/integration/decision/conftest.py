"""A decision service beside a real identity service and a real nats-server; the services run in this process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from doorward_client import AsyncClient
from doorward_decision.api.hot_path_grpc import grpc_server
from doorward_decision.settings import Settings
from doorward_decision.wiring import open_service
from doorward_eventlog.sql import SqlEventLog, open_log
from doorward_local.nats import nats_program, nats_url
from doorward_local.ports import free_port
from doorward_local.process import Running
from doorward_local.valkey import valkey_program
from doorward_messaging import Relay, connect
from doorward_runtime.lifecycle import Lifecycle
from doorward_runtime.rpc.listener import Listener

from tests.integration.identity.conftest import ACCOUNT, KEY, identity_service

TOKEN = "a-token-of-nats"
PASSWORD = "a-password-of-valkey"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
REPORT = "arn:aws:documents:::reports/2026/q3"


@dataclass
class World:
    """Everything that a check goes through."""

    client: AsyncClient
    log: SqlEventLog
    settings: Settings
    nats: Running

    async def allowed(self, action: str = "documents:Read", resource: str = REPORT, **how: object) -> bool:
        """Whether alice may, as the replica has it after the latest write."""
        result = await self.client.check(ALICE, action, resource, **{"latest": True, **how})  # type: ignore[arg-type]
        return result.allowed


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Running]:
    port = free_port()
    with Running.start(nats_program(tmp_path / "nats", port, TOKEN)) as running:
        yield running


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Running]:
    with Running.start(valkey_program(tmp_path / "valkey", free_port(), PASSWORD)) as running:
        yield running


def valkey_url_of(valkey: Running) -> str:
    config = Path(valkey.program.argv[-1]).read_text()
    return f"redis://127.0.0.1:{config.split('port ')[1].split()[0]}/0"


@asynccontextmanager
async def relayed_identity(log: SqlEventLog, nats: Running) -> AsyncIterator[str]:
    """The identity service with its relay; yields its address."""
    async with connect(url_of(nats), name="identity") as connection, identity_service(log) as address:
        relay = asyncio.create_task(Relay("identity", log, connection).run())
        try:
            yield address
        finally:
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)


@asynccontextmanager
async def decision_service(settings: Settings) -> AsyncIterator[str]:
    """The decision service with its hot path under grpc.aio; yields the address of the hot path."""
    life = Lifecycle()
    try:
        hot_path = await open_service(settings, life, hot_path="grpc")
        listener = Listener(lambda: grpc_server(hot_path), "127.0.0.1", 0)
        await listener.start()
        life.stack.push_async_callback(listener.stop, 0.2)
        yield f"127.0.0.1:{listener.port}"
    finally:
        await life.close()


def url_of(nats: Running) -> str:
    config = Path(nats.program.argv[-1]).read_text()
    return nats_url(int(config.split("port:")[1].split()[0]), TOKEN)


def settings_for(directory: Path, identity: str, nats: Running, **more: object) -> Settings:
    key = directory / "service.key"
    key.write_text(KEY)
    return Settings(
        **{
            "service_key_file": key,
            "port": 0,
            "admin_port": free_port(),
            "identity_target": identity,
            "nats_url": url_of(nats),
            "log_level": "WARNING",
            "log_format": "json",
            **more,
        }  # type: ignore[arg-type]
    )


@pytest.fixture
async def world(tmp_path: Path, nats: Running) -> AsyncIterator[World]:
    """Account with user alice, who has no policies."""
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(open_log(f"sqlite:///{tmp_path}/identity.db", "identity"))
        identity = await stack.enter_async_context(relayed_identity(log, nats))
        settings = settings_for(tmp_path, identity, nats, max_staleness_seconds=5.0)
        decision = await stack.enter_async_context(decision_service(settings))
        client = await stack.enter_async_context(
            AsyncClient(
                identity=identity,
                decision=decision,
                decision_admin=f"127.0.0.1:{settings.admin_port}",
                service_key=KEY,
                account=ACCOUNT,
            )
        )
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        await client.identity.create_user(user_name="alice")
        yield World(client, log, settings, nats)
