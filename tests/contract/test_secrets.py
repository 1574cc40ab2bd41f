"""What every store of secrets does, whatever it is stored in."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.secrets import MAX_SEALED_CHARACTERS, Secrets
from doorward_kernel.errors import DoorwardError, EntityAlreadyExists, InvalidInput, LimitExceeded, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import SqlStore

A, B = AccountId("000000000001"), AccountId("000000000002")
PASSWORD, KEY = "password/AIDAAAAAAAAAAAAAAAAAA", "access-key/AKIAAAAAAAAAAAAAAAAA"
CANARY = "sealed.v1.S3CR3T-canary_text"


async def kept(secrets: Secrets, account: AccountId = A) -> dict[str, str]:
    return dict(await secrets.find_many(account, await secrets.names(account, "", 1000)))


# --- keeping and finding ---


async def test_a_value_is_kept_by_account_and_name_to_the_letter(secrets: Secrets) -> None:
    every_character = "".join(map(chr, range(0x21, 0x7F)))
    await secrets.put(A, PASSWORD, every_character)
    await secrets.put(B, PASSWORD, "b")

    assert await secrets.find(A, PASSWORD) == every_character
    assert await secrets.find(B, PASSWORD) == "b"
    assert await secrets.find(A, PASSWORD.lower()) is None
    assert await secrets.find_many(A, [PASSWORD, KEY, PASSWORD]) == {PASSWORD: every_character}
    assert await secrets.find_many(A, []) == {}


async def test_a_name_that_is_taken_keeps_what_it_has(secrets: Secrets) -> None:
    await secrets.put(A, PASSWORD, "first")

    for sealed in ("second", "first"):
        with pytest.raises(EntityAlreadyExists, match=PASSWORD):
            await secrets.put(A, PASSWORD, sealed)

    assert await secrets.find(A, PASSWORD) == "first"


async def test_several_are_kept_in_one_commit_or_none_of_them(secrets: Secrets) -> None:
    codes = {f"recovery-code/{number}": f"code{number}" for number in range(10)}
    await secrets.put_many(A, codes)
    await secrets.put_many(A, {})

    with pytest.raises(EntityAlreadyExists):
        await secrets.put_many(A, {"recovery-code/a": "a", "recovery-code/5": "b", "recovery-code/z": "c"})

    assert await kept(secrets) == codes


async def test_many_are_found_and_deleted_at_once(secrets: Secrets) -> None:
    many = {f"password/{number}": f"p{number}" for number in range(1200)}
    await secrets.put_many(A, many)

    assert await secrets.find_many(A, many.keys()) == many
    assert await secrets.delete(A, [*many, KEY]) == 1200
    assert await kept(secrets) == {}


async def test_names_are_listed_by_prefix_in_pages_in_the_order_of_their_codes(secrets: Secrets) -> None:
    names = ["totp", "totp-x", "totp/", "totp/-", "totp/A", "totp/_", "totp/a", "totp/a~", "totp/~", "totp0", "toTp/a"]
    await secrets.put_many(A, dict.fromkeys(names, "x"))
    await secrets.put(B, "totp/other", "x")

    under = ["totp/", "totp/-", "totp/A", "totp/_", "totp/a", "totp/a~", "totp/~"]
    assert await secrets.names(A, "totp/", 100) == under
    assert await secrets.names(A, "totp/", 3) == under[:3]
    assert await secrets.names(A, "totp/", 3, after=under[2]) == under[3:6]
    assert await secrets.names(A, "totp/", 100, after="t") == under
    assert await secrets.names(A, "totp/", 100, after=under[-1]) == []
    assert await secrets.names(A, "", 100) == sorted(names)
    assert await secrets.names(A, "u", 100) == []


# --- changing ---


async def test_a_value_is_replaced_only_where_it_is_as_expected(secrets: Secrets) -> None:
    await secrets.put(A, PASSWORD, "first")
    await secrets.put(B, PASSWORD, "first")
    await secrets.put(A, KEY, "first")

    assert not await secrets.replace(A, PASSWORD, "third", "second")
    assert not await secrets.replace(A, "password/nobody", "second", "first")
    assert await secrets.replace(A, PASSWORD, "second", "first")
    assert not await secrets.replace(A, PASSWORD, "third", "first")

    assert await kept(secrets) == {PASSWORD: "second", KEY: "first"}
    assert await kept(secrets, B) == {PASSWORD: "first"}


async def test_a_value_is_taken_once_and_only_as_expected(secrets: Secrets) -> None:
    await secrets.put(A, PASSWORD, "first")
    await secrets.put(B, PASSWORD, "first")

    assert not await secrets.take(A, PASSWORD, "second")
    assert await secrets.take(A, PASSWORD, "first")
    assert not await secrets.take(A, PASSWORD, "first")

    assert await secrets.find(A, PASSWORD) is None
    assert await secrets.find(B, PASSWORD) == "first"


async def test_what_is_deleted_is_gone_and_its_name_free(secrets: Secrets) -> None:
    await secrets.put_many(A, {PASSWORD: "p", KEY: "k"})
    await secrets.put(B, PASSWORD, "b")

    assert await secrets.delete(A, [PASSWORD, PASSWORD, "password/nobody"]) == 1
    assert await secrets.delete(A, [PASSWORD]) == 0
    assert await secrets.delete(A, []) == 0
    await secrets.put(A, PASSWORD, "anew")

    assert await kept(secrets) == {PASSWORD: "anew", KEY: "k"}
    assert await kept(secrets, B) == {PASSWORD: "b"}


async def test_an_account_is_deleted_whole_and_no_other(secrets: Secrets) -> None:
    await secrets.put_many(A, {PASSWORD: "p", KEY: "k"})
    await secrets.put(B, PASSWORD, "b")

    assert await secrets.delete_account(A) == 2
    assert await secrets.delete_account(A) == 0

    assert await kept(secrets) == {}
    assert await kept(secrets, B) == {PASSWORD: "b"}


# --- at the same time ---


async def only_one_wins(one: Secrets, other: Secrets) -> None:
    for number in range(10):
        name = f"recovery-code/{number}"
        puts = await asyncio.gather(*(store.put(A, name, "code") for store in (one, other) * 3), return_exceptions=True)
        replaced = await asyncio.gather(*(store.replace(A, name, "anew", "code") for store in (one, other) * 3))
        taken = await asyncio.gather(*(store.take(A, name, "anew") for store in (one, other) * 3))

        assert puts.count(None) == 1
        assert all(isinstance(outcome, EntityAlreadyExists) for outcome in puts if outcome is not None)
        assert sum(replaced) == 1
        assert sum(taken) == 1


async def test_of_many_at_once_exactly_one_puts_replaces_and_takes(secrets: Secrets) -> None:
    await only_one_wins(secrets, secrets)


async def test_of_two_processes_at_once_exactly_one_puts_replaces_and_takes(postgres_store: SqlStore) -> None:
    async with postgres_store.open() as one, postgres_store.open() as other:
        await only_one_wins(one.secrets, other.secrets)


# --- what cannot be kept ---


@pytest.mark.parametrize("name", ["", "with space", "é", "nul\0", "line\n", "x" * 513])
async def test_what_cannot_be_a_name_is_told_to_the_caller(secrets: Secrets, name: str) -> None:
    with pytest.raises(InvalidInput):
        await secrets.put(A, name, "sealed")
    with pytest.raises(InvalidInput):
        await secrets.find(A, name)
    with pytest.raises(InvalidInput):
        await secrets.find_many(A, [KEY, name])
    with pytest.raises(InvalidInput):
        await secrets.replace(A, name, "sealed", "sealed")
    with pytest.raises(InvalidInput):
        await secrets.take(A, name, "sealed")
    with pytest.raises(InvalidInput):
        await secrets.delete(A, [name])
    if name:
        with pytest.raises(InvalidInput):
            await secrets.names(A, name, 10)


async def test_what_is_no_account_is_told_to_the_caller(secrets: Secrets) -> None:
    nobody = AccountId("12")
    for refused in (
        secrets.put(nobody, KEY, "sealed"),
        secrets.find(nobody, KEY),
        secrets.names(nobody, "", 10),
        secrets.delete_account(nobody),
    ):
        with pytest.raises(InvalidInput, match="12"):
            await refused


@pytest.mark.parametrize("sealed", ["", "a plain S3CR3T", "S3CR3T\0", "S3CR3T\n", "S3CR3T é"])
async def test_what_was_not_sealed_is_refused_and_not_quoted(secrets: Secrets, sealed: str) -> None:
    with pytest.raises(ValueError, match="sealed") as put:
        await secrets.put(A, KEY, sealed)
    with pytest.raises(ValueError, match="sealed") as replaced:
        await secrets.replace(A, KEY, sealed, "x")

    assert "S3CR3T" not in f"{put.value}{replaced.value}"


async def test_a_value_has_a_greatest_length(secrets: Secrets) -> None:
    await secrets.put(A, KEY, "x" * MAX_SEALED_CHARACTERS)

    with pytest.raises(LimitExceeded):
        await secrets.put(A, PASSWORD, "x" * (MAX_SEALED_CHARACTERS + 1))
    assert await kept(secrets) == {KEY: "x" * MAX_SEALED_CHARACTERS}


# --- in a database ---


async def test_secrets_outlast_the_process_and_are_no_part_of_the_log(sql_store: SqlStore) -> None:
    async with sql_store.open() as log:
        await log.append(A, 0, [NewEvent(type="UserCreated", schema_version=1, payload=b"{}")], metadata=b"{}")
        await log.secrets.put(A, PASSWORD, "sealed")

    async with sql_store.open() as log:
        assert await log.secrets.find(A, PASSWORD) == "sealed"
        assert (await log.head()).position == 1
        secrets = log.secrets
    with pytest.raises(Unavailable):
        await secrets.find(A, PASSWORD)
    with pytest.raises(Unavailable):
        await secrets.take(A, PASSWORD, "sealed")


async def test_no_value_is_in_what_the_database_says_when_it_fails(sql_store: SqlStore) -> None:
    """Errors get into logs with their causes, and the driver's would quote the parameters."""
    told = []
    async with sql_store.open() as log:
        await log.secrets.put(A, PASSWORD, CANARY)
        told.append(repr(log.secrets))
        with pytest.raises(EntityAlreadyExists) as taken:
            await log.secrets.put(A, PASSWORD, CANARY)
        told += traceback.format_exception(taken.value)
        sql_store.execute("ALTER TABLE secrets RENAME TO elsewhere")
        for failing in (
            log.secrets.put(A, KEY, CANARY),
            log.secrets.put_many(A, {KEY: CANARY, PASSWORD: CANARY}),
            log.secrets.replace(A, PASSWORD, CANARY, CANARY),
            log.secrets.take(A, PASSWORD, CANARY),
        ):
            with pytest.raises(DoorwardError) as failure:
                await failing
            told += traceback.format_exception(failure.value)

    assert "INSERT INTO secrets" in "".join(told)  # the causes are among it
    assert "S3CR3T" not in "".join(told)


async def test_what_was_deleted_is_not_left_in_the_file(sqlite_store: SqlStore, tmp_path: Path) -> None:
    def on_disk() -> bool:
        return any(CANARY.encode() in file.read_bytes() for file in tmp_path.iterdir())

    async with sqlite_store.open() as log:
        await log.secrets.put(A, PASSWORD, CANARY)
    assert on_disk()

    async with sqlite_store.open() as log:
        assert await log.secrets.take(A, PASSWORD, CANARY)

    assert not on_disk()
