"""What `doorward status` tells: each component's process, health, revision and staleness."""

from dataclasses import dataclass

from doorward_client import Client
from doorward_kernel.errors import DoorwardError

from doorward_local.data_directory import DataDirectory
from doorward_local.pids import is_running
from doorward_local.ports import greeting
from doorward_local.services import healthy
from doorward_local.state import Started, load_state

_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a component does; `staleness_seconds` is the decision replica's."""

    name: str
    address: str | None
    pid: int | None
    alive: bool
    healthy: bool
    restarts: int = 0
    revision: str | None = None
    staleness_seconds: float | None = None


def conditions(directory: DataDirectory) -> list[Condition]:
    """The supervisor and its components; empty when nothing was started or all was stopped."""
    state = load_state(directory.state)
    if state is None:
        return []
    alive = is_running(state.supervisor) and directory.is_held()
    found = [Condition(name="supervisor", address=None, pid=state.supervisor.pid, alive=alive, healthy=alive)]
    for name, started in state.components.items():
        found.append(_condition(directory, name, started))
    return found


def _condition(directory: DataDirectory, name: str, started: Started) -> Condition:
    alive = started.process is not None and is_running(started.process)
    revision, staleness = _progress(directory, name) if alive else (None, None)
    return Condition(
        name=name,
        address=started.address,
        pid=started.process.pid if alive and started.process is not None else None,
        alive=alive,
        healthy=alive and _healthy(directory, name, int(started.address.rpartition(":")[2])),
        restarts=started.restarts,
        revision=revision,
        staleness_seconds=staleness,
    )


def _healthy(directory: DataDirectory, name: str, port: int) -> bool:
    match name:
        case "nats":
            return greeting(port, b"", b"INFO {")
        case "valkey":
            return greeting(port, f"AUTH {directory.key('valkey')}\r\nPING\r\n".encode(), b"+OK\r\n+PONG")
        case _:
            return healthy(port, _SECONDS)


def _progress(directory: DataDirectory, name: str) -> tuple[str | None, float | None]:
    """The revision that a service is at, and its staleness in seconds; None where it does not say."""
    try:
        with Client.from_endpoints(directory.path) as configured:
            client = configured.with_options(deadline=_SECONDS)
            if name == "identity":
                return client.log.get_head().revision, None
            if name == "credential":
                return client.credential_log.get_head().revision, None
            if name == "decision":
                status = client.replica.get_replica_status()
                stale = status.staleness_ms / 1000 if status.HasField("staleness_ms") else None
                return status.revision, stale
    except DoorwardError:
        pass
    return None, None
