"""Whatever commands come, in whatever order, these hold.

| property | why |
| --- | --- |
| the fold of the events is the state | the log is the only truth |
| a refused command changes nothing | deciding has no effect |
| doing the same again yields no events, or is refused | writes are retried |
| an event is decoded as it was encoded | the log is read for years |
| a snapshot gives back the same account | it only saves time |
| names are unique ignoring case, and find what bears them | IAM user guide, "IAM name requirements" |
| the reverse indexes agree with what they index | readers and deletions trust them |
| keys of tags are unique, those of users and roles ignoring case | IAM user guide, "Tags for IAM" |
| quotas hold | IAM user guide, "IAM and AWS STS quotas" |
| what is adopted of AWS's policies only goes forward | nobody's permissions change by themselves |
| the policies in force are those found by searching | the decision service trusts them |
"""

from dataclasses import replace
from functools import reduce
from typing import Any

from doorward_directory.account import Account
from doorward_directory.attachments import (
    AttachGroupPolicy,
    AttachRolePolicy,
    AttachUserPolicy,
    DetachGroupPolicy,
    DetachRolePolicy,
    DetachUserPolicy,
    GroupPolicyAttached,
    attachment_count,
)
from doorward_directory.aws_policies import AwsPolicyAdopted, UpdateAwsManagedPolicies, managed_policy
from doorward_directory.boundaries import boundary_usage_count
from doorward_directory.codec import decode, encode
from doorward_directory.commands import Command, decide
from doorward_directory.copy_permissions import CopyUserPermissions
from doorward_directory.documents import document_size
from doorward_directory.effective import effective_boundary, effective_policies
from doorward_directory.events import Event, apply
from doorward_directory.groups import CreateGroup, DeleteGroup, UpdateGroup, group_arn, group_by_arn
from doorward_directory.inline_policies import (
    DeleteGroupPolicy,
    DeleteRolePolicy,
    DeleteUserPolicy,
    PutGroupPolicy,
    PutRolePolicy,
    PutUserPolicy,
)
from doorward_directory.instance_profiles import (
    AddRoleToInstanceProfile,
    CreateInstanceProfile,
    DeleteInstanceProfile,
    RemoveRoleFromInstanceProfile,
    instance_profiles_of,
)
from doorward_directory.membership import AddUserToGroup, RemoveUserFromGroup, users_in
from doorward_directory.oidc_providers import (
    AddClientIDToOpenIDConnectProvider,
    CreateOpenIDConnectProvider,
    DeleteOpenIDConnectProvider,
    RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint,
    oidc_provider_arn,
    oidc_provider_by_arn,
)
from doorward_directory.policies import (
    CreatePolicy,
    CreatePolicyVersion,
    DeletePolicy,
    DeletePolicyVersion,
    SetDefaultPolicyVersion,
    policy_arn,
    policy_by_arn,
)
from doorward_directory.quotas import Quotas
from doorward_directory.roles import (
    CreateRole,
    DeleteRole,
    DeleteRolePermissionsBoundary,
    PutRolePermissionsBoundary,
    UpdateAssumeRolePolicy,
    UpdateRole,
    role_arn,
    role_by_arn,
)
from doorward_directory.saml_providers import (
    CreateSAMLProvider,
    DeleteSAMLProvider,
    UpdateSAMLProvider,
    saml_provider_arn,
    saml_provider_by_arn,
)
from doorward_directory.service_linked_roles import CreateServiceLinkedRole, DeleteServiceLinkedRole
from doorward_directory.shipped import aws_policy_id
from doorward_directory.snapshot import dump, load
from doorward_directory.tagging import Taggable, TagResource, UntagResource
from doorward_directory.users import (
    CreateUser,
    DeleteUser,
    DeleteUserPermissionsBoundary,
    PutUserPermissionsBoundary,
    UpdateUser,
    user_arn,
    user_by_arn,
    user_by_name,
)
from doorward_kernel.errors import DoorwardError
from doorward_kernel.ids import (
    GROUP_PREFIX,
    INSTANCE_PROFILE_PREFIX,
    POLICY_PREFIX,
    ROLE_PREFIX,
    SAML_PROVIDER_PREFIX,
    USER_PREFIX,
    UniqueId,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.directory.world import (
    ACCOUNT,
    START,
    World,
    aws_arn_of,
    document,
    oidc_arn_of,
    policy_arn_of,
    saml_arn_of,
    saml_metadata,
    trusting,
)

QUOTAS = Quotas(
    users=3,
    groups=3,
    roles=3,
    oidc_providers=2,
    saml_providers=2,
    policies=3,
    groups_per_user=2,
    policies_per_user=2,
    policies_per_group=2,
    policies_per_role=2,
    versions_per_policy=3,
    user_policy_size=document_size(document()) * 2,
    group_policy_size=document_size(document()) * 2,
    role_policy_size=document_size(document()) * 2,
)
UNKNOWN = aws_arn_of("NewAccess")
"""A policy that another version of the software has adopted, and this one does not know."""

OUTDATED = AwsPolicyAdopted(
    policy_id=aws_policy_id(aws_arn_of("IAMReadOnlyAccess")),
    name="IAMReadOnlyAccess",
    path="/",
    version=1,
    document=document(),
)

NEW = UniqueId("")
"""Stands for an id that the world gives when the command's turn comes."""

user_names = st.sampled_from(["a", "A", "b", "c", "d"])
group_names = st.sampled_from(["g", "G", "h", "i", "j"])
role_names = st.sampled_from(["r", "R", "s", "t", "u", "AWSServiceRoleForECS"])
trust_policies = st.builds(
    trusting,
    st.sampled_from([ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/a", f"arn:aws:iam::{ACCOUNT}:role/r", "*"]),
) | st.just("{}")
policy_names = st.sampled_from(["p", "P", "q", "r", "s"])
paths = st.sampled_from(["/", "/x/"])
arns = st.builds(policy_arn_of, st.sampled_from(["p", "q", "r"]), st.sampled_from(["/", "/", "/x/"]))
aws_arns = st.sampled_from([*map(aws_arn_of, ("IAMReadOnlyAccess", "job-function/Billing", "NoSuchPolicy")), UNKNOWN])
any_arns = arns | aws_arns
documents = st.sampled_from([document(), document("s3:*"), document("s3:GetObjects"), "{}"])
tag_keys = st.sampled_from(["k", "K", "l", "aws:x"])
tags = st.lists(st.tuples(tag_keys, st.sampled_from(["", "v"])), max_size=2)
inline_names = st.sampled_from(["own", "Own", "third"])
version_ids = st.sampled_from(["v1", "v2", "v3", "v4"])


def or_none(names: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | names


urls = st.sampled_from(["i.example", "I.example", "i.example/x"])
oidc_arns = urls.map(oidc_arn_of)
client_ids = st.sampled_from(["app", "web"])
thumbprints = st.lists(st.sampled_from(["a" * 40, "b" * 40]), max_size=2)
saml_names = st.sampled_from(["s", "S", "t"])
saml_arns = saml_names.map(saml_arn_of)
metadata = st.sampled_from([saml_metadata(), saml_metadata(' validUntil="2031-01-02T03:04:05Z"'), "<a/>"])
tagged = {
    Taggable.USER: user_names,
    Taggable.ROLE: role_names,
    Taggable.POLICY: arns,
    Taggable.INSTANCE_PROFILE: role_names,
    Taggable.OIDC_PROVIDER: oidc_arns,
    Taggable.SAML_PROVIDER: saml_arns,
}

commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        CreateUser,
        user_id=st.just(NEW),
        user_name=user_names,
        path=paths,
        permissions_boundary=or_none(any_arns),
        tags=tags,
        created_at=st.just(START),
    ),
    st.builds(UpdateUser, user_name=user_names, new_user_name=or_none(user_names), new_path=or_none(paths)),
    st.builds(DeleteUser, user_name=user_names),
    st.builds(CreateGroup, group_id=st.just(NEW), group_name=group_names, path=paths, created_at=st.just(START)),
    st.builds(UpdateGroup, group_name=group_names, new_group_name=or_none(group_names), new_path=or_none(paths)),
    st.builds(DeleteGroup, group_name=group_names),
    st.builds(AddUserToGroup, group_name=group_names, user_name=user_names),
    st.builds(RemoveUserFromGroup, group_name=group_names, user_name=user_names),
    st.builds(
        CreatePolicy,
        policy_id=st.just(NEW),
        policy_name=policy_names,
        path=paths,
        description=st.just(""),
        policy_document=documents,
        tags=tags,
        created_at=st.just(START),
    ),
    st.builds(DeletePolicy, policy_arn=arns),
    st.builds(
        CreatePolicyVersion,
        policy_arn=arns,
        policy_document=documents,
        set_as_default=st.booleans(),
        created_at=st.just(START),
    ),
    st.builds(SetDefaultPolicyVersion, policy_arn=arns, version_id=version_ids),
    st.builds(DeletePolicyVersion, policy_arn=arns, version_id=version_ids),
    st.builds(AttachUserPolicy, user_name=user_names, policy_arn=any_arns),
    st.builds(DetachUserPolicy, user_name=user_names, policy_arn=any_arns),
    st.builds(AttachGroupPolicy, group_name=group_names, policy_arn=any_arns),
    st.builds(DetachGroupPolicy, group_name=group_names, policy_arn=any_arns),
    st.builds(UpdateAwsManagedPolicies, policy_arns=st.tuples() | st.tuples(any_arns)),
    st.builds(CopyUserPermissions, source_user_name=user_names, user_name=user_names),
    st.builds(PutUserPolicy, user_name=user_names, policy_name=inline_names, policy_document=documents),
    st.builds(DeleteUserPolicy, user_name=user_names, policy_name=inline_names),
    st.builds(PutGroupPolicy, group_name=group_names, policy_name=inline_names, policy_document=documents),
    st.builds(DeleteGroupPolicy, group_name=group_names, policy_name=inline_names),
    st.builds(
        CreateRole,
        role_id=st.just(NEW),
        role_name=role_names,
        path=paths,
        description=st.just(""),
        max_session_duration=st.sampled_from([3600, 7200, 1]),
        assume_role_policy_document=trust_policies,
        foreign=st.just({}),
        permissions_boundary=or_none(any_arns),
        tags=tags,
        created_at=st.just(START),
    ),
    st.builds(
        UpdateRole,
        role_name=role_names,
        description=or_none(st.sampled_from(["", "d"])),
        max_session_duration=st.none() | st.sampled_from([3600, 7200]),
    ),
    st.builds(UpdateAssumeRolePolicy, role_name=role_names, policy_document=trust_policies, foreign=st.just({})),
    st.builds(DeleteRole, role_name=role_names),
    st.builds(AttachRolePolicy, role_name=role_names, policy_arn=any_arns),
    st.builds(DetachRolePolicy, role_name=role_names, policy_arn=any_arns),
    st.builds(PutRolePolicy, role_name=role_names, policy_name=inline_names, policy_document=documents),
    st.builds(DeleteRolePolicy, role_name=role_names, policy_name=inline_names),
    st.builds(PutUserPermissionsBoundary, user_name=user_names, permissions_boundary=any_arns),
    st.builds(DeleteUserPermissionsBoundary, user_name=user_names),
    st.builds(PutRolePermissionsBoundary, role_name=role_names, permissions_boundary=any_arns),
    st.builds(DeleteRolePermissionsBoundary, role_name=role_names),
    st.builds(
        CreateInstanceProfile,
        instance_profile_id=st.just(NEW),
        instance_profile_name=role_names,
        path=paths,
        tags=tags,
        created_at=st.just(START),
    ),
    st.builds(
        CreateServiceLinkedRole,
        role_id=st.just(NEW),
        aws_service_name=st.sampled_from(["ecs.amazonaws.com", "autoscaling.amazonaws.com", "a.example.com", "x"]),
        description=st.just(""),
        custom_suffix=st.sampled_from(["", "s"]),
        created_at=st.just(START),
    ),
    st.builds(
        DeleteServiceLinkedRole,
        role_name=role_names | st.just("AWSServiceRoleForA"),
        task_uuid=st.just("1"),
        deleted_at=st.just(START),
    ),
    st.builds(AddRoleToInstanceProfile, instance_profile_name=role_names, role_name=role_names),
    st.builds(RemoveRoleFromInstanceProfile, instance_profile_name=role_names, role_name=role_names),
    st.builds(DeleteInstanceProfile, instance_profile_name=role_names),
    st.builds(
        CreateOpenIDConnectProvider,
        url=urls.map("https://{}".format),
        client_id_list=st.lists(client_ids, max_size=2),
        thumbprint_list=thumbprints,
        tags=tags,
        created_at=st.just(START),
    ),
    st.builds(AddClientIDToOpenIDConnectProvider, open_id_connect_provider_arn=oidc_arns, client_id=client_ids),
    st.builds(RemoveClientIDFromOpenIDConnectProvider, open_id_connect_provider_arn=oidc_arns, client_id=client_ids),
    st.builds(
        UpdateOpenIDConnectProviderThumbprint, open_id_connect_provider_arn=oidc_arns, thumbprint_list=thumbprints
    ),
    st.builds(DeleteOpenIDConnectProvider, open_id_connect_provider_arn=oidc_arns),
    st.builds(
        CreateSAMLProvider,
        saml_provider_id=st.just(NEW),
        name=saml_names,
        saml_metadata_document=metadata,
        tags=tags,
        created_at=st.just(START),
    ),
    st.builds(UpdateSAMLProvider, saml_provider_arn=saml_arns, saml_metadata_document=metadata),
    st.builds(DeleteSAMLProvider, saml_provider_arn=saml_arns),
    *(
        st.one_of(
            st.builds(TagResource, kind=st.just(kind), name=names, tags=tags),
            st.builds(UntagResource, kind=st.just(kind), name=names, tag_keys=st.lists(tag_keys, max_size=2)),
        )
        for kind, names in tagged.items()
    ),
)


NEW_IDS: dict[type[Any], tuple[str, str]] = {
    CreateUser: ("user_id", USER_PREFIX),
    CreateGroup: ("group_id", GROUP_PREFIX),
    CreateRole: ("role_id", ROLE_PREFIX),
    CreateServiceLinkedRole: ("role_id", ROLE_PREFIX),
    CreateInstanceProfile: ("instance_profile_id", INSTANCE_PROFILE_PREFIX),
    CreateSAMLProvider: ("saml_provider_id", SAML_PROVIDER_PREFIX),
    CreatePolicy: ("policy_id", POLICY_PREFIX),
}


def with_new_id(world: World, command: Command) -> Command:
    if type(command) not in NEW_IDS:
        return command
    field, prefix = NEW_IDS[type(command)]
    changes: dict[str, Any] = {field: world.new_id(prefix)}
    return replace(command, **changes)


def settled_world() -> World:
    """Where something is there to be changed, so that few commands are in vain."""
    world = World(QUOTAS)
    world.create_user("a")
    world.create_user("b")
    world.create_group("g", "a")
    world.create_group("h")
    world.create_role("r")
    world.create_policy("p")
    world.create_policy("q")
    world.attach("p", group="g")
    world.create_instance_profile("r")
    world.create_oidc_provider("i.example", "app")
    world.create_saml_provider("s")
    unknown = replace(OUTDATED, policy_id=aws_policy_id(UNKNOWN), name="NewAccess")
    group_id = world.state.group_ids["g"]
    world.happen(OUTDATED, unknown, GroupPolicyAttached(group_id=group_id, policy_id=unknown.policy_id))
    return world


def folded(events: list[Event]) -> Account | None:
    nothing: Account | None = None
    return reduce(apply, events, nothing)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(commands, min_size=10, max_size=50))
def test_whatever_is_commanded_the_properties_hold(wanted: list[Command]) -> None:
    world = settled_world()

    for command in wanted:
        obey(world, with_new_id(world, command))

    assert folded(world.events) == world.state
    assert world.state.version == len(world.events)
    for event in world.events:
        stored = encode(event)
        assert decode(stored.type, stored.schema_version, stored.payload) == event
    assert load(dump(world.state)) == world.state
    check_names(world.state)
    check_tags(world.state)
    check_indexes(world.state)
    check_quotas(world.state)
    check_policies_in_force(world.state)
    check_adoptions(world.events)


def obey(world: World, command: Command) -> None:
    before = world.state
    try:
        world.do(command)
    except DoorwardError:
        assert world.state is before
        return
    if isinstance(command, CreatePolicyVersion):
        return
    try:
        again = decide(world.account, command, world.quotas)
    except DoorwardError:
        return
    assert again == []


def check_names(account: Account) -> None:
    own = {policy_id: policy for policy_id, policy in account.policies.items() if not policy.aws_managed}
    for ids, things in (
        (account.user_ids, account.users),
        (account.group_ids, account.groups),
        (account.role_ids, account.roles),
        (account.instance_profile_ids, account.instance_profiles),
        (account.saml_provider_ids, account.saml_providers),
        (account.policy_ids, own),
    ):
        assert dict(ids) == {thing.name.lower(): thing_id for thing_id, thing in things.items()}
        assert len(ids) == len(things)
    for user in account.users.values():
        assert user_by_arn(account, user_arn(account, user)) is user
        assert user_by_name(account, user.name.swapcase()) is user
    for group in account.groups.values():
        assert group_by_arn(account, group_arn(account, group)) is group
    for role in account.roles.values():
        assert role_by_arn(account, role_arn(account, role)) is role
    for saml in account.saml_providers.values():
        assert saml_provider_by_arn(account, saml_provider_arn(account, saml)) is saml
    for url, oidc in account.oidc_providers.items():
        assert oidc.provider_url == url
        assert oidc_provider_by_arn(account, oidc_provider_arn(account, oidc)) is oidc
    for policy in own.values():
        assert policy_by_arn(account, policy_arn(account, policy)) is policy
    for policy in account.policies.values():
        if policy.policy_id in account.attachments or policy.policy_id in account.bounded:
            found = managed_policy(account, policy_arn(account, policy))
            assert (found.policy_id, found.default_version) == (policy.policy_id, policy.default_version)


def check_tags(account: Account) -> None:
    for entity in (*account.users.values(), *account.roles.values()):
        assert len({key.lower() for key in entity.tags}) == len(entity.tags)
    others = *account.policies.values(), *account.instance_profiles.values(), *account.saml_providers.values()
    for tagged in (*account.users.values(), *account.roles.values(), *others, *account.oidc_providers.values()):
        assert not any(key.startswith("aws:") for key in tagged.tags)


def check_indexes(account: Account) -> None:
    for group in account.groups.values():
        members = users_in(account, group)
        assert len(members) == sum(group.group_id in user.groups for user in account.users.values())
        assert all(group.group_id in user.groups for user in members)
    principals = [*account.users.values(), *account.roles.values()]
    entities = [*principals, *account.groups.values()]
    for policy in account.policies.values():
        bounded = sum(policy.policy_id == principal.boundary for principal in principals)
        assert boundary_usage_count(account, policy) == bounded
        assert attachment_count(account, policy) == sum(policy.policy_id in entity.attached for entity in entities)
    assert set(account.members) <= set(account.groups)
    assert set(account.attachments) <= set(account.policies)
    assert set(account.bounded) <= set(account.policies)
    for role in account.roles.values():
        handed_out_by = [each for each in account.instance_profiles.values() if each.role == role.role_id]
        assert sorted(each.name for each in instance_profiles_of(account, role)) == sorted(
            each.name for each in handed_out_by
        )
    assert set(account.profiles_of_roles) <= set(account.roles)
    assert all(account.members.values())
    assert all(account.bounded.values())
    assert all(account.attachments.values())


def check_quotas(account: Account) -> None:
    assert len(account.users) <= QUOTAS.users
    assert len(account.groups) <= QUOTAS.groups
    assert len(account.policy_ids) <= QUOTAS.policies
    for user in account.users.values():
        assert len(user.groups) == len(set(user.groups)) <= QUOTAS.groups_per_user
        assert len(user.attached) == len(set(user.attached)) <= QUOTAS.policies_per_user
        assert sum(map(document_size, user.inline.values())) <= QUOTAS.user_policy_size
    for group in account.groups.values():
        assert len(group.attached) == len(set(group.attached)) <= QUOTAS.policies_per_group
        assert sum(map(document_size, group.inline.values())) <= QUOTAS.group_policy_size
    linked = sum(role.is_service_linked for role in account.roles.values())
    assert linked <= QUOTAS.roles
    assert len(account.roles) - linked <= QUOTAS.roles
    for role in account.roles.values():
        assert len(role.attached) == len(set(role.attached)) <= QUOTAS.policies_per_role
        assert sum(map(document_size, role.inline.values())) <= QUOTAS.role_policy_size
    for policy in account.policies.values():
        numbers = [version.number for version in policy.versions]
        assert 1 <= len(numbers) <= QUOTAS.versions_per_policy
        assert numbers == sorted(set(numbers))
        assert policy.default_version in numbers
        assert numbers[-1] < policy.next_version


def check_policies_in_force(account: Account) -> None:
    for user in account.users.values():
        expected = {(f"user/{user.name}/{name}", text) for name, text in user.inline.items()}
        attached = set(user.attached)
        for group in account.groups.values():
            if group.group_id in user.groups:
                expected |= {(f"group/{group.name}/{name}", text) for name, text in group.inline.items()}
                attached |= set(group.attached)
        for policy in account.policies.values():
            if policy.policy_id in attached:
                expected |= {
                    (policy_arn(account, policy), version.document)
                    for version in policy.versions
                    if version.number == policy.default_version
                }
        boundary = effective_boundary(account, user)
        assert (boundary and boundary.name) == (
            policy_arn(account, account.policies[user.boundary]) if user.boundary else None
        )
        found = effective_policies(account, user)
        assert {policy.key for policy in found} == expected
        assert len(found) == len(expected)


def check_adoptions(events: list[Event]) -> None:
    versions: dict[str, int] = {}
    for event in events:
        if isinstance(event, AwsPolicyAdopted):
            assert event.version > versions.get(event.policy_id, 0)
            versions[event.policy_id] = event.version
