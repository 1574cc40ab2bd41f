"""Policy versions in use: one of each managed policy that bears on anything."""

from collections.abc import Callable, Sequence

import pytest
from doorward_directory.attachments import AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, DetachUserPolicy
from doorward_directory.commands import Command
from doorward_directory.copy_permissions import CopyUserPermissions
from doorward_directory.policies_in_use import versions_in_use
from doorward_directory.quotas import Quotas
from doorward_directory.roles import CreateRole, PutRolePermissionsBoundary
from doorward_directory.summary import account_summary
from doorward_directory.users import CreateUser, PutUserPermissionsBoundary
from doorward_kernel.errors import LimitExceeded
from doorward_kernel.ids import ROLE_PREFIX, USER_PREFIX, unique_id

from tests.unit.directory.world import ACCOUNT, START, World, aws_arn_of, policy_arn_of, trusting

ONE, TWO, AWS = policy_arn_of("one"), policy_arn_of("two"), aws_arn_of("ReadOnlyAccess")


def user_attached(arn: str) -> Command:
    return AttachUserPolicy(user_name="alice", policy_arn=arn)


def group_attached(arn: str) -> Command:
    return AttachGroupPolicy(group_name="readers", policy_arn=arn)


def role_attached(arn: str) -> Command:
    return AttachRolePolicy(role_name="deploy", policy_arn=arn)


def user_bounded(arn: str) -> Command:
    return PutUserPermissionsBoundary(user_name="alice", permissions_boundary=arn)


def role_bounded(arn: str) -> Command:
    return PutRolePermissionsBoundary(role_name="deploy", permissions_boundary=arn)


def user_created(arn: str) -> Command:
    return CreateUser(
        user_id=unique_id(USER_PREFIX, b"created-usr"),
        user_name="carol",
        path="/",
        permissions_boundary=arn,
        tags=(),
        created_at=START,
    )


def role_created(arn: str) -> Command:
    return CreateRole(
        role_id=unique_id(ROLE_PREFIX, b"created-rol"),
        role_name="build",
        path="/",
        description="",
        max_session_duration=3600,
        assume_role_policy_document=trusting(ACCOUNT),
        foreign={},
        permissions_boundary=arn,
        tags=(),
        created_at=START,
    )


def a_world(quota: int = 10_000) -> World:
    world = World(Quotas(policy_versions_in_use=quota))
    world.create_user("alice")
    world.create_user("bob")
    world.create_group("readers")
    world.create_role("deploy")
    world.create_policy("one")
    world.create_policy("two")
    world.create_version("one")
    return world


@pytest.mark.parametrize(
    ("rule", "commands", "expected"),
    [
        ("what is not attached is not in use, however many versions it has", [], 0),
        ("an attached policy is in use in one version", [user_attached(ONE)], 1),
        ("so it is when it is attached to several", [user_attached(ONE), group_attached(ONE), role_attached(ONE)], 1),
        ("each attached policy counts", [user_attached(ONE), group_attached(TWO)], 2),
        ("also AWS's", [user_attached(ONE), user_attached(AWS)], 2),
        ("a boundary is in use", [user_bounded(ONE)], 1),
        ("a boundary that is attached, too, is one policy", [user_bounded(ONE), role_attached(ONE)], 1),
        ("so is AWS's", [role_bounded(AWS), user_attached(AWS), user_bounded(AWS)], 1),
        ("what was detached is not", [user_attached(ONE), DetachUserPolicy(user_name="alice", policy_arn=ONE)], 0),
    ],
)
def test_which_versions_are_in_use(rule: str, commands: Sequence[Command], expected: int) -> None:
    world = a_world()

    world.do(*commands)

    assert account_summary(world.state, world.quotas)["PolicyVersionsInUse"] == expected, rule
    assert account_summary(world.state, world.quotas)["PolicyVersionsInUseQuota"] == 10_000


@pytest.mark.parametrize("arn", [TWO, AWS])
@pytest.mark.parametrize(
    "use", [user_attached, group_attached, role_attached, user_bounded, role_bounded, user_created, role_created]
)
def test_no_more_policies_than_the_quota_come_into_use(use: Callable[[str], Command], arn: str) -> None:
    world = a_world(quota=1)
    world.do(AttachUserPolicy(user_name="bob", policy_arn=ONE))

    with pytest.raises(LimitExceeded) as refused:
        world.do(use(arn))

    assert refused.value.message == "Cannot exceed quota for PolicyVersionsInUse: 1"
    assert world.do(use(ONE)), "one that is in use is none more"


def test_a_copy_brings_no_policy_into_use() -> None:
    world = a_world(quota=2)
    world.do(user_attached(ONE), user_bounded(TWO))

    world.do(CopyUserPermissions(source_user_name="alice", user_name="bob"))

    assert versions_in_use(world.state) == 2
