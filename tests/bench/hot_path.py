"""The same Check handler under pyvoy and under grpc.aio: calls per second of server CPU, in turns."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from doorward.decision.v1.decision_service_pb2 import CheckRequest
from doorward_local.ports import LOOPBACK, free_port
from doorward_local.process import Program, Running
from doorward_local.services import healthy
from doorward_local.world import LocalDoorward

from tests.bench.figures import rounds
from tests.bench.worlds import ALICE, READ, REPORT, make_alice

ROUNDS = 5
SECONDS = 4.0
IN_FLIGHT = 32
SERVER_CORE, LOAD_CORE = 0, -1


@dataclass(frozen=True)
class Round:
    """One run of the load: what the server answered for the CPU that it used."""

    per_cpu_second: float
    per_second: float
    p50: float
    p99: float


def run(directory: str) -> None:
    cores = sorted(os.sched_getaffinity(0))
    with LocalDoorward(Path(directory), account="123456789012") as world, world.client() as client:
        client.identity.attach_user_policy(user_name="alice", policy_arn=make_alice(client))
        decision = world.process("decision").program
        with (
            Running.start(_replica(decision, "pyvoy")) as pyvoy,
            Running.start(_replica(decision, "grpc")) as aio,
        ):
            results: dict[str, list[Round]] = {"pyvoy": [], "grpc.aio": []}
            for _ in range(ROUNDS):
                for name, replica in (("pyvoy", pyvoy), ("grpc.aio", aio)):
                    _pin(replica.pid, cores[SERVER_CORE])
                    key = world.endpoints.bootstrap.secret_access_key
                    results[name].append(_measure(replica, key, cores[LOAD_CORE]))
    _print(results)


def _print(results: dict[str, list[Round]]) -> None:
    for name, measured in results.items():
        rounds(f"{name:>8}: checks per second of server CPU", [each.per_cpu_second for each in measured], "/s")
        rounds(f"{name:>8}: checks per second from one client process", [each.per_second for each in measured], "/s")
        rounds(f"{name:>8}: p50 with {IN_FLIGHT} in flight", [each.p50 * 1000 for each in measured], "ms", 2)
        rounds(f"{name:>8}: p99 with {IN_FLIGHT} in flight", [each.p99 * 1000 for each in measured], "ms", 2)
    pairs = zip(results["pyvoy"], results["grpc.aio"], strict=True)
    ratios = [one.per_cpu_second / other.per_cpu_second for one, other in pairs]
    rounds("   ratio: checks per second of server CPU, pyvoy to grpc.aio", ratios, "×", 2)


def _replica(program: Program, hot_path: str) -> Program:
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


def _measure(replica: Running, key: str, core: int) -> Round:
    request = CheckRequest(principal=ALICE, action=READ, resource=REPORT).SerializeToString()
    told = {
        "target": f"{LOOPBACK}:{replica.program.environment['DOORWARD_PORT']}",
        "key": key,
        "request": request.hex(),
        "seconds": SECONDS,
        "in_flight": IN_FLIGHT,
    }
    before = _cpu_seconds(replica.pid)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    used = _cpu_seconds(replica.pid) - before
    answer = json.loads(ran.stdout)
    if answer["errors"]:
        raise RuntimeError(f"{answer['errors']} checks failed under load")
    return Round(answer["answered"] / used, answer["answered"] / answer["seconds"], answer["p50"], answer["p99"])


def _pin(pid: int, core: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def _cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
