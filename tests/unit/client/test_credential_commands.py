"""`doorward sign-in`, `whoami`, `sign-out`, `keys`, `password`, `revoke`, `credential-report`."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from doorward.credential.v1 import authentication_pb2 as pb
from doorward_client.command import credential_report, questions
from doorward_kernel.errors import NoSuchEntity

from tests.unit.client.command_line import run
from tests.unit.client.tiny import ACCOUNT, KEY, Tiny, write_endpoints
from tests.unit.client.tiny_credentials import ALICE, CODE, PASSWORD, RECOVERY_CODE, SECRET

SIGN_IN = ("sign-in", "--user", "alice", "--password-stdin")
AS_OPERATOR = ("--user", "alice", "--account", "999999999999")


@pytest.fixture
def data_dir(tiny: Tiny, tmp_path: Path) -> Path:
    return write_endpoints(tmp_path, tiny)


@pytest.fixture
def signed_in(data_dir: Path) -> Path:
    """The data directory of somebody who is signed in."""
    assert run(data_dir, *SIGN_IN, stdin=PASSWORD + "\n").returncode == 0
    return data_dir


def last(tiny: Tiny, rpc: str) -> tuple[Any, dict[str, str]]:
    """The last request of an RPC, and what came with it."""
    return [(request, metadata) for name, request, metadata in tiny.seen if name == rpc][-1]


def document(data_dir: Path, *arguments: str, stdin: str = "") -> Any:
    done = run(data_dir, *arguments, "--json", stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- sign-in, whoami, sign-out ---


def test_a_sign_in_is_kept_for_its_owner_s_eyes_and_never_printed(data_dir: Path, tiny: Tiny) -> None:
    done = run(data_dir, *SIGN_IN, "--account", "corp", stdin=PASSWORD + "\n")

    file = data_dir / "session.json"
    request, metadata = last(tiny, "SignIn")
    assert (request.account, request.user_name, request.password) == ("corp", "alice", PASSWORD)
    assert "x-doorward-service-key" not in metadata
    assert ALICE in done.stdout
    assert json.loads(file.read_text()) == {"session": "session-token"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for secret in (PASSWORD, "session-token", "passport-0", KEY):
        assert secret not in done.stdout + done.stderr


def test_without_an_account_it_is_the_one_that_was_there_first(signed_in: Path, tiny: Tiny) -> None:
    assert last(tiny, "SignIn")[0].account == ACCOUNT


def test_a_root_user_signs_in_by_e_mail(data_dir: Path, tiny: Tiny) -> None:
    run(data_dir, "sign-in", "--email", "root@example.com", "--password-stdin", stdin=PASSWORD + "\n")

    request, _ = last(tiny, "SignIn")
    assert (request.account, request.user_name, request.email) == ("", "", "root@example.com")


@pytest.mark.parametrize(
    "options", [(), ("--user", "a", "--email", "b"), ("--account", "1"), ("--email", "a", "--account", "1")]
)
def test_it_must_be_clear_who_signs_in(data_dir: Path, options: tuple[str, ...]) -> None:
    assert run(data_dir, "sign-in", *options, stdin=PASSWORD + "\n").returncode == 2


def test_a_wrong_password_signs_nobody_in(data_dir: Path) -> None:
    done = run(data_dir, *SIGN_IN, stdin="wrong\n")

    assert (done.returncode, done.stdout) == (2, "")
    assert not (data_dir / "session.json").exists()


@pytest.mark.parametrize("stdin", ["", "\n"])
def test_a_password_that_is_not_there_is_an_error(data_dir: Path, tiny: Tiny, stdin: str) -> None:
    done = run(data_dir, *SIGN_IN, stdin=stdin)

    assert (done.returncode, done.stderr) == (2, "InvalidInput: the password is missing\n")
    assert not tiny.seen


def test_code_and_new_password_are_asked_for_when_they_are_needed(data_dir: Path, tiny: Tiny) -> None:
    tiny.credential.asks = [pb.NEED_SECOND_FACTOR, pb.NEED_NEW_PASSWORD]

    done = run(data_dir, *SIGN_IN, stdin=f"{PASSWORD}\n{CODE}\nAnother-horse-9\n")

    assert done.returncode == 0
    assert last(tiny, "CompleteSignIn")[0].code == CODE
    assert last(tiny, "ChangeExpiredPassword")[0].new_password == "Another-horse-9"


def test_a_recovery_code_stands_for_a_code(data_dir: Path, tiny: Tiny) -> None:
    tiny.credential.asks = [pb.NEED_SECOND_FACTOR]

    assert run(data_dir, *SIGN_IN, stdin=f"{PASSWORD}\n{RECOVERY_CODE}\n").returncode == 0
    assert last(tiny, "CompleteSignIn")[0].recovery_code == RECOVERY_CODE


def test_a_telephone_gets_a_code_when_no_device_shows_one(data_dir: Path, tiny: Tiny) -> None:
    tiny.credential.asks, tiny.credential.factors = [pb.NEED_SECOND_FACTOR], ["sms"]

    assert run(data_dir, *SIGN_IN, stdin=f"{PASSWORD}\n{CODE}\n").returncode == 0
    assert last(tiny, "CompleteSignIn")[0].challenge == "challenge-after-sms"


def test_a_passkey_needs_a_browser(data_dir: Path, tiny: Tiny) -> None:
    tiny.credential.asks, tiny.credential.factors = [pb.NEED_SECOND_FACTOR], ["passkey"]

    done = run(data_dir, *SIGN_IN, stdin=f"{PASSWORD}\n{CODE}\n")

    assert done.returncode == 2
    assert "browser" in done.stderr


def test_at_a_terminal_a_new_password_is_typed_twice(
    data_dir: Path, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [PASSWORD, "Another-horse-9", "Anotter-horse-9"]
    monkeypatch.setattr(questions, "getpass", lambda _prompt: typed.pop(0))
    tiny.credential.asks = [pb.NEED_NEW_PASSWORD]

    done = run(data_dir, "sign-in", "--user", "alice")

    assert (done.returncode, done.stderr) == (2, "InvalidInput: the new password is another the second time\n")
    assert not typed


def test_whoami_goes_on_with_the_sign_in(signed_in: Path, tiny: Tiny) -> None:
    me = document(signed_in, "whoami")

    assert (me["account"], me["arn"]) == (ACCOUNT, ALICE)
    assert last(tiny, "RenewPassport")[0].session == "session-token"
    assert last(tiny, "GetCallerIdentity")[1]["authorization"] == "Bearer passport-1"


def test_whoami_says_how_to_sign_in_when_nobody_is(data_dir: Path) -> None:
    done = run(data_dir, "whoami")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "InvalidClientTokenId: nobody is signed in: use `doorward sign-in`\n"


def test_whoami_says_what_to_do_when_the_session_was_revoked(signed_in: Path, tiny: Tiny) -> None:
    tiny.credential.revoked = True

    done = run(signed_in, "whoami")

    assert (done.returncode, done.stdout) == (2, "")
    assert "no longer holds: sign in again with `doorward sign-in`" in done.stderr


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"session": 1}'])
def test_a_file_that_holds_no_session_is_invalid(data_dir: Path, text: str) -> None:
    (data_dir / "session.json").write_text(text)

    done = run(data_dir, "whoami")

    assert done.returncode == 2
    assert "holds no session" in done.stderr


def test_signing_out_forgets_the_session(signed_in: Path) -> None:
    assert document(signed_in, "sign-out") == {"signed_out": True}

    assert not (signed_in / "session.json").exists()
    assert document(signed_in, "sign-out") == {"signed_out": False}
    assert run(signed_in, "whoami").returncode == 2


# --- keys ---


def test_a_new_key_is_printed_with_its_secret(data_dir: Path, tiny: Tiny) -> None:
    made = document(data_dir, "keys", "create", *AS_OPERATOR)

    request, metadata = last(tiny, "CreateAccessKey")
    assert (made["access_key_id"], made["secret_access_key"]) == ("AKIAEXAMPLE", SECRET)
    assert request.user_name == "alice"
    assert (metadata["x-doorward-service-key"], metadata["x-doorward-account"]) == (KEY, "999999999999")
    assert SECRET in run(data_dir, "keys", "create", *AS_OPERATOR).stdout


def test_keys_of_one_s_own_need_no_name(signed_in: Path, tiny: Tiny) -> None:
    document(signed_in, "keys", "create", "--as-me")

    request, metadata = last(tiny, "CreateAccessKey")
    assert request.user_name == ""
    assert metadata["authorization"] == "Bearer passport-1"
    assert "x-doorward-service-key" not in metadata


def test_keys_are_listed_to_the_last_page(data_dir: Path) -> None:
    listed = document(data_dir, "keys", "list", *AS_OPERATOR)["access_keys"]

    assert [key["access_key_id"] for key in listed] == ["AKIA1", "AKIA2"]
    assert "AKIA2" in run(data_dir, "keys", "list", *AS_OPERATOR).stdout


@pytest.mark.parametrize(
    ("command", "rpc", "status"),
    [
        ("activate", "UpdateAccessKey", "Active"),
        ("deactivate", "UpdateAccessKey", "Inactive"),
        ("delete", "DeleteAccessKey", "Deleted"),
    ],
)
def test_keys_change(data_dir: Path, tiny: Tiny, command: str, rpc: str, status: str) -> None:
    told = document(data_dir, "keys", command, "AKIAEXAMPLE", *AS_OPERATOR)

    request, _ = last(tiny, rpc)
    assert (request.user_name, request.access_key_id) == ("alice", "AKIAEXAMPLE")
    assert told["status"] == status
    assert getattr(request, "status", "Deleted") == status


@pytest.mark.parametrize("options", [(), ("--as-me", "--account", ACCOUNT)])
def test_it_must_be_clear_whose_keys(signed_in: Path, tiny: Tiny, options: tuple[str, ...]) -> None:
    assert run(signed_in, "keys", "create", *options).returncode == 2
    assert all(name != "CreateAccessKey" for name, _, _ in tiny.seen)


# --- password, revoke, credential-report ---


@pytest.mark.parametrize(("has_one", "rpc"), [(False, "CreateLoginProfile"), (True, "UpdateLoginProfile")])
def test_a_password_is_the_first_or_another(data_dir: Path, tiny: Tiny, has_one: bool, rpc: str) -> None:
    tiny.credential.has_password = has_one
    arguments = ("password", "set", *AS_OPERATOR, "--password-stdin", "--require-reset")

    done = run(data_dir, *arguments, stdin=PASSWORD + "\n")

    request, metadata = last(tiny, rpc)
    assert (request.user_name, request.password, request.password_reset_required) == ("alice", PASSWORD, True)
    assert metadata["x-doorward-account"] == "999999999999"
    assert PASSWORD not in done.stdout + done.stderr
    assert "credential.0a1b2c3d" in done.stdout


def test_the_operator_sets_the_root_user_s_password(data_dir: Path, tiny: Tiny) -> None:
    document(data_dir, "password", "set", "--root", "--password-stdin", stdin=PASSWORD + "\n")

    assert last(tiny, "SetRootPassword")[0].password == PASSWORD


@pytest.mark.parametrize(
    ("options", "names"),
    [(("--user", "alice"), ("alice", "")), (("--role", "ci"), ("", "ci")), (("--root",), ("", ""))],
)
def test_sessions_of_one_principal_are_revoked(
    data_dir: Path, tiny: Tiny, options: tuple[str, ...], names: tuple[str, str]
) -> None:
    assert document(data_dir, "revoke", *options)["revision"] == "credential.0a1b2c3d.7"

    request, _ = last(tiny, "RevokeSessions")
    assert (request.user_name, request.role_name) == names


@pytest.mark.parametrize("options", [(), ("--user", "a", "--role", "b"), ("--root", "--user", "a")])
def test_nobody_s_sessions_are_revoked_by_mistake(data_dir: Path, tiny: Tiny, options: tuple[str, ...]) -> None:
    done = run(data_dir, "revoke", *options)

    assert done.returncode == 2
    assert "give --user, --role or --root" in " ".join(done.stderr.split())
    assert not tiny.seen


def test_a_report_is_waited_for_and_printed_as_csv(data_dir: Path, tiny: Tiny) -> None:
    done = run(data_dir, "credential-report", "--account", "999999999999")

    assert done.stdout == f"user,arn\nalice,{ALICE}\n"
    assert sum(name == "GenerateCredentialReport" for name, _, _ in tiny.seen) == 3
    assert document(data_dir, "credential-report")["users"] == [{"user": "alice", "arn": ALICE}]


def test_a_report_is_not_waited_for_for_ever(data_dir: Path, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.credential.report_states = ["INPROGRESS"]
    monkeypatch.setattr(credential_report, "PATIENCE", 0.3)

    done = run(data_dir, "credential-report")

    assert (done.returncode, done.stdout) == (2, "")
    assert "try again later" in done.stderr


def test_what_a_service_refuses_is_one_line_and_exit_status_2(data_dir: Path, tiny: Tiny) -> None:
    tiny.raises = NoSuchEntity("the user with name alice cannot be found")

    for arguments in (("revoke", "--user", "alice"), ("keys", "list", "--user", "alice"), ("credential-report",)):
        done = run(data_dir, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "NoSuchEntity: the user with name alice cannot be found\n"
