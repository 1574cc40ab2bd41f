"""The figures in words: printed, and written into the documentation."""

import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from tests.bench.engines import iam, rbac
from tests.bench.engines.alone import LONGEST_ARN, LONGEST_POLICY, Alone
from tests.bench.engines.chart import Line, draw
from tests.bench.engines.measure import BATCH, COMPARED, ENGINES, PEER_SECONDS, REQUESTS, ROUNDS, Cell, Measured

DOCS = Path(__file__).parents[3] / "docs"
PAGE = "benchmarks.md"
CHART = "benchmarks-engines.svg"
BEGIN, END = "<!-- engines: begin -->", "<!-- engines: end -->"
COMMAND = "make bench BENCH='engines --write'"
FLAT_FROM, FLAT_TO = 100, 100_000
OURS, PEER = "Doorward", "cedarpy"
FIGURES = ("median", "p99", "mean", "rounds", "loaded in", "memory", "slowest first", "requests")
TITLE = "Cost of a check, in process, on one core"


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run measured."""

    measured: tuple[Measured, ...]
    alone: Alone


# --- printed ---


def print_world(world: Measured) -> None:
    """One world, as soon as it is measured."""
    print(f"  {world.shape}, {world.size:,} statements; {world.allowed:.0%} of the requests allowed")
    for cell in world.cells:
        prepared = cell.prepared
        print(
            f"    {cell.engine:>8}: median {_time(cell.median)}, p99 {_time(cell.p99)}, mean {_time(cell.mean)} "
            f"(rounds {_time(min(cell.rounds))} to {_time(max(cell.rounds))}); loaded in {_time(prepared.seconds)}, "
            f"{prepared.memory / 1e6:,.1f} MB, slowest first check {_time(prepared.slowest_first)}; "
            f"{cell.requests:,} requests, {cell.compared:,} compared"
        )


def print_rest(report: Report) -> None:
    """What compares worlds with each other, and what is measured without any."""
    for line in (*_ratios(report.measured), *_alone(report.alone)):
        print(f"  {line.replace('**', '')}")


# --- written ---


def write(report: Report, docs: Path = DOCS) -> None:
    """Put the figures between their two marks in the page on benchmarks, and the chart beside it."""
    page = docs / PAGE
    text = page.read_text("utf-8") if page.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"`{page}` lacks the marks `{BEGIN}` and `{END}`, between which the figures belong")
    page.write_text(f"{before}{BEGIN}\n{_section(report)}\n{END}{after}", "utf-8")
    (docs / CHART).write_text(draw(TITLE, list(_lines(report.measured))), "utf-8")


def _section(report: Report) -> str:
    parts = [
        f"## {TITLE}\n",
        f"![{TITLE}]({CHART})\n",
        _circumstances() + "\n",
        *_table(report.measured),
        "",
        *(f"- {line}" for line in (*_ratios(report.measured), *_alone(report.alone))),
        "",
        *_method(),
    ]
    return "\n".join(parts)


def _circumstances() -> str:
    versions = [f"{name} {version(name)}" for engine in ENGINES for name in engine.packages]
    return (
        f"`{COMMAND}` on {datetime.now(UTC):%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores of which one is used, "
        f"Python {platform.python_version()}, {', '.join(versions)}."
    )


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _table(measured: Iterable[Measured]) -> Iterator[str]:
    yield f"| world | statements | engine | {' | '.join(FIGURES)} |"
    yield f"| --- | ---: | --- |{' ---: |' * len(FIGURES)}"
    for world in measured:
        for cell in world.cells:
            prepared = cell.prepared
            yield (
                f"| {world.shape} | {world.size:,} | {cell.engine} | **{_time(cell.median)}** | "
                f"{_time(cell.p99)} | {_time(cell.mean)} | {_time(min(cell.rounds))} – {_time(max(cell.rounds))} | "
                f"{_time(prepared.seconds)} | {prepared.memory / 1e6:,.1f} MB | {_time(prepared.slowest_first)} | "
                f"{cell.requests:,} |"
            )


def _ratios(measured: Sequence[Measured]) -> Iterator[str]:
    for shape in dict.fromkeys(world.shape for world in measured):
        worlds = {world.size: {cell.engine: cell for cell in world.cells} for world in measured if world.shape == shape}
        faster = [f"{_ratio(cells[PEER], cells[OURS])} at {size:,}" for size, cells in worlds.items() if PEER in cells]
        yield (
            f"{shape}: a check by {PEER} costs {', '.join(faster)} statements of what one by {OURS} costs, by the "
            "medians (in brackets by the means)."
        )
        if FLAT_FROM in worlds and FLAT_TO in worlds:
            growth = _ratio(worlds[FLAT_TO][OURS], worlds[FLAT_FROM][OURS])
            yield f"{shape}: {OURS} at {FLAT_TO:,} statements costs {growth} what it costs at {FLAT_FROM:,}."


def _ratio(one: Cell, other: Cell) -> str:
    return f"**{_times(one.median / other.median)}** ({_times(one.mean / other.mean)})"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2f} ×"


def _alone(alone: Alone) -> Iterator[str]:
    spread = f"{_time(min(alone.managed))} to {_time(max(alone.managed))}"
    yield (
        f"Parsing and compiling all {alone.policies:,} policies that AWS manages: **{_time(median(alone.managed))}** "
        f"(median of {len(alone.managed)}, {spread})."
    )
    name, seconds = max(alone.worst.items(), key=lambda each: each[1])
    others = ", ".join(f"{each} {_time(took)}" for each, took in alone.worst.items() if each != name)
    yield (
        f"The worst policy of {LONGEST_POLICY:,} characters against an ARN of {LONGEST_ARN:,}: {name}, "
        f"**{_time(seconds)}** ({others})."
    )


def _method() -> Iterator[str]:
    yield (
        f"In each of {ROUNDS} rounds the engines take turns, and each gets up to {REQUESTS:,} different questions; "
        f"none is repeated in a round. Before each {BATCH} they are made anew in the form that the engine takes, which "
        "is not measured: as in a service, what is asked was decoded a moment ago. A peer that needs more than "
        f"{PEER_SECONDS:g} seconds for a world is given fewer. Times are processor time. *Median* and *p99* are of "
        "single checks, without what reading the clock takes; *mean* is the median of the rounds' means, *rounds* the "
        "least and the greatest of these. *Slowest first* is the slowest of the first checks "
        "after loading, when what is found on demand is found. Memory is what the process grew by until then. The "
        "garbage collector is off while checks are timed. Before that the engines must agree on "
        f"{COMPARED:,} requests (or as many as the slowest manages in ten seconds), and Doorward with the full scan of "
        "its statements on some of them in worlds of up to a thousand.\n"
    )
    for name, module in (("RBAC", rbac), ("IAM", iam)):
        yield f"**{name}.** {_prose(module.__doc__)}\n"
    for engine in ENGINES:
        yield f"**{engine.name}.** {_prose(sys.modules[type(engine).__module__].__doc__)}\n"


def _prose(text: str | None) -> str:
    return " ".join((text or "").split())


def _lines(measured: Sequence[Measured]) -> Iterator[Line]:
    for engine in ENGINES:
        for shape in sorted(engine.shapes):
            points = tuple(
                (world.size, cell.median * 1e6)
                for world in measured
                if world.shape == shape
                for cell in world.cells
                if cell.engine == engine.name
            )
            if points:
                yield Line(engine.name, shape, points)


def _time(seconds: float) -> str:
    """With a unit that leaves one to three digits before the point."""
    for unit, factor in (("µs", 1e6), ("ms", 1e3)):
        value = seconds * factor
        if value < 999.5:
            return f"{value:.{1 if value < 99.95 else 0}f} {unit}"
    return f"{seconds:.1f} s"
