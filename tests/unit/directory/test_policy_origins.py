"""Which policies are in force for a user, a group or a role, and where each comes from."""

from dataclasses import replace

import pytest
from doorward_directory.account import CloseAccount
from doorward_directory.effective import effective_policies
from doorward_directory.inline_policies import PutGroupPolicy, PutRolePolicy, PutUserPolicy
from doorward_directory.policy_origins import PolicyOrigin, policy_source
from doorward_directory.roles import PutRolePermissionsBoundary
from doorward_directory.users import PutUserPermissionsBoundary, user_by_name
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_policy.simulation import SourceType

from tests.unit.directory.world import ACCOUNT, World, document, policy_arn_of

ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
READERS = f"arn:aws:iam::{ACCOUNT}:group/readers"


def inhabited() -> World:
    world = World()
    world.create_user("alice", path="/staff/")
    world.create_group("readers", "alice")
    for name in ("shared", "own", "theirs"):
        world.create_policy(name, document(f"s3:{name}"))
    world.attach("own", user="alice")
    world.attach("shared", user="alice")
    world.attach("shared", group="readers")
    world.attach("theirs", group="readers")
    for name in ("b", "A"):
        world.do(PutUserPolicy(user_name="alice", policy_name=name, policy_document=document(f"s3:{name}")))
    world.do(PutGroupPolicy(group_name="readers", policy_name="A", policy_document=document("s3:group")))
    return world


def told(policies: tuple[PolicyOrigin, ...]) -> list[tuple[str, str]]:
    return [(each.name, each.type.value) for each in policies]


def test_a_user_has_its_own_policies_and_those_of_its_groups() -> None:
    world = inhabited()

    found = policy_source(world.state, ALICE)

    assert found.entity is world.state.users[world.state.user_ids["alice"]]
    assert found.boundary is None
    assert told(found.policies) == [
        ("own", "user-managed"),
        ("shared", "user-managed"),
        ("theirs", "user-managed"),
        ("A", "user"),
        ("b", "user"),
        ("A", "group"),
    ]
    assert found.policies[3].document == document("s3:A")
    assert found.policies[5].document == document("s3:group")


def test_a_group_has_its_own_policies_alone() -> None:
    world = inhabited()

    found = policy_source(world.state, READERS)

    assert found.entity is world.state.groups[world.state.group_ids["readers"]]
    assert found.boundary is None
    assert told(found.policies) == [("shared", "user-managed"), ("theirs", "user-managed"), ("A", "group")]


def test_a_role_has_its_own_policies_alone() -> None:
    world = inhabited()
    world.create_role("app", path="/svc/")
    world.attach("shared", role="app")
    world.do(PutRolePolicy(role_name="app", policy_name="inline", policy_document=document("s3:role")))

    found = policy_source(world.state, f"arn:aws:iam::{ACCOUNT}:role/svc/app")

    assert found.entity is world.state.roles[world.state.role_ids["app"]]
    assert told(found.policies) == [("shared", "user-managed"), ("inline", "role")]


def test_users_and_roles_have_their_boundary() -> None:
    world = inhabited()
    world.create_role("app")
    world.do(
        PutUserPermissionsBoundary(user_name="alice", permissions_boundary=policy_arn_of("theirs")),
        PutRolePermissionsBoundary(role_name="app", permissions_boundary=policy_arn_of("own")),
    )

    of_user = policy_source(world.state, ALICE).boundary
    of_role = policy_source(world.state, f"arn:aws:iam::{ACCOUNT}:role/app").boundary

    assert of_user == PolicyOrigin(name="theirs", type=SourceType.USER_MANAGED, document=document("s3:theirs"))
    assert of_role == PolicyOrigin(name="own", type=SourceType.USER_MANAGED, document=document("s3:own"))


def test_a_policy_whose_arn_names_aws_is_managed_by_aws() -> None:
    world = inhabited()
    account = replace(world.state, account_id=AccountId("aws"))  # all its ARNs then do

    found = policy_source(account, READERS.replace(ACCOUNT, "aws"))

    assert told(found.policies) == [("shared", "aws-managed"), ("theirs", "aws-managed"), ("A", "group")]


def test_the_default_version_of_a_managed_policy_is_in_force() -> None:
    world = inhabited()
    world.create_version("own", document("s3:second"), set_as_default=True)
    world.create_version("own", document("s3:third"))

    (own, *_) = policy_source(world.state, ALICE).policies

    assert own == PolicyOrigin(name="own", type=SourceType.USER_MANAGED, document=document("s3:second"))


@pytest.mark.parametrize(
    "arn",
    [
        ALICE.replace("alice", "bob"),
        ALICE.replace("/staff", ""),
        ALICE.replace(ACCOUNT, "999999999999"),
        READERS.replace("readers", "writers"),
        f"arn:aws:iam::{ACCOUNT}:role/app",
    ],
)
def test_an_entity_that_is_not_there_is_no_such_entity(arn: str) -> None:
    with pytest.raises(NoSuchEntity, match="cannot be found"):
        policy_source(inhabited().state, arn)


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{ACCOUNT}:policy/own",
        f"arn:aws:iam::{ACCOUNT}:user/",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s",
        f"arn:aws-cn:iam::{ACCOUNT}:user/staff/alice",
        f"arn:aws:iam:eu-west-1:{ACCOUNT}:user/staff/alice",
    ],
)
def test_an_arn_of_something_else_is_invalid(arn: str) -> None:
    with pytest.raises(InvalidInput, match=r"`policySourceArn`: .* is not the ARN of a user, a group or a role"):
        policy_source(inhabited().state, arn)


def test_in_a_closed_account_everybody_has_what_checks_go_by() -> None:
    world = inhabited()
    world.create_role("deploy")
    user = user_by_name(world.state, "alice")
    world.do(
        PutUserPermissionsBoundary(user_name="alice", permissions_boundary=policy_arn_of("own")),
        CloseAccount(closed_at=world.now()),
    )

    for arn in (ALICE, READERS, f"arn:aws:iam::{ACCOUNT}:role/deploy"):
        found = policy_source(world.state, arn)
        assert told(found.policies) == [("account-closed", "none")]
        assert [each.document for each in found.policies] == [
            each.document for each in effective_policies(world.state, user)
        ]
        assert found.boundary is None
