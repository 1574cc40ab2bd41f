"""Which policies of a user, group or role grant anything in a service."""

import pytest
from doorward_directory.granting import InlinePolicy, grants, policies_of
from doorward_directory.groups import group_arn, group_by_name
from doorward_directory.inline_policies import PutGroupPolicy, PutRolePolicy, PutUserPolicy
from doorward_directory.policies import SetDefaultPolicyVersion
from doorward_directory.roles import PutRolePermissionsBoundary, role_arn, role_by_name
from doorward_directory.users import user_arn, user_by_name
from doorward_kernel.errors import InvalidInput, NoSuchEntity

from tests.unit.directory.world import ACCOUNT, World, aws_arn_of, document, policy_arn_of


@pytest.fixture
def world() -> World:
    world = World()
    world.create_user("alice", path="/staff/")
    world.create_group("team", "alice")
    world.create_policy("shared", document("sqs:SendMessage"))
    world.attach("shared", user="alice")
    world.attach("shared", group="team")
    world.attach_aws("AmazonS3ReadOnlyAccess", group="team")
    world.do(
        PutUserPolicy(user_name="alice", policy_name="own", policy_document=document("documents:Read")),
        PutGroupPolicy(group_name="team", policy_name="ours", policy_document=document("*")),
    )
    return world


def granting(world: World, arn: str, service: str) -> list[tuple[str, str]]:
    return sorted(
        (policy.name, policy.entity.name if isinstance(policy, InlinePolicy) else "")
        for policy in policies_of(world.state, arn)
        if grants(policy, service)
    )


def test_a_user_s_policies_are_its_own_and_its_groups_and_each_is_there_once(world: World) -> None:
    alice = user_arn(world.state, user_by_name(world.state, "alice"))

    assert granting(world, alice, "sqs") == [("ours", "team"), ("shared", "")]
    assert granting(world, alice, "s3") == [("AmazonS3ReadOnlyAccess", ""), ("ours", "team")]
    assert granting(world, alice, "documents") == [("ours", "team"), ("own", "alice")]
    assert granting(world, alice, "iam") == [("ours", "team")]


def test_a_group_has_only_its_own(world: World) -> None:
    team = group_arn(world.state, group_by_name(world.state, "team"))

    assert granting(world, team, "documents") == [("ours", "team")]
    assert granting(world, team, "sqs") == [("ours", "team"), ("shared", "")]


def test_a_role_has_its_own_and_its_boundary_does_not_count(world: World) -> None:
    world.create_role("deploy", path="/ci/")
    world.attach_aws("AmazonS3ReadOnlyAccess", role="deploy")
    world.do(
        PutRolePolicy(role_name="deploy", policy_name="own", policy_document=document("documents:Read")),
        PutRolePermissionsBoundary(role_name="deploy", permissions_boundary=aws_arn_of("AdministratorAccess")),
    )
    deploy = role_arn(world.state, role_by_name(world.state, "deploy"))

    assert granting(world, deploy, "s3") == [("AmazonS3ReadOnlyAccess", "")]
    assert granting(world, deploy, "documents") == [("own", "deploy")]
    assert granting(world, deploy, "iam") == []


def test_only_the_version_in_force_counts(world: World) -> None:
    alice = user_arn(world.state, user_by_name(world.state, "alice"))
    world.create_version("shared", document("ec2:*"))
    assert granting(world, alice, "ec2") == [("ours", "team")]

    world.do(SetDefaultPolicyVersion(policy_arn=policy_arn_of("shared"), version_id="v2"))

    assert granting(world, alice, "ec2") == [("ours", "team"), ("shared", "")]
    assert granting(world, alice, "sqs") == [("ours", "team")]


@pytest.mark.parametrize(
    ("arn", "error"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/alice", NoSuchEntity),
        (f"arn:aws:iam::{ACCOUNT}:user/staff/nobody", NoSuchEntity),
        ("arn:aws:iam::210987654321:user/staff/alice", NoSuchEntity),
        (f"arn:aws:iam::{ACCOUNT}:group/nobody", NoSuchEntity),
        (f"arn:aws:iam::{ACCOUNT}:role/admin", NoSuchEntity),
        (f"arn:aws:iam::{ACCOUNT}:policy/shared", NoSuchEntity),
        ("alice", InvalidInput),
        ("", InvalidInput),
    ],
)
def test_only_of_users_groups_and_roles_that_are_there(world: World, arn: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        policies_of(world.state, arn)
