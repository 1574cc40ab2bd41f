"""What only Doorward is measured by: AWS's managed policies, and the worst policy that one can write."""

import json
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from doorward_policy import (
    Layers,
    NamedPolicy,
    caller,
    compile_policy,
    compile_program,
    decide,
    parse_policy,
    request,
)

MANAGED = Path(__file__).parents[2] / "golden" / "aws_managed_policies.jsonl"
ROUNDS = 5
LONGEST_POLICY = 6_144
LONGEST_ARN = 2_048
SERVICE = "arn:aws:s3:::"
WORST = {
    "many short patterns with `?`": "arn:aws:s3:::*?{}",
    "many short patterns with `*`": "arn:aws:s3:::*a*{}",
    "wildcards in every part of the ARN": "arn:*:*?:*:*:*?{}",
    "long patterns of `*` and `?`": f"arn:aws:s3:::{'*?' * 20}{{}}",
    "one long pattern": f"arn:aws:s3:::{'a*?' * 1_500}{{}}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Seconds: to parse and compile the managed policies, in each round, and for the worst check of each form."""

    policies: int
    managed: tuple[float, ...]
    worst: dict[str, float]


def measure_alone() -> Alone:
    """In the process that calls it, which is then bound to one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = [json.dumps(json.loads(line)["document"]) for line in MANAGED.read_text("utf-8").splitlines()]
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for text in texts:
            compile_policy(NamedPolicy(name="managed", policy=parse_policy(text)))
        rounds.append(time.process_time() - started)
    worst = {name: _check_seconds(pattern) for name, pattern in WORST.items()}
    return Alone(policies=len(texts), managed=tuple(rounds), worst=worst)


def _check_seconds(pattern: str) -> float:
    """How long a check of the longest ARN takes by a policy full of such patterns; median."""
    policy = NamedPolicy(name="worst", policy=parse_policy(_longest_policy(pattern)))
    layers = Layers(compile_program([compile_policy(policy)]))
    who = caller("arn:aws:iam::123456789012:user/alice")
    asked = request(who, "s3:GetObject", SERVICE + "a" * (LONGEST_ARN - len(SERVICE)))
    times = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        decide(layers, asked)
        times.append(time.process_time() - started)
    return statistics.median(times[1:])


def _longest_policy(pattern: str) -> str:
    """As many different patterns as there is room for; the last one is cut where even one is too long."""
    fitting = _document([])
    patterns: list[str] = []
    while len(text := _document([*patterns, pattern.format(f"b{len(patterns):x}")])) <= LONGEST_POLICY:
        patterns.append(pattern.format(f"b{len(patterns):x}"))
        fitting = text
    room = LONGEST_POLICY - len(fitting)
    return fitting if patterns else _document([f"{pattern[: room - len('b')]}b"])


def _document(patterns: list[str]) -> str:
    statement = {"Effect": "Allow", "Action": "*", "Resource": patterns}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
