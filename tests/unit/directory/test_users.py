"""Users: unique names, rename and move, deletion only when bare."""

from collections.abc import Callable

import pytest
from doorward_directory.attachments import attachment_count
from doorward_directory.inline_policies import PutUserPolicy
from doorward_directory.membership import AddUserToGroup, groups_of, users_in
from doorward_directory.quotas import Quotas
from doorward_directory.users import (
    DeleteUser,
    UpdateUser,
    UserCreated,
    UserDeleted,
    UserMoved,
    UserRenamed,
    user_arn,
    user_by_arn,
    user_by_name,
)
from doorward_kernel.errors import (
    DeleteConflict,
    DoorwardError,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
)

from tests.unit.directory.world import ACCOUNT, World, document


def update(name: str, new_name: str | None = None, new_path: str | None = None) -> UpdateUser:
    return UpdateUser(user_name=name, new_user_name=new_name, new_path=new_path)


def test_a_user_is_created_with_its_name_path_id_and_time() -> None:
    world = World()
    now = world.now()

    user_id = world.create_user("Alice", "/staff/eu/")

    assert world.events[-1] == UserCreated(user_id=user_id, name="Alice", path="/staff/eu/", created_at=now)
    user = user_by_name(world.state, "alice")
    assert (user.user_id, user.name, user.path, user.created_at) == (user_id, "Alice", "/staff/eu/", now)
    assert user_arn(world.state, user) == f"arn:aws:iam::{ACCOUNT}:user/staff/eu/Alice"


def test_names_are_unique_ignoring_case_and_path() -> None:
    world = World()
    world.create_user("alice")

    with pytest.raises(EntityAlreadyExists, match=r"^User with name ALICE already exists\.$"):
        world.create_user("ALICE", "/elsewhere/")


def test_there_are_no_more_users_than_the_quota() -> None:
    world = World(Quotas(users=1))
    world.create_user("alice")

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for UsersPerAccount: 1$"):
        world.create_user("bob")


@pytest.mark.parametrize(("name", "path"), [("a b", "/"), ("n" * 65, "/"), ("", "/"), ("a", "staff/")])
def test_a_malformed_name_or_path_is_refused(name: str, path: str) -> None:
    world = World()

    with pytest.raises(InvalidInput):
        world.create_user(name, path)


def test_an_arn_finds_a_user_only_with_its_path_and_case() -> None:
    world = World()
    world.create_user("Alice", "/staff/")
    prefix = f"arn:aws:iam::{ACCOUNT}"

    found = user_by_arn(world.state, f"{prefix}:user/staff/Alice")

    assert found is user_by_name(world.state, "ALICE")
    for other in (
        f"{prefix}:user/staff/alice",
        f"{prefix}:user/Alice",
        f"{prefix}:user/Staff/Alice",
        f"{prefix}:role/staff/Alice",
        "arn:aws:iam::999999999999:user/staff/Alice",
        f"arn:aws-cn:iam::{ACCOUNT}:user/staff/Alice",
    ):
        with pytest.raises(NoSuchEntity):
            user_by_arn(world.state, other)
    with pytest.raises(InvalidInput):
        user_by_arn(world.state, "Alice")


def test_a_renamed_user_keeps_its_groups_and_policies() -> None:
    world = World()
    user_id = world.create_user("alice")
    group_id = world.create_group("admins", "alice")
    policy_id = world.create_policy("read")
    world.attach("read", user="alice")
    put = PutUserPolicy(user_name="alice", policy_name="own", policy_document=document())
    world.do(put)

    happened = world.do(update("ALICE", "bob", "/staff/"))

    assert happened == [UserRenamed(user_id=user_id, name="bob"), UserMoved(user_id=user_id, path="/staff/")]
    user = user_by_name(world.state, "bob")
    assert [group.group_id for group in groups_of(world.state, user)] == [group_id]
    assert users_in(world.state, world.state.groups[group_id]) == [user]
    assert user.attached == (policy_id,)
    assert attachment_count(world.state, world.state.policies[policy_id]) == 1
    assert dict(user.inline) == {"own": document()}
    with pytest.raises(NoSuchEntity):
        user_by_name(world.state, "alice")


def test_the_old_name_of_a_renamed_user_is_free_for_another() -> None:
    world = World()
    first = world.create_user("alice")
    world.do(update("alice", "bob"))

    second = world.create_user("Alice")

    assert user_by_name(world.state, "bob").user_id == first
    assert user_by_name(world.state, "alice").user_id == second


def test_a_rename_may_change_only_the_case() -> None:
    world = World()
    user_id = world.create_user("alice")

    assert world.do(update("alice", "Alice")) == [UserRenamed(user_id=user_id, name="Alice")]
    assert user_by_name(world.state, "alice").name == "Alice"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (update("nobody", "x"), NoSuchEntity),
        (update("alice", "BOB"), EntityAlreadyExists),
        (update("alice", "a b"), InvalidInput),
        (update("alice", None, "x"), InvalidInput),
    ],
)
def test_an_update_is_refused(command: UpdateUser, error: type[DoorwardError]) -> None:
    world = World()
    world.create_user("alice")
    world.create_user("bob")

    with pytest.raises(error):
        world.do(command)


@pytest.mark.parametrize("command", [update("alice"), update("ALICE", "alice", "/staff/")])
def test_an_update_that_changes_nothing_is_no_event(command: UpdateUser) -> None:
    world = World()
    world.create_user("alice", "/staff/")

    assert world.do(command) == []


def _in_a_group(world: World) -> None:
    world.create_group("admins")
    world.do(AddUserToGroup(group_name="admins", user_name="alice"))


def _with_an_attached_policy(world: World) -> None:
    world.create_policy("read")
    world.attach("read", user="alice")


def _with_an_inline_policy(world: World) -> None:
    world.do(PutUserPolicy(user_name="alice", policy_name="own", policy_document=document()))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (_in_a_group, "Cannot delete entity, must remove users from group first."),
        (_with_an_attached_policy, "Cannot delete entity, must detach all policies first."),
        (_with_an_inline_policy, "Cannot delete entity, must delete policies first."),
    ],
)
def test_a_user_with_subordinates_cannot_be_deleted(given: Callable[[World], None], message: str) -> None:
    world = World()
    world.create_user("alice")
    given(world)

    with pytest.raises(DeleteConflict) as refused:
        world.do(DeleteUser(user_name="alice"))

    assert refused.value.message == message


def test_a_deleted_user_is_gone_and_a_new_one_of_that_name_is_another() -> None:
    world = World()
    first = world.create_user("alice")

    happened = world.do(DeleteUser(user_name="Alice"))

    assert happened == [UserDeleted(user_id=first)]
    with pytest.raises(NoSuchEntity, match=r"^The user with name alice cannot be found\.$"):
        world.do(DeleteUser(user_name="alice"))
    assert world.create_user("alice") != first
