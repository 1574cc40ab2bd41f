"""Nothing is signalled by its pid alone."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

from doorward_local.pids import ProcessId, end, is_running, mark, marked, process_id, send, wait_gone

from tests.unit.local.programs import foreign_process


def known(process: "subprocess.Popen[bytes]") -> ProcessId:
    found = process_id(process.pid)
    assert found is not None
    return found


def test_a_process_is_known_by_pid_and_start() -> None:
    with foreign_process() as process:
        first = known(process)

        assert process_id(process.pid) == first
        assert is_running(first)
        assert not is_running(replace(first, started=first.started + 1))
        assert not is_running(replace(first, boot="another boot"))


def test_a_process_that_has_ended_does_not_run_even_before_it_is_reaped() -> None:
    with foreign_process() as process:
        first = known(process)
        os.kill(process.pid, signal.SIGKILL)

        assert wait_gone(first, 5)
        assert process_id(process.pid) is None
        assert not send(first, signal.SIGTERM)


def test_another_process_that_has_the_pid_by_now_is_never_signalled() -> None:
    with foreign_process() as process:
        earlier = replace(known(process), started=known(process).started - 100)

        assert not send(earlier, signal.SIGKILL)
        end(earlier, 0.1)

        assert process.poll() is None
        assert is_running(known(process))


def test_that_very_process_is_signalled() -> None:
    with foreign_process() as process:
        assert send(known(process), signal.SIGTERM)
        assert process.wait(5) == -signal.SIGTERM


def test_a_process_that_does_not_end_when_asked_is_ended() -> None:
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-S", "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end(known(process), 0.2)

        assert process.wait(5) == -signal.SIGKILL


def test_a_stopped_process_is_ended_too() -> None:
    with foreign_process() as process:
        process.send_signal(signal.SIGSTOP)
        end(known(process), 5)

        assert process.wait(5) == -signal.SIGTERM


def test_marked_processes_are_found_by_run_and_component_and_no_others() -> None:
    with (
        foreign_process({**os.environ, **mark("0123", "nats")}) as nats,
        foreign_process({**os.environ, **mark("0123", "nats-two")}) as other,
        foreign_process({**os.environ, **mark("01234", "nats")}),
        foreign_process(),
    ):
        assert marked("0123", "nats") == [known(nats)]
        assert {each.pid for each in marked("0123")} == {nats.pid, other.pid}
        assert marked("9999") == []
