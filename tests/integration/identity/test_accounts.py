"""Accounts as a whole: what they hold, their quotas, their end."""

import pytest
from doorward.identity.v1.accounts_pb2 import ACCOUNT_STATUS_ACTIVE, ACCOUNT_STATUS_CLOSED
from doorward.identity.v1.tags_pb2 import Tag
from doorward_client import AsyncClient
from doorward_kernel.errors import AccountIsClosed, InvalidInput, LimitExceeded

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL
from tests.integration.identity.test_roles import trusting
from tests.unit.directory.world import sharing

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"


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
    assert len(quotas) == 20
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


async def filled(client: AsyncClient) -> str:
    """An account with two users and one of everything else; the ARN of its own policy."""
    identity = client.identity
    arn = (await identity.create_policy(policy_name="all", policy_document=ALLOW_ALL)).policy.arn
    await identity.create_user(user_name="alice", permissions_boundary=arn, tags=[Tag(key="team", value="data")])
    await identity.create_user(user_name="bob")
    await identity.create_group(group_name="readers")
    await identity.add_user_to_group(group_name="readers", user_name="alice")
    await identity.put_group_policy(group_name="readers", policy_name="own", policy_document=ALLOW_ALL)
    await identity.create_role(role_name="deploy", assume_role_policy_document=trusting(ALICE))
    await identity.attach_role_policy(role_name="deploy", policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    await identity.put_resource_policy(resource_arn="arn:aws:s3:::b", policy_document=sharing(ALICE))
    return arn


async def test_authorization_details_tell_everything_in_pages(client: AsyncClient) -> None:
    arn = await filled(client)
    read = client.identity.get_account_authorization_details

    whole = await read()

    alice, bob = whole.user_detail_list
    assert (alice.user_name, list(alice.group_list)) == ("alice", ["readers"])
    assert alice.permissions_boundary.permissions_boundary_arn == arn
    assert [(tag.key, tag.value) for tag in alice.tags] == [("team", "data")]
    assert bob.user_name == "bob"
    (group,), (role,) = whole.group_detail_list, whole.role_detail_list
    assert [each.policy_document for each in group.group_policy_list] == [ALLOW_ALL]
    assert role.assume_role_policy_document == trusting(ALICE)
    assert [each.policy_name for each in role.attached_managed_policies] == ["ReadOnlyAccess"]
    assert [each.policy_name for each in whole.policies] == ["all", "ReadOnlyAccess"]
    assert not whole.is_truncated

    joined, marker = type(whole)(), ""
    for _ in range(6):
        part = await read(max_items=1, marker=marker)
        marker = part.marker
        joined.MergeFrom(part)
    assert marker == ""
    for name in ("user_detail_list", "group_detail_list", "role_detail_list", "policies"):
        assert list(getattr(joined, name)) == list(getattr(whole, name))


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (["User"], "alice bob"),
        (["Group", "Role"], "readers deploy"),
        (["LocalManagedPolicy"], "all"),
        (["AWSManagedPolicy", "User"], "alice bob ReadOnlyAccess"),
    ],
)
async def test_authorization_details_may_be_of_some_kinds(
    client: AsyncClient, filter: list[str], expected: str
) -> None:
    await filled(client)

    found = await client.identity.get_account_authorization_details(filter=filter)

    names = [
        *(each.user_name for each in found.user_detail_list),
        *(each.group_name for each in found.group_detail_list),
        *(each.role_name for each in found.role_detail_list),
        *(each.policy_name for each in found.policies),
    ]
    assert names == expected.split()


@pytest.mark.parametrize("filter", ["", "user", "x" * 100])
async def test_a_kind_that_there_is_not_is_refused(client: AsyncClient, filter: str) -> None:
    with pytest.raises(InvalidInput, match="at 'filter' failed to satisfy constraint"):
        await client.identity.get_account_authorization_details(filter=[filter])
