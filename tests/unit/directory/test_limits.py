"""Names, limits and deletion as AWS has them: one row for each rule, accepted at its edge and refused one beyond.

IAM user guide, "IAM and AWS STS quotas" and "IAM name requirements"; messages as AWS words them.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from doorward_directory.attachments import AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy
from doorward_directory.commands import Command
from doorward_directory.documents import MOST_CHARACTERS, document_size
from doorward_directory.groups import CreateGroup, UpdateGroup, group_by_name
from doorward_directory.inline_policies import PutGroupPolicy, PutRolePolicy, PutUserPolicy
from doorward_directory.instance_profiles import CreateInstanceProfile, instance_profile_by_name
from doorward_directory.membership import AddUserToGroup
from doorward_directory.policies import CreatePolicy, CreatePolicyVersion, policy_by_arn
from doorward_directory.quotas import Quotas, values_by_name
from doorward_directory.roles import CreateRole, UpdateAssumeRolePolicy, UpdateRole, role_by_name
from doorward_directory.summary import account_summary
from doorward_directory.tagging import Taggable, TagResource
from doorward_directory.users import CreateUser, UpdateUser, user_by_name
from doorward_kernel.errors import DoorwardError, EntityAlreadyExists, InvalidInput, LimitExceeded
from doorward_kernel.ids import GROUP_PREFIX, INSTANCE_PROFILE_PREFIX, POLICY_PREFIX, ROLE_PREFIX, USER_PREFIX

from tests.unit.directory.world import ACCOUNT, START, World, document, policy_arn_of, trusting

DEFAULTS = {
    "UsersPerAccount": 5000,
    "GroupsPerAccount": 300,
    "RolesPerAccount": 1000,
    "InstanceProfilesPerAccount": 1000,
    "PoliciesPerAccount": 1500,
    "GroupsPerUser": 10,
    "PoliciesPerUser": 10,
    "PoliciesPerGroup": 10,
    "PoliciesPerRole": 10,
    "VersionsPerPolicy": 5,
    "PolicyVersionsInUse": 10_000,
    "OpenIdConnectProvidersPerAccount": 100,
    "SAMLProvidersPerAccount": 100,
    "PolicySize": 6144,
    "UserPolicySize": 2048,
    "RolePolicySize": 10_240,
    "GroupPolicySize": 5120,
    "ACLSizePerRole": 2048,
}
OURS = {"ResourcePoliciesPerAccount", "ResourcePolicySize"}
"""Quotas of what AWS's IAM does not keep."""


def sized(size: int, *, trust: bool = False) -> str:
    """A document of so many characters that count, and some white space that does not."""
    text = trusting(ACCOUNT) if trust else document()
    text = text.replace('"Effect"', '"Sid": "", "Effect"', 1)
    filled = text.replace('"Sid": ""', f'"Sid": "{"s" * (size - document_size(text))}"', 1) + " \t\r\n" * 9
    assert document_size(filled) == size
    return filled


def user(world: World, name: str, path: str = "/") -> Command:
    return CreateUser(
        user_id=world.new_id(USER_PREFIX),
        user_name=name,
        path=path,
        permissions_boundary=None,
        tags=(),
        created_at=START,
    )


def group(world: World, name: str, path: str = "/") -> Command:
    return CreateGroup(group_id=world.new_id(GROUP_PREFIX), group_name=name, path=path, created_at=START)


def role(world: World, name: str, path: str = "/", description: str = "") -> Command:
    return CreateRole(
        role_id=world.new_id(ROLE_PREFIX),
        role_name=name,
        path=path,
        description=description,
        max_session_duration=3600,
        assume_role_policy_document=trusting(ACCOUNT),
        foreign={},
        permissions_boundary=None,
        tags=(),
        created_at=START,
    )


def policy(world: World, name: str, path: str = "/", description: str = "", text: str = "") -> Command:
    return CreatePolicy(
        policy_id=world.new_id(POLICY_PREFIX),
        policy_name=name,
        path=path,
        description=description,
        policy_document=text or document(),
        tags=(),
        created_at=START,
    )


def profile(world: World, name: str, path: str = "/") -> Command:
    return CreateInstanceProfile(
        instance_profile_id=world.new_id(INSTANCE_PROFILE_PREFIX),
        instance_profile_name=name,
        path=path,
        tags=(),
        created_at=START,
    )


def a_world() -> World:
    world = World()
    world.create_user("alice")
    world.create_group("staff")
    world.create_role("deploy")
    world.create_policy("read")
    return world


def test_the_default_quotas_are_those_of_aws() -> None:
    assert values_by_name(Quotas()).keys() - OURS == DEFAULTS.keys()
    assert DEFAULTS.items() <= values_by_name(Quotas()).items()


