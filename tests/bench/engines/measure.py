"""One world, all its engines: first they must agree, then they are timed in turns.

All is done in a process of its own on one core, so that memory and caches are nobody else's. Times are those of the
processor, which on a machine of one's own are the clock's; on a shared one, waiting for others would count the most
where a check takes long.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.bench.engines import doorward
from tests.bench.engines.casbin import Casbin
from tests.bench.engines.cedar import Cedar
from tests.bench.engines.doorward import Doorward
from tests.bench.engines.engine import Engine, Loaded
from tests.bench.engines.iam import make_iam
from tests.bench.engines.rbac import make_rbac
from tests.bench.engines.worlds import Asked, World
from tests.bench.figures import percentile

SHAPES: dict[str, Callable[[int, int], World]] = {"RBAC": make_rbac, "IAM": make_iam}
ENGINES: tuple[Engine, ...] = (Doorward(), Cedar(), Casbin())
ROUNDS = 5
REQUESTS = 100_000
BATCH = 100
"""So many requests are made and then answered: as in a service, what is asked was decoded a moment ago."""

SINGLES = 20_000
COMPARED = 2_000
COMPARING_SECONDS = 10.0
OWN_SECONDS, PEER_SECONDS = 20.0, 5.0
"""How long Doorward and a peer may be timed in one world; a slower one is given fewer requests."""

SCANNED = {10: 300, 100: 100, 1_000: 20}
"""How many requests of a world of some size Doorward answers by the full scan as well."""


class Disagreement(Exception):
    """Two engines answered one request differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What it took to load a world: seconds, bytes of resident memory, and the slowest of the first checks."""

    seconds: float
    memory: int
    slowest_first: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One engine in one world; times are seconds for each check. `rounds` has the mean of each round, `mean` is the
    median of these; `median` and `p99` are of single checks."""

    engine: str
    prepared: Preparation
    compared: int
    requests: int
    rounds: tuple[float, ...]
    mean: float
    median: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All engines in one world; `allowed` is the share of the requests that were."""

    shape: str
    size: int
    allowed: float
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class _Contender:
    """An engine under test; `requests` is how many it can answer in its time in each round."""

    name: str
    loaded: Loaded
    prepared: Preparation
    compared: int
    requests: int
    means: list[float] = field(default_factory=list)
    singles: list[float] = field(default_factory=list)


def measure(shape: str, size: int) -> Measured:
    """Make the world, and see what each engine does in it. Raises Disagreement."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    world = SHAPES[shape](size, REQUESTS)
    answers: list[bool] = []
    contenders = [_prepare(engine, world, answers) for engine in ENGINES if shape in engine.shapes]
    _compare_with_scan(world, answers[: SCANNED.get(size, 0)])
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        for contender in contenders:
            _time_round(contender, world.requests[: contender.requests])
    return Measured(
        shape=shape,
        size=size,
        allowed=sum(answers) / len(answers),
        cells=tuple(map(_cell, contenders)),
    )


# --- before anything is timed ---


def _prepare(engine: Engine, world: World, answers: list[bool]) -> _Contender:
    """Load the world into an engine and see that it answers as the first one did."""
    written = engine.write(world)
    gc.collect()
    before, started = _resident(), time.process_time()
    loaded = engine.load(written)
    seconds = time.process_time() - started
    costs: list[float] = []
    ends = time.perf_counter() + COMPARING_SECONDS
    for place, asked in enumerate(world.requests[:COMPARED]):
        native = loaded.ask(asked)
        started = time.process_time()
        answer = loaded.check(native)
        costs.append(time.process_time() - started)
        if place == len(answers):
            answers.append(answer)
        elif answers[place] is not answer:
            raise Disagreement(f"{engine.name} says {answer}, {ENGINES[0].name} {not answer}: {asked}")
        if time.perf_counter() > ends:
            break
    gc.collect()
    prepared = Preparation(seconds=seconds, memory=_resident() - before, slowest_first=max(costs))
    cost = max(statistics.fmean(costs[len(costs) // 4 :]) - _clock_seconds(), 1e-9)
    seconds = (OWN_SECONDS if engine is ENGINES[0] else PEER_SECONDS) / (ROUNDS + 1)
    return _Contender(engine.name, loaded, prepared, len(costs), max(3, min(REQUESTS, int(seconds / cost))))


def _compare_with_scan(world: World, answers: Sequence[bool]) -> None:
    written = Doorward().write(world)
    for asked, answer in zip(world.requests, answers, strict=False):
        if answer is not doorward.scan(written, asked):
            raise Disagreement(f"the program says {answer}, the full scan {not answer}: {asked}")


def _resident() -> int:
    """Bytes of this process in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - this is no file of ours
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


# --- timing ---


def _time_round(contender: _Contender, requests: Sequence[Asked]) -> None:
    """All requests, none twice, and then some of them one by one."""
    gc.collect()
    gc.disable()
    contender.means.append(_time_together(contender.loaded, requests))
    contender.singles += _time_singly(contender.loaded, requests[: SINGLES // ROUNDS])
    gc.enable()


def _time_together(loaded: Loaded, requests: Sequence[Asked]) -> float:
    """Seconds for each check on average."""
    check, clock = loaded.check, time.process_time_ns
    spent = 0
    for natives in _batches(loaded, requests):
        started = clock()
        for native in natives:
            check(native)
        spent += clock() - started
    return spent / len(requests) / 1e9


def _time_singly(loaded: Loaded, requests: Sequence[Asked]) -> list[float]:
    check, clock = loaded.check, time.process_time_ns
    times = []
    for natives in _batches(loaded, requests):
        for native in natives:
            started = clock()
            check(native)
            times.append((clock() - started) / 1e9)
    own = _clock_seconds()
    return [max(0.0, each - own) for each in times]


def _batches(loaded: Loaded, requests: Sequence[Asked]) -> Iterator[list[Any]]:
    for start in range(0, len(requests), BATCH):
        yield [loaded.ask(asked) for asked in requests[start : start + BATCH]]


def _clock_seconds() -> float:
    """What reading the clock takes by itself; its answers come from the system, and are not cheap."""
    readings = [time.process_time_ns() for _ in range(1_000)]
    return statistics.median(after - before for before, after in pairwise(readings)) / 1e9


def _cell(contender: _Contender) -> Cell:
    return Cell(
        engine=contender.name,
        prepared=contender.prepared,
        compared=contender.compared,
        requests=contender.requests,
        rounds=tuple(contender.means),
        mean=statistics.median(contender.means),
        median=statistics.median(contender.singles),
        p99=percentile(contender.singles, 0.99),
    )
