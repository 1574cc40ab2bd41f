"""AWS's managed policies in an account: attached like others, changed by nobody, in force as they were adopted."""

from functools import reduce

import pytest
from doorward_directory import shipped
from doorward_directory.account import Account
from doorward_directory.attachments import (
    AttachGroupPolicy,
    AttachRolePolicy,
    AttachUserPolicy,
    DetachUserPolicy,
    UserPolicyAttached,
    attached_policies,
    attachment_count,
)
from doorward_directory.aws_policies import (
    AwsPolicyAdopted,
    UpdateAwsManagedPolicies,
    aws_policies,
    is_attachable,
    managed_policy,
)
from doorward_directory.boundaries import boundary_usage_count
from doorward_directory.commands import Command
from doorward_directory.effective import PolicyInForce, effective_boundary, effective_policies
from doorward_directory.events import Event, apply
from doorward_directory.policies import (
    CreatePolicyVersion,
    DeletePolicy,
    DeletePolicyVersion,
    ManagedPolicy,
    SetDefaultPolicyVersion,
    policy_arn,
    policy_by_arn,
)
from doorward_directory.quotas import Quotas
from doorward_directory.roles import PutRolePermissionsBoundary
from doorward_directory.shipped import aws_policy_id, shipped_policy
from doorward_directory.snapshot import dump, load
from doorward_directory.tagging import Taggable, TagResource, UntagResource
from doorward_directory.users import CreateUser, PutUserPermissionsBoundary, user_by_name
from doorward_kernel.errors import AccessDenied, InvalidInput, LimitExceeded, NoSuchEntity, PolicyNotAttachable
from doorward_kernel.ids import USER_PREFIX, UniqueId
from doorward_kernel.stream import ImpossibleEvent

from tests.unit.directory.world import START, World, aws_arn_of, document, policy_arn_of

READ_ONLY = aws_arn_of("ReadOnlyAccess")
SERVICE_LINKED = aws_arn_of("aws-service-role/AmazonECSServiceRolePolicy")
GONE = aws_arn_of("old/GoneAccess")


def adopted(arn: str, version: int, text: str) -> AwsPolicyAdopted:
    """The event that a version of the software has written which knew that version of the policy."""
    path, _, name = arn.removeprefix(aws_arn_of("").removesuffix("/")).rpartition("/")
    return AwsPolicyAdopted(policy_id=aws_policy_id(arn), name=name, path=f"{path}/", version=version, document=text)


def shipped_version(arn: str) -> int:
    found = shipped_policy(arn)
    assert found is not None
    return found.version


@pytest.fixture
def world() -> World:
    world = World()
    world.create_user("alice")
    world.create_user("bob")
    world.create_group("team", "bob")
    world.create_role("deploy")
    return world


def user_with(world: World, arn: str, version: int, text: str = document()) -> UniqueId:
    """Alice has a policy of AWS's that was adopted at that version."""
    user = user_by_name(world.state, "alice")
    attached = UserPolicyAttached(user_id=user.user_id, policy_id=aws_policy_id(arn))
    world.happen(adopted(arn, version, text), attached)
    return attached.policy_id


def in_force(world: World, user: str) -> dict[str, str]:
    return {policy.name: policy.document for policy in effective_policies(world.state, user_by_name(world.state, user))}


def test_the_first_attachment_adopts_the_text_and_the_next_ones_use_it(world: World) -> None:
    first = world.attach_aws("ReadOnlyAccess", user="alice")
    second = world.attach_aws("ReadOnlyAccess", group="team")

    assert [type(event).__name__ for event in first] == ["AwsPolicyAdopted", "UserPolicyAttached"]
    assert [type(event).__name__ for event in second] == ["GroupPolicyAttached"]
    assert world.attach_aws("ReadOnlyAccess", user="alice") == []
    policy = managed_policy(world.state, READ_ONLY)
    assert attached_policies(world.state, user_by_name(world.state, "alice")) == [policy]
    assert (policy_arn(world.state, policy), attachment_count(world.state, policy)) == (READ_ONLY, 2)
    found = shipped_policy(READ_ONLY)
    assert found is not None
    assert in_force(world, "alice") == in_force(world, "bob") == {READ_ONLY: found.document}


