"""The commands of people who sign in, on a run of everything."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from doorward_local.world import LocalDoorward

from tests.e2e.people import EVERYTHING
from tests.e2e.worlds import Tenant

FIRST, SECOND = "First-horse-99", "Second-horse-99"


class CommandLine:
    """Runs the command on one data directory, and remembers all that it printed."""

    def __init__(self, data_dir: Path) -> None:
        self._command = str(Path(sys.executable).with_name("doorward"))
        self._environment = {**os.environ, "DOORWARD_DATA_DIR": str(data_dir)}
        self.printed = ""

    def __call__(self, *arguments: str, stdin: str = "", status: int = 0) -> str:
        """What it printed; on standard error when the status is 2."""
        done = subprocess.run(
            [self._command, *arguments],
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr
        self.printed += done.stdout + done.stderr
        return done.stdout if status != 2 else done.stderr

    def json(self, *arguments: str, stdin: str = "") -> Any:
        return json.loads(self(*arguments, "--json", stdin=stdin))


def test_a_user_gets_a_password_signs_in_makes_a_key_and_is_revoked(world: LocalDoorward, someone: Tenant) -> None:
    doorward = CommandLine(world.directory.path)
    someone.client.identity.put_user_policy(user_name="alice", policy_name="all", policy_document=EVERYTHING)
    on_account = ("--account", someone.account)
    alice = ("--user", "alice", *on_account)

    # a first password, which is changed when it is first used
    doorward("password", "set", *alice, "--password-stdin", "--require-reset", stdin=FIRST)
    assert "AuthFailure" in doorward("sign-in", *alice, "--password-stdin", stdin="wrong", status=2)
    assert "nobody is signed in" in doorward("whoami", status=2)
    doorward("sign-in", *alice, "--password-stdin", stdin=f"{FIRST}\n{SECOND}\n")
    me = doorward.json("whoami")
    assert (me["account"], me["arn"]) == (someone.account, someone.alice)
    session = world.directory.path / "session.json"
    assert session.stat().st_mode & 0o777 == 0o600

    # keys of her own, which the operator sees
    made = doorward.json("keys", "create", "--as-me")
    assert made["user"] == "alice"
    doorward("keys", "deactivate", made["access_key_id"], "--as-me")
    (listed,) = doorward.json("keys", "list", *alice)["access_keys"]
    assert (listed["access_key_id"], listed["status"]) == (made["access_key_id"], "Inactive")
    doorward("keys", "activate", made["access_key_id"], *alice)
    assert "Active" in doorward("keys", "list", "--as-me")
    report = list(csv.DictReader(io.StringIO(doorward("credential-report", *on_account))))
    assert [row["access_key_1_active"] for row in report if row["user"] == "alice"] == ["true"]

    # the end of her session, wherever it is kept
    doorward("revoke", *alice)
    refused = doorward("whoami", status=2)
    assert refused.startswith("InvalidClientTokenId: ")
    assert "sign in again with `doorward sign-in`" in refused
    assert doorward("keys", "list", "--as-me", status=2) == refused
    doorward("sign-out")
    assert not session.exists()
    assert "nobody is signed in" in doorward("whoami", status=2)

    # another password by the operator, in place of hers
    doorward("keys", "delete", made["access_key_id"], *alice)
    doorward("password", "set", *alice, "--password-stdin", stdin=FIRST)
    doorward("sign-in", *alice, "--password-stdin", stdin=FIRST)
    doorward("sign-out")

    # all of it is in the log of credentials, which is sound
    mine = doorward("events", "tail", "--log", "credential", "--after", "0", "--account", someone.account, "--json")
    told = [json.loads(line)["type"] for line in mine.splitlines()]
    assert (told[0], told[-1]) == ("LoginProfileCreated", "PasswordChanged")
    assert {"AccessKeyCreated", "AccessKeyStatusSet", "SessionsRevoked", "AccessKeyDeleted"} < set(told)
    verified = doorward.json("events", "verify", "--log", "credential")
    assert (verified["sound"], verified["log"]) == (True, "credential")
    assert FIRST not in doorward.printed
    assert SECOND not in doorward.printed
