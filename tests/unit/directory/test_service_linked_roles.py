"""Service-linked roles: what may be done with them, and what then has happened."""

import json
from collections.abc import Callable

import pytest
from doorward_directory.attachments import AttachRolePolicy, DetachRolePolicy, RolePolicyAttached, RolePolicyDetached
from doorward_directory.aws_policies import AwsPolicyAdopted
from doorward_directory.commands import Command
from doorward_directory.inline_policies import DeleteRolePolicy, PutRolePolicy
from doorward_directory.instance_profiles import (
    AddRoleToInstanceProfile,
    CreateInstanceProfile,
    RemoveRoleFromInstanceProfile,
)
from doorward_directory.linked_services import LinkedService, linked_service, linked_services
from doorward_directory.policies_in_use import in_use
from doorward_directory.quotas import Quotas
from doorward_directory.roles import (
    DeleteRole,
    DeleteRolePermissionsBoundary,
    PutRolePermissionsBoundary,
    RoleCreated,
    RoleDeleted,
    UpdateAssumeRolePolicy,
    UpdateRole,
    role_arn,
    role_by_name,
)
from doorward_directory.service_linked_roles import (
    MOST_TASKS,
    CreateServiceLinkedRole,
    DeleteServiceLinkedRole,
    ServiceLinkedRoleDeletionSucceeded,
    deletion_task,
)
from doorward_directory.shipped import shipped_policy
from doorward_directory.tagging import Taggable, TagResource, UntagResource
from doorward_kernel.errors import InvalidInput, LimitExceeded, NoSuchEntity, UnmodifiableEntity
from doorward_kernel.ids import INSTANCE_PROFILE_PREFIX, ROLE_PREFIX
from doorward_policy import PolicyKind, parse_policy

from tests.unit.directory.world import ACCOUNT, START, World, aws_arn_of, document, trusting

SPOT = "AWSServiceRoleForEC2Spot"
SPOT_POLICY = aws_arn_of("aws-service-role/AWSEC2SpotServiceRolePolicy")


def link(world: World, service: str, suffix: str = "", description: str = "") -> CreateServiceLinkedRole:
    return CreateServiceLinkedRole(
        role_id=world.new_id(ROLE_PREFIX),
        aws_service_name=service,
        description=description,
        custom_suffix=suffix,
        created_at=START,
    )


def unlink(name: str, uuid: str = "u-1") -> DeleteServiceLinkedRole:
    return DeleteServiceLinkedRole(role_name=name, task_uuid=uuid, deleted_at=START)


def test_a_role_is_linked_with_its_policy_and_unlinked_in_one_commit() -> None:
    world = World()
    shipped = shipped_policy(SPOT_POLICY)
    assert shipped is not None
    command = link(world, "spot.amazonaws.com", description="for spot")
    attachment = {"role_id": command.role_id, "policy_id": shipped.policy_id}

    created, adopted, attached = world.do(command)

    assert isinstance(created, RoleCreated)
    assert isinstance(adopted, AwsPolicyAdopted)
    assert attached == RolePolicyAttached(**attachment)
    role = role_by_name(world.state, SPOT)
    assert role.is_service_linked
    assert role_arn(world.state, role) == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/spot.amazonaws.com/{SPOT}"
    (statement,) = json.loads(role.trust_policy)["Statement"]
    assert statement["Principal"] == {"Service": "spot.amazonaws.com"}
    parse_policy(role.trust_policy, PolicyKind.TRUST)

    task = f"task/aws-service-role/spot.amazonaws.com/{SPOT}/u-1"
    assert world.do(unlink(SPOT)) == [
        RolePolicyDetached(**attachment),
        RoleDeleted(role_id=role.role_id),
        ServiceLinkedRoleDeletionSucceeded(deletion_task=task, role_id=role.role_id, finished_at=START),
    ]
    assert deletion_task(world.state, task).finished_at == START
    assert not in_use(world.state, shipped.policy_id)
    assert len(world.do(link(world, "spot.amazonaws.com"))) == 2, "the policy was adopted before"


@pytest.mark.parametrize(
    ("service", "suffix", "name"),
    [
        ("autoscaling.amazonaws.com", "", "AWSServiceRoleForAutoScaling"),
        ("autoscaling.amazonaws.com", "team+1", "AWSServiceRoleForAutoScaling_team+1"),
        ("replication.dynamodb.amazonaws.com", "", "AWSServiceRoleForDynamoDBReplication"),
        ("new-thing.amazonaws.com", "", "AWSServiceRoleForNewThing"),
        ("billing.example.com", "", "AWSServiceRoleForBilling"),
        ("api.billing.example.com", "x", "AWSServiceRoleForBillingApi_x"),
    ],
)
def test_the_role_has_the_name_and_the_path_of_its_service(service: str, suffix: str, name: str) -> None:
    world = World()
    world.do(link(world, service, suffix))

    role = role_by_name(world.state, name)

    assert role.path == f"/aws-service-role/{service}/"
    parse_policy(role.trust_policy, PolicyKind.TRUST)


