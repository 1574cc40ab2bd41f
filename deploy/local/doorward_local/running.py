"""What `doorward up` does: in the foreground until a signal comes, or detached in a session of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from doorward_local.data_directory import DataDirectory
from doorward_local.demo import DemoDecision, make_demo
from doorward_local.errors import LocalError, StartFailed
from doorward_local.world import LocalDoorward

_TAIL = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The arguments of `doorward up`."""

    data_dir: Path
    account: str | None
    demo: bool


def run_until_signal(wanted: Wanted, ready: Callable[[dict[str, Any]], None], tell: Callable[[str], None]) -> None:
    """Start everything, call `ready` with what there is to know, stay until SIGINT, SIGTERM or SIGHUP, stop everything.

    A second signal stops everything at once. Raises LocalError, also when the start is interrupted.
    """
    stopping, hurry = threading.Event(), threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if stopping.is_set():
            hurry.set()
        else:
            stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    world = LocalDoorward(wanted.data_dir, account=wanted.account, tell=tell, stopping=stopping, hurry=hurry)
    with world:
        ready(_known(world, wanted))
        while not stopping.wait(0.5):
            world.supervisor.check()
        tell("stopping; once more to stop at once")


def start_detached(wanted: Wanted) -> dict[str, Any]:
    """Start `doorward up` in a session of its own and wait until it is ready; return what there is to know.

    Raises LocalError when it is not ready in the end; then nothing is left running.
    """
    directory = DataDirectory(wanted.data_dir)
    directory.prepare()
    directory.logs.mkdir(exist_ok=True)
    log = directory.logs / "up.log"
    reader, writer = os.pipe()
    with log.open("ab") as out:
        began = out.tell()
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "doorward_client.command", "up"),
                *("--data-dir", str(directory.path), "--ready-fd", str(writer)),
                *(("--account", wanted.account) if wanted.account else ()),
                *(("--demo",) if wanted.demo else ()),
            ],
            pass_fds=(writer,),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    os.close(writer)
    with os.fdopen(reader) as told:
        try:
            answer = told.read()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if not answer:
        process.wait()
        with log.open("rb") as written:
            written.seek(began)
            tail = written.read().decode(errors="replace")[-_TAIL:]
        raise StartFailed(f"`doorward up` ended with status {process.returncode}, see {log}", tail)
    found: dict[str, Any] = json.loads(answer)
    if "error" in found:
        process.wait()
        raise _told_error(found["error"])
    process.returncode = 0  # it stays; this process does not wait for it
    return found


def _told_error(told: dict[str, str]) -> LocalError:
    error = StartFailed(told["message"], told["tail"])
    error.reason = told["reason"]
    return error


class Waiting:
    """The process that waits in `start_detached` at the other end of a pipe, if there is one; it is told once."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @property
    def there(self) -> bool:
        return self._descriptor is not None

    def tell(self, document: dict[str, Any]) -> None:
        """Send a document, unless nobody waits."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(BrokenPipeError), os.fdopen(descriptor, "w") as out:
                json.dump(document, out)

    def tell_error(self, reason: str, message: str, tail: str = "") -> None:
        """Say why there is nothing to wait for."""
        self.tell({"error": {"reason": reason, "message": message, "tail": tail}})


def _known(world: LocalDoorward, wanted: Wanted) -> dict[str, Any]:
    with world.client() as client:
        decisions = make_demo(client, world.endpoints.bootstrap.account) if wanted.demo else []
    return {"endpoints": asdict(world.endpoints), "demo": [_decision_document(each) for each in decisions]}


def _decision_document(decision: DemoDecision) -> dict[str, Any]:
    return {
        "principal": decision.principal,
        "action": decision.action,
        "resource": decision.resource,
        "effect": decision.result.effect,
        "revisions": decision.result.revisions,
    }
