"""Instance profiles: what may be done with them, and what then has happened."""

import pytest
from doorward_directory.instance_profiles import (
    AddRoleToInstanceProfile,
    CreateInstanceProfile,
    DeleteInstanceProfile,
    InstanceProfileCreated,
    InstanceProfileDeleted,
    RemoveRoleFromInstanceProfile,
    RoleAddedToInstanceProfile,
    RoleRemovedFromInstanceProfile,
    instance_profile_arn,
    instance_profile_by_name,
    instance_profiles_of,
)
from doorward_directory.quotas import Quotas
from doorward_directory.roles import DeleteRole, role_by_name
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from doorward_kernel.ids import UniqueId

from tests.unit.directory.world import ACCOUNT, START, World

PROFILE_ID = UniqueId("AIPAAAAAAAAAAAAAAAAAA")


def create(name: str = "Web", path: str = "/") -> CreateInstanceProfile:
    return CreateInstanceProfile(
        instance_profile_id=PROFILE_ID, instance_profile_name=name, path=path, tags=(), created_at=START
    )


def test_a_profile_lives_with_a_role_from_its_creation_to_its_deletion() -> None:
    world = World()
    role_id = world.create_role("deploy")
    add = AddRoleToInstanceProfile(instance_profile_name="WEB", role_name="Deploy")
    remove = RemoveRoleFromInstanceProfile(instance_profile_name="web", role_name="deploy")
    pair = {"instance_profile_id": PROFILE_ID, "role_id": role_id}

    assert world.do(create(path="/ci/"), add) == [
        InstanceProfileCreated(instance_profile_id=PROFILE_ID, name="Web", path="/ci/", created_at=START),
        RoleAddedToInstanceProfile(**pair),
    ]
    profile = instance_profile_by_name(world.state, "web")
    assert instance_profile_arn(world.state, profile) == f"arn:aws:iam::{ACCOUNT}:instance-profile/ci/Web"
    assert instance_profiles_of(world.state, role_by_name(world.state, "deploy")) == [profile]
    with pytest.raises(LimitExceeded, match="InstanceSessionsPerInstanceProfile: 1"):
        world.do(add)
    for command in (DeleteRole(role_name="deploy"), DeleteInstanceProfile(instance_profile_name="web")):
        with pytest.raises(DeleteConflict, match="must remove roles from instance profile first"):
            world.do(command)

    assert world.do(remove) == [RoleRemovedFromInstanceProfile(**pair)]
    with pytest.raises(NoSuchEntity, match="Role deploy in Instance Profile Web cannot be found"):
        world.do(remove)
    assert world.do(DeleteInstanceProfile(instance_profile_name="web")) == [
        InstanceProfileDeleted(instance_profile_id=PROFILE_ID)
    ]
    world.do(DeleteRole(role_name="deploy"))
    with pytest.raises(NoSuchEntity, match="Instance Profile web cannot be found"):
        instance_profile_by_name(world.state, "web")


@pytest.mark.parametrize(("name", "path"), [("", "/"), ("a b", "/"), ("a" * 129, "/"), ("a", "x")])
def test_a_profile_that_does_not_follow_the_rules_is_refused(name: str, path: str) -> None:
    with pytest.raises(InvalidInput):
        World().do(create(name, path))


def test_names_of_profiles_are_unique_ignoring_case_and_their_number_is_limited() -> None:
    world = World(Quotas(instance_profiles=1))
    world.do(create("Web"))

    with pytest.raises(EntityAlreadyExists, match="Instance Profile WEB already exists"):
        world.do(create("WEB"))
    with pytest.raises(LimitExceeded, match="InstanceProfilesPerAccount: 1"):
        world.do(create("other"))
