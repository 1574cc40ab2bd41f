"""A running process that is given other key-encryption keys: taken over, wrapped anew, and nothing lost on the way."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from doorward_eventlog.data_keys import INSTALLATION, ErasedKey, WrappedKey
from doorward_eventlog.data_keys_memory import MemoryDataKeys
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import AccountId
from doorward_sealing.errors import KeyErased
from doorward_sealing.key_encryption import ExchangeableKeys, KeyEncryptionKey, KeyEncryptionKeys
from doorward_sealing.rotation import PAGE, RETRY_SECONDS, SETTLING_SECONDS, Rotation
from doorward_sealing.vault import Vault, open_vault
from structlog.testing import capture_logs

OLD, NEW = KeyEncryptionKey(bytes(range(32))), KeyEncryptionKey(bytes(range(1, 33)))
ACCOUNTS = [AccountId(f"{number:012d}") for number in range(1, 2 * PAGE + 10)]
EMAIL = "root-email"
A, B, C = ACCOUNTS[:3]

Logs = list[MutableMapping[str, Any]]


class Process:
    """One that holds a vault, whose keys come from a file; `now` is what its clock says, in seconds."""

    def __init__(self, keys: MemoryDataKeys, file: Path) -> None:
        self.keys = keys
        self.file = file
        self.now = 0.0
        self.vault: Vault
        self.wrapping: ExchangeableKeys

    def write(self, *keys: KeyEncryptionKey, mode: int = 0o600) -> None:
        self.write_text("\n".join(base64.b64encode(key.key).decode() for key in keys), mode)

    def write_text(self, text: str, mode: int = 0o600) -> None:
        """At once, so that nobody reads half of it."""
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.chmod(mode)
        new.rename(self.file)

    async def wrapped_by(self) -> set[str]:
        found = [await self.keys.find(owner) for owner in (INSTALLATION, *ACCOUNTS)]
        return {key.wrapped_by for key in found if isinstance(key, WrappedKey)}


@asynccontextmanager
async def rotating(process: Process, *, file: bool = True) -> AsyncIterator[None]:
    """Inside the block the loop runs; it must not have ended by itself."""
    rotation = Rotation(
        process.vault,
        process.wrapping,
        process.file if file else None,
        look_seconds=0.001,
        clock=lambda: process.now,
    )
    running = asyncio.create_task(rotation.run())
    try:
        yield
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def seen(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what it waits for knows of no event
            await asyncio.sleep(0.001)


def told(logs: Logs, beginning: str) -> Logs:
    return [entry for entry in logs if entry["event"].startswith(beginning)]


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
async def process(tmp_path: Path) -> Process:
    """One that was given the old key, and sealed something for each account."""
    process = Process(MemoryDataKeys(), tmp_path / "key-encryption.key")
    process.write(OLD)
    process.wrapping = ExchangeableKeys(KeyEncryptionKeys((OLD,)))
    process.vault = await open_vault(process.keys, process.wrapping)
    return process


@pytest.fixture
async def sealed(process: Process) -> dict[AccountId, str]:
    return {account: await process.vault.seal(account, EMAIL, account) for account in ACCOUNTS}


async def assert_all_unseals(process: Process, sealed: dict[AccountId, str]) -> None:
    assert [await process.vault.unseal(account, EMAIL, value) for account, value in sealed.items()] == list(sealed)


# --- taking over ---


async def test_a_new_first_key_wraps_all_data_keys_anew_while_everything_unseals(
    process: Process, sealed: dict[AccountId, str], logs: Logs
) -> None:
    fingerprint = process.vault.fingerprint(EMAIL, "x")
    async with rotating(process):
        process.write(NEW, OLD)
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))

        await assert_all_unseals(process, sealed)
        assert await process.wrapped_by() == {NEW.id}
        assert process.vault.wrapped_by == NEW.id
        assert process.vault.fingerprint(EMAIL, "x") == fingerprint
    [anew] = told(logs, "data keys wrapped anew")
    assert (anew["count"], anew["wrapped_by"]) == (len(ACCOUNTS) + 1, NEW.id)


async def test_what_the_file_held_at_the_start_wraps_anew_too(
    process: Process, sealed: dict[AccountId, str], logs: Logs
) -> None:
    process.write(NEW, OLD)
    process.wrapping = ExchangeableKeys(KeyEncryptionKeys((NEW, OLD)))
    process.vault = await open_vault(process.keys, process.wrapping)

    async with rotating(process):
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))

    assert await process.wrapped_by() == {NEW.id}
    await assert_all_unseals(process, sealed)


async def test_keys_without_a_file_wrap_anew_at_the_start_and_the_loop_goes_on(
    process: Process, sealed: dict[AccountId, str], logs: Logs
) -> None:
    process.wrapping = ExchangeableKeys(KeyEncryptionKeys((NEW, OLD)))
    process.vault = await open_vault(process.keys, process.wrapping)

    async with rotating(process, file=False):
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))
        process.now += SETTLING_SECONDS
        await seen(lambda: bool(told(logs, "all data keys are wrapped")))
        await asyncio.sleep(0.01)

    assert await process.wrapped_by() == {NEW.id}
    await assert_all_unseals(process, sealed)


# --- removing the old key ---


async def test_an_old_key_that_the_file_lost_serves_until_no_data_key_needs_it(
    process: Process, sealed: dict[AccountId, str], logs: Logs
) -> None:
    late = await open_vault(process.keys, KeyEncryptionKeys((OLD,)))  # a process that did not look yet
    async with rotating(process):
        process.write(NEW)
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))
        await asyncio.sleep(0.05)  # it looks again and again, and finds nothing
        newcomer = AccountId("999999999999")
        sealed[newcomer] = await late.seal(newcomer, EMAIL, newcomer)
        await assert_all_unseals(process, sealed)
        await seen(lambda: len(told(logs, "data keys wrapped anew")) == 2)
        assert len(process.wrapping.now.keys) == 2

        process.now += SETTLING_SECONDS
        await seen(lambda: bool(told(logs, "all data keys are wrapped")))

    assert process.wrapping.now.ids == (NEW.id,)
    [missing] = told(logs, "key-encryption keys missing")
    assert missing["missing"] == [OLD.id]
    await assert_all_unseals(process, sealed)


async def test_an_account_that_was_erased_stays_erased(
    process: Process, sealed: dict[AccountId, str], logs: Logs
) -> None:
    await process.vault.erase(A)
    async with rotating(process):
        process.write(NEW, OLD)
        await process.vault.erase(B)
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))

    for account in (A, B):
        assert isinstance(await process.keys.find(account), ErasedKey)
        with pytest.raises(KeyErased):
            await process.vault.unseal(account, EMAIL, sealed[account])


# --- what goes wrong ---


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (lambda process: process.file.unlink(), "No such file"),
        (lambda process: process.write_text("S3CRETPW\n"), "line 1"),
        (lambda process: process.write_text(""), "holds no key"),
        (lambda process: process.write(NEW, NEW), "twice"),
        (lambda process: process.write(NEW, mode=0o644), "0644"),
    ],
)
async def test_a_broken_file_is_told_once_and_the_old_keys_stay(
    process: Process, sealed: dict[AccountId, str], logs: Logs, broken: Callable[[Process], object], problem: str
) -> None:
    async with rotating(process):
        broken(process)
        await seen(lambda: bool(told(logs, "key-encryption keys unreadable")))
        await asyncio.sleep(0.02)
        [unreadable] = told(logs, "key-encryption keys unreadable")
        assert process.wrapping.now.ids == (OLD.id,)
        await assert_all_unseals(process, sealed)

        process.write(NEW, OLD)
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))

    assert problem in unreadable["problem"]
    assert unreadable["log_level"] == "error"
    assert "S3CRETPW" not in str(logs)
    assert told(logs, "key-encryption keys readable again")
    assert await process.wrapped_by() == {NEW.id}
    await assert_all_unseals(process, sealed)


async def test_a_data_key_that_cannot_be_unwrapped_stops_no_other_and_keeps_the_old_key_in_use(
    process: Process, sealed: dict[AccountId, str], logs: Logs
) -> None:
    damaged = AccountId("000000000000")  # the first of all
    await process.keys.keep(damaged, bytes(60), OLD.id)
    async with rotating(process):
        process.write(NEW)
        await seen(lambda: bool(told(logs, "data keys cannot be wrapped anew")))
        process.now += SETTLING_SECONDS + RETRY_SECONDS
        await seen(lambda: len(told(logs, "data keys cannot be wrapped anew")) == 2)

    assert process.wrapping.now.ids == (NEW.id, OLD.id)
    assert not told(logs, "all data keys are wrapped")
    problems = told(logs, "data keys cannot be wrapped anew")
    assert [entry["count"] for entry in problems] == [1, 1]
    assert damaged in problems[0]["problem"]
    await assert_all_unseals(process, sealed)


async def test_a_database_that_does_not_answer_is_asked_again_later(
    process: Process, sealed: dict[AccountId, str], logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(*_: object, **__: object) -> None:
        raise Unavailable("the log does not answer now, try again")

    rewrap = process.keys.rewrap
    monkeypatch.setattr(process.keys, "rewrap", unavailable)
    async with rotating(process):
        process.write(NEW, OLD)
        await seen(lambda: bool(told(logs, "data keys not wrapped anew")))
        monkeypatch.setattr(process.keys, "rewrap", rewrap)
        process.now += RETRY_SECONDS
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))

    assert await process.wrapped_by() == {NEW.id}
    await assert_all_unseals(process, sealed)


async def test_no_key_is_ever_in_a_log(process: Process, sealed: dict[AccountId, str], logs: Logs) -> None:
    async with rotating(process):
        process.write(NEW)
        await seen(lambda: bool(told(logs, "data keys wrapped anew")))
        process.write_text(base64.b64encode(OLD.key).decode() + "\nx")
        await seen(lambda: bool(told(logs, "key-encryption keys unreadable")))

    shown = str(logs)
    for key in (OLD, NEW):
        assert key.id in shown
        for secret in (key.key.hex(), base64.b64encode(key.key).decode(), repr(key.key)[2:-1]):
            assert secret not in shown
