"""The same Check handler under pyvoy and under grpc.aio: calls per second of server CPU, in turns.

Two loads of real gRPC clients: one that a single process can make, under which a server wakes up for nearly every
call, and one that keeps more calls waiting than the server can answer, which is what "per core" means.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from doorward.decision.v1.decision_service_pb2 import CheckRequest
from doorward_local.ports import LOOPBACK, free_port
from doorward_local.process import Program, Running
from doorward_local.services import healthy
from doorward_local.world import LocalDoorward

from tests.bench.figures import rounds
from tests.bench.pinning import pin
from tests.bench.worlds import ALICE, READ, REPORT, make_alice

CHECK = "/doorward.decision.v1.DecisionService/Check"
ROUNDS = 5
SECONDS = 4.0


@dataclass(frozen=True)
class Load:
    """Client processes, each on a core of its own choice, that keep `in_flight` calls going each."""

    name: str
    cores: tuple[int, ...]
    in_flight: int


@dataclass(frozen=True)
class Round:
    """One run of a load: what the server answered for the CPU that it used."""

    per_cpu_second: float
    per_second: float
    p50: float
    p99: float


def run(directory: str) -> None:
    server_core, *others = sorted(os.sched_getaffinity(0))
    load_core = others[-1] if others else server_core
    loads = (Load("light", (load_core,), 32), Load("saturated", (load_core, server_core), 128))
    request = CheckRequest(principal=ALICE, action=READ, resource=REPORT).SerializeToString()
    with LocalDoorward(Path(directory), account="123456789012") as world, world.client() as client:
        client.identity.attach_user_policy(user_name="alice", policy_arn=make_alice(client))
        key = world.endpoints.bootstrap.secret_access_key
        decision = world.process("decision").program
        with (
            Running.start(replica_of(decision, "pyvoy")) as pyvoy,
            Running.start(replica_of(decision, "grpc")) as aio,
        ):
            for replica in (pyvoy, aio):
                pin(replica.pid, server_core)
            for load in loads:
                results: dict[str, list[Round]] = {"pyvoy": [], "grpc.aio": []}
                for _ in range(ROUNDS):
                    results["pyvoy"].append(measure(pyvoy, key, load, CHECK, request))
                    results["grpc.aio"].append(measure(aio, key, load, CHECK, request))
                _print(load, results)


def _print(load: Load, results: dict[str, list[Round]]) -> None:
    print(f"  {load.name}: {len(load.cores)} client process(es) with {load.in_flight} calls in flight each")
    for name, measured in results.items():
        rounds(f"  {name:>8}: checks per second of server CPU", [each.per_cpu_second for each in measured], "/s")
        rounds(f"  {name:>8}: checks per second as seen by clients", [each.per_second for each in measured], "/s")
        rounds(f"  {name:>8}: p50", [each.p50 * 1000 for each in measured], "ms", 2)
        rounds(f"  {name:>8}: p99", [each.p99 * 1000 for each in measured], "ms", 2)
    pairs = zip(results["pyvoy"], results["grpc.aio"], strict=True)
    ratios = [one.per_cpu_second / other.per_cpu_second for one, other in pairs]
    rounds("     ratio: checks per second of server CPU, pyvoy to grpc.aio", ratios, "×", 2)


def replica_of(program: Program, hot_path: str) -> Program:
    """One more replica of the decision service beside the one of the local run."""
    port, admin = free_port(), free_port()
    environment = {
        **program.environment,
        "DOORWARD_PORT": str(port),
        "DOORWARD_ADMIN_PORT": str(admin),
        "DOORWARD_HOT_PATH": hot_path,
        "DOORWARD_LOG_LEVEL": "WARNING",
    }
    log = program.log.with_name(f"bench-{hot_path}.log")
    return replace(program, name=hot_path, environment=environment, log=log, ready=lambda: healthy(port))


def measure(replica: Running, key: str, load: Load, method: str, request: bytes) -> Round:
    """Calls of one method, with one request."""
    told = {
        "method": method,
        "target": f"{LOOPBACK}:{replica.program.environment['DOORWARD_PORT']}",
        "key": key,
        "request": request.hex(),
        "seconds": SECONDS,
        "in_flight": load.in_flight,
    }
    before = _cpu_seconds(replica.pid)
    answers = _run_clients(json.dumps(told), load.cores)
    used = _cpu_seconds(replica.pid) - before
    if errors := sum(answer["errors"] for answer in answers):
        raise RuntimeError(f"{errors:.0f} checks failed under load")
    answered = sum(answer["answered"] for answer in answers)
    return Round(
        per_cpu_second=answered / used,
        per_second=answered / max(answer["seconds"] for answer in answers),
        p50=max(answer["p50"] for answer in answers),
        p99=max(answer["p99"] for answer in answers),
    )


def _run_clients(told: str, cores: Sequence[int]) -> list[dict[str, float]]:
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda core=core: os.sched_setaffinity(0, {core}),  # type: ignore[misc]  # noqa: PLW1509
        )
        for core in cores
    ]
    for client in clients:
        assert client.stdin is not None
        client.stdin.write(told)
        client.stdin.close()
    answers = []
    for client in clients:
        assert client.stdout is not None
        answers.append(json.loads(client.stdout.read()))
        client.wait(SECONDS + 60)
    return answers


def _cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