def test_an_own_policy_may_have_the_name_of_one_of_aws_s(world: World) -> None:
    world.attach_aws("ReadOnlyAccess", user="alice")
    world.create_policy("ReadOnlyAccess")
    world.attach("ReadOnlyAccess", user="alice")

    assert list(in_force(world, "alice")) == [policy_arn_of("ReadOnlyAccess"), READ_ONLY]
    assert not policy_by_arn(world.state, policy_arn_of("ReadOnlyAccess")).aws_managed
    assert managed_policy(world.state, READ_ONLY).aws_managed


def test_policies_of_aws_s_do_not_count_against_the_quota_of_own_ones() -> None:
    world = World(Quotas(policies=1))
    world.create_user("alice")
    world.attach_aws("ReadOnlyAccess", user="alice")
    world.create_policy("one")

    with pytest.raises(LimitExceeded):
        world.create_policy("two")


def test_but_against_the_quota_of_attachments_and_then_nothing_is_adopted() -> None:
    world = World(Quotas(policies_per_user=1))
    world.create_user("alice")
    world.create_policy("own")
    world.attach("own", user="alice")

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for PoliciesPerUser: 1$"):
        world.attach_aws("ReadOnlyAccess", user="alice")

    assert aws_policy_id(READ_ONLY) not in world.state.policies


@pytest.mark.parametrize(
    ("command", "action"),
    [
        (DeletePolicy(policy_arn=READ_ONLY), "iam:DeletePolicy"),
        (
            CreatePolicyVersion(
                policy_arn=READ_ONLY, policy_document=document(), set_as_default=True, created_at=START
            ),
            "iam:CreatePolicyVersion",
        ),
        (SetDefaultPolicyVersion(policy_arn=READ_ONLY, version_id="v1"), "iam:SetDefaultPolicyVersion"),
        (DeletePolicyVersion(policy_arn=READ_ONLY, version_id="v1"), "iam:DeletePolicyVersion"),
        (DeletePolicy(policy_arn=aws_arn_of("NoSuchPolicy")), "iam:DeletePolicy"),
        (TagResource(kind=Taggable.POLICY, name=READ_ONLY, tags=(("team", "blue"),)), "iam:TagPolicy"),
        (UntagResource(kind=Taggable.POLICY, name=READ_ONLY, tag_keys=("team",)), "iam:UntagPolicy"),
    ],
)
@pytest.mark.parametrize("attached", [True, False])
def test_nobody_may_change_them(world: World, command: Command, action: str, attached: bool) -> None:
    if attached:
        world.attach_aws("ReadOnlyAccess", user="alice")

    with pytest.raises(AccessDenied, match=f"not authorized to perform: {action} on resource: policy arn:aws:iam::aws"):
        world.do(command)


def test_policies_for_service_linked_roles_are_attached_to_nobody_else(world: World) -> None:
    for command, kind in (
        (AttachUserPolicy(user_name="alice", policy_arn=SERVICE_LINKED), "User"),
        (AttachGroupPolicy(group_name="team", policy_arn=SERVICE_LINKED), "Group"),
        (AttachRolePolicy(role_name="deploy", policy_arn=SERVICE_LINKED), "Role"),
        (PutUserPermissionsBoundary(user_name="alice", permissions_boundary=SERVICE_LINKED), "User"),
        (PutRolePermissionsBoundary(role_name="deploy", permissions_boundary=SERVICE_LINKED), "Role"),
    ):
        with pytest.raises(PolicyNotAttachable, match=f"^Cannot attach a Service Role Policy to a Customer {kind}.$"):
            world.do(command)
    world.attach_aws("service-role/AWSLambdaBasicExecutionRole", role="deploy")


def test_a_boundary_is_adopted_and_in_use_like_an_attachment(world: World) -> None:
    text = document("s3:*")
    user_with(world, READ_ONLY, 1, text)

    happened = world.do(
        PutUserPermissionsBoundary(user_name="alice", permissions_boundary=aws_arn_of("PowerUserAccess")),
        PutUserPermissionsBoundary(user_name="bob", permissions_boundary=READ_ONLY),
        PutRolePermissionsBoundary(role_name="deploy", permissions_boundary=aws_arn_of("PowerUserAccess")),
        DetachUserPolicy(user_name="alice", policy_arn=READ_ONLY),
    )

    assert [type(event).__name__ for event in happened] == [
        "AwsPolicyAdopted",
        "UserBoundarySet",
        "UserBoundarySet",
        "RoleBoundarySet",
        "UserPolicyDetached",
    ]
    assert effective_boundary(world.state, user_by_name(world.state, "bob")) == PolicyInForce(READ_ONLY, text)
    assert managed_policy(world.state, READ_ONLY).default_version == 1
    assert boundary_usage_count(world.state, managed_policy(world.state, aws_arn_of("PowerUserAccess"))) == 2
    assert world.do(PutUserPermissionsBoundary(user_name="bob", permissions_boundary=READ_ONLY)) == []
    assert [type(event) for event in world.do(UpdateAwsManagedPolicies(policy_arns=()))] == [AwsPolicyAdopted]


