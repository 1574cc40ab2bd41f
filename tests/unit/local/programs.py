"""Real programs that start fast, for tests of what starts and ends programs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from doorward_local.ports import free_port, greeting
from doorward_local.process import Program

_GREETER = """
import signal, socket, sys
if "stubborn" in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
while True:
    connection, _ = server.accept()
    connection.sendall(b"hello")
    connection.close()
"""

_SLEEPER = "import time; print('here', flush=True); time.sleep(600)"


def greeter(directory: Path, name: str, *, stubborn: bool = False) -> Program:
    """A program that greets whoever connects; a stubborn one does not end when asked to."""
    port = free_port()
    return Program(
        name=name,
        argv=(sys.executable, "-S", "-c", _GREETER, str(port), *(("stubborn",) if stubborn else ())),
        log=directory / f"{name}.log",
        ready=lambda: greeting(port, b"", b"hello"),
    )


def failing(directory: Path, name: str) -> Program:
    """A program that says why, and ends with status 3."""
    script = "import sys; print('the disk is on fire', flush=True); sys.exit(3)"
    return replace(greeter(directory, name), argv=(sys.executable, "-S", "-c", script))


@contextmanager
def foreign_process(environment: dict[str, str] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that no run of Doorward started."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", _SLEEPER], stdout=subprocess.PIPE, env=environment, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        try:
            yield process
        finally:
            process.kill()
            process.wait()
