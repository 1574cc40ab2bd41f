"""Groups and membership."""

from collections.abc import Callable

import pytest
from doorward_directory.groups import (
    DeleteGroup,
    GroupCreated,
    GroupDeleted,
    GroupMoved,
    GroupRenamed,
    UpdateGroup,
    group_arn,
    group_by_arn,
    group_by_name,
)
from doorward_directory.inline_policies import PutGroupPolicy
from doorward_directory.membership import (
    AddUserToGroup,
    RemoveUserFromGroup,
    UserAddedToGroup,
    UserRemovedFromGroup,
    groups_of,
    users_in,
)
from doorward_directory.quotas import Quotas
from doorward_directory.users import user_by_name
from doorward_kernel.errors import (
    DeleteConflict,
    DoorwardError,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
)

from tests.unit.directory.world import ACCOUNT, World, document


def update(name: str, new_name: str | None = None, new_path: str | None = None) -> UpdateGroup:
    return UpdateGroup(group_name=name, new_group_name=new_name, new_path=new_path)


def test_a_group_is_created_with_its_name_path_id_and_time() -> None:
    world = World()
    now = world.now()

    group_id = world.create_group("Admins", path="/eu/")

    assert world.events[-1] == GroupCreated(group_id=group_id, name="Admins", path="/eu/", created_at=now)
    group = group_by_name(world.state, "ADMINS")
    assert group_arn(world.state, group) == f"arn:aws:iam::{ACCOUNT}:group/eu/Admins"
    assert group_by_arn(world.state, f"arn:aws:iam::{ACCOUNT}:group/eu/Admins") is group
    with pytest.raises(NoSuchEntity):
        group_by_arn(world.state, f"arn:aws:iam::{ACCOUNT}:group/eu/admins")


def test_group_names_are_unique_ignoring_case_but_apart_from_user_names() -> None:
    world = World()
    world.create_user("admins")
    world.create_group("admins")

    with pytest.raises(EntityAlreadyExists, match=r"^Group with name ADMINS already exists\.$"):
        world.create_group("ADMINS")


def test_there_are_no_more_groups_than_the_quota() -> None:
    world = World(Quotas(groups=1))
    world.create_group("one")

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for GroupsPerAccount: 1$"):
        world.create_group("two")


def test_a_renamed_group_keeps_its_users_and_policies() -> None:
    world = World()
    world.create_user("alice")
    group_id = world.create_group("admins", "alice")
    policy_id = world.create_policy("read")
    world.attach("read", group="admins")
    alice = user_by_name(world.state, "alice")

    happened = world.do(update("Admins", "ops", "/eu/"))

    assert happened == [
        GroupRenamed(group_id=group_id, name="ops"),
        GroupMoved(group_id=group_id, path="/eu/"),
    ]
    group = group_by_name(world.state, "ops")
    assert group.attached == (policy_id,)
    assert groups_of(world.state, alice) == [group]
    assert user_by_name(world.state, "alice") is alice
    assert users_in(world.state, group) == [alice]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (update("nobody", "x"), NoSuchEntity),
        (update("admins", "OPS"), EntityAlreadyExists),
        (update("admins", "a b"), InvalidInput),
        (update("admins", None, "x"), InvalidInput),
    ],
)
def test_an_update_is_refused(command: UpdateGroup, error: type[DoorwardError]) -> None:
    world = World()
    world.create_group("admins")
    world.create_group("ops")

    with pytest.raises(error):
        world.do(command)


def test_an_update_that_changes_nothing_is_no_event() -> None:
    world = World()
    world.create_group("admins")

    assert world.do(update("ADMINS", "admins", "/"), update("admins")) == []


def test_a_user_added_twice_is_added_once() -> None:
    world = World()
    user_id = world.create_user("alice")
    group_id = world.create_group("admins")
    add = AddUserToGroup(group_name="Admins", user_name="Alice")

    happened = world.do(add, add)

    assert happened == [UserAddedToGroup(user_id=user_id, group_id=group_id)]


def test_members_come_and_go_without_touching_the_group() -> None:
    world = World()
    user_id = world.create_user("alice")
    group_id = world.create_group("admins")
    group = world.state.groups[group_id]

    world.do(AddUserToGroup(group_name="admins", user_name="alice"))
    assert users_in(world.state, group) == [user_by_name(world.state, "alice")]
    assert world.state.groups[group_id] is group

    happened = world.do(RemoveUserFromGroup(group_name="admins", user_name="alice"))
    assert happened == [UserRemovedFromGroup(user_id=user_id, group_id=group_id)]
    assert users_in(world.state, group) == []
    assert groups_of(world.state, user_by_name(world.state, "alice")) == []


def test_removing_a_user_who_is_not_in_the_group_changes_nothing() -> None:
    world = World()
    world.create_user("alice")
    world.create_group("admins")

    assert world.do(RemoveUserFromGroup(group_name="admins", user_name="alice")) == []


@pytest.mark.parametrize(
    ("group", "user", "message"),
    [
        ("nowhere", "alice", "The group with name nowhere cannot be found."),
        ("admins", "nobody", "The user with name nobody cannot be found."),
    ],
)
def test_membership_needs_both_the_group_and_the_user(group: str, user: str, message: str) -> None:
    world = World()
    world.create_user("alice")
    world.create_group("admins")

    for command in (AddUserToGroup, RemoveUserFromGroup):
        with pytest.raises(NoSuchEntity) as refused:
            world.do(command(group_name=group, user_name=user))
        assert refused.value.message == message


def test_a_user_is_in_at_most_ten_groups() -> None:
    world = World()
    world.create_user("alice")
    for number in range(10):
        world.create_group(f"group-{number}", "alice")

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for GroupsPerUser: 10$"):
        world.create_group("group-10", "alice")
    assert world.do(AddUserToGroup(group_name="group-0", user_name="alice")) == []


def _with_a_user(world: World) -> None:
    world.create_user("alice")
    world.do(AddUserToGroup(group_name="admins", user_name="alice"))


def _with_an_attached_policy(world: World) -> None:
    world.create_policy("read")
    world.attach("read", group="admins")


def _with_an_inline_policy(world: World) -> None:
    world.do(PutGroupPolicy(group_name="admins", policy_name="own", policy_document=document()))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (_with_a_user, "Cannot delete entity, must remove users from group first."),
        (_with_an_attached_policy, "Cannot delete entity, must detach all policies first."),
        (_with_an_inline_policy, "Cannot delete entity, must delete policies first."),
    ],
)
def test_a_group_with_subordinates_cannot_be_deleted(given: Callable[[World], None], message: str) -> None:
    world = World()
    world.create_group("admins")
    given(world)

    with pytest.raises(DeleteConflict) as refused:
        world.do(DeleteGroup(group_name="admins"))

    assert refused.value.message == message


def test_a_deleted_group_is_gone() -> None:
    world = World()
    group_id = world.create_group("admins")

    assert world.do(DeleteGroup(group_name="Admins")) == [GroupDeleted(group_id=group_id)]
    with pytest.raises(NoSuchEntity):
        world.do(DeleteGroup(group_name="admins"))
