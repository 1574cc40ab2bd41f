"""Quotas that an account has of its own, its summary, and its end."""

import pytest
from doorward_directory.account import (
    AccountClosed,
    CloseAccount,
    CreateAccount,
    DeleteAccountQuota,
    PutAccountQuota,
    QuotaReset,
    QuotaSet,
)
from doorward_directory.effective import effective_policies
from doorward_directory.quotas import QUOTA_NAMES, Quotas, values_by_name, with_own
from doorward_directory.summary import account_summary
from doorward_directory.users import DeleteUser, user_by_name
from doorward_kernel.errors import AccountIsClosed, EntityAlreadyExists, InvalidInput, LimitExceeded

from tests.unit.directory.world import ACCOUNT, START, World


def test_a_quota_of_its_own_holds_for_the_account_until_it_is_reset() -> None:
    world = World(Quotas(users=1))
    world.create_user("one")

    happened = world.do(PutAccountQuota(quota_name="UsersPerAccount", value=2))
    world.create_user("two")
    with pytest.raises(LimitExceeded) as refused:
        world.create_user("three")

    assert happened == [QuotaSet(name="UsersPerAccount", value=2)]
    assert refused.value.message == "Cannot exceed quota for UsersPerAccount: 2"
    assert world.do(DeleteAccountQuota(quota_name="UsersPerAccount")) == [QuotaReset(name="UsersPerAccount")]
    assert len(world.state.users) == 2
    world.do(DeleteUser(user_name="two"))
    with pytest.raises(LimitExceeded, match="UsersPerAccount: 1"):
        world.create_user("two")


def test_what_changes_nothing_does_not_happen() -> None:
    world = World()

    same = PutAccountQuota(quota_name="UsersPerAccount", value=5000)
    twice = PutAccountQuota(quota_name="GroupsPerAccount", value=0)

    assert world.do(same, DeleteAccountQuota(quota_name="UsersPerAccount")) == []
    assert len(world.do(twice, twice)) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("users", 1), ("", 1), ("UsersPerAccount", -1), ("UsersPerAccount", 1_000_001)]
)
def test_a_quota_that_cannot_be_is_refused(name: str, value: int) -> None:
    with pytest.raises(InvalidInput):
        World().do(PutAccountQuota(quota_name=name, value=value))


@pytest.mark.parametrize("name", QUOTA_NAMES)
def test_every_quota_can_be_set(name: str) -> None:
    world = World()

    world.do(PutAccountQuota(quota_name=name, value=7))

    quotas = with_own(Quotas(), world.state.own_quotas)
    assert values_by_name(quotas) == values_by_name(Quotas()) | {name: 7}


def test_every_quota_has_a_name() -> None:
    assert sorted(QUOTA_NAMES.values()) == sorted(Quotas.__slots__)


def test_a_summary_counts_what_there_is() -> None:
    world = World(Quotas(users=7))
    world.create_user("alice")
    world.create_group("readers")
    world.create_role("deploy")
    world.create_policy("read")
    world.create_version("read")

    summary = account_summary(world.state, world.quotas)

    assert [summary[each] for each in ("Users", "Groups", "Roles", "Policies", "PolicyVersionsInUse")] == [
        1,
        1,
        1,
        1,
        0,
    ]
    assert (summary["UsersQuota"], summary["AssumeRolePolicySizeQuota"]) == (7, 2048)


def test_in_a_closed_account_nothing_changes_and_everybody_is_denied_everything() -> None:
    world = World()
    world.create_user("alice")

    assert world.do(CloseAccount(closed_at=START), CloseAccount(closed_at=START)) == [AccountClosed(closed_at=START)]

    with pytest.raises(AccountIsClosed) as refused:
        world.create_user("bob")
    assert "is closed" in refused.value.message
    with pytest.raises(AccountIsClosed):
        world.do(PutAccountQuota(quota_name="UsersPerAccount", value=1))
    (only,) = effective_policies(world.state, user_by_name(world.state, "alice"))
    assert '"Effect":"Deny","Action":"*","Resource":"*"' in only.document


def test_a_closed_account_cannot_be_created_again() -> None:
    world = World()
    world.do(CloseAccount(closed_at=START))

    with pytest.raises(EntityAlreadyExists):
        world.do(CreateAccount(account_id=ACCOUNT, account_name="again", created_at=START))
