"""Deciding in process, on one core, beside peers."""

import sys
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context

from tests.bench.engines import report
from tests.bench.engines.alone import measure_alone
from tests.bench.engines.measure import ENGINES, SHAPES, measure

SIZES = (10, 100, 1_000, 10_000, 100_000)


def run(_directory: str, *, write: bool = False) -> None:
    """Measure all worlds, each in a process of its own; `write` puts the figures into the documentation."""
    missing = [name for engine in ENGINES for name in engine.packages if find_spec(name) is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; `make bench` installs what the benchmarks need")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        measured = []
        for shape in SHAPES:
            for size in SIZES:
                world = processes.submit(measure, shape, size).result()
                report.print_world(world)
                measured.append(world)
        whole = report.Report(tuple(measured), processes.submit(measure_alone).result())
    report.print_rest(whole)
    if write:
        report.write(whole)
