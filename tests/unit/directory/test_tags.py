"""Tags of all that can have some."""

import pytest
from doorward_directory.instance_profiles import instance_profile_by_name
from doorward_directory.policies import policy_by_arn
from doorward_directory.roles import role_by_name
from doorward_directory.saml_providers import saml_provider_by_arn
from doorward_directory.tagging import Taggable, TagResource, UntagResource
from doorward_directory.tags import (
    InstanceProfileTagged,
    InstanceProfileUntagged,
    OidcProviderTagged,
    OidcProviderUntagged,
    PolicyTagged,
    PolicyUntagged,
    RoleTagged,
    RoleUntagged,
    SamlProviderTagged,
    SamlProviderUntagged,
    UserTagged,
    UserUntagged,
)
from doorward_directory.users import CreateUser, user_by_name
from doorward_kernel.errors import InvalidInput, LimitExceeded, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from tests.unit.directory.world import START, World, oidc_arn_of, policy_arn_of, saml_arn_of

KINDS: dict[Taggable, tuple[str, type, type]] = {
    Taggable.USER: ("Alice", UserTagged, UserUntagged),
    Taggable.ROLE: ("deploy", RoleTagged, RoleUntagged),
    Taggable.INSTANCE_PROFILE: ("Web", InstanceProfileTagged, InstanceProfileUntagged),
    Taggable.OIDC_PROVIDER: (oidc_arn_of("idp.example.com"), OidcProviderTagged, OidcProviderUntagged),
    Taggable.SAML_PROVIDER: (saml_arn_of("Okta"), SamlProviderTagged, SamlProviderUntagged),
    Taggable.POLICY: (policy_arn_of("read"), PolicyTagged, PolicyUntagged),
}
IGNORE_CASE = [Taggable.USER, Taggable.ROLE]


@pytest.fixture
def world() -> World:
    world = World()
    world.create_user("alice")
    world.create_role("deploy")
    world.create_policy("read")
    world.create_instance_profile("web")
    world.create_oidc_provider("idp.example.com")
    world.create_saml_provider("Okta")
    return world


def tags_of(world: World, kind: Taggable) -> dict[str, str]:
    match kind:
        case Taggable.USER:
            return dict(user_by_name(world.state, "alice").tags)
        case Taggable.ROLE:
            return dict(role_by_name(world.state, "deploy").tags)
        case Taggable.INSTANCE_PROFILE:
            return dict(instance_profile_by_name(world.state, "web").tags)
        case Taggable.OIDC_PROVIDER:
            return dict(world.state.oidc_providers["idp.example.com"].tags)
        case Taggable.SAML_PROVIDER:
            return dict(saml_provider_by_arn(world.state, saml_arn_of("Okta")).tags)
        case Taggable.POLICY:
            return dict(policy_by_arn(world.state, policy_arn_of("read")).tags)


def tag(kind: Taggable, *tags: tuple[str, str]) -> TagResource:
    return TagResource(kind=kind, name=KINDS[kind][0], tags=tags)


def untag(kind: Taggable, *keys: str) -> UntagResource:
    return UntagResource(kind=kind, name=KINDS[kind][0], tag_keys=keys)


@pytest.mark.parametrize("kind", KINDS)
def test_tags_come_change_and_go(world: World, kind: Taggable) -> None:
    happened = world.do(tag(kind, ("team", "data"), ("cost", "")), tag(kind, ("team", "search")), untag(kind, "cost"))

    _, tagged, untagged = KINDS[kind]
    assert [type(event) for event in happened] == [tagged, tagged, untagged]
    assert tags_of(world, kind) == {"team": "search"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_changes_nothing_does_not_happen(world: World, kind: Taggable) -> None:
    world.do(tag(kind, ("team", "data")))

    assert world.do(tag(kind, ("team", "data")), tag(kind), untag(kind, "other"), untag(kind)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_spelling_replaces_a_key_of_users_and_roles(world: World, kind: Taggable) -> None:
    world.do(tag(kind, ("Team", "data")), tag(kind, ("TEAM", "search")))

    replaced = kind in IGNORE_CASE
    assert tags_of(world, kind) == ({"TEAM": "search"} if replaced else {"Team": "data", "TEAM": "search"})

    world.do(untag(kind, "team"))

    assert bool(tags_of(world, kind)) is not replaced


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([("", "v")], "tags.key.*greater than or equal to 1"),
        ([("k" * 129, "v")], "tags.key.*less than or equal to 128"),
        ([("k", "v" * 257)], "tags.value.*less than or equal to 256"),
        ([("k!", "v")], "tags.key.*pattern"),
        ([("k", "v\n")], "tags.value.*pattern"),
        ([("k", "\ud800")], "tags.value.*pattern"),
        ([("aws:k", "v")], "reserved"),
        ([("AWS:k", "v")], "reserved"),
        ([("k", "v"), ("k", "w")], "Duplicate tag keys found"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(world: World, kind: Taggable, tags: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        world.do(tag(kind, *tags))


def test_keys_that_differ_in_case_alone_are_duplicates_of_users() -> None:
    world = World()
    world.create_user("alice")
    world.create_policy("read")

    with pytest.raises(InvalidInput) as refused:
        world.do(tag(Taggable.USER, ("k", "v"), ("K", "v")))

    assert refused.value.message == "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    world.do(tag(Taggable.POLICY, ("k", "v"), ("K", "v")))


@pytest.mark.parametrize("kind", KINDS)
def test_letters_of_all_scripts_and_some_punctuation_may_stand_in_tags(world: World, kind: Taggable) -> None:
    world.do(tag(kind, ("Größe 大_.:/=+-@٣", "ß\u00a0")))

    assert tags_of(world, kind) == {"Größe 大_.:/=+-@٣": "ß\u00a0"}


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_fifty_tags_at_most(world: World, kind: Taggable) -> None:
    world.do(tag(kind, *((f"k{number}", "") for number in range(50))))

    with pytest.raises(LimitExceeded) as refused:
        world.do(tag(kind, ("one more", "")))

    assert refused.value.message == f"Cannot exceed quota for TagsPer{kind}: 50"
    world.do(tag(kind, ("k49", "v")))


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_exists_can_be_tagged(kind: Taggable) -> None:
    with pytest.raises(NoSuchEntity):
        World().do(tag(kind, ("k", "v")))
    with pytest.raises(NoSuchEntity):
        World().do(untag(kind, "k"))


def test_tags_may_be_given_at_creation() -> None:
    world = World()
    user_id = UniqueId("AIDAAAAAAAAAAAAAAAAAB")
    create = CreateUser(
        user_id=user_id,
        user_name="alice",
        path="/",
        permissions_boundary=None,
        tags=(("team", "data"),),
        created_at=START,
    )

    assert world.do(create)[1:] == [UserTagged(user_id=user_id, tags=Map({"team": "data"}))]