def test_a_summary_tells_the_quotas_by_aws_s_names() -> None:
    told = account_summary(a_world().state, Quotas())

    assert {name: value for name, value in told.items() if name.endswith("Quota")} == {
        "UsersQuota": 5000,
        "GroupsQuota": 300,
        "GroupsPerUserQuota": 10,
        "RolesQuota": 1000,
        "InstanceProfilesQuota": 1000,
        "PoliciesQuota": 1500,
        "PolicyVersionsInUseQuota": 10_000,
        "VersionsPerPolicyQuota": 5,
        "AttachedPoliciesPerUserQuota": 10,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "PolicySizeQuota": 6144,
        "UserPolicySizeQuota": 2048,
        "GroupPolicySizeQuota": 5120,
        "RolePolicySizeQuota": 10_240,
        "AssumeRolePolicySizeQuota": 2048,
        "AccessKeysPerUserQuota": 2,
    }


KINDS: dict[str, tuple[Callable[..., Command], int, str, Callable[[World, str], str]]] = {
    "user": (user, 64, "User with name {} already exists.", lambda w, n: user_by_name(w.state, n).name),
    "group": (group, 128, "Group with name {} already exists.", lambda w, n: group_by_name(w.state, n).name),
    "role": (role, 64, "Role with name {} already exists.", lambda w, n: role_by_name(w.state, n).name),
    "policy": (
        policy,
        128,
        "A policy called {} already exists. Duplicate names are not allowed.",
        lambda w, n: policy_by_arn(w.state, policy_arn_of(n, "/one/")).name,
    ),
    "instance profile": (
        profile,
        128,
        "Instance Profile {} already exists.",
        lambda w, n: instance_profile_by_name(w.state, n).name,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_unique_ignoring_case_whatever_the_path_and_keep_their_case(kind: str) -> None:
    create, _, message, name_of = KINDS[kind]
    world = World()
    world.do(create(world, "Build", "/one/"))

    with pytest.raises(EntityAlreadyExists) as refused:
        world.do(create(world, "BUILD", "/two/"))

    assert refused.value.message == message.format("BUILD")
    assert name_of(world, "Build") == "Build"


def test_names_are_unique_for_each_type_apart() -> None:
    world = World()

    world.do(*(create(world, "same") for create, *_ in KINDS.values()))

    assert len(world.events) == 1 + len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_length_of_a_name_and_of_a_path_has_an_edge(kind: str) -> None:
    create, longest, *_ = KINDS[kind]
    world = World()

    world.do(create(world, "n" * longest, "/" + "p" * 510 + "/"))

    for name, path, field in (("n" * (longest + 1), "/", "Name"), ("n", "/" + "p" * 511 + "/", "path")):
        bound = longest if field == "Name" else 512
        with pytest.raises(InvalidInput) as refused:
            world.do(create(world, name, path))
        assert f"{field}' failed to satisfy constraint" in refused.value.message
        assert refused.value.message.endswith(f"Member must have length less than or equal to {bound}")


VERSION = CreatePolicyVersion(
    policy_arn=policy_arn_of("read"), policy_document="", set_as_default=False, created_at=START
)
UPDATE_ROLE = UpdateRole(role_name="deploy", description=None, max_session_duration=None)


@pytest.mark.parametrize(
    ("rule", "command", "edge", "message"),
    [
        (
            "managed policy 6,144",
            lambda n: policy(World(), "big", text=sized(n)),
            6144,
            "Cannot exceed quota for PolicySize: 6144",
        ),
        (
            "each of its versions",
            lambda n: replace(VERSION, policy_document=sized(n)),
            6144,
            "Cannot exceed quota for PolicySize: 6144",
        ),
        (
            "inline policies of a user 2,048",
            lambda n: PutUserPolicy(user_name="alice", policy_name="p", policy_document=sized(n)),
            2048,
            "Maximum policy size of 2048 bytes exceeded for user alice",
        ),
        (
            "of a group 5,120",
            lambda n: PutGroupPolicy(group_name="staff", policy_name="p", policy_document=sized(n)),
            5120,
            "Maximum policy size of 5120 bytes exceeded for group staff",
        ),
        (
            "of a role 10,240",
            lambda n: PutRolePolicy(role_name="deploy", policy_name="p", policy_document=sized(n)),
            10_240,
            "Maximum policy size of 10240 bytes exceeded for role deploy",
        ),
        (
            "trust policy 2,048",
            lambda n: UpdateAssumeRolePolicy(role_name="deploy", policy_document=sized(n, trust=True), foreign={}),
            2048,
            "Cannot exceed quota for ACLSizePerRole: 2048",
        ),
        (
            "50 tags of a user",
            lambda n: TagResource(kind=Taggable.USER, name="alice", tags=[(f"k{number}", "") for number in range(n)]),
            50,
            "Cannot exceed quota for TagsPerUser: 50",
        ),
        (
            "of a role",
            lambda n: TagResource(kind=Taggable.ROLE, name="deploy", tags=[(f"k{number}", "") for number in range(n)]),
            50,
            "Cannot exceed quota for TagsPerRole: 50",
        ),
        (
            "of a policy",
            lambda n: TagResource(
                kind=Taggable.POLICY, name=policy_arn_of("read"), tags=[(f"k{number}", "") for number in range(n)]
            ),
            50,
            "Cannot exceed quota for TagsPerPolicy: 50",
        ),
    ],
)
def test_sizes_are_refused_one_beyond_the_edge(
    rule: str, command: Callable[[int], Command], edge: int, message: str
) -> None:
    assert a_world().do(command(edge)), rule

    with pytest.raises(LimitExceeded) as refused:
        a_world().do(command(edge + 1))

    assert refused.value.message == message, rule


@pytest.mark.parametrize(
    ("rule", "command", "edge", "words"),
    [
        ("description of a role", lambda n: replace(UPDATE_ROLE, description="d" * n), 1000, "'description'"),
        ("of a policy", lambda n: policy(World(), "p", description="d" * n), 1000, "'description'"),
        (
            "key of a tag",
            lambda n: TagResource(kind=Taggable.USER, name="alice", tags=[("k" * n, "")]),
            128,
            "tags.key",
        ),
        (
            "value of a tag",
            lambda n: TagResource(kind=Taggable.USER, name="alice", tags=[("k", "v" * n)]),
            256,
            "tags.value",
        ),
        (
            "new name of a user",
            lambda n: UpdateUser(user_name="alice", new_user_name="n" * n, new_path=None),
            64,
            "'newUserName'",
        ),
        (
            "new name of a group",
            lambda n: UpdateGroup(group_name="staff", new_group_name="n" * n, new_path=None),
            128,
            "'newGroupName'",
        ),
    ],
)
def test_lengths_are_refused_one_beyond_the_edge(
    rule: str, command: Callable[[int], Command], edge: int, words: str
) -> None:
    assert a_world().do(command(edge)), rule

    with pytest.raises(InvalidInput) as refused:
        a_world().do(command(edge + 1))

    assert words in refused.value.message, rule
    assert f"length less than or equal to {edge}" in refused.value.message, rule


def test_a_document_of_the_api_has_at_most_131_072_characters_white_space_counted() -> None:
    world = a_world()
    text = document()

    world.do(replace(VERSION, policy_document=text + " " * (MOST_CHARACTERS - len(text))))
    with pytest.raises(InvalidInput, match="131072"):
        world.do(replace(VERSION, policy_document=text + " " * (MOST_CHARACTERS - len(text) + 1)))


@pytest.mark.parametrize(
    ("rule", "command", "message"),
    [
        (
            "ten policies of a user",
            lambda n: AttachUserPolicy(user_name="alice", policy_arn=policy_arn_of(f"p{n}")),
            "Cannot exceed quota for PoliciesPerUser: 10",
        ),
        (
            "of a group",
            lambda n: AttachGroupPolicy(group_name="staff", policy_arn=policy_arn_of(f"p{n}")),
            "Cannot exceed quota for PoliciesPerGroup: 10",
        ),
        (
            "of a role",
            lambda n: AttachRolePolicy(role_name="deploy", policy_arn=policy_arn_of(f"p{n}")),
            "Cannot exceed quota for PoliciesPerRole: 10",
        ),
        (
            "ten groups of a user",
            lambda n: AddUserToGroup(group_name=f"g{n}", user_name="alice"),
            "Cannot exceed quota for GroupsPerUser: 10",
        ),
    ],
)
def test_ten_are_enough(rule: str, command: Callable[[int], Command], message: str) -> None:
    world = a_world()
    for number in range(11):
        world.create_policy(f"p{number}")
        world.create_group(f"g{number}")

    assert len(world.do(*map(command, range(10)))) == 10, rule
    with pytest.raises(LimitExceeded) as refused:
        world.do(command(10))

    assert refused.value.message == message


def test_keys_of_tags_ignore_case_for_users_and_roles_alone() -> None:
    world = a_world()
    tags = [[("Team", "a")], [("team", "b")]]

    world.do(*(TagResource(kind=Taggable.USER, name="alice", tags=each) for each in tags))
    world.do(*(TagResource(kind=Taggable.ROLE, name="deploy", tags=each) for each in tags))
    world.do(*(TagResource(kind=Taggable.POLICY, name=policy_arn_of("read"), tags=each) for each in tags))

    assert dict(user_by_name(world.state, "alice").tags) == {"team": "b"}
    assert dict(role_by_name(world.state, "deploy").tags) == {"team": "b"}
    assert dict(policy_by_arn(world.state, policy_arn_of("read")).tags) == {"Team": "a", "team": "b"}


@pytest.mark.parametrize("error", [EntityAlreadyExists, LimitExceeded])
def test_a_full_account_says_first_that_a_name_is_taken(error: type[DoorwardError]) -> None:
    world = World(Quotas(users=1, groups=1, roles=1, policies=1, instance_profiles=1))
    for create, *_ in KINDS.values():
        world.do(create(world, "same"))

        with pytest.raises(error):
            world.do(create(world, "SAME" if error is EntityAlreadyExists else "other"))
