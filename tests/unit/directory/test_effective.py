"""The policies in force for a principal."""

import pytest
from doorward_directory.account import CloseAccount
from doorward_directory.effective import (
    CLOSED,
    PolicyInForce,
    effective_boundary,
    effective_policies,
    policy_sources,
)
from doorward_directory.groups import UpdateGroup
from doorward_directory.inline_policies import PutGroupPolicy, PutRolePolicy, PutUserPolicy
from doorward_directory.membership import AddUserToGroup, RemoveUserFromGroup
from doorward_directory.policies import SetDefaultPolicyVersion
from doorward_directory.roles import PutRolePermissionsBoundary, role_by_name
from doorward_directory.users import user_by_name

from tests.unit.directory.world import World, document, policy_arn_of


@pytest.fixture
def world() -> World:
    world = World()
    world.create_user("Alice")
    world.create_user("bob")
    world.create_group("Ops", "alice")
    for name in ("own", "shared", "unused"):
        world.create_policy(name, document(f"{name}:*"))
    world.attach("own", user="alice")
    world.attach("shared", user="alice")
    world.attach("shared", group="ops")
    world.do(
        PutUserPolicy(user_name="alice", policy_name="mine", policy_document=document("mine:*")),
        PutGroupPolicy(group_name="ops", policy_name="ours", policy_document=document("ours:*")),
    )
    return world


def in_force(world: World, name: str) -> dict[str, str]:
    policies = effective_policies(world.state, user_by_name(world.state, name))
    return {policy.name: policy.document for policy in policies}


def test_a_user_has_its_own_policies_and_those_of_its_groups_each_once(world: World) -> None:
    policies = effective_policies(world.state, user_by_name(world.state, "alice"))

    assert [(policy.name, policy.document) for policy in policies] == [
        (policy_arn_of("own"), document("own:*")),
        (policy_arn_of("shared"), document("shared:*")),
        ("group/Ops/ours", document("ours:*")),
        ("user/Alice/mine", document("mine:*")),
    ]
    assert in_force(world, "bob") == {}


def test_the_default_version_is_in_force_and_the_key_changes_with_it(world: World) -> None:
    user = user_by_name(world.state, "alice")
    before = {policy.name: policy.key for policy in effective_policies(world.state, user)}
    shared = policy_arn_of("shared")

    world.create_version("shared", document("new:*"))
    assert in_force(world, "alice")[shared] == document("shared:*")
    world.do(SetDefaultPolicyVersion(policy_arn=shared, version_id="v2"))

    after = {policy.name: policy.key for policy in effective_policies(world.state, user)}
    assert {name for name in before if before[name] != after[name]} == {shared}
    assert in_force(world, "alice")[shared] == document("new:*")


def test_an_inline_policy_has_another_key_when_its_text_changes(world: World) -> None:
    user = user_by_name(world.state, "alice")
    before = {policy.key for policy in effective_policies(world.state, user)}

    world.do(PutGroupPolicy(group_name="ops", policy_name="ours", policy_document=document("theirs:*")))

    after = {policy.key for policy in effective_policies(world.state, user)}
    assert after - before == {("group/Ops/ours", document("theirs:*"))}


def test_users_with_the_same_policies_get_equal_tuples_however_they_came_by_them(world: World) -> None:
    world.create_user("carol")
    world.create_user("dave")
    world.create_group("second", "dave")
    world.attach("shared", user="carol")
    world.attach("own", user="carol")
    world.attach("own", group="second")
    world.attach("shared", user="dave")

    carol, dave = (effective_policies(world.state, user_by_name(world.state, name)) for name in ("carol", "dave"))

    assert carol == dave
    assert hash(carol) == hash(dave)


def test_a_renamed_group_is_called_by_its_new_name(world: World) -> None:
    world.do(UpdateGroup(group_name="ops", new_group_name="operators", new_path=None))

    assert "group/operators/ours" in in_force(world, "alice")


def test_leaving_a_group_leaves_its_policies(world: World) -> None:
    world.do(RemoveUserFromGroup(group_name="ops", user_name="alice"))

    assert list(in_force(world, "alice")) == [
        policy_arn_of("own"),
        policy_arn_of("shared"),
        "user/Alice/mine",
    ]


def test_the_sources_stay_the_same_objects_until_one_of_them_changes(world: World) -> None:
    def sources() -> tuple[int, ...]:
        return tuple(map(id, policy_sources(world.state, user_by_name(world.state, "alice"))))

    first_state, before = world.state, sources()
    world.create_user("erin")
    world.do(AddUserToGroup(group_name="ops", user_name="erin"))
    world.attach("unused", user="bob")
    world.create_version("unused")
    world.attach("shared", user="bob")
    assert sources() == before

    seen = [before]
    world.create_version("own", document("more:*"), set_as_default=True)
    seen.append(sources())
    world.do(PutUserPolicy(user_name="alice", policy_name="mine", policy_document=document("x:*")))
    seen.append(sources())
    world.attach("unused", group="ops")
    seen.append(sources())
    world.create_group("late", "alice")
    seen.append(sources())

    assert len(set(seen)) == 5
    assert first_state is not world.state


def test_a_role_has_its_own_policies_and_its_boundary(world: World) -> None:
    world.create_role("Deploy")
    world.attach("own", role="deploy")
    boundary = PutRolePermissionsBoundary(role_name="deploy", permissions_boundary=policy_arn_of("shared"))
    world.do(PutRolePolicy(role_name="deploy", policy_name="its", policy_document=document("its:*")), boundary)
    role = role_by_name(world.state, "Deploy")

    assert [(policy.name, policy.document) for policy in effective_policies(world.state, role)] == [
        (policy_arn_of("own"), document("own:*")),
        ("role/Deploy/its", document("its:*")),
    ]
    assert effective_boundary(world.state, role) == PolicyInForce(policy_arn_of("shared"), document("shared:*"))
    assert set(map(id, policy_sources(world.state, role))) == {
        id(role),
        *(id(policy) for policy in world.state.policies.values() if policy.name in {"own", "shared"}),
    }


def test_in_a_closed_account_every_kind_of_principal_has_what_denies_everything(world: World) -> None:
    world.create_role("Deploy")
    alice, deploy = user_by_name(world.state, "alice"), role_by_name(world.state, "Deploy")
    assert effective_policies(world.state, None) == ()

    world.do(CloseAccount(closed_at=world.now()))

    for entity in (alice, deploy, None):
        assert effective_policies(world.state, entity) == policy_sources(world.state, entity) == (CLOSED,)
