"""Accounts: created once, before anything else."""

from typing import get_args

import pytest
from doorward_directory.account import AccountCreated, CreateAccount
from doorward_directory.commands import DECISIONS, Command, decide
from doorward_directory.events import FOLDS, Event, apply
from doorward_directory.organization.commands import ORGANIZATION_DECISIONS
from doorward_directory.organization.state import CreateOrganization
from doorward_directory.quotas import Quotas
from doorward_directory.users import DeleteUser, UserDeleted
from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId, UniqueId
from doorward_kernel.stream import ImpossibleEvent

from tests.unit.directory.world import ACCOUNT, START, World


def test_an_account_begins_empty() -> None:
    world = World()

    assert world.events == [AccountCreated(account_id=ACCOUNT, name="Example", created_at=START)]
    assert (world.state.version, world.state.position) == (1, 0)
    assert not world.state.users
    assert not world.state.groups
    assert not world.state.policies


def test_an_account_cannot_be_created_twice() -> None:
    world = World()

    with pytest.raises(EntityAlreadyExists, match="`123456789012` already exists"):
        world.do(CreateAccount(account_id=ACCOUNT, account_name="Again", created_at=START))


@pytest.mark.parametrize(
    ("account_id", "name"),
    [("12345678901", "Example"), (ACCOUNT, ""), (ACCOUNT, "n" * 51), (ACCOUNT, "two\nlines")],
)
def test_an_account_needs_twelve_digits_and_a_printable_name(account_id: str, name: str) -> None:
    command = CreateAccount(account_id=AccountId(account_id), account_name=name, created_at=START)

    with pytest.raises(InvalidInput):
        decide(None, command, Quotas())


def test_a_command_on_a_missing_account_finds_nothing() -> None:
    with pytest.raises(NoSuchEntity):
        decide(None, DeleteUser(user_name="alice"), Quotas())


def test_events_that_contradict_the_state_are_refused() -> None:
    world = World()

    with pytest.raises(ImpossibleEvent, match="UserDeleted in an account that does not exist"):
        apply(None, UserDeleted(user_id=UniqueId("AIDA")))
    with pytest.raises(ImpossibleEvent, match="AccountCreated in an account that exists"):
        apply(world.account, world.events[0])
    with pytest.raises(ImpossibleEvent, match="names 'AIDA', which does not exist"):
        apply(world.account, UserDeleted(user_id=UniqueId("AIDA")))


def test_every_event_has_a_fold_and_every_command_a_decision() -> None:
    assert {*FOLDS, AccountCreated} == set(get_args(Event))
    assert {*DECISIONS, *ORGANIZATION_DECISIONS, CreateAccount, CreateOrganization} == set(get_args(Command))
