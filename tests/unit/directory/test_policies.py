"""Customer managed policies and their versions."""

import pytest
from doorward_directory.commands import Command
from doorward_directory.documents import document_size
from doorward_directory.policies import (
    DefaultPolicyVersionSet,
    DeletePolicy,
    DeletePolicyVersion,
    PolicyCreated,
    PolicyDeleted,
    PolicyVersionCreated,
    PolicyVersionDeleted,
    SetDefaultPolicyVersion,
    default_version,
    policy_by_arn,
    policy_version,
)
from doorward_directory.quotas import Quotas
from doorward_kernel.errors import (
    DeleteConflict,
    DoorwardError,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    MalformedPolicyDocument,
    NoSuchEntity,
)

from tests.unit.directory.world import World, document, policy_arn_of

READ = policy_arn_of("read")


def set_default(version_id: str) -> SetDefaultPolicyVersion:
    return SetDefaultPolicyVersion(policy_arn=READ, version_id=version_id)


def delete_version(version_id: str) -> DeletePolicyVersion:
    return DeletePolicyVersion(policy_arn=READ, version_id=version_id)


def test_a_policy_begins_with_version_one_and_the_text_as_it_was_given() -> None:
    world = World()
    now = world.now()
    text = "\n" + document("s3:*") + "\t"

    policy_id = world.create_policy("read", text, "/team/", "who reads")

    assert world.events[-1] == PolicyCreated(
        policy_id=policy_id,
        name="read",
        path="/team/",
        description="who reads",
        document=text,
        created_at=now,
    )
    policy = policy_by_arn(world.state, policy_arn_of("read", "/team/"))
    assert (policy.default_version, policy.next_version) == (1, 2)
    assert default_version(policy).document == text
    assert policy.created_at == policy.updated_at == now


def test_policy_names_are_unique_ignoring_case_and_path() -> None:
    world = World()
    world.create_policy("read")

    with pytest.raises(EntityAlreadyExists) as refused:
        world.create_policy("READ", path="/team/")

    assert refused.value.message == "A policy called READ already exists. Duplicate names are not allowed."


@pytest.mark.parametrize("arn", [policy_arn_of("READ"), policy_arn_of("read", "/team/")])
def test_an_arn_finds_a_policy_only_with_its_path_and_case(arn: str) -> None:
    world = World()
    world.create_policy("read")

    with pytest.raises(NoSuchEntity) as refused:
        policy_by_arn(world.state, arn)

    assert refused.value.message == f"Policy {arn} was not found."


@pytest.mark.parametrize(
    ("name", "path", "description", "text", "error"),
    [
        ("a b", "/", "", document(), InvalidInput),
        ("a", "/a//b/", "", document(), InvalidInput),
        ("a", "/", "d" * 1001, document(), InvalidInput),
        ("a", "/", "", "{}", MalformedPolicyDocument),
        ("a", "/", "", "", MalformedPolicyDocument),
        ("a", "/", "", document("s3:Ā"), MalformedPolicyDocument),
    ],
)
def test_a_malformed_policy_is_refused(
    name: str, path: str, description: str, text: str, error: type[DoorwardError]
) -> None:
    world = World()

    with pytest.raises(error):
        world.create_policy(name, text, path, description)


def test_white_space_does_not_count_against_the_size() -> None:
    size = document_size(document())
    assert size < len(document())
    world = World(Quotas(policy_size=size))

    world.create_policy("exact", document() + " \t\r\n" * 100)

    with pytest.raises(LimitExceeded, match=f"^Cannot exceed quota for PolicySize: {size}$"):
        world.create_policy("longer", document("s3:GetObjects"))
    with pytest.raises(LimitExceeded):
        world.create_version("exact", document("s3:GetObjects"))


def test_there_are_no_more_policies_than_the_quota() -> None:
    world = World(Quotas(policies=1))
    world.create_policy("one")

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for PoliciesPerAccount: 1$"):
        world.create_policy("two")


