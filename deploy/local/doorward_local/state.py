"""What a local run has started, written down so that whoever comes later can tell it from what others started."""

import json
import signal
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from doorward_local.data_directory import read_json, write_private
from doorward_local.pids import ProcessId, end, marked, send, wait_gone

_ORDERLY_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A component: its process while it runs, where it listens, how often it was started again."""

    process: ProcessId | None
    address: str
    restarts: int = 0


@dataclass(slots=True, kw_only=True)
class RunState:
    """A run: its random mark, its supervisor, its components in the order in which they were started."""

    run: str
    supervisor: ProcessId
    components: dict[str, Started] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """Write it down, whole or not at all."""
        write_private(file, json.dumps(asdict(self), indent=2))


def load_state(file: Path) -> RunState | None:
    """What the last run wrote down; None when there is nothing or it makes no sense."""
    found = read_json(file)
    try:
        supervisor = _process(found["supervisor"])
        if supervisor is None:
            return None
        components = {
            str(name): Started(process=_process(each["process"]), address=each["address"], restarts=each["restarts"])
            for name, each in found["components"].items()
        }
        return RunState(run=str(found["run"]), supervisor=supervisor, components=components)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def end_leftovers(state: RunState) -> list[str]:
    """End what a supervisor that is gone left running; return the names of the components that still ran.

    Only processes are signalled that have the pid and the start time that the run wrote down, or carry its mark.
    """
    left = []
    for name, component in reversed(state.components.items()):
        if component.process is not None and send(component.process, signal.SIGCONT):
            left.append(name)
            end(component.process, _ORDERLY_SECONDS)
    end_marked(state.run)
    return left


def end_marked(run: str, component: str | None = None) -> None:
    """End at once (SIGKILL) whatever carries the mark of a run or of one component of it, except this process."""
    for process in marked(run, component):
        send(process, signal.SIGKILL)
        wait_gone(process, 5)


def _process(found: Any) -> ProcessId | None:
    return None if found is None else ProcessId(int(found["pid"]), int(found["started"]), str(found["boot"]))
