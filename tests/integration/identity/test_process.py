"""The identity service as a process of its own."""

import base64
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from doorward_client import Client
from doorward_eventlog.data_keys import INSTALLATION
from doorward_eventlog.sql import open_log
from doorward_kernel.ids import AccountId
from doorward_local.data_directory import write_private
from doorward_local.errors import StartFailed
from doorward_local.ports import free_port, greeting
from doorward_local.process import Program, Running
from doorward_local.services import healthy
from doorward_sealing.key_encryption import KeyEncryptionKey, read_key_encryption_keys
from doorward_sealing.vault import open_vault
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from tests.integration.identity.conftest import ACCOUNT, KEY
from tests.integration.raw_http2 import send_raw

KEY_ENCRYPTION_KEY = base64.b64encode(bytes(range(32))).decode()


def identity_process(directory: Path, port: int, **environment: str) -> Program:
    (directory / "service.key").write_text(KEY)
    write_private(directory / "key-encryption.key", KEY_ENCRYPTION_KEY)
    return Program(
        name="identity",
        argv=(sys.executable, "-P", "-m", "doorward_identity"),
        log=directory / "identity.log",
        ready=lambda: greeting(port, b"", b""),
        environment={
            "DOORWARD_SERVICE_KEY_FILE": str(directory / "service.key"),
            "DOORWARD_KEY_ENCRYPTION_KEY_FILE": str(directory / "key-encryption.key"),
            "DOORWARD_PORT": str(port),
            "DOORWARD_DATABASE_URL": f"sqlite:///{directory / 'identity.db'}",
            "DOORWARD_NATS_URL": "nats://127.0.0.1:1",
            "DOORWARD_LOG_FORMAT": "json",
            **environment,
        },
        start_seconds=60,
    )


def without_key_file(program: Program) -> Program:
    environment = dict(program.environment)
    del environment["DOORWARD_KEY_ENCRYPTION_KEY_FILE"]
    return replace(program, environment=environment)


def test_it_starts_without_nats_and_ends_orderly_on_sigterm(tmp_path: Path) -> None:
    with Running.start(identity_process(tmp_path, free_port())) as process:
        process.stop(seconds=15)

        assert process.exit_status == 0


def test_a_path_that_is_no_text_leaves_it_answering_also_while_a_stream_is_open(tmp_path: Path) -> None:
    """It ends a server of grpc.aio for good; without another in its place the process would look alive for ever."""
    port = free_port()
    with (
        Running.start(identity_process(tmp_path, port)) as process,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        for _ in range(3):
            watch: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream("/grpc.health.v1.Health/Watch")
            next(watch(b"", wait_for_ready=True, timeout=30))
            send_raw(port, b"/\xff\xfe/GetUser", b"")
            deadline = time.monotonic() + 10
            while not healthy(port) and time.monotonic() < deadline:
                time.sleep(0.05)

            assert healthy(port)
        assert process.alive


def test_it_tells_what_it_serves_how_often_and_each_call_that_it_is_asked_to_trace(tmp_path: Path) -> None:
    port, metrics = free_port(), free_port()
    program = identity_process(tmp_path, port, DOORWARD_METRICS_PORT=str(metrics), OTEL_TRACES_EXPORTER="console")
    with Running.start(program) as process:
        with Client(identity=f"127.0.0.1:{port}", service_key=KEY, account=ACCOUNT) as client:
            client.identity.create_account(account_name="example", account_id=ACCOUNT)
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            services = ProtoReflectionDescriptorDatabase(channel).get_services()
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=5) as response:
            counted = response.read().decode()
        process.stop()

    method = "doorward.identity.v1.IdentityService/CreateAccount"
    assert {"doorward.identity.v1.IdentityService", "doorward.identity.v1.LogService"} <= set(services)
    assert f'doorward_rpc_duration_seconds_count{{code="OK",method="/{method}"}} 1.0' in counted
    assert f'"name": "{method}"' in program.log.read_text()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DOORWARD_PORT": "x"}, "DOORWARD_PORT: "),
        ({"DOORWARD_DATABASE_URL": "mysql://u:S3CRETPW@h/d"}, "sqlite"),
        ({"DOORWARD_SERVICE_KEY_FILE": "/nowhere"}, "/nowhere"),
        ({"DOORWARD_KEY_ENCRYPTION_KEY_FILE": "/nowhere"}, "/nowhere"),
        ({"DOORWARD_KEY_ENCRYPTION_KEY": "S3CRETPW"}, "DOORWARD_KEY_ENCRYPTION_KEY: "),  # beside the file
    ],
)
def test_a_wrong_setting_is_told_and_no_secret_with_it(tmp_path: Path, environment: dict[str, str], told: str) -> None:
    program = identity_process(tmp_path, free_port(), **environment)

    with pytest.raises(StartFailed):
        Running.start(program)

    log = program.log.read_text()
    assert told in log
    assert "S3CRETPW" not in log