def test_who_is_created_with_a_boundary_of_aws_s_adopts_it(world: World) -> None:
    user_id = world.new_id(USER_PREFIX)

    happened = world.do(
        CreateUser(
            user_id=user_id,
            user_name="carol",
            path="/",
            permissions_boundary=READ_ONLY,
            tags=(),
            created_at=START,
        )
    )

    assert [type(event).__name__ for event in happened] == ["UserCreated", "AwsPolicyAdopted", "UserBoundarySet"]
    assert world.state.users[user_id].boundary == aws_policy_id(READ_ONLY)
    gone = aws_arn_of("NoSuchPolicy")
    with pytest.raises(NoSuchEntity, match=f"^Scope ARN: {gone} does not exist or is not attachable.$"):
        world.do(PutUserPermissionsBoundary(user_name="alice", permissions_boundary=gone))


@pytest.mark.parametrize("name", ["NoSuchPolicy", "readonlyaccess", "job-function/ReadOnlyAccess", "Billing"])
def test_only_what_is_shipped_under_that_arn_is_attached(world: World, name: str) -> None:
    with pytest.raises(NoSuchEntity, match=f"^Policy {aws_arn_of(name)} does not exist or is not attachable.$"):
        world.attach_aws(name, user="alice")
    with pytest.raises(NoSuchEntity):
        world.do(DetachUserPolicy(user_name="alice", policy_arn=aws_arn_of(name)))
    with pytest.raises(InvalidInput):
        managed_policy(world.state, "ReadOnlyAccess")


def test_an_attachment_without_an_adoption_before_it_cannot_have_happened(world: World) -> None:
    user = user_by_name(world.state, "alice")

    with pytest.raises(ImpossibleEvent):
        apply(world.state, UserPolicyAttached(user_id=user.user_id, policy_id=aws_policy_id(READ_ONLY)))


