"""The supervisor with real processes: order, restarts, holding down, stopping."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doorward_local.errors import StartFailed, Stopped
from doorward_local.pids import is_running, process_id
from doorward_local.process import Running
from doorward_local.state import Started
from doorward_local.supervisor import Supervisor

from tests.unit.local.programs import failing, greeter


class Watched:
    """A supervisor, and what it noted and told."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, Started]] = []
        self.told: list[str] = []
        self.hurry = threading.Event()
        run = os.urandom(8).hex()
        self.supervisor = Supervisor(run, lambda name, started: self.notes.append((name, started)), self.told.append)


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.hurry.set()
    made.supervisor.stop(made.hurry)


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def test_components_start_in_order_and_stop_in_reverse(watched: Watched, tmp_path: Path) -> None:
    programs = [(greeter(tmp_path, name), f"address of {name}") for name in ("one", "two", "three")]

    watched.supervisor.start(programs, threading.Event())
    running = [watched.supervisor.running(name) for name in ("one", "two", "three")]
    watched.supervisor.stop(threading.Event())

    assert [name for name, _ in watched.notes] == ["one", "two", "three", "three", "two", "one"]
    assert [started.process and started.process.pid for _, started in watched.notes[:3]] == [
        each.pid for each in running
    ]
    assert {started.process for _, started in watched.notes[3:]} == {None}
    assert not any(each.alive for each in running)


def test_what_dies_is_started_again_later_each_time(watched: Watched, tmp_path: Path) -> None:
    watched.supervisor.start([(greeter(tmp_path, "one"), "here")], threading.Event())
    pids = []

    for _ in range(3):
        pids.append(watched.supervisor.running("one").pid)
        watched.supervisor.running("one").kill()
        until(lambda: watched.supervisor.running("one").pid != pids[-1])
        watched.supervisor.wait_ready("one")

    assert len(set(pids)) == 3
    assert [line.partition("again in ")[2].partition(" s")[0] for line in watched.told] == ["0.2", "0.4", "0.8"]
    assert all(line.startswith("one ended with status -9") for line in watched.told)
    assert watched.notes[-1][1].restarts == 3


def test_what_is_held_down_stays_down_during_the_block(watched: Watched, tmp_path: Path) -> None:
    program = greeter(tmp_path, "one")
    watched.supervisor.start([(program, "here")], threading.Event())
    first = watched.supervisor.running("one")

    with watched.supervisor.without("one"):
        time.sleep(0.5)
        assert not program.ready()

    assert watched.supervisor.running("one").pid != first.pid
    assert program.ready()
    assert watched.told == []


def test_a_program_that_ends_at_its_start_fails_it_with_the_end_of_its_log(watched: Watched, tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="bad ended with status 3") as raised:
        watched.supervisor.start(
            [(greeter(tmp_path, "good"), "here"), (failing(tmp_path, "bad"), "there")], threading.Event()
        )

    assert "the disk is on fire" in raised.value.tail
    good = watched.supervisor.running("good")
    watched.supervisor.stop(threading.Event())
    assert not good.alive


def test_a_start_can_be_stopped(watched: Watched, tmp_path: Path) -> None:
    stopping = threading.Event()
    stopping.set()

    with pytest.raises(Stopped):
        watched.supervisor.start([(greeter(tmp_path, "one"), "here")], stopping)


def test_a_stop_is_cut_short_in_a_hurry(watched: Watched, tmp_path: Path) -> None:
    watched.supervisor.start([(greeter(tmp_path, "one", stubborn=True), "here")], threading.Event())
    hurry = threading.Event()
    threading.Timer(0.3, hurry.set).start()

    started = time.monotonic()
    watched.supervisor.stop(hurry)

    assert 0.25 < time.monotonic() - started < 5
    assert watched.supervisor.running("one").exit_status == -signal.SIGKILL


def test_a_child_that_outlives_its_component_is_ended_before_the_next_start(watched: Watched, tmp_path: Path) -> None:
    program = greeter(tmp_path, "one")
    script = program.argv[3].replace(
        "import signal", "import subprocess; subprocess.Popen(['sleep', '600']); import signal", 1
    )
    program = type(program)(
        name="one", argv=(*program.argv[:3], script, *program.argv[4:]), log=program.log, ready=program.ready
    )
    watched.supervisor.start([(program, "here")], threading.Event())
    first = watched.supervisor.running("one").pid
    child = next(
        found
        for each in Path("/proc").iterdir()
        if each.name.isdigit()
        and (found := process_id(int(each.name))) is not None
        and f" {first} " in (each / "stat").read_text().rpartition(")")[2][:40]
        and (each / "cmdline").read_bytes().startswith(b"sleep")
    )

    watched.supervisor.running("one").kill()
    until(lambda: watched.supervisor.running("one").pid != first)

    assert not is_running(child)


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    program = greeter(tmp_path, "one")
    with program.log.open("wb") as log:
        log.truncate(17 * 1024 * 1024)

    with Running.start(program):
        pass

    assert program.log.stat().st_size < 1000
    assert Path(f"{program.log}.old").stat().st_size == 17 * 1024 * 1024
