"""What every store of data keys does, whatever it is stored in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from doorward_eventlog.data_keys import INSTALLATION, DataKeys, ErasedKey, Rewrapping, WrappedKey
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.record import NewEvent

from tests.contract.conftest import NOW

if TYPE_CHECKING:
    from tests.contract.conftest import SqlStore

A, B, C = AccountId("000000000001"), AccountId("000000000002"), AccountId("000000000003")


async def kept(keys: DataKeys, owner: str, wrapped: bytes = b"\x00\xff'", wrapped_by: str = "k1") -> WrappedKey:
    key = await keys.keep(owner, wrapped, wrapped_by)
    assert isinstance(key, WrappedKey)
    return key


async def test_a_key_is_kept_as_it_is_and_only_once(data_keys: DataKeys) -> None:
    assert await data_keys.find(A) is None

    first = await kept(data_keys, A, b"\x00\xff'")

    assert first == WrappedKey(owner=A, wrapped=b"\x00\xff'", wrapped_by="k1", created_at=NOW)
    assert await data_keys.find(A) == first
    assert await data_keys.keep(A, b"another", "k2") == first
    assert await data_keys.find(B) is None


async def test_an_erased_key_leaves_a_tombstone_that_no_key_replaces(data_keys: DataKeys) -> None:
    await kept(data_keys, A)

    for account in (A, B):  # B never had one
        erased = await data_keys.erase(account)

        assert erased.owner == account
        assert await data_keys.find(account) == erased
        assert await data_keys.keep(account, b"another", "k2") == erased
        assert await data_keys.erase(account) == erased
    assert await data_keys.not_wrapped_by("", 10) == []


async def test_only_accounts_and_the_installation_own_keys_and_the_installation_loses_none(data_keys: DataKeys) -> None:
    await kept(data_keys, INSTALLATION)
    for owner in ("", "12", "0000000000011", "Installation", "٠٠٠٠٠٠٠٠٠٠٠٠"):
        with pytest.raises(ValueError, match="own"):
            await data_keys.keep(owner, b"key", "k1")
        with pytest.raises(ValueError, match="own"):
            await data_keys.erase(owner)

    with pytest.raises(ValueError, match="everybody"):
        await data_keys.erase(INSTALLATION)
    assert isinstance(await data_keys.find(INSTALLATION), WrappedKey)


async def test_the_key_of_the_operator_s_account_is_never_erased(data_keys: DataKeys) -> None:
    key = await kept(data_keys, OPERATOR)

    with pytest.raises(ValueError, match="the services need to start"):
        await data_keys.erase(OPERATOR)
    assert await data_keys.find(OPERATOR) == key


async def test_keys_that_another_key_wraps_are_found_in_order_and_wrapped_anew(data_keys: DataKeys) -> None:
    b, installation, a, _ = [await kept(data_keys, owner) for owner in (B, INSTALLATION, A, C)]
    await data_keys.erase(C)

    assert await data_keys.not_wrapped_by("k2", 2) == [a, b]
    assert await data_keys.not_wrapped_by("k2", 2, after=A) == [b, installation]
    assert await data_keys.not_wrapped_by("k2", 2, after=INSTALLATION) == []
    await data_keys.rewrap(
        [Rewrapping(found=key, wrapped=b"new " + key.owner.encode(), wrapped_by="k2") for key in (a, b)]
    )

    assert await data_keys.not_wrapped_by("k2", 2) == [installation]
    assert await data_keys.find(B) == replace(b, wrapped=b"new " + B.encode(), wrapped_by="k2")
    assert await data_keys.find(INSTALLATION) == installation
    await data_keys.rewrap([])


async def test_a_key_that_is_no_longer_as_it_was_found_is_left_alone(data_keys: DataKeys) -> None:
    a, b, c = [await kept(data_keys, owner) for owner in (A, B, C)]
    await data_keys.erase(A)
    await data_keys.rewrap([Rewrapping(found=b, wrapped=b"faster", wrapped_by="k3")])

    await data_keys.rewrap([Rewrapping(found=key, wrapped=b"slow", wrapped_by="k2") for key in (a, b, c)])

    found = [await data_keys.find(owner) for owner in (A, B, C)]
    assert [key.wrapped if isinstance(key, WrappedKey) else None for key in found] == [None, b"faster", b"slow"]


# --- in a database ---


async def test_keys_outlive_the_process_beside_the_log(sql_store: SqlStore) -> None:
    async with sql_store.open() as log:
        await log.append(A, 0, [NewEvent(type="UserCreated", schema_version=1, payload=b"{}")], metadata=b"{}")
        a = await kept(log.data_keys, A)
        await log.data_keys.erase(B)

    async with sql_store.open() as log:
        assert await log.data_keys.find(A) == a
        assert isinstance(await log.data_keys.find(B), ErasedKey)
        keys = log.data_keys
    with pytest.raises(Unavailable):
        await keys.find(A)
    with pytest.raises(Unavailable):
        await keys.keep(C, b"key", "k1")


@pytest.mark.parametrize("half", ["erased_at = 1", "wrapped = NULL", "wrapped_by = NULL"])
async def test_the_database_takes_no_key_that_is_half_erased(sql_store: SqlStore, half: str) -> None:
    async with sql_store.open() as log:
        a = await kept(log.data_keys, A)

    with pytest.raises(Exception, match="data_keys_wrapped_or_erased"):
        sql_store.execute("UPDATE data_keys SET " + half)  # noqa: S608

    async with sql_store.open() as log:
        assert await log.data_keys.find(A) == a
