"""Inline policies of users and groups: the same rules for both."""

import pytest
from doorward_directory.documents import document_size
from doorward_directory.groups import group_by_name
from doorward_directory.inline_policies import (
    DeleteGroupPolicy,
    DeleteUserPolicy,
    GroupPolicyDeleted,
    GroupPolicyPut,
    PutGroupPolicy,
    PutUserPolicy,
    UserPolicyDeleted,
    UserPolicyPut,
    group_policy,
    user_policy,
)
from doorward_directory.quotas import Quotas
from doorward_directory.users import user_by_name
from doorward_kernel.errors import InvalidInput, LimitExceeded, MalformedPolicyDocument, NoSuchEntity

from tests.unit.directory.world import World, document


def put(kind: str, name: str, text: str, owner: str = "Team") -> PutUserPolicy | PutGroupPolicy:
    if kind == "user":
        return PutUserPolicy(user_name=owner, policy_name=name, policy_document=text)
    return PutGroupPolicy(group_name=owner, policy_name=name, policy_document=text)


def delete(kind: str, name: str, owner: str = "Team") -> DeleteUserPolicy | DeleteGroupPolicy:
    if kind == "user":
        return DeleteUserPolicy(user_name=owner, policy_name=name)
    return DeleteGroupPolicy(group_name=owner, policy_name=name)


def inline(world: World, kind: str) -> dict[str, str]:
    owner = user_by_name(world.state, "team") if kind == "user" else group_by_name(world.state, "team")
    return dict(owner.inline)


@pytest.fixture(params=["user", "group"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world() -> World:
    size = document_size(document()) * 2
    world = World(Quotas(user_policy_size=size, group_policy_size=size))
    world.create_user("team")
    world.create_group("team")
    return world


def test_events_name_the_owner_by_id_and_hold_the_text_as_it_was_given(world: World) -> None:
    user_id = user_by_name(world.state, "team").user_id
    group_id = group_by_name(world.state, "team").group_id
    text = document() + "\n"

    happened = world.do(put("user", "own", text), put("group", "own", text))
    happened += world.do(delete("user", "own"), delete("group", "own"))

    assert happened == [
        UserPolicyPut(user_id=user_id, name="own", document=text),
        GroupPolicyPut(group_id=group_id, name="own", document=text),
        UserPolicyDeleted(user_id=user_id, name="own"),
        GroupPolicyDeleted(group_id=group_id, name="own"),
    ]


def test_a_put_replaces_what_was_there(world: World, kind: str) -> None:
    world.do(put(kind, "own", document()))

    world.do(put(kind, "own", document("s3:*")))

    assert inline(world, kind) == {"own": document("s3:*")}


def test_the_same_text_again_is_no_event(world: World, kind: str) -> None:
    world.do(put(kind, "own", document()))

    assert world.do(put(kind, "own", document())) == []


def test_inline_names_are_distinguished_by_case(world: World, kind: str) -> None:
    world.do(put(kind, "own", document()), put(kind, "OWN", document("s3:*")))

    assert inline(world, kind) == {"own": document(), "OWN": document("s3:*")}


def test_the_sizes_of_all_inline_policies_count_together_without_white_space(world: World, kind: str) -> None:
    world.do(put(kind, "one", document() + " " * 100), put(kind, "two", document()))

    with pytest.raises(LimitExceeded) as refused:
        world.do(put(kind, "two", document("s3:GetObjects")))

    limit = document_size(document()) * 2
    assert refused.value.message == f"Maximum policy size of {limit} bytes exceeded for {kind} team"
    assert world.do(put(kind, "two", document("s3:*"))) != []


def test_a_malformed_inline_policy_is_refused(world: World, kind: str) -> None:
    with pytest.raises(MalformedPolicyDocument):
        world.do(put(kind, "own", "{}"))
    with pytest.raises(InvalidInput):
        world.do(put(kind, "a b", document()))


def test_what_is_not_there_is_not_found(world: World, kind: str) -> None:
    with pytest.raises(NoSuchEntity, match=rf"^The {kind} policy with name own cannot be found\.$"):
        world.do(delete(kind, "own"))
    for command in (put(kind, "own", document(), "nobody"), delete(kind, "own", "nobody")):
        with pytest.raises(NoSuchEntity, match=rf"^The {kind} with name nobody cannot be found\.$"):
            world.do(command)


def test_a_document_is_read_by_the_name_of_its_owner(world: World) -> None:
    world.do(put("user", "own", document()), put("group", "own", document("s3:*")))

    assert user_policy(world.state, "TEAM", "own") == document()
    assert group_policy(world.state, "TEAM", "own") == document("s3:*")
    with pytest.raises(NoSuchEntity):
        user_policy(world.state, "team", "Own")