async def test_what_it_seals_with_is_wrapped_by_the_key_that_it_was_given_and_by_no_other(tmp_path: Path) -> None:
    program = identity_process(tmp_path, free_port())
    with Running.start(program) as process:
        process.stop()

    wrapping = read_key_encryption_keys(tmp_path / "key-encryption.key")
    assert f'"data_keys_wrapped_by":"{wrapping.first.id}"' in program.log.read_text()
    async with open_log(f"sqlite:///{tmp_path}/identity.db", "identity") as log:
        kept = await log.data_keys.find(INSTALLATION)
        vault = await open_vault(log.data_keys, wrapping)
        assert await log.data_keys.find(INSTALLATION) == kept
        sealed = await vault.seal(AccountId(ACCOUNT), "root-email", "root@example.com")
        assert await vault.unseal(AccountId(ACCOUNT), "root-email", sealed) == "root@example.com"


def test_it_takes_over_another_key_while_it_runs_and_does_without_the_old_one(tmp_path: Path) -> None:
    new = base64.b64encode(bytes(range(1, 33))).decode()
    program = identity_process(tmp_path, free_port(), DOORWARD_KEY_ENCRYPTION_KEY_LOOK_SECONDS="0.1")
    with Running.start(program) as process:
        write_private(tmp_path / "key-encryption.key", f"{new}\n{KEY_ENCRYPTION_KEY}")
        deadline = time.monotonic() + 20
        while "data keys wrapped anew" not in program.log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.stop()

        assert process.exit_status == 0
    log = program.log.read_text()
    assert f'"wrapped_by":"{KeyEncryptionKey(bytes(range(1, 33))).id}"' in log
    assert new not in log
    again = without_key_file(identity_process(tmp_path, free_port(), DOORWARD_KEY_ENCRYPTION_KEY=new))
    with Running.start(again) as process:
        process.stop()


def test_without_a_key_it_says_which_settings_may_hold_one(tmp_path: Path) -> None:
    program = without_key_file(identity_process(tmp_path, free_port()))

    with pytest.raises(StartFailed):
        Running.start(program)

    assert "DOORWARD_KEY_ENCRYPTION_KEY: " in program.log.read_text()
    assert "DOORWARD_KEY_ENCRYPTION_KEY_FILE" in program.log.read_text()


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        (base64.b64encode(bytes(32)).decode(), 0o600, KeyEncryptionKey(bytes(range(32))).id),
        (KEY_ENCRYPTION_KEY, 0o644, "0644"),
        ("not32bytes", 0o600, "32 random bytes"),
    ],
)
def test_it_does_not_start_with_a_key_that_does_not_fit_or_that_others_can_read(
    tmp_path: Path, text: str, mode: int, told: str
) -> None:
    with Running.start(identity_process(tmp_path, free_port())) as process:
        process.stop()
    other = tmp_path / "other.key"
    other.write_text(text)
    other.chmod(mode)
    program = identity_process(tmp_path, free_port(), DOORWARD_KEY_ENCRYPTION_KEY_FILE=str(other))

    with pytest.raises(StartFailed):
        Running.start(program)

    log = program.log.read_text()
    assert told in log
    assert text not in log
