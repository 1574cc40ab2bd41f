"""What a run wrote down tells what it started from what others started."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from doorward_local.data_directory import DataDirectory
from doorward_local.ending import bring_down
from doorward_local.errors import AlreadyRunning
from doorward_local.pids import ProcessId, is_running, mark, process_id
from doorward_local.state import RunState, Started, end_leftovers, load_state

from tests.unit.local.programs import foreign_process

NOBODY = ProcessId(2**22 + 5, 1, "another boot")


def started(process: "subprocess.Popen[bytes]", *, ticks_earlier: int = 0) -> Started:
    found = process_id(process.pid)
    assert found is not None
    return Started(process=replace(found, started=found.started - ticks_earlier), address="127.0.0.1:1")


def test_a_state_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    state = RunState(run="0123", supervisor=NOBODY)
    state.components["nats"] = Started(process=NOBODY, address="127.0.0.1:1", restarts=3)
    state.components["valkey"] = Started(process=None, address="127.0.0.1:2")

    state.save(tmp_path / "state.json")

    assert load_state(tmp_path / "state.json") == state


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"run": "1", "supervisor": null}', '{"run": "1", "supervisor": 7}'])
def test_a_state_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)

    assert load_state(tmp_path / "state.json") is None


def test_leftovers_are_ended_and_a_stranger_with_a_leftovers_pid_is_left_alone() -> None:
    with foreign_process() as ours, foreign_process() as stranger:
        state = RunState(run="0123", supervisor=NOBODY)
        state.components["nats"] = started(ours)
        state.components["identity"] = started(stranger, ticks_earlier=100)

        assert end_leftovers(state) == ["nats"]

        assert ours.wait(5) < 0
        assert stranger.poll() is None


def test_what_leftovers_started_in_turn_is_ended_too() -> None:
    with foreign_process({**os.environ, **mark("4567", "decision")}) as child, foreign_process() as stranger:
        end_leftovers(RunState(run="4567", supervisor=NOBODY))

        assert child.wait(5) < 0
        assert stranger.poll() is None


def test_down_ends_what_a_crashed_supervisor_left_and_nothing_else(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    directory.prepare()
    directory.endpoints.write_text("{}")
    with foreign_process() as ours, foreign_process() as stranger:
        state = RunState(run="89ab", supervisor=replace(started(stranger).process or NOBODY, started=1))
        state.components["nats"] = started(ours)
        state.save(directory.state)

        assert bring_down(directory)

        assert ours.wait(5) < 0
        assert stranger.poll() is None
        assert not directory.state.exists()
        assert not directory.endpoints.exists()
        assert not bring_down(directory)


def test_down_where_nothing_ever_ran_does_nothing(tmp_path: Path) -> None:
    assert not bring_down(DataDirectory(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_down_does_not_guess_who_holds_a_directory(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    with foreign_process() as stranger, directory.held():
        RunState(run="89ab", supervisor=replace(started(stranger).process or NOBODY, started=1)).save(directory.state)

        with pytest.raises(AlreadyRunning, match="did not write down who it is"):
            bring_down(directory)

        assert stranger.poll() is None
        assert is_running(started(stranger).process or NOBODY)
