"""Accounts as a whole: what they hold, their quotas, their end."""

import pytest
from doorward.identity.v1.accounts_pb2 import ACCOUNT_STATUS_ACTIVE, ACCOUNT_STATUS_CLOSED
from doorward_client import AsyncClient
from doorward_kernel.errors import AccountIsClosed, InvalidInput, LimitExceeded


async def test_an_account_has_quotas_of_its_own(client: AsyncClient) -> None:
    identity = client.identity
    await identity.put_account_quota(quota_name="GroupsPerAccount", value=1)
    await identity.create_group(group_name="one")

    with pytest.raises(LimitExceeded, match="Cannot exceed quota for GroupsPerAccount: 1"):
        await identity.create_group(group_name="two")
    with pytest.raises(InvalidInput, match="`Groups` is no quota: expected one of UsersPerAccount"):
        await identity.put_account_quota(quota_name="Groups", value=1)

    summary = (await identity.get_account_summary()).summary_map
    assert (summary["Groups"], summary["GroupsQuota"], summary["UsersQuota"]) == (1, 1, 5000)
    first = await identity.list_account_quotas(max_items=3)
    rest = await identity.list_account_quotas(marker=first.marker)
    quotas = {each.quota_name: (each.value, each.default_value) for each in (*first.quotas, *rest.quotas)}
    assert len(quotas) == 16
    assert (quotas["GroupsPerAccount"], quotas["PolicySize"]) == ((1, 300), (6144, 6144))

    await identity.delete_account_quota(quota_name="GroupsPerAccount")
    await identity.create_group(group_name="two")


async def test_a_closed_account_can_be_read_and_not_changed(client: AsyncClient) -> None:
    identity = client.identity
    await identity.create_user(user_name="alice")
    assert (await identity.get_account()).account.status == ACCOUNT_STATUS_ACTIVE

    closed = await identity.close_account()

    assert (await identity.close_account()).revision == closed.revision
    assert (await identity.get_account()).account.status == ACCOUNT_STATUS_CLOSED
    assert (await identity.get_user(user_name="alice")).user.user_name == "alice"
    with pytest.raises(AccountIsClosed):
        await identity.delete_user(user_name="alice")
