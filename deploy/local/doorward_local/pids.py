"""Processes by more than their number: a pid may belong to somebody else by now, so nothing is signalled by it alone.

Linux only: what is known of a process comes from `/proc`.
"""

import os
import signal
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_STATE, _START_TIME = 0, 19
"""Places in `/proc/<pid>/stat` behind the name: state (field 3) and start time (field 22), proc(5)."""

RUN_VARIABLE = "DOORWARD_LOCAL_RUN"
"""The environment variable by which a run marks what it starts, and what that starts in turn."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, once and for all: its pid, its start in clock ticks since the boot, and the boot."""

    pid: int
    started: int
    boot: str


def process_id(pid: int) -> ProcessId | None:
    """Who has this pid now; None when nobody has, or when it has ended and only waits to be reaped."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    if fields[_STATE] in ("Z", "X"):
        return None
    return ProcessId(pid, int(fields[_START_TIME]), _boot())


def is_running(process: ProcessId) -> bool:
    """Whether that very process still runs."""
    return process_id(process.pid) == process


def send(process: ProcessId, number: signal.Signals) -> bool:
    """Signal that very process, and never another that has its pid by now; whether it was there."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        if not is_running(process):
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def end(process: ProcessId, seconds: float) -> None:
    """Ask a process to end (SIGTERM) and end it at once (SIGKILL) when it has not after `seconds`."""
    send(process, signal.SIGCONT)
    send(process, signal.SIGTERM)
    if not wait_gone(process, seconds):
        send(process, signal.SIGKILL)
        wait_gone(process, 5)


def wait_gone(process: ProcessId, seconds: float) -> bool:
    """Wait until a process has ended; False when it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def mark(run: str, component: str) -> dict[str, str]:
    """What the environment of a component of a run says."""
    return {RUN_VARIABLE: f"{run}/{component}"}


def marked(run: str, component: str | None = None) -> list[ProcessId]:
    """Every process, this one excepted, whose environment carries the mark of a run, or of one component of it."""
    beginning = f"{RUN_VARIABLE}={run}/{component or ''}".encode()
    found = []
    for directory in _PROC.iterdir():
        if not directory.name.isdigit() or int(directory.name) == os.getpid():
            continue
        process = process_id(int(directory.name))
        try:
            environment = (directory / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        ours = any(each == beginning or (component is None and each.startswith(beginning)) for each in environment)
        if process is not None and ours and is_running(process):
            found.append(process)
    return found


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
