"""Snapshots: exact, the same everywhere, and refused when they are of another kind."""

import json

import pytest
from doorward_directory.account import CloseAccount, PutAccountQuota
from doorward_directory.events import apply
from doorward_directory.inline_policies import PutGroupPolicy, PutRolePolicy, PutUserPolicy
from doorward_directory.instance_profiles import AddRoleToInstanceProfile, CreateInstanceProfile
from doorward_directory.policies import DeletePolicyVersion
from doorward_directory.resource_policies import PutResourcePolicy
from doorward_directory.roles import PutRolePermissionsBoundary
from doorward_directory.service_linked_roles import CreateServiceLinkedRole, DeleteServiceLinkedRole
from doorward_directory.snapshot import FORMAT, UnreadableSnapshot, dump, load
from doorward_directory.tagging import Taggable, TagResource
from doorward_directory.users import PutUserPermissionsBoundary
from doorward_kernel.ids import INSTANCE_PROFILE_PREFIX, ROLE_PREFIX

from tests.unit.directory.world import (
    World,
    aws_arn_of,
    document,
    oidc_arn_of,
    policy_arn_of,
    saml_arn_of,
    saml_metadata,
    sharing,
    trusting,
)


def a_world() -> World:
    world = World()
    world.create_user("Alice", "/staff/")
    world.create_user("bob")
    world.create_group("Admins", "alice", "bob", path="/eu/")
    world.create_group("empty")
    world.create_policy("read", description="who reads")
    world.create_policy("write")
    alice = "arn:aws:iam::123456789012:user/staff/Alice"
    other = "111111111111"
    world.create_role("Deploy", trusting(alice, other), path="/ci/", foreign={other: other})
    world.create_role("plain")
    world.attach("read", user="alice")
    world.attach("write", role="deploy")
    world.attach("read", group="admins")
    world.attach("write", group="admins")
    world.attach_aws("ReadOnlyAccess", user="alice")
    world.attach_aws("job-function/Billing", group="admins")
    world.attach_aws("ReadOnlyAccess", role="deploy")
    world.create_version("read", document("a:*"), set_as_default=True)
    world.do(
        PutUserPolicy(user_name="alice", policy_name="own", policy_document=document()),
        PutGroupPolicy(group_name="admins", policy_name="own", policy_document=document()),
        PutRolePolicy(role_name="deploy", policy_name="own", policy_document=document()),
        PutUserPermissionsBoundary(user_name="alice", permissions_boundary=policy_arn_of("write")),
        PutRolePermissionsBoundary(role_name="deploy", permissions_boundary=policy_arn_of("write")),
        PutUserPermissionsBoundary(user_name="bob", permissions_boundary=aws_arn_of("PowerUserAccess")),
        DeletePolicyVersion(policy_arn=policy_arn_of("read"), version_id="v1"),
        TagResource(kind=Taggable.USER, name="alice", tags=(("team", "data"), ("Cost", "1"))),
        TagResource(kind=Taggable.ROLE, name="deploy", tags=(("team", "data"),)),
        TagResource(kind=Taggable.POLICY, name=policy_arn_of("write"), tags=(("team", ""),)),
        PutResourcePolicy(resource_arn="arn:aws:s3:::b", policy_document=sharing(alice), foreign={}),
        CreateInstanceProfile(
            instance_profile_id=world.new_id(INSTANCE_PROFILE_PREFIX),
            instance_profile_name="Web",
            path="/",
            tags=(("team", "ci"),),
            created_at=world.now(),
        ),
        AddRoleToInstanceProfile(instance_profile_name="web", role_name="deploy"),
        PutAccountQuota(quota_name="UsersPerAccount", value=7),
    )
    world.create_oidc_provider("idp.example.com/x", "app")
    world.create_saml_provider("Okta", saml_metadata(' validUntil="2031-01-02T03:04:05Z"'))
    world.create_saml_provider("Other")
    world.do(
        TagResource(kind=Taggable.OIDC_PROVIDER, name=oidc_arn_of("idp.example.com/x"), tags=(("team", ""),)),
        TagResource(kind=Taggable.SAML_PROVIDER, name=saml_arn_of("Okta"), tags=(("team", ""),)),
    )
    for service in ("ecs.amazonaws.com", "billing.example.com"):
        world.do(
            CreateServiceLinkedRole(
                role_id=world.new_id(ROLE_PREFIX),
                aws_service_name=service,
                description="",
                custom_suffix="",
                created_at=world.now(),
            )
        )
    world.do(DeleteServiceLinkedRole(role_name="AWSServiceRoleForBilling", task_uuid="1", deleted_at=world.now()))
    return world


def test_a_snapshot_gives_back_the_same_account() -> None:
    world = a_world()

    restored = load(dump(world.state))

    assert restored == world.state
    assert dump(restored) == dump(world.state)


def test_a_closed_account_stays_closed() -> None:
    world = a_world()
    world.do(CloseAccount(closed_at=world.now()))

    assert load(dump(world.state)) == world.state


def test_a_restored_account_goes_on_like_the_original() -> None:
    world = a_world()
    before = world.state

    happened = world.create_version("read")
    restored = load(dump(before))
    for event in happened:
        restored = apply(restored, event)

    assert restored == world.state


def test_equal_states_give_equal_bytes_however_they_came_about() -> None:
    world = World()
    empty = world.state
    world.create_user("alice")
    world.create_user("bob")

    first, second = world.events[1:]
    other = apply(apply(empty, second), first)

    assert other == world.state
    assert dump(other) == dump(world.state)


def test_the_order_in_a_snapshot_does_not_hang_on_the_hashes_of_a_process() -> None:
    world = World()
    for number in range(20):
        world.create_user(f"user-{number}")
        world.create_group(f"group-{number}")
        world.create_policy(f"policy-{number}")

    fields = json.loads(dump(world.state))

    for things, key in (("users", "user_id"), ("groups", "group_id"), ("policies", "policy_id")):
        ids = [thing[key] for thing in fields[things]]
        assert ids == sorted(ids)


@pytest.mark.parametrize("snapshot", [b"", b"[]", b"{}", b"nonsense", b"\xff", b'{"format":%d}' % FORMAT, b"null"])
def test_bytes_that_are_no_snapshot_are_refused(snapshot: bytes) -> None:
    with pytest.raises(UnreadableSnapshot):
        load(snapshot)


def test_a_snapshot_that_names_what_it_does_not_hold_is_refused() -> None:
    fields = json.loads(dump(a_world().state))
    fields["groups"].pop(0)

    with pytest.raises(UnreadableSnapshot):
        load(json.dumps(fields).encode())


def test_a_snapshot_of_another_format_is_refused() -> None:
    fields = json.loads(dump(a_world().state))
    fields["format"] = 0

    with pytest.raises(UnreadableSnapshot, match=f"format 0, expected {FORMAT}"):
        load(json.dumps(fields).encode())
