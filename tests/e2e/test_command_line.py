"""`doorward` from the outside, as a person and as a program use it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from doorward_kernel.ids import OPERATOR
from doorward_local.data_directory import DataDirectory
from doorward_local.pids import is_running
from doorward_local.state import load_state

COMPONENTS = ["nats", "valkey", "identity", "credential", "decision"]
ACCOUNT = "210987654321"


class CommandLine:
    """Runs the command on one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._command = str(Path(sys.executable).with_name("doorward"))
        self._environment = {**os.environ, "DOORWARD_DATA_DIR": str(data_dir)}

    def __call__(self, *arguments: str, status: int | None = 0) -> str:
        done = subprocess.run(
            [self._command, *arguments], env=self._environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert status in (None, done.returncode), (arguments, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout if status != 2 else done.stderr

    def json(self, *arguments: str, status: int | None = 0) -> Any:
        return json.loads(self(*arguments, "--json", status=status))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self._command, *arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def doorward(tmp_path: Path) -> Iterator[CommandLine]:
    command_line = CommandLine(tmp_path / "data")
    yield command_line
    command_line("down")


def test_a_day_in_the_life(doorward: CommandLine) -> None:
    known = doorward.json("up", "--detach", "--demo", "--account", ACCOUNT)

    endpoints = json.loads((doorward.data_dir / "endpoints.json").read_text())
    assert known["endpoints"] == endpoints
    assert list(endpoints) == [
        *("identity", "credential", "decision", "decision_admin", "jwks", "gateway", "nats", "redis", "bootstrap")
    ]
    assert list(endpoints["bootstrap"]) == ["account", "access_key_id", "secret_access_key"]
    assert endpoints["bootstrap"]["account"] == ACCOUNT
    assert [each["effect"] for each in known["demo"]] == ["allow", "explicit_deny"]
    assert (doorward.data_dir / "endpoints.json").stat().st_mode & 0o777 == 0o600
    assert doorward.data_dir.stat().st_mode & 0o777 == 0o700

    # decisions
    allowed, denied = known["demo"]
    question = (allowed["principal"], allowed["action"], allowed["resource"])
    answer = doorward.json("check", *question, "--at-least", allowed["revisions"][0], "--latest")
    assert (answer["allowed"], answer["effect"]) == (True, "allow")
    assert (
        doorward.json("check", denied["principal"], denied["action"], denied["resource"], status=1)["allowed"] is False
    )
    assert doorward("check", *question, "--at-least", "gibberish", status=2).startswith("InvalidInput: ")

    # the log
    events = [json.loads(line) for line in doorward("events", "tail", "--after", "0", "--json").splitlines()]
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "AccountCreated"
    assert events[-1]["metadata"]["reason"] == "demo world"
    assert {event["account"] for event in events} == {OPERATOR, ACCOUNT}
    about = [json.loads(line) for line in doorward("events", "list", "--entity", "user/bob", "--json").splitlines()]
    assert about[0] == events[-1]
    assert about[-1] == doorward.json("events", "show", about[-1]["revision"])
    past = doorward.json("events", "at", about[-1]["revision"])
    assert [user["user_name"] for user in past["users"]] == ["alice", "bob"]
    assert [past[kind] for kind in ("groups", "roles", "policies")] == [[], [], []]
    assert doorward.json("events", "at", events[-1]["recorded_at"])["revision"] == events[-1]["revision"]
    assert doorward("events", "at", "2020-01-01T00:00:00Z", status=2).startswith("NoSuchEntity: ")
    verified = doorward.json("events", "verify")
    assert (verified["sound"], verified["position"]) == (True, len(events))

    # the operator makes an account, and sees the tree
    made = doorward.json("init", "--account-name", "Example", "--alias", "example", "--email", "root@example.com")
    assert made["email"] == "root@example.com"
    assert made["root_user"] == f"arn:aws:iam::{made['account_id']}:root"
    assert made["revision"].startswith(events[-1]["revision"].rpartition(".")[0])
    assert doorward("init", "--account-name", "Other", "--account-id", ACCOUNT, status=2).startswith("EntityAlreadyE")
    refused = doorward("init", "--account-name", "Other", "--alias", "example", status=2)
    assert refused.startswith("EntityAlreadyExists: account `")
    assert "is made, but has no alias: The account alias example already exists." in refused
    tree = doorward.json("organization", "tree")
    assert {each["id"]: each["alias"] for each in tree["accounts"]}[made["account_id"]] == "example"
    assert ACCOUNT in doorward("organization", "tree")
    moved = [json.loads(line) for line in doorward("events", "tail", "--after", "0", "--json").splitlines()]
    assert [event["type"] for event in moved[len(events) :]] == [
        "RootEmailSet",
        "AccountCreated",
        "AccountAliasCreated",
        "AccountCreated",
    ]
    events = moved

    # how it does
    status = doorward.json("status")
    assert status["well"]
    assert [each["name"] for each in status["components"]] == ["supervisor", *COMPONENTS]
    assert status["components"][3]["revision"] == events[-1]["revision"]
    assert status["components"][4]["revision"].startswith("credential.")
    assert status["components"][5]["staleness_seconds"] < 5
    assert "serving" in doorward("status")

    # one at a time
    assert "AlreadyRunning" in doorward("up", "--detach", status=2)
    assert "AlreadyRunning" in doorward("up", status=2)

    # down, and up again: same addresses, same account, same log, and the demo world is not made twice
    assert doorward.json("down") == {"stopped": True}
    assert doorward.json("down") == {"stopped": False}
    assert doorward.json("status", status=1)["running"] is False
    assert doorward("check", *question, status=2).startswith("ServiceUnavailable: ")
    again = doorward.json("up", "--detach", "--demo")
    assert again["endpoints"] == endpoints
    assert doorward.json("events", "verify")["position"] == len(events)

    # somebody changes the log behind everybody's back
    with closing(sqlite3.connect(doorward.data_dir / "identity.db", isolation_level=None)) as database:
        database.execute("UPDATE events SET payload = ? WHERE position = 2", (b'{"name":"malice"}',))
    broken = doorward.json("events", "verify", status=1)
    assert (broken["sound"], broken["broken_at"]) == (False, 2)


def test_a_crashed_supervisor_leaves_nothing_that_down_or_up_do_not_end(doorward: CommandLine) -> None:
    doorward("up", "--detach")
    state = load_state(DataDirectory(doorward.data_dir).state)
    assert state is not None
    started = {name: each.process for name, each in state.components.items() if each.process is not None}
    os.kill(state.supervisor.pid, signal.SIGKILL)
    while is_running(state.supervisor):
        time.sleep(0.01)

    # Envoy, which the decision service becomes, ends with its parent; the others are left
    assert [name for name, process in started.items() if is_running(process)][:3] == ["nats", "valkey", "identity"]
    assert doorward.json("status", status=1)["components"][0]["alive"] is False

    doorward("up", "--detach")
    assert not any(is_running(process) for process in started.values())
    assert doorward.json("status")["well"]


def test_in_the_foreground_ctrl_c_stops_everything_in_order(doorward: CommandLine) -> None:
    with doorward.start("up", "--json") as process:
        assert process.stdout is not None
        endpoints = json.loads(process.stdout.readline())["endpoints"]
        state = load_state(DataDirectory(doorward.data_dir).state)
        assert state is not None
        assert list(state.components) == COMPONENTS
        killed = next(each for each in doorward.json("status")["components"] if each["name"] == "valkey")["pid"]
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while (health := doorward.json("status", status=None))["components"][2]["restarts"] == 0 or not health["well"]:
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "valkey ended with status -9, starting it again in 0.2 s" in err
    assert "Traceback" not in err
    assert endpoints["bootstrap"]["account"].isdigit()
    assert not any(each.process and is_running(each.process) for each in state.components.values())
    assert not (doorward.data_dir / "endpoints.json").exists()


def test_a_start_that_is_interrupted_leaves_nothing_running(doorward: CommandLine) -> None:
    with doorward.start("up") as process:
        file = DataDirectory(doorward.data_dir).state
        while (state := load_state(file)) is None or not state.components:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, out, err) == (130, "", "")
    assert not any(each.process and is_running(each.process) for each in state.components.values())
    assert doorward.json("status", status=1)["running"] is False


def test_what_cannot_start_is_shown_with_its_log(doorward: CommandLine) -> None:
    doorward.data_dir.mkdir()
    (doorward.data_dir / "doorward.lock").touch()
    (doorward.data_dir / "identity.db").write_bytes(b"this is not a database" * 100)

    for arguments in (("up", "--detach"), ("up",)):
        shown = doorward(*arguments, status=2)
        assert shown.startswith("StartFailed: identity ended with status 1")
        assert "identity.log" in shown

    assert doorward.json("status", status=1)["running"] is False


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    """Each of these means something to a URL, to NATS's or to Valkey's configuration."""
    data_dir = tmp_path / 'my projects?%41#ü"x'
    doorward = CommandLine(data_dir)
    try:
        doorward("up", "--detach")
        assert doorward.json("events", "verify")["sound"]
    finally:
        doorward("down")

    assert (data_dir / "identity.db").is_file()
    assert [each.name for each in tmp_path.iterdir()] == [data_dir.name]


def test_down_touches_nothing_in_a_directory_that_is_not_ours(tmp_path: Path) -> None:
    for name in ("lock", "state.json", "endpoints.json"):
        (tmp_path / name).write_text('{"mine": 1}')
    tmp_path.chmod(0o755)

    CommandLine(tmp_path)("down")

    assert {file.name for file in tmp_path.iterdir()} == {"lock", "state.json", "endpoints.json"}
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_nonsense_is_refused(doorward: CommandLine, tmp_path: Path) -> None:
    assert doorward("up", "--account", "12", status=2).startswith("InvalidInput: ")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("meow")
    assert doorward("up", "--detach", "--data-dir", str(tmp_path / "photos"), status=2).startswith(
        "NotADataDirectory: "
    )
    assert [each.name for each in (tmp_path / "photos").iterdir()] == ["cat.jpg"]
