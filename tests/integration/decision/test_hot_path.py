"""The hot path as a process of its own, under pyvoy and under grpc.aio: both answer every call alike."""

import asyncio
import gzip
import http.client
import ipaddress
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from doorward.decision.v1.decision_service_pb2 import (
    BatchCheckRequest,
    BatchCheckResponse,
    BatchedCheck,
    CheckRequest,
    CheckResponse,
    Effect,
    Freshness,
)
from doorward_client import AsyncClient
from doorward_decision import envoy
from doorward_eventlog.sql import open_log
from doorward_local.errors import StartFailed
from doorward_local.nats import nats_program
from doorward_local.ports import free_port
from doorward_local.process import Program, Running
from doorward_local.services import healthy
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.channel import service_metadata
from doorward_runtime.rpc.status import error_of_call

from tests.integration.decision.conftest import ALICE, REPORT, TOKEN, relayed_identity, url_of
from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL, KEY
from tests.integration.raw_http2 import send_raw

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECK = "/doorward.decision.v1.DecisionService/Check"
BATCH_CHECK = "/doorward.decision.v1.DecisionService/BatchCheck"
HEALTH = "/grpc.health.v1.Health/Check"
GOOD = CheckRequest(principal=ALICE, action="documents:Read", resource=REPORT).SerializeToString()
SHOWN = service_metadata(KEY)


@dataclass
class HotPath:
    """A decision service that runs as a process."""

    process: Running
    port: int
    revision: str

    async def call(self, method: str, body: bytes, shown: tuple[tuple[str, str], ...] = SHOWN, **how: object) -> bytes:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.port}") as channel:
            return await channel.unary_unary(method)(body, metadata=shown, timeout=10, **how)  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["pyvoy", "grpc"])
async def hot_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HotPath]:
    """Alice may everything. One process for all tests of a transport; the last one ends it."""
    directory = tmp_path_factory.mktemp("hot-path")
    async with AsyncExitStack() as stack:
        nats = stack.enter_context(Running.start(nats_program(directory / "nats", free_port(), TOKEN)))
        log = await stack.enter_async_context(open_log(f"sqlite:///{directory}/identity.db", "identity"))
        identity = await stack.enter_async_context(relayed_identity(log, nats))
        client = await stack.enter_async_context(AsyncClient(identity=identity, service_key=KEY, account=ACCOUNT))
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        await client.identity.create_user(user_name="alice")
        put = await client.identity.put_user_policy(user_name="alice", policy_name="all", policy_document=ALLOW_ALL)
        port = free_port()
        process = Running.spawn(decision_process(directory, request.param, port, identity, url_of(nats)))
        stack.callback(process.stop)
        await wait_ready(process, port)
        yield HotPath(process, port, put.revision)


def decision_process(directory: Path, hot_path: str, port: int, identity: str, nats_url: str) -> Program:
    (directory / "service.key").write_text(KEY)
    return Program(
        name=f"decision-{hot_path}",
        argv=(sys.executable, "-P", "-m", "doorward_decision"),
        log=directory / "decision.log",
        ready=lambda: healthy(port),
        environment={
            "DOORWARD_SERVICE_KEY_FILE": str(directory / "service.key"),
            "DOORWARD_PORT": str(port),
            "DOORWARD_ADMIN_PORT": str(free_port()),
            "DOORWARD_IDENTITY_TARGET": identity,
            "DOORWARD_NATS_URL": nats_url,
            "DOORWARD_HOT_PATH": hot_path,
            "DOORWARD_LOG_FORMAT": "json",
        },
        start_seconds=60,
    )


