"""Attachments of managed policies to users and groups: the same rules for both."""

import pytest
from doorward_directory.attachments import (
    AttachGroupPolicy,
    AttachUserPolicy,
    DetachGroupPolicy,
    DetachUserPolicy,
    GroupPolicyAttached,
    GroupPolicyDetached,
    UserPolicyAttached,
    UserPolicyDetached,
    attached_policies,
    attached_to,
    attachment_count,
)
from doorward_directory.groups import group_by_name
from doorward_directory.users import user_by_name
from doorward_kernel.errors import InvalidInput, LimitExceeded, NoSuchEntity

from tests.unit.directory.world import World, policy_arn_of

READ = policy_arn_of("read")


def attach(kind: str, arn: str = READ, name: str = "Team") -> AttachUserPolicy | AttachGroupPolicy:
    if kind == "user":
        return AttachUserPolicy(user_name=name, policy_arn=arn)
    return AttachGroupPolicy(group_name=name, policy_arn=arn)


def detach(kind: str, arn: str = READ, name: str = "Team") -> DetachUserPolicy | DetachGroupPolicy:
    if kind == "user":
        return DetachUserPolicy(user_name=name, policy_arn=arn)
    return DetachGroupPolicy(group_name=name, policy_arn=arn)


@pytest.fixture(params=["user", "group"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world() -> World:
    world = World()
    world.create_user("team")
    world.create_group("team")
    world.create_policy("read")
    return world


def test_a_policy_attached_twice_is_attached_once(world: World) -> None:
    user, group = user_by_name(world.state, "team"), group_by_name(world.state, "team")
    policy_id = next(iter(world.state.policies))

    happened = world.do(attach("user"), attach("user"), attach("group"), attach("group"))

    assert happened == [
        UserPolicyAttached(user_id=user.user_id, policy_id=policy_id),
        GroupPolicyAttached(group_id=group.group_id, policy_id=policy_id),
    ]
    policy = world.state.policies[policy_id]
    assert attachment_count(world.state, policy) == 2
    assert attached_policies(world.state, user_by_name(world.state, "team")) == [policy]
    assert attached_policies(world.state, group_by_name(world.state, "team")) == [policy]
    assert attached_to(world.state, policy) == (
        [user_by_name(world.state, "team")],
        [group_by_name(world.state, "team")],
        [],
    )


def test_a_detached_policy_no_longer_counts(world: World) -> None:
    world.do(attach("user"), attach("group"))
    user, group = user_by_name(world.state, "team"), group_by_name(world.state, "team")
    policy_id = next(iter(world.state.policies))

    happened = world.do(detach("user"), detach("group"))

    assert happened == [
        UserPolicyDetached(user_id=user.user_id, policy_id=policy_id),
        GroupPolicyDetached(group_id=group.group_id, policy_id=policy_id),
    ]
    assert attachment_count(world.state, world.state.policies[policy_id]) == 0
    assert attached_to(world.state, world.state.policies[policy_id]) == ([], [], [])
    assert user_by_name(world.state, "team").attached == ()
    assert group_by_name(world.state, "team").attached == ()


def test_what_is_not_attached_cannot_be_detached(world: World, kind: str) -> None:
    with pytest.raises(NoSuchEntity) as refused:
        world.do(detach(kind))

    assert refused.value.message == f"Policy {READ} was not found."


def test_only_a_policy_that_exists_is_attached(world: World, kind: str) -> None:
    arn = policy_arn_of("READ")

    with pytest.raises(NoSuchEntity) as refused:
        world.do(attach(kind, arn))

    assert refused.value.message == f"Policy {arn} does not exist or is not attachable."
    with pytest.raises(InvalidInput):
        world.do(attach(kind, "read"))


def test_only_to_someone_who_exists(world: World, kind: str) -> None:
    for command in (attach(kind, name="nobody"), detach(kind, name="nobody")):
        with pytest.raises(NoSuchEntity) as refused:
            world.do(command)
        assert refused.value.message == f"The {kind} with name nobody cannot be found."


def test_at_most_ten_policies_are_attached(world: World, kind: str) -> None:
    for number in range(11):
        world.create_policy(f"p{number}")
    for number in range(10):
        world.do(attach(kind, policy_arn_of(f"p{number}")))

    quota = f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: 10"
    with pytest.raises(LimitExceeded, match=f"^{quota}$"):
        world.do(attach(kind, policy_arn_of("p10")))
    assert world.do(attach(kind, policy_arn_of("p0"))) == []
