"""Decisions per second of server CPU, one by one and in batches, over real gRPC clients and pyvoy."""

import os
from pathlib import Path

from doorward.decision.v1.decision_service_pb2 import BatchCheckRequest, BatchedCheck, CheckRequest
from doorward_local.process import Running
from doorward_local.world import LocalDoorward

from tests.bench.figures import rounds
from tests.bench.hot_path import CHECK, ROUNDS, Load, Round, measure, replica_of
from tests.bench.pinning import pin
from tests.bench.worlds import ALICE, READ, REPORT, make_alice

BATCH_CHECK = "/doorward.decision.v1.DecisionService/BatchCheck"
SIZES = (1, 10, 100)


def run(directory: str) -> None:
    server_core, *others = sorted(os.sched_getaffinity(0))
    load = Load("batches", ((others or [server_core])[-1],), 8)
    one = CheckRequest(principal=ALICE, action=READ, resource=REPORT).SerializeToString()
    requests = {"one by one": (CHECK, one, 1)} | {
        f"batches of {size}": (BATCH_CHECK, _batch(size), size) for size in SIZES
    }
    with LocalDoorward(Path(directory), account="123456789012") as world, world.client() as client:
        client.identity.attach_user_policy(user_name="alice", policy_arn=make_alice(client))
        key = world.endpoints.bootstrap.secret_access_key
        with Running.start(replica_of(world.process("decision").program, "pyvoy")) as replica:
            pin(replica.pid, server_core)
            found: dict[str, list[Round]] = {name: [] for name in requests}
            for _ in range(ROUNDS):
                for name, (method, request, _size) in requests.items():
                    found[name].append(measure(replica, key, load, method, request))
    for name, (_, _, size) in requests.items():
        decisions = [each.per_cpu_second * size for each in found[name]]
        rounds(f"  {name:>14}: decisions per second of server CPU", decisions, "/s")
        rounds(f"  {name:>14}: p99 of a call", [each.p99 * 1000 for each in found[name]], "ms", 2)


def _batch(size: int) -> bytes:
    """Each about another resource."""
    checks = [BatchedCheck(action=READ, resource=f"{REPORT}-{number}") for number in range(size)]
    return BatchCheckRequest(principal=ALICE, checks=checks).SerializeToString()
