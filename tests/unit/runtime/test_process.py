"""Logs without secrets, settings with clear errors, processes that end when a loop dies."""

import asyncio
from pathlib import Path

import pytest
from doorward_runtime.lifecycle import Lifecycle, LoopDied
from doorward_runtime.logs import hide_secrets
from doorward_runtime.settings import ProcessSettings, SealingSettings, load


def test_fields_that_speak_of_a_secret_are_hidden_at_any_depth() -> None:
    event = {"user": "alice", "secret_access_key": "s", "sent": {"Authorization": "Bearer x", "page": 1}}

    hidden = hide_secrets(None, "info", event)

    assert hidden == {"user": "alice", "secret_access_key": "***", "sent": {"Authorization": "***", "page": 1}}


def test_a_missing_setting_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DOORWARD_SERVICE_KEY_FILE", raising=False)

    with pytest.raises(SystemExit):
        load(ProcessSettings)

    assert "DOORWARD_SERVICE_KEY_FILE: Field required" in capsys.readouterr().err


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short\n")

    with pytest.raises(ValueError, match="holds no service key"):
        ProcessSettings(service_key_file=tmp_path / "key").service_key()


@pytest.mark.parametrize("variables", [{}, {"KEY_ENCRYPTION_KEY_FILE": "/key", "KEY_ENCRYPTION_KEY": "S3CRETPW"}])
def test_key_encryption_keys_come_from_a_file_or_a_variable_and_not_from_both(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str]
) -> None:
    for name in ("KEY_ENCRYPTION_KEY_FILE", "KEY_ENCRYPTION_KEY"):
        monkeypatch.delenv(f"DOORWARD_{name}", raising=False)
    for name, value in ({"SERVICE_KEY_FILE": "/service"} | variables).items():
        monkeypatch.setenv(f"DOORWARD_{name}", value)

    with pytest.raises(SystemExit):
        load(SealingSettings)
    with pytest.raises(ValueError, match="either this or DOORWARD_KEY_ENCRYPTION_KEY_FILE") as failure:
        SealingSettings()

    told = capsys.readouterr().err
    assert "DOORWARD_KEY_ENCRYPTION_KEY: " in told
    assert "S3CRETPW" not in f"{told}{failure.value!r}"


def test_a_key_in_a_variable_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DOORWARD_KEY_ENCRYPTION_KEY_FILE", raising=False)
    monkeypatch.setenv("DOORWARD_KEY_ENCRYPTION_KEY", "S3CRETPW")

    settings = SealingSettings(service_key_file=tmp_path / "key")

    assert settings.key_encryption_key_text() == "S3CRETPW"
    assert "S3CRETPW" not in f"{settings!r}{settings.model_dump()}{settings.model_dump_json()}"


def test_a_level_that_is_none_is_told_without_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DOORWARD_SERVICE_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("DOORWARD_LOG_LEVEL", "verbose")

    with pytest.raises(SystemExit):
        load(ProcessSettings)

    assert capsys.readouterr().err.startswith("DOORWARD_LOG_LEVEL: Input should be 'DEBUG'")


async def test_a_background_loop_that_ends_ends_the_process() -> None:
    async def fails() -> None:
        raise ValueError("broken")

    life = Lifecycle()
    life.background("relay", fails())

    with pytest.raises(LoopDied, match="relay") as died:
        await asyncio.wait_for(life.wait(), 1)

    assert isinstance(died.value.__cause__, ValueError)
    await life.close()


async def test_things_are_closed_in_the_reverse_order_after_the_loops() -> None:
    order: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            order.append("loop")

    life = Lifecycle()
    life.stack.callback(order.append, "first")
    life.stack.callback(order.append, "second")
    life.background("forever", forever())
    await asyncio.sleep(0)
    life.stop()
    await life.wait()

    await life.close()

    assert order == ["loop", "second", "first"]
