"""Child processes: started, waited for until they really answer, ended by their own pid."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from doorward_local.errors import StartFailed, Stopped

_MAX_LOG_BYTES = 16 * 1024 * 1024
"""A larger log is put aside as `<name>.old` when the program starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start: `ready` says whether it answers a real handshake; `log` receives what it prints."""

    name: str
    argv: tuple[str, ...]
    log: Path
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    start_seconds: float = 20.0
    stop_signal: signal.Signals = signal.SIGTERM


class Running:
    """A started program. Ends with the `with` block."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self.program = program
        self._process = process

    @classmethod
    def start(cls, program: Program) -> Self:
        """Start and wait until it answers. Raises StartFailed with the end of its log."""
        running = cls.spawn(program)
        try:
            running.wait_ready()
        except BaseException:
            running.stop(seconds=1)
            raise
        return running

    @classmethod
    def spawn(cls, program: Program) -> Self:
        """Start without waiting."""
        program.log.parent.mkdir(parents=True, exist_ok=True)
        if program.log.exists() and program.log.stat().st_size > _MAX_LOG_BYTES:
            program.log.rename(f"{program.log}.old")
        with program.log.open("ab") as log:
            process = subprocess.Popen(
                program.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **program.environment},
                user=program.user,
                start_new_session=True,
            )
        return cls(program, process)

    def wait_ready(self, stopping: threading.Event | None = None) -> None:
        """Wait until the program answers.

        Raises StartFailed with the end of its log, and Stopped when `stopping` is set meanwhile.
        """
        deadline = time.monotonic() + self.program.start_seconds
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise StartFailed(
                    f"{self.program.name} ended with status {self._process.returncode}, see {self.program.log}",
                    self._tail(),
                )
            if stopping is not None and stopping.is_set():
                raise Stopped(f"stopped before {self.program.name} had started")
            if self.program.ready():
                return
            time.sleep(0.02)
        raise StartFailed(
            f"{self.program.name} did not answer within {self.program.start_seconds:g} s, see {self.program.log}",
            self._tail(),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the program has already ended."""
        if self.alive:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        self.send(signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 15.0, hurry: threading.Event | None = None) -> None:
        """Ask it to end and wait; after `seconds`, or when `hurry` is set, end it at once."""
        self.send(signal.SIGCONT)
        self.send(self.program.stop_signal)
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline or (hurry is not None and hurry.is_set()):
                self.kill()
            time.sleep(0.01)

    def _tail(self) -> str:
        return self.program.log.read_text(errors="replace")[-2000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
