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

from tests.bench.engines.worlds import seeded

MANAGED = Path(__file__).parents[2] / "golden" / "aws_managed_policies.jsonl"
ROUNDS = 5
LONGEST_POLICY = 6_144
LONGEST_ARN = 2_048
HEAD = "arn:aws:s3:::"


@dataclass(frozen=True, slots=True, kw_only=True)
class Globs:
    """Patterns made of a few characters that agree with an ARN of nothing but `a` until nearly their end."""

    alphabet: str
    length: int
    head: str = HEAD
    tail: str = "b*a"


WORST = {
    "short patterns of `a` and `*`": Globs(alphabet="a*", length=12),
    "short patterns of `a` and `?`": Globs(alphabet="a?", length=12),
    "short patterns of `a`, `*` and `?`": Globs(alphabet="a*?", length=8),
    "middling ones": Globs(alphabet="a*?", length=40),
    "long ones": Globs(alphabet="a*?", length=400),
    "two very long ones": Globs(alphabet="a*?", length=2_700),
    "wildcards in every part of the ARN": Globs(alphabet="a*?", length=8, head="arn:*:*?:*:*:"),
    "with a policy variable each": Globs(alphabet="a?", length=8, tail="b*${aws:username}"),
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
    worst = {name: _check_seconds(globs) for name, globs in WORST.items()}
    return Alone(policies=len(texts), managed=tuple(rounds), worst=worst)


def _check_seconds(globs: Globs) -> float:
    """How long a check of the longest ARN takes by a policy full of such patterns; median, nothing remembered."""
    layers = Layers(compile_program([compile_policy(NamedPolicy(name="worst", policy=parse_policy(_longest(globs))))]))
    who = caller("arn:aws:iam::123456789012:user/alice")
    times = []
    for count in range(ROUNDS + 1):
        resource = HEAD + "a" * (LONGEST_ARN - len(HEAD) - count)
        asked = request(who, "s3:GetObject", resource, {"aws:username": "a"}, resource_account=who.account)
        started = time.process_time()
        decide(layers, asked)
        times.append(time.process_time() - started)
    return statistics.median(times[1:])


def _longest(globs: Globs) -> str:
    """As many different patterns as there is room for."""
    dice = seeded(f"globs {globs}")
    patterns: list[str] = []
    while len(text := _document(patterns)) <= LONGEST_POLICY:
        fitting = text
        patterns.append(f"{globs.head}{''.join(dice.choices(globs.alphabet, k=globs.length))}{globs.tail}")
    return fitting


def _document(patterns: list[str]) -> str:
    statement = {"Effect": "Allow", "Action": "*", "Resource": patterns or "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