@pytest.mark.parametrize(
    ("service", "suffix", "message"),
    [
        ("", "", "is not the name of a service"),
        ("autoscaling", "", "is not the name of a service"),
        ("example.com", "", "is not the name of a service"),
        ("AutoScaling.amazonaws.com", "", "is not the name of a service"),
        ("a/b.example.com", "", "is not the name of a service"),
        ("a..example.com", "", "is not the name of a service"),
        ("a" * 128 + ".example.com", "", "is not the name of a service"),
        ("a" * 60 + ".example.com", "", "at 'roleName'.*length less than or equal to 64"),
        ("autoscaling.amazonaws.com", "a b", "customSuffix"),
        ("autoscaling.amazonaws.com", "a" * 40, "at 'roleName'.*length less than or equal to 64"),
        ("ecs.amazonaws.com", "x", "Custom suffix is not allowed for ecs.amazonaws.com"),
    ],
)
def test_what_is_no_service_or_suffix_is_refused(service: str, suffix: str, message: str) -> None:
    world = World()

    with pytest.raises(InvalidInput, match=message):
        world.do(link(world, service, suffix))


def test_a_name_that_is_taken_is_refused_also_when_an_ordinary_role_has_it() -> None:
    world = World()
    world.do(link(world, "autoscaling.amazonaws.com"))
    world.create_role("awsserviceroleforecs")

    for service, name in (("autoscaling", "AutoScaling"), ("ecs", "ECS")):
        with pytest.raises(InvalidInput, match=f"Service role name AWSServiceRoleFor{name} has been taken in this acc"):
            world.do(link(world, f"{service}.amazonaws.com"))
    world.do(link(world, "autoscaling.amazonaws.com", "2"))


@pytest.mark.parametrize(
    "change",
    [
        lambda name: UpdateAssumeRolePolicy(role_name=name, policy_document=trusting(ACCOUNT), foreign={}),
        lambda name: AttachRolePolicy(role_name=name, policy_arn=aws_arn_of("ReadOnlyAccess")),
        lambda name: DetachRolePolicy(role_name=name, policy_arn=SPOT_POLICY),
        lambda name: PutRolePolicy(role_name=name, policy_name="p", policy_document=document()),
        lambda name: DeleteRolePolicy(role_name=name, policy_name="p"),
        lambda name: DeleteRole(role_name=name),
        lambda name: PutRolePermissionsBoundary(role_name=name, permissions_boundary=aws_arn_of("ReadOnlyAccess")),
        lambda name: DeleteRolePermissionsBoundary(role_name=name),
        lambda name: UpdateRole(role_name=name, description=None, max_session_duration=7200),
        lambda name: AddRoleToInstanceProfile(instance_profile_name="web", role_name=name),
        lambda name: RemoveRoleFromInstanceProfile(instance_profile_name="web", role_name=name),
    ],
)
def test_only_the_service_may_change_its_role(change: Callable[[str], Command]) -> None:
    world = World()
    profile_id = world.new_id(INSTANCE_PROFILE_PREFIX)
    profile = CreateInstanceProfile(
        instance_profile_id=profile_id, instance_profile_name="web", path="/", tags=(), created_at=START
    )
    world.do(link(world, "spot.amazonaws.com"), profile)

    with pytest.raises(UnmodifiableEntity, match=f"on the protected role '{SPOT}' - this role is only modifiable by A"):
        world.do(change(SPOT))


def test_its_description_and_tags_may_be_changed() -> None:
    world = World()
    world.do(link(world, "spot.amazonaws.com"))

    world.do(
        UpdateRole(role_name=SPOT, description="ours", max_session_duration=3600),
        TagResource(kind=Taggable.ROLE, name=SPOT, tags=(("a", "1"), ("b", "2"))),
        UntagResource(kind=Taggable.ROLE, name=SPOT, tag_keys=("b",)),
    )

    role = role_by_name(world.state, SPOT)
    assert (role.description, dict(role.tags)) == ("ours", {"a": "1"})


def test_an_ordinary_role_is_not_unlinked() -> None:
    world = World()
    world.create_role("deploy", path="/x/")

    assert not role_by_name(world.state, "deploy").is_service_linked
    for name in ("deploy", "nobody"):
        with pytest.raises(NoSuchEntity, match=f"role with name {name} cannot be found"):
            world.do(unlink(name))


def test_an_account_remembers_its_last_deletions_alone() -> None:
    world = World()
    for number in range(MOST_TASKS + 1):
        world.do(link(world, "a.example.com"), unlink("AWSServiceRoleForA", str(number)))

    task = "task/aws-service-role/a.example.com/AWSServiceRoleForA/"
    assert len(world.state.deletion_tasks) == MOST_TASKS
    assert deletion_task(world.state, f"{task}1")
    for unknown in (f"{task}0", "", "x" * 5000):
        with pytest.raises(NoSuchEntity, match="Deletion task with id"):
            deletion_task(world.state, unknown)


def test_linked_roles_do_not_count_as_ordinary_ones_but_are_bounded_like_them() -> None:
    world = World(Quotas(roles=1))
    world.do(link(world, "ecs.amazonaws.com"))

    world.create_role("ordinary")

    with pytest.raises(LimitExceeded, match="RolesPerAccount: 1"):
        world.create_role("another")
    with pytest.raises(LimitExceeded, match="RolesPerAccount: 1"):
        world.do(link(world, "spot.amazonaws.com"))


@pytest.mark.parametrize("service", linked_services().values(), ids=lambda each: each.principal)
def test_every_known_service_has_a_role_of_its_own_and_a_policy_that_is_shipped(service: LinkedService) -> None:
    same_name = [each for each in linked_services().values() if each.role_name == service.role_name]

    assert linked_service(service.principal) is service
    assert same_name == [service]
    assert service.policy_arn is not None
    assert shipped_policy(service.policy_arn) is not None
    World().do(link(World(), service.principal))