def test_the_log_gives_the_same_decisions_without_the_shipped_policies(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.attach_aws("ReadOnlyAccess", user="alice")
    expected, before = in_force(world, "alice"), world.state

    def missing() -> None:
        raise AssertionError("the data was read")

    monkeypatch.setattr(shipped, "_shipped", missing)
    nothing: Account | None = None
    again = reduce(apply, world.events, nothing)
    restored = load(dump(before))

    assert again == restored == before
    world.account = restored
    assert in_force(world, "alice") == expected


def test_what_was_adopted_stays_in_force_when_a_newer_version_is_shipped(world: World) -> None:
    user_with(world, READ_ONLY, 1)

    happened = world.attach_aws("ReadOnlyAccess", user="bob")

    assert [type(event).__name__ for event in happened] == ["UserPolicyAttached"]
    assert in_force(world, "alice") == in_force(world, "bob") == {READ_ONLY: document()}
    policy = managed_policy(world.state, READ_ONLY)
    assert [version.number for version in policy.versions] == [1, shipped_version(READ_ONLY)]
    assert policy.default_version == 1


@pytest.mark.parametrize("arns", [(), (READ_ONLY,), (READ_ONLY, READ_ONLY, policy_arn_of("own"), SERVICE_LINKED)])
def test_an_update_brings_what_is_in_use_to_the_shipped_version_once(world: World, arns: tuple[str, ...]) -> None:
    world.create_policy("own")
    user_with(world, READ_ONLY, 1)

    happened = world.do(UpdateAwsManagedPolicies(policy_arns=arns))

    found = shipped_policy(READ_ONLY)
    assert found is not None
    assert happened == [adopted(READ_ONLY, found.version, found.document)]
    assert in_force(world, "alice") == {READ_ONLY: found.document}
    assert world.do(UpdateAwsManagedPolicies(policy_arns=arns)) == []


def test_an_update_touches_only_what_it_names(world: World) -> None:
    user_with(world, READ_ONLY, 1)

    assert world.do(UpdateAwsManagedPolicies(policy_arns=(aws_arn_of("AdministratorAccess"),))) == []
    with pytest.raises(NoSuchEntity):
        world.do(UpdateAwsManagedPolicies(policy_arns=(READ_ONLY, GONE)))
    assert in_force(world, "alice") == {READ_ONLY: document()}


def test_a_policy_that_is_shipped_no_more_stays_where_it_is_and_goes_nowhere_else(world: World) -> None:
    user_with(world, GONE, 3)
    policy = managed_policy(world.state, GONE)

    assert in_force(world, "alice") == {GONE: document()}
    assert (policy.default_version, is_attachable(world.state, policy)) == (3, False)
    assert policy in list(aws_policies(world.state))
    assert world.do(UpdateAwsManagedPolicies(policy_arns=())) == []
    assert world.do(AttachUserPolicy(user_name="alice", policy_arn=GONE)) == []
    with pytest.raises(NoSuchEntity, match=f"^Policy {GONE} does not exist or is not attachable.$"):
        world.do(AttachUserPolicy(user_name="bob", policy_arn=GONE))

    world.do(DetachUserPolicy(user_name="alice", policy_arn=GONE))

    assert in_force(world, "alice") == {}
    assert policy not in list(aws_policies(world.state))
    with pytest.raises(NoSuchEntity, match=f"^Policy {GONE} was not found.$"):
        managed_policy(world.state, GONE)
    with pytest.raises(NoSuchEntity):
        world.do(AttachUserPolicy(user_name="alice", policy_arn=GONE))


def test_what_is_no_longer_in_use_is_adopted_anew_with_the_next_attachment(world: World) -> None:
    user_with(world, READ_ONLY, 1)
    world.do(DetachUserPolicy(user_name="alice", policy_arn=READ_ONLY))
    assert managed_policy(world.state, READ_ONLY).default_version == shipped_version(READ_ONLY)

    happened = world.attach_aws("ReadOnlyAccess", user="alice")

    assert [type(event).__name__ for event in happened] == ["AwsPolicyAdopted", "UserPolicyAttached"]
    assert managed_policy(world.state, READ_ONLY).default_version == shipped_version(READ_ONLY)


def test_an_older_version_of_the_software_takes_no_account_back(world: World) -> None:
    user_with(world, READ_ONLY, 9999)

    assert world.do(UpdateAwsManagedPolicies(policy_arns=())) == []
    assert [version.number for version in managed_policy(world.state, READ_ONLY).versions] == [9999]
    world.do(DetachUserPolicy(user_name="alice", policy_arn=READ_ONLY))
    found = managed_policy(world.state, READ_ONLY)
    assert found.default_version == 9999
    assert found in list(aws_policies(world.state))
    assert [type(event).__name__ for event in world.attach_aws("ReadOnlyAccess", user="alice")] == [
        "UserPolicyAttached"
    ]
    assert in_force(world, "alice") == {READ_ONLY: document()}


def test_accounts_share_one_text(world: World) -> None:
    other = World()
    other.create_user("carol")
    for each, user in ((world, "alice"), (other, "carol")):
        each.attach_aws("ReadOnlyAccess", user=user)
    restored = load(dump(world.state))

    def text(account: Account) -> str:
        return account.policies[aws_policy_id(READ_ONLY)].versions[0].document

    assert text(world.state) is text(other.state) is text(restored)


def test_every_policy_of_aws_s_is_listed_once(world: World) -> None:
    world.attach_aws("ReadOnlyAccess", user="alice")
    world.create_policy("own")

    listed = list(aws_policies(world.state))

    assert len(listed) == len({each.policy_id for each in listed}) == 1485
    assert [each.name for each in listed if isinstance(each, ManagedPolicy)] == ["ReadOnlyAccess"]
    world.do(DetachUserPolicy(user_name="alice", policy_arn=READ_ONLY))
    assert len(list(aws_policies(world.state))) == 1485


def test_what_happened_is_only_what_is_new(world: World) -> None:
    events: list[Event] = world.attach_aws("ReadOnlyAccess", user="alice")

    assert world.events[-len(events) :] == events
    assert world.state.version == len(world.events)
