"""Root users and their e-mail addresses: one address, one account, and no address in the log."""

import json

import pytest
from doorward_client import AsyncClient
from doorward_directory.quotas import Quotas
from doorward_eventlog.sql import SqlEventLog
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.organizations import Organizations
from doorward_identity.application.root_users import RootUsers
from doorward_kernel.errors import AccountIsClosed, EntityAlreadyExists, InvalidInput, NoSuchEntity
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_sealing.vault import Vault, open_vault

from tests.integration.identity.conftest import ACCOUNT, WRAPPING

OTHER = "210987654321"
EMAIL = "Root@example.com"


async def vault_of(log: SqlEventLog) -> Vault:
    return await open_vault(log.data_keys, WRAPPING)


async def root_users(log: SqlEventLog) -> RootUsers:
    accounts = Accounts(log, epoch=(await log.head()).epoch, quotas=Quotas())
    return RootUsers(Organizations(accounts), await vault_of(log))


async def test_an_account_is_told_with_the_address_of_its_root_user(client: AsyncClient) -> None:
    created = await client.identity.create_account(account_name="other", account_id=OTHER, email=EMAIL)
    other = client.with_options(account=OTHER).identity

    assert created.account.email == EMAIL
    assert (await other.get_account()).account.email == EMAIL
    assert (await client.identity.get_account()).account.email == ""
    await other.update_root_email(email="new@example.com")
    assert (await other.get_account()).account.email == "new@example.com"
    listed = {each.account_id: each.email for each in (await client.identity.list_accounts()).accounts}
    assert listed == {ACCOUNT: "", OTHER: ""}


async def test_an_address_belongs_to_one_account_whatever_its_case(client: AsyncClient, log: SqlEventLog) -> None:
    await client.identity.create_account(account_name="other", account_id=OTHER, email=EMAIL)

    with pytest.raises(EntityAlreadyExists, match="another account"):
        await client.identity.create_account(account_name="third", email=EMAIL.lower())
    with pytest.raises(EntityAlreadyExists, match="another account"):
        await client.identity.update_root_email(email=EMAIL.upper())
    assert await (await root_users(log)).account_of(EMAIL.upper()) == OTHER
    assert await (await root_users(log)).account_of("nobody@example.com") is None
    await client.with_options(account=OTHER).identity.update_root_email(email="new@example.com")
    await client.identity.update_root_email(email=EMAIL)
    assert (await client.identity.get_account()).account.email == EMAIL


async def test_no_address_is_in_the_log_and_none_is_left_when_the_key_is_erased(
    client: AsyncClient, log: SqlEventLog
) -> None:
    await client.identity.update_root_email(email=EMAIL)

    records = await log.read(0, 100)
    assert not any(b"example.com" in record.payload.lower() + record.metadata.lower() for record in records)
    assert json.loads(records[-1].payload)["root_email"].startswith("sealed.v1.")
    await (await vault_of(log)).erase(AccountId(ACCOUNT))
    assert (await client.identity.get_account()).account.email == ""
    with pytest.raises(AccountIsClosed):
        await client.identity.update_root_email(email="new@example.com")


async def test_a_creation_that_was_interrupted_is_ended_by_who_asks_again(
    client: AsyncClient, log: SqlEventLog
) -> None:
    begun = AccountId("300000000000")
    await (await root_users(log)).set_email(begun, EMAIL, b"{}", first=True)
    with pytest.raises(EntityAlreadyExists, match="another account"):
        await client.identity.create_account(account_name="other", account_id=OTHER, email=EMAIL)
    with pytest.raises(EntityAlreadyExists, match="another e-mail address"):
        await client.identity.create_account(account_name="other", account_id=begun, email="new@example.com")

    created = await client.identity.create_account(account_name="other", email=EMAIL)

    assert (created.account.account_id, created.account.email) == (begun, EMAIL)


async def test_a_creation_that_is_ended_under_a_client_token_can_be_sent_again(
    client: AsyncClient, log: SqlEventLog
) -> None:
    begun = AccountId("300000000000")
    await (await root_users(log)).set_email(begun, EMAIL, b"{}", first=True)
    with pytest.raises(EntityAlreadyExists, match="with an e-mail address"):
        await client.identity.create_account(account_name="other", account_id=begun)
    once = client.with_options(client_token="t-1", account="")

    first = await once.identity.create_account(account_name="other", email=EMAIL)
    again = await once.identity.create_account(account_name="other", email=EMAIL)

    assert first.account.account_id == begun
    assert again == first
    assert len((await client.identity.list_accounts()).accounts) == 2


async def test_an_account_that_exists_keeps_its_address(client: AsyncClient) -> None:
    with pytest.raises(EntityAlreadyExists, match="already exists"):
        await client.identity.create_account(account_name="again", account_id=ACCOUNT, email=EMAIL)

    assert (await client.identity.get_account()).account.email == ""


async def test_a_creation_under_a_client_token_happens_once(client: AsyncClient) -> None:
    once = client.with_options(client_token="t-1", account="")

    first = await once.identity.create_account(account_name="other", email=EMAIL)
    again = await once.identity.create_account(account_name="other", email=EMAIL)

    assert again == first
    assert len((await client.identity.list_accounts()).accounts) == 2
    types = [event.type async for event in client.events(account=OPERATOR)]
    assert types.count("RootEmailSet") == 1


@pytest.mark.parametrize("email", ["", "a@b", "@example.org", "a b@example.com", "x" * 60 + "@example.com", "ü@ex.org"])
async def test_what_is_no_address_is_refused_and_not_repeated(client: AsyncClient, email: str) -> None:
    with pytest.raises(InvalidInput, match="`email`") as refused:
        await client.identity.update_root_email(email=email)

    assert not email or email not in refused.value.message


async def test_an_address_needs_an_account_that_is_open(client: AsyncClient) -> None:
    with pytest.raises(NoSuchEntity):
        await client.with_options(account=OTHER).identity.update_root_email(email=EMAIL)
    await client.identity.close_account()
    with pytest.raises(AccountIsClosed):
        await client.identity.update_root_email(email=EMAIL)
