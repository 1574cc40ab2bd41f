"""Copy from another user: everything or nothing, and what is there stays."""

from dataclasses import replace

import pytest
from doorward_directory.attachments import AttachUserPolicy, DetachUserPolicy, UserPolicyAttached
from doorward_directory.aws_policies import AwsPolicyAdopted
from doorward_directory.boundaries import UserBoundarySet
from doorward_directory.copy_permissions import CopyUserPermissions, grants_of_copy
from doorward_directory.effective import effective_boundary, effective_policies
from doorward_directory.inline_policies import DeleteUserPolicy, PutUserPolicy, UserPolicyPut
from doorward_directory.membership import AddUserToGroup, UserAddedToGroup
from doorward_directory.quotas import Quotas
from doorward_directory.shipped import aws_policy_id
from doorward_directory.users import PutUserPermissionsBoundary, User, user_by_name
from doorward_kernel.errors import DoorwardError, EntityAlreadyExists, LimitExceeded, NoSuchEntity

from tests.unit.directory.world import World, aws_arn_of, document, policy_arn_of

COPY = CopyUserPermissions(source_user_name="alice", user_name="bob")


@pytest.fixture
def world() -> World:
    """Alice has two of everything; bob has one of each that she does not have, and one of the groups."""
    world = World()
    world.create_user("alice")
    world.create_user("bob")
    world.create_group("admins", "alice", "bob")
    world.create_group("readers", "alice")
    world.create_group("night", "bob")
    for name in ("read", "write", "own"):
        world.create_policy(name)
    world.attach("read", user="alice")
    world.attach_aws("ReadOnlyAccess", user="alice")
    world.attach("own", user="bob")
    world.do(
        PutUserPolicy(user_name="alice", policy_name="b", policy_document=document("s3:*")),
        PutUserPolicy(user_name="alice", policy_name="a", policy_document=document("sqs:*")),
        PutUserPolicy(user_name="bob", policy_name="c", policy_document=document()),
    )
    return world


def user(world: World, name: str) -> User:
    return user_by_name(world.state, name)


def test_the_user_gets_what_the_other_has_and_keeps_its_own(world: World) -> None:
    before = user(world, "bob")
    alice = user(world, "alice")

    happened = world.do(COPY)

    assert happened == [
        UserAddedToGroup(user_id=before.user_id, group_id=alice.groups[1]),
        UserPolicyAttached(user_id=before.user_id, policy_id=alice.attached[0]),
        UserPolicyAttached(user_id=before.user_id, policy_id=aws_policy_id(aws_arn_of("ReadOnlyAccess"))),
        UserPolicyPut(user_id=before.user_id, name="a", document=document("sqs:*")),
        UserPolicyPut(user_id=before.user_id, name="b", document=document("s3:*")),
    ]
    bob = user(world, "bob")
    assert bob == replace(
        before,
        groups=(*before.groups, alice.groups[1]),
        attached=(*before.attached, *alice.attached),
        inline=before.inline.update(alice.inline),
    )
    assert user(world, "alice") is alice
    hers = {policy.name.rpartition("/")[2] for policy in effective_policies(world.state, alice)}
    assert hers < {policy.name.rpartition("/")[2] for policy in effective_policies(world.state, bob)}


def test_doing_it_twice_changes_nothing(world: World) -> None:
    world.do(COPY)

    assert world.do(COPY) == []
    assert grants_of_copy(world.state, COPY) == []


def test_a_user_has_what_it_has_itself(world: World) -> None:
    assert world.do(CopyUserPermissions(source_user_name="alice", user_name="ALICE")) == []


def test_a_copy_amounts_to_commands_that_could_be_given_one_by_one(world: World) -> None:
    single = World()
    single.account, single.events = world.account, list(world.events)

    grants = grants_of_copy(world.state, COPY)
    single.do(*grants)
    world.do(COPY)

    assert grants == [
        AddUserToGroup(group_name="readers", user_name="bob"),
        AttachUserPolicy(user_name="bob", policy_arn=policy_arn_of("read")),
        AttachUserPolicy(user_name="bob", policy_arn=aws_arn_of("ReadOnlyAccess")),
        PutUserPolicy(user_name="bob", policy_name="a", policy_document=document("sqs:*")),
        PutUserPolicy(user_name="bob", policy_name="b", policy_document=document("s3:*")),
    ]
    assert single.state == world.state


def refused(world: World, error: type[DoorwardError], message: str) -> None:
    before = world.state
    with pytest.raises(error, match=message):
        world.do(COPY)
    assert world.state is before


def test_another_inline_policy_of_the_same_name_is_not_overwritten(world: World) -> None:
    world.do(PutUserPolicy(user_name="bob", policy_name="b", policy_document=document("iam:*")))

    refused(world, EntityAlreadyExists, "^User bob already has another inline policy with name b.$")
    world.do(DeleteUserPolicy(user_name="bob", policy_name="b"))
    assert len(world.do(COPY)) == 5


def test_a_boundary_is_copied_too_so_that_the_copy_may_not_do_more(world: World) -> None:
    most = aws_arn_of("PowerUserAccess")
    world.do(PutUserPermissionsBoundary(user_name="alice", permissions_boundary=most))

    happened = world.do(COPY)

    assert happened[0] == UserBoundarySet(user_id=user(world, "bob").user_id, policy_id=aws_policy_id(most))
    assert len(happened) == 6
    assert effective_boundary(world.state, user(world, "bob")) == effective_boundary(world.state, user(world, "alice"))
    assert world.do(COPY) == []


def test_another_boundary_is_not_replaced_and_one_without_counterpart_stays(world: World) -> None:
    world.do(PutUserPermissionsBoundary(user_name="bob", permissions_boundary=policy_arn_of("own")))
    before = user(world, "bob").boundary
    assert len(world.do(COPY)) == 5
    assert user(world, "bob").boundary == before

    world.do(PutUserPermissionsBoundary(user_name="alice", permissions_boundary=policy_arn_of("read")))

    refused(world, EntityAlreadyExists, "^User bob already has another permissions boundary.$")


@pytest.mark.parametrize(
    ("quotas", "message"),
    [
        (Quotas(groups_per_user=2), "^Cannot exceed quota for GroupsPerUser: 2$"),
        (Quotas(policies_per_user=2), "^Cannot exceed quota for PoliciesPerUser: 2$"),
        (Quotas(user_policy_size=150), "^Maximum policy size of 150 bytes exceeded for user bob$"),
    ],
)
def test_quotas_hold_for_all_that_is_copied_together(world: World, quotas: Quotas, message: str) -> None:
    world.quotas = quotas

    refused(world, LimitExceeded, message)


def test_both_users_must_be_there(world: World) -> None:
    for source, target in (("nobody", "bob"), ("alice", "nobody")):
        with pytest.raises(NoSuchEntity, match=r"^The user with name nobody cannot be found.$"):
            world.do(CopyUserPermissions(source_user_name=source, user_name=target))


def test_a_policy_that_is_attached_no_more_is_not_copied_silently_left_out(world: World) -> None:
    gone = aws_arn_of("GoneAccess")
    adopted = AwsPolicyAdopted(
        policy_id=aws_policy_id(gone), name="GoneAccess", path="/", version=1, document=document()
    )
    world.happen(adopted, UserPolicyAttached(user_id=user(world, "alice").user_id, policy_id=adopted.policy_id))

    refused(world, NoSuchEntity, f"^Policy {gone} does not exist or is not attachable.$")
    world.do(DetachUserPolicy(user_name="alice", policy_arn=gone))
    assert len(world.do(COPY)) == 5
