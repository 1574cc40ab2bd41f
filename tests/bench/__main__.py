"""Runs the benchmarks: `python -m tests.bench [NAME ...]`."""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from functools import partial

from tests.bench import accounts, batches, credentials, engines, event_log, hot_path, propagation

BENCHMARKS: dict[str, Callable[[str], None]] = {
    "engines": engines.run,
    "event-log": event_log.run,
    "accounts": accounts.run,
    "propagation": propagation.run,
    "hot-path": hot_path.run,
    "batches": batches.run,
    "credentials": credentials.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help=f"which ones: {', '.join(BENCHMARKS)}; all when none is named")
    parser.add_argument("--write", action="store_true", help="put the figures of `engines` into docs/benchmarks.md")
    told = parser.parse_args()
    names = told.name or list(BENCHMARKS)
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    benchmarks = BENCHMARKS | {"engines": partial(engines.run, write=told.write)}
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"Python {platform.python_version()}, {platform.machine()}; figures of a shared machine: trust the ratios")
    print(f"load of the machine before, in 1, 5 and 15 minutes: {busy} on {os.cpu_count()} processors")
    for name in names:
        print(f"\n{name}")
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="doorward-bench-") as directory:
            benchmarks[name](directory)
        print(f"  ({time.monotonic() - started:.0f} s)")


main()
