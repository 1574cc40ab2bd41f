"""Runs the benchmarks: `python -m tests.bench [NAME ...]`."""

import argparse
import platform
import tempfile
import time
from collections.abc import Callable

from tests.bench import event_log, hot_path, programs, propagation

BENCHMARKS: dict[str, Callable[[str], None]] = {
    "programs": programs.run,
    "event-log": event_log.run,
    "propagation": propagation.run,
    "hot-path": hot_path.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help=f"which ones: {', '.join(BENCHMARKS)}; all when none is named")
    names = parser.parse_args().name or list(BENCHMARKS)
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    print(f"Python {platform.python_version()}, {platform.machine()}; figures of a shared machine: trust the ratios")
    for name in names:
        print(f"\n{name}")
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="doorward-bench-") as directory:
            BENCHMARKS[name](directory)
        print(f"  ({time.monotonic() - started:.0f} s)")


main()
