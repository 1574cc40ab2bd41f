"""No secret leaves: planted ones are looked for in all that a whole run writes, says and sends."""

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from doorward_kernel.errors import DoorwardError
from doorward_local.world import LocalDoorward

from tests.e2e.people import EVERYTHING, People
from tests.e2e.signing import of_session, signed
from tests.e2e.worlds import tenant

PASSWORD, OTHER, WRONG = "Canary-Password-1", "Canary-Password-2", "Canary-Wrong-Password-3"
PHONE, EMAIL = "+15550177", "canary.root@example.com"
BODY = b"Action=Canary&Secret=canary-in-the-body"


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDoorward]:
    """A run of its own that writes every span to its logs."""
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    monkeypatch.setenv("DOORWARD_LOG_LEVEL", "DEBUG")
    with LocalDoorward(tmp_path / "data") as running:
        yield running


def canaries_of(world: LocalDoorward) -> tuple[dict[str, str], list[str]]:
    """Secrets by what they are, once each was used rightly and wrongly; and what errors said."""
    said: list[str] = []
    secrets = {"password": PASSWORD, "other password": OTHER, "wrong password": WRONG, "body": "canary-in-the-body"}
    with tenant(world) as made:
        somebody = People(made.client, made.account)
        credentials, authentication = made.client.credentials, made.client.authentication
        made.client.identity.put_user_policy(user_name="alice", policy_name="all", policy_document=EVERYTHING)
        made.client.identity.update_root_email(email=EMAIL)
        credentials.create_login_profile(user_name="alice", password=PASSWORD)

        def fails(call: object, **fields: object) -> None:
            with pytest.raises(DoorwardError) as error:
                call(**fields)  # type: ignore[operator]
            said.append(error.value.message)

        fails(authentication.sign_in, account=made.account, user_name="alice", password=WRONG)
        fails(authentication.sign_in, email=EMAIL, password=WRONG)
        fails(credentials.create_login_profile, user_name="alice", password=OTHER)
        fails(credentials.update_login_profile, user_name="alice", password="canary" * 30)
        signed_in = authentication.sign_in(account=made.account, user_name="alice", password=PASSWORD).signed_in
        bearer = somebody.bearing(signed_in.passport)
        bearer.credentials.change_password(old_password=PASSWORD, new_password=OTHER)
        key = somebody.key()
        passport = authentication.authenticate(**signed(*key, body=BODY)).passport
        fails(authentication.authenticate, **signed(key[0], "canary" + "x" * 34, body=BODY))
        session = somebody.bearing(passport).tokens.get_session_token().credentials
        authentication.authenticate(**of_session(session))
        device = bearer.credentials.create_virtual_mfa_device(virtual_mfa_device_name="phone").virtual_mfa_device
        begun = bearer.credentials.start_sms_registration(phone_number=PHONE)
        fails(bearer.credentials.finish_sms_registration, registration=begun.registration, code="000000")
        _, code = somebody.phone(signed_in.passport)
        proved = somebody.bearing(somebody.sign_in(password=OTHER, mfa_code=code(0)))
        codes = proved.credentials.generate_recovery_codes().recovery_codes
        fails(authentication.complete_sign_in, challenge=begun.registration, recovery_code=codes[0])
        fails(somebody.bearing(passport[:-3] + "AAA").identity.list_users)
        made.client.check("", "s3:GetObject", "*", passport=passport)
        secrets |= {
            "secret access key": key[1],
            "passport": passport,
            "sign-in passport": signed_in.passport,
            "sign-in session": signed_in.session,
            "session secret": session.secret_access_key,
            "session token": session.session_token,
            "seed": device.base32_string_seed.decode(),
            "recovery code": codes[0],
            "registration": begun.registration,
            "telephone": PHONE,
            "e-mail": EMAIL,
        }
    return secrets, said


def holding(root: Path, secrets: dict[str, str], spared: set[str]) -> list[str]:
    """Which secret is in which file below `root`, plain, in base 64 or in another case."""
    found = []
    for file in sorted(root.rglob("*")):
        if not file.is_file() or file.name in spared:
            continue
        data = file.read_bytes().lower()
        for name, secret in secrets.items():
            forms = {secret.encode(), base64.b64encode(secret.encode())[:-4], json.dumps(secret)[1:-1].encode()}
            if any(form.lower() in data for form in forms):
                found.append(f"{name} in {file.relative_to(root)}")
    return found


def test_nothing_that_a_run_writes_or_says_holds_a_secret(traced: LocalDoorward) -> None:
    secrets, said = canaries_of(traced)
    root = traced.directory.path
    traced.process("credential")
    # what a text message would hold is written to this file, in place of being sent
    spared = {"sms.txt"}

    assert len(said) > 5
    assert not [text for text in said for secret in secrets.values() if secret in text]
    assert holding(root, secrets, spared) == []
    logs = "".join(file.read_text() for file in (root / "logs").iterdir())
    assert "CredentialService/CreateLoginProfile" in logs, "spans and requests are in the logs"
    assert '"trace_id"' in logs


def test_a_secret_that_is_written_is_found(tmp_path: Path) -> None:
    """The control: plain, in JSON, in base 64, in capitals."""
    secret = 'a "secret"!!'
    for name, text in {
        "plain": secret,
        "json": json.dumps({"x": secret}),
        "base64": base64.b64encode(secret.encode()).decode(),
        "case": secret.upper(),
        "none": "nothing",
    }.items():
        (tmp_path / name).write_text(text)

    found = holding(tmp_path, {"it": secret}, set())

    assert {each.rpartition(" ")[2] for each in found} == {"plain", "json", "base64", "case"}


def test_files_that_are_moved_without_their_key_tell_nothing_and_with_it_everything(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    with LocalDoorward(here) as world, tenant(world) as made:
        made.client.credentials.create_login_profile(user_name="alice", password=PASSWORD)
        key = People(made.client, made.account).key()
        account = made.account
    shutil.copytree(here, there)
    kek = there / "key-encryption.key"
    right = kek.read_text()
    kek.write_text(base64.b64encode(bytes(32)).decode())

    started = subprocess.run(
        [str(Path(sys.executable).with_name("doorward")), "up", "--detach", "--data-dir", str(there)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert started.returncode != 0
    assert re.search("key-encryption key", started.stderr + started.stdout)
    assert holding(there, {"password": PASSWORD, "secret access key": key[1]}, set()) == []

    kek.write_text(right)
    with LocalDoorward(there) as world, world.client() as client:
        moved = People(client.with_options(account=account), account)
        assert moved.by_key(key)
        assert moved.sign_in(password=PASSWORD)
