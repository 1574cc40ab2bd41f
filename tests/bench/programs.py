"""Deciding in memory: the cost of one decision must not grow with the number of policies."""

import json
import time

from doorward_policy import NamedPolicy, Request, compile_policy, compile_program, parse_policy

from tests.bench.figures import rounds

ROUNDS = 5
DECISIONS = 20_000
SIZES = (1, 10, 100, 1_000, 10_000)


def run(_directory: str) -> None:
    for size in SIZES:
        named = [_policy(number) for number in range(size)]
        started = time.perf_counter()
        program = compile_program([compile_policy(policy) for policy in named])
        compiled = time.perf_counter() - started
        request = Request(action="s3:GetObject", resource="arn:aws:s3:::bucket-0/reports/q3.pdf", context={})
        program.decide(request)
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            for _ in range(DECISIONS):
                program.decide(request)
            times.append((time.perf_counter() - started) / DECISIONS * 1e6)
        rounds(f"{size:>6,} policies, compiled in {compiled * 1000:,.1f} ms: a decision", times, "µs", 2)


def _policy(number: int) -> NamedPolicy:
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::bucket-{number}", f"arn:aws:s3:::bucket-{number}/*"],
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return NamedPolicy(name=f"policy-{number}", policy=parse_policy(document))