def test_a_new_version_is_the_default_only_when_asked() -> None:
    world = World()
    policy_id = world.create_policy("read")
    now = world.now()

    plain = world.create_version("read", document("s3:ListBucket"))
    assert plain == [
        PolicyVersionCreated(policy_id=policy_id, version=2, document=document("s3:ListBucket"), created_at=now)
    ]
    assert policy_by_arn(world.state, READ).default_version == 1
    assert policy_by_arn(world.state, READ).updated_at == now

    default = world.create_version("read", document("s3:*"), set_as_default=True)
    assert default[1:] == [DefaultPolicyVersionSet(policy_id=policy_id, version=3)]
    assert default_version(policy_by_arn(world.state, READ)).document == document("s3:*")


def test_a_sixth_version_needs_another_one_deleted() -> None:
    world = World()
    world.create_policy("read")
    for _ in range(4):
        world.create_version("read")

    with pytest.raises(LimitExceeded, match=r"^A managed policy can have up to 5 versions"):
        world.create_version("read")
    world.do(delete_version("v2"))
    world.create_version("read")

    assert [version.number for version in policy_by_arn(world.state, READ).versions] == [1, 3, 4, 5, 6]


def test_the_number_of_a_deleted_version_is_never_used_again() -> None:
    world = World()
    policy_id = world.create_policy("read")
    world.create_version("read")

    happened = world.do(delete_version("v2"))

    assert happened == [PolicyVersionDeleted(policy_id=policy_id, version=2)]
    assert isinstance(created := world.create_version("read")[0], PolicyVersionCreated)
    assert created.version == 3


def test_the_default_version_cannot_be_deleted_until_another_is_default() -> None:
    world = World()
    policy_id = world.create_policy("read")
    world.create_version("read")

    with pytest.raises(DeleteConflict, match=r"^Cannot delete the default version of a policy\.$"):
        world.do(delete_version("v1"))
    assert world.do(set_default("v2"), set_default("v2")) == [DefaultPolicyVersionSet(policy_id=policy_id, version=2)]

    assert world.do(delete_version("v1")) == [PolicyVersionDeleted(policy_id=policy_id, version=1)]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (set_default("v9"), NoSuchEntity),
        (delete_version("v9"), NoSuchEntity),
        (set_default("2"), InvalidInput),
        (delete_version("v0"), InvalidInput),
        (DeletePolicy(policy_arn=policy_arn_of("none")), NoSuchEntity),
        (DeletePolicy(policy_arn="read"), InvalidInput),
        (DeletePolicy(policy_arn="arn:aws:iam::210987654321:policy/AdministratorAccess"), NoSuchEntity),
    ],
)
def test_what_is_not_there_is_not_found(command: Command, error: type[DoorwardError]) -> None:
    world = World()
    world.create_policy("read")

    with pytest.raises(error):
        world.do(command)


def test_a_version_is_found_by_its_id() -> None:
    world = World()
    world.create_policy("read")
    world.create_version("read", document("s3:*"))

    version = policy_version(world.state, policy_by_arn(world.state, READ), "v2")

    assert (version.number, version.document) == (2, document("s3:*"))


def test_a_policy_is_deleted_only_when_detached_and_with_its_default_version_alone() -> None:
    world = World()
    world.create_user("alice")
    world.create_policy("read")
    world.create_version("read")

    with pytest.raises(DeleteConflict, match=r"^This policy has more than one version\."):
        world.do(DeletePolicy(policy_arn=READ))
    world.do(delete_version("v2"))
    world.attach("read", user="alice")
    with pytest.raises(DeleteConflict, match=r"^Cannot delete a policy attached to entities\.$"):
        world.do(DeletePolicy(policy_arn=READ))


def test_a_deleted_policy_is_gone_and_a_new_one_of_that_name_is_another() -> None:
    world = World()
    first = world.create_policy("read")

    assert world.do(DeletePolicy(policy_arn=READ)) == [PolicyDeleted(policy_id=first)]
    with pytest.raises(NoSuchEntity):
        world.do(DeletePolicy(policy_arn=READ))
    assert world.create_policy("read") != first
