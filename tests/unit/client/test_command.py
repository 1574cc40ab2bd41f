"""`doorward` as a process: exit status, what goes to standard output and what to standard error."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from doorward.decision.v1 import decision_service_pb2 as decision
from doorward_client.command.check import context_of
from doorward_kernel.errors import InvalidInput, NoSuchEntity, Unavailable

from tests.unit.client.command_line import run
from tests.unit.client.tiny import ACCOUNT, EPOCH, KEY, Tiny, make_events, write_endpoints

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
QUESTION = (ALICE, "s3:GetObject", "arn:aws:s3:::reports/q1")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "doorward_client.command", *arguments]


@pytest.fixture
def data_dir(tiny: Tiny, tmp_path: Path) -> Path:
    return write_endpoints(tmp_path, tiny)


@pytest.mark.parametrize(
    ("effect", "status", "name"),
    [
        (decision.EFFECT_ALLOW, 0, "allow"),
        (decision.EFFECT_EXPLICIT_DENY, 1, "explicit_deny"),
        (decision.EFFECT_IMPLICIT_DENY, 1, "implicit_deny"),
    ],
)
def test_check_says_allowed_or_denied_by_its_exit_status(
    data_dir: Path, tiny: Tiny, effect: Any, status: int, name: str
) -> None:
    tiny.effect = effect

    done = run(data_dir, "check", *QUESTION, "--json")

    assert done.returncode == status
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "allowed": status == 0,
        "effect": name,
        "revisions": [f"identity.{EPOCH}.7"],
        "staleness_seconds": 1.5,
    }


def test_check_shows_people_a_table_and_sends_what_was_asked(data_dir: Path, tiny: Tiny) -> None:
    done = run(
        data_dir,
        *("check", *QUESTION, "--latest", "--at-least", f"identity.{EPOCH}.3"),
        *("--context", "aws:SourceIp=203.0.113.7", "--context", "team=a", "--context", "team=b=c"),
    )

    assert done.returncode == 0
    assert "allow" in done.stdout
    assert ALICE in done.stdout
    assert "1.500 s" in done.stdout
    request = tiny.seen[0][1]
    assert dict(request.context) == {"aws:SourceIp": "203.0.113.7"}
    assert list(request.multivalued_context["team"].values) == ["a", "b=c"]
    assert request.freshness.latest
    assert list(request.freshness.at_least) == [f"identity.{EPOCH}.3"]


def test_a_real_process_prints_and_exits_alike(data_dir: Path, tiny: Tiny) -> None:
    environment = {**os.environ, "DOORWARD_DATA_DIR": str(data_dir)}
    tiny.effect = decision.EFFECT_IMPLICIT_DENY
    denied = subprocess.run(command("check", *QUESTION, "--json"), env=environment, capture_output=True, check=False)
    tiny.raises = NoSuchEntity("no account")
    failed = subprocess.run(command("check", *QUESTION), env=environment, capture_output=True, check=False)

    assert (denied.returncode, json.loads(denied.stdout)["allowed"], denied.stderr) == (1, False, b"")
    assert (failed.returncode, failed.stdout, failed.stderr) == (2, b"", b"NoSuchEntity: no account\n")


def test_an_error_is_one_line_and_exit_status_2(data_dir: Path, tiny: Tiny) -> None:
    tiny.raises = NoSuchEntity("no account `123456789012`")

    done = run(data_dir, "check", *QUESTION, "--json")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "NoSuchEntity: no account `123456789012`\n"


def test_control_characters_of_an_error_do_not_reach_the_terminal(data_dir: Path, tiny: Tiny) -> None:
    tiny.raises = NoSuchEntity("no [red]`\x1b[2J`\n")

    done = run(data_dir, "check", *QUESTION)

    assert done.stderr == "NoSuchEntity: no [red]`\\x1b[2J`\\x0a\n"


def test_no_local_run_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "check", *QUESTION)

    assert done.returncode == 2
    assert done.stderr.startswith("ServiceUnavailable: there is no")
    assert "doorward up" in done.stderr


def test_wrong_usage_is_exit_status_2(tmp_path: Path) -> None:
    assert run(tmp_path, "check").returncode == 2
    assert run(tmp_path, "no-such-command").returncode == 2
    assert run(tmp_path, "check", *QUESTION, "--context", "novalue").returncode == 2


@pytest.mark.parametrize("pair", ["", "key", "=value"])
def test_a_context_without_key_or_value_is_invalid(pair: str) -> None:
    with pytest.raises(InvalidInput, match="key=value"):
        context_of([pair])


def test_a_context_value_may_be_empty() -> None:
    assert context_of(["key="]) == {"key": ""}


# --- events tail ---


def positions(done: subprocess.CompletedProcess[str]) -> list[int]:
    return [json.loads(line)["position"] for line in done.stdout.splitlines()]


def test_tail_prints_the_last_events_as_lines_of_json(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(25)

    done = run(data_dir, "events", "tail", "--json")

    assert done.returncode == 0
    assert positions(done) == list(range(16, 26))
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "revision": f"identity.{EPOCH}.25",
        "position": 25,
        "account": ACCOUNT,
        "version": 13,
        "type": "UserCreated",
        "schema_version": 1,
        "payload": {"name": "user-25"},
        "metadata": {"reason": "a test"},
        "recorded_at": "2027-01-15T08:00:25.123456Z",
        "commit_last": True,
        "digest": tiny.events[-1].digest.hex(),
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--limit", "2"), [24, 25]),
        (("--after", "3", "--limit", "2"), [4, 5]),
        (("--after", "22"), [23, 24, 25]),
        (("--account", ACCOUNT, "--limit", "2"), [23, 25]),
        (("--account", ACCOUNT, "--after", "20"), [21, 23, 25]),
        (("--after", "23", "--limit", "2", "--follow"), [24, 25]),
    ],
)
def test_tail_chooses_events(data_dir: Path, tiny: Tiny, arguments: tuple[str, ...], expected: list[int]) -> None:
    tiny.events = make_events(25)

    assert positions(run(data_dir, "events", "tail", "--json", *arguments)) == expected


def test_tail_shows_people_one_line_for_each_event(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(2)
    tiny.events[1].payload = json.dumps({"name": "\x1b[2J"}).encode()

    lines = run(data_dir, "events", "tail").stdout.splitlines()

    assert len(lines) == 3
    assert "UserCreated" in lines[1]
    assert '# "a test"' in lines[1]
    assert "\x1b" not in lines[2]


@contextmanager
def started(data_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command(*arguments),
        env={**os.environ, "DOORWARD_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_ctrl_c_ends_a_followed_tail_quietly(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(3)
    with started(data_dir, "events", "tail", "--json", "-f") as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert (out, err) == ("", "")
    assert process.returncode == 130


def test_a_reader_that_goes_away_ends_a_tail_quietly(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(5000)
    with started(data_dir, "events", "tail", "--after", "0") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.wait(20)

    assert err == ""
    assert process.returncode == 141


# --- events verify ---


def test_verify_of_a_sound_log(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(25)

    done = run(data_dir, "events", "verify", "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "sound": True,
        "log": "identity",
        "epoch": EPOCH,
        "position": 25,
        "digest": tiny.events[-1].digest.hex(),
        "accounts": 2,
        "broken_at": None,
        "problem": None,
    }


def test_verify_names_the_first_bad_position(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(25)
    tiny.events[16].payload = b'{"name":"mallory"}'

    for_programs = run(data_dir, "events", "verify", "--json")
    for_people = run(data_dir, "events", "verify")

    assert for_programs.returncode == for_people.returncode == 1
    assert json.loads(for_programs.stdout)["broken_at"] == 17
    assert "position 17" in for_people.stdout


def test_verify_that_cannot_read_is_no_verdict(data_dir: Path, tiny: Tiny) -> None:
    tiny.raises = Unavailable("not now")

    done = run(data_dir, "events", "verify", "--json")

    assert (done.returncode, done.stdout) == (2, "")


def test_the_key_is_never_printed(data_dir: Path, tiny: Tiny) -> None:
    tiny.raises = Unavailable("not now")

    for arguments in (("check", *QUESTION), ("events", "tail"), ("events", "verify")):
        done = run(data_dir, *arguments)
        assert KEY not in done.stdout + done.stderr