async def wait_ready(running: Running, port: int) -> None:
    """Wait without blocking the loop that serves the log's owner."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        health: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(HEALTH)
        while running.alive:
            try:
                if await health(b"", wait_for_ready=True, timeout=60) == b"\x08\x01":
                    return
            except grpc.RpcError:
                continue
    raise AssertionError(running.program.log.read_text())


async def test_good_calls_are_answered(hot_path: HotPath) -> None:
    fresh = CheckRequest(
        principal=ALICE, action="documents:Read", resource=REPORT, freshness=Freshness(at_least=[hot_path.revision])
    )

    answers = [
        CheckResponse.FromString(await hot_path.call(CHECK, GOOD)),
        CheckResponse.FromString(await hot_path.call(CHECK, fresh.SerializeToString())),
        CheckResponse.FromString(await hot_path.call(CHECK, GOOD, compression=grpc.Compression.Gzip)),
    ]

    assert [answer.effect for answer in answers] == [Effect.EFFECT_ALLOW] * 3
    assert {revision for answer in answers for revision in answer.revisions} == {hot_path.revision}


async def test_batches_are_answered(hot_path: HotPath) -> None:
    nobody = BatchedCheck(action="documents:Read", resource=REPORT, principal=f"{ALICE}x")
    checks = [BatchedCheck(action="documents:Read", resource=REPORT)] * 99 + [nobody]
    freshness = Freshness(at_least=[hot_path.revision], latest=True)

    for asked in (BatchCheckRequest(checks=checks), BatchCheckRequest(checks=checks, freshness=freshness)):
        asked.principal = ALICE
        response = BatchCheckResponse.FromString(await hot_path.call(BATCH_CHECK, asked.SerializeToString()))

        assert [outcome.effect for outcome in response.outcomes[:-1]] == [Effect.EFFECT_ALLOW] * 99
        assert response.outcomes[-1].error.reason == "NoSuchEntity"
        assert list(response.revisions) == [hot_path.revision]


BAD = {
    "no key": (CHECK, GOOD, (), grpc.StatusCode.UNAUTHENTICATED),
    "wrong key": (CHECK, GOOD, service_metadata("x" * 40), grpc.StatusCode.UNAUTHENTICATED),
    "a batch of nothing": (BATCH_CHECK, b"", SHOWN, grpc.StatusCode.INVALID_ARGUMENT),
    "a batch without a key": (BATCH_CHECK, GOOD, (), grpc.StatusCode.UNAUTHENTICATED),
    "garbage": (CHECK, b"\xff\xfe\xfd" * 50, SHOWN, grpc.StatusCode.INVALID_ARGUMENT),
    "nothing": (CHECK, b"", SHOWN, grpc.StatusCode.INVALID_ARGUMENT),
    "invalid text": (CHECK, b"\n\x02\xff\xff", SHOWN, grpc.StatusCode.INVALID_ARGUMENT),
    "a megabyte": (
        CHECK,
        CheckRequest(principal="x" * 2**20).SerializeToString(),
        SHOWN,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    ),
    "a long principal": (
        CHECK,
        CheckRequest(principal="x" * 200_000).SerializeToString(),
        SHOWN,
        grpc.StatusCode.INVALID_ARGUMENT,
    ),
    "unknown method": ("/doorward.decision.v1.DecisionService/Other", GOOD, SHOWN, grpc.StatusCode.UNIMPLEMENTED),
    "unknown service": ("/x.Y/Z", GOOD, SHOWN, grpc.StatusCode.UNIMPLEMENTED),
    "health of another": (HEALTH, b"\n\x01x", (), grpc.StatusCode.NOT_FOUND),
    "health garbage": (HEALTH, b"\xff", (), grpc.StatusCode.INVALID_ARGUMENT),
    "unknown principal": (
        CHECK,
        CheckRequest(principal=ALICE + "x", action="a:B", resource="*").SerializeToString(),
        SHOWN,
        grpc.StatusCode.NOT_FOUND,
    ),
}


async def test_bad_calls_get_a_clear_status_and_the_process_stays(hot_path: HotPath) -> None:
    for name, (method, body, shown, code) in BAD.items():
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await hot_path.call(method, body, shown)

        assert refused.value.code() is code, name
        assert refused.value.details(), name
        assert error_of_call(refused.value).reason != "ServiceFailure", name

    assert CheckResponse.FromString(await hot_path.call(CHECK, GOOD)).effect == Effect.EFFECT_ALLOW
    assert hot_path.process.alive
    log = hot_path.process.program.log.read_text()
    assert "Traceback" not in log
    assert KEY not in log
    assert TOKEN not in log


async def test_who_does_not_speak_grpc_is_told_so_or_cut_off(hot_path: HotPath) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", hot_path.port, timeout=5)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        assert (response.status, b"gRPC" in response.read()) == (415, True)
    except (http.client.HTTPException, ConnectionError):
        assert hot_path.process.program.name == "decision-grpc"
    finally:
        connection.close()


async def test_a_compressed_request_must_be_whole(hot_path: HotPath) -> None:
    """Cut off at the right byte it would lose its last field, which may be the freshness that it asks for."""
    packed = gzip.compress(GOOD)
    for body, accepted in ((packed, True), (packed[:-13], False), (b"x" * 40, False), (b"", False)):
        framed = b"\x01" + len(body).to_bytes(4) + body
        headers = ((b"grpc-encoding", b"gzip"), (metadata.SERVICE_KEY.encode(), KEY.encode()))
        found = await asyncio.to_thread(send_raw, hot_path.port, CHECK.encode(), framed, headers)

        assert (found.get("grpc-status") == "0") == accepted, (body, found)


async def test_it_listens_on_loopback_only(hot_path: HotPath) -> None:
    listening = _listening_addresses(hot_path.process.pid)

    assert listening
    assert {address for address, _ in listening} == {"127.0.0.1"}
    assert hot_path.port in {port for _, port in listening}


async def test_a_taken_port_is_a_clear_error(hot_path: HotPath, tmp_path: Path) -> None:
    name = hot_path.process.program.name.removeprefix("decision-")
    second = decision_process(tmp_path, name, hot_path.port, "127.0.0.1:1", "nats://127.0.0.1:1")

    with pytest.raises(StartFailed, match=r"in use|cannot bind"):
        await asyncio.to_thread(Running.start, replace(second, ready=lambda: False))


async def test_a_path_that_is_no_text_leaves_it_answering(hot_path: HotPath) -> None:
    """Envoy refuses it; it ends a server of grpc.aio, in whose place another must listen."""
    for _ in range(3):
        await asyncio.to_thread(send_raw, hot_path.port, b"/\xff\xfe/Check", b"")
        async with asyncio.timeout(10):
            await wait_ready(hot_path.process, hot_path.port)

        assert CheckResponse.FromString(await hot_path.call(CHECK, GOOD)).effect == Effect.EFFECT_ALLOW

    log = hot_path.process.program.log.read_text()
    assert log.count("ended the server") == (3 if hot_path.process.program.name == "decision-grpc" else 0)


async def test_sigterm_ends_it_orderly(hot_path: HotPath) -> None:
    hot_path.process.stop(seconds=15)

    assert hot_path.process.exit_status == 0


async def test_pyvoy_can_run_here() -> None:
    assert envoy.can_run()


def _plain(address: bytes) -> str:
    """An address of /proc/net/tcp, whose words of four bytes stand in the machine's order; mapped IPv4 as IPv4."""
    words = b"".join(address[start : start + 4][::-1] for start in range(0, len(address), 4))
    found = ipaddress.ip_address(words)
    return str(getattr(found, "ipv4_mapped", None) or found)


def _listening_addresses(pid: int) -> set[tuple[str, int]]:
    """Addresses and ports on which a process listens (proc(5))."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    found = set()
    for family in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                address, port = fields[1].split(":")
                found.add((_plain(bytes.fromhex(address)), int(port, 16)))
    return found
