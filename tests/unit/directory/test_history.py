"""What stored events are about."""

import json
import typing
from typing import Any, get_type_hints

import pytest
from doorward_directory.codec import TYPES, encode
from doorward_directory.history import Entity, Naming, WithId, WithName, is_named, names_any, naming, read_entity
from doorward_directory.shipped import aws_policy_id
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import UniqueId

from tests.unit.directory.world import ACCOUNT, World, document

ALICE = "AIDA" + "A" * 17
KEY = "AKIA" + "2" * 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ALICE, WithId(ALICE)),
        (KEY, WithId(KEY)),
        (ACCOUNT, WithId(ACCOUNT)),
        (f"arn:aws:iam::{ACCOUNT}:root", WithId(ACCOUNT)),
        (f"arn:aws:iam::{ACCOUNT}:user/Alice", WithName("user", "alice")),
        (f"arn:aws:iam::{ACCOUNT}:user/staff/eu/alice", WithName("user", "alice")),
        (f"arn:aws:iam::{ACCOUNT}:instance-profile/web", WithName("instance-profile", "web")),
        (f"arn:aws:iam::{ACCOUNT}:saml-provider/Okta", WithName("saml-provider", "okta")),
        (f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example/Org/x", WithId("idp.example/Org/x")),
        ("oidc-provider/idp.example/Org/x", WithId("idp.example/Org/x")),
        ("SAMLSP" + "A" * 17, WithId("SAMLSP" + "A" * 17)),
        ("arn:aws:s3:::reports", WithId("arn:aws:s3:::reports")),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", WithId(aws_policy_id("arn:aws:iam::aws:policy/ReadOnlyAccess"))),
        ("user/alice", WithName("user", "alice")),
        ("instance-profile/web", WithName("instance-profile", "web")),
        ("Alice", WithName(None, "alice")),
        ("a+b=c,d.e@f-g_h", WithName(None, "a+b=c,d.e@f-g_h")),
        (ALICE.lower(), WithName(None, ALICE.lower())),
    ],
)
def test_an_entity_is_meant_by_its_id_its_arn_or_its_name(text: str, expected: Entity) -> None:
    assert read_entity(text, ACCOUNT) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        "user/",
        "/alice",
        "user/staff/alice",
        "User/alice",
        "-/alice",
        "alice\n",
        "x" * 129,
        "x" * 100_000,
        "\u2603",
        "arn:",
        "arn:aws:iam",
        f"arn:aws:iam::{ACCOUNT}:",
        f"arn:aws:iam::{ACCOUNT}:user",
        f"arn:aws:iam::{ACCOUNT}:user/",
        f"arn:aws:iam::{ACCOUNT}:/alice",
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/",
        "oidc-provider/",
        "arn:aws:iam::999999999999:user/alice",
        "arn:aws:iam:::user/alice",
    ],
)
def test_what_means_nothing_of_the_account_is_refused_and_the_field_named(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_entity(text, ACCOUNT)

    assert len(refused.value.message) < 3000
    assert refused.value.message.startswith("`entity`")


@pytest.mark.parametrize(
    ("payload", "names"),
    [
        ({"user_id": ALICE}, True),
        ({"group_id": "AGPA", "user_id": ALICE}, True),
        ({"user_ids": ["AIDAB", ALICE]}, True),
        ({"boundary": {"policy_id": ALICE}}, True),
        ({"members": [{"user_id": ALICE}]}, True),
        ({"principals": {ALICE: "arn:aws:iam::123456789012:user/alice"}}, True),
        ({"provider_url": ALICE}, True),
        ({"tags": {ALICE: ALICE}}, False),
        ({"client_id_list": [ALICE], "client": ALICE}, False),
        ({"user_id": ALICE + "A"}, False),
        ({"name": ALICE}, False),
        ({"document": f'{{"aws:userid": "{ALICE}", "user_id": "{ALICE}"}}'}, False),
        ({"user_id": 7}, False),
        ({}, False),
    ],
)
def test_an_event_is_about_what_its_fields_of_ids_name(payload: dict[str, Any], names: bool) -> None:
    assert names_any(json.dumps(payload).encode(), frozenset((ALICE, "AGPAX"))) is names


def test_a_resource_is_named_by_its_arn_also_when_json_escapes_it() -> None:
    arn = 'arn:aws:x:::"quoted"\\'
    payload = json.dumps({"resource_arn": arn, "document": "{}"}).encode()

    assert names_any(payload, frozenset((arn,)))
    assert not names_any(payload, frozenset((arn[:-1],)))


def test_an_event_is_about_nothing_when_nothing_is_sought() -> None:
    assert not names_any(b'{"user_id": "x"}', frozenset())


def declared_ids(hint: object) -> bool:
    """Whether an annotation is an id, or holds ids."""
    return hint is UniqueId or any(map(declared_ids, typing.get_args(hint)))


@pytest.mark.parametrize("type", TYPES)
def test_every_id_in_an_event_stands_in_a_field_that_is_searched(type: str) -> None:
    """Who adds an event whose fields are called otherwise learns here that its history would not be found."""
    ids = [field for field, hint in get_type_hints(TYPES[type][1]).items() if declared_ids(hint)]

    assert all(field.endswith(("_id", "_ids")) for field in ids)


GIVE_NAMES = [
    type
    for type, (_, event) in TYPES.items()
    if type.endswith(("Created", "Renamed")) and "name" in get_type_hints(event)
]


@pytest.mark.parametrize("type", GIVE_NAMES)
def test_every_event_that_gives_a_name_is_understood(type: str) -> None:
    fields = get_type_hints(TYPES[type][1])
    payload = {field: f"value of {field}" for field in fields}

    given = naming(type, json.dumps(payload).encode())

    assert given is not None
    assert given.name == "value of name"
    assert given.id == f"value of {given.kind.replace('-', '_')}_id"


def test_names_are_found_when_given_and_when_changed_and_nowhere_else() -> None:
    world = World()
    world.create_user("Alice", path="/staff/")
    world.create_group("admins", "alice")
    world.create_policy("read", document())
    world.create_version("read")

    given = [naming(event.type, event.payload) for event in map(encode, world.events)]

    assert [each and (each.kind, each.name) for each in given] == [
        ("account", "Example"),
        ("user", "Alice"),
        ("group", "admins"),
        None,
        ("policy", "read"),
        None,
    ]
    assert given[1] == Naming("user", next(iter(world.state.users)), "Alice")
    assert naming("UserRenamed", b'{"name": "Bob", "user_id": "X"}') == Naming("user", "X", "Bob")
    assert naming("InstanceProfileCreated", b'{"name": "web", "instance_profile_id": "X"}') == Naming(
        "instance-profile", "X", "web"
    )
    assert naming("SamlProviderCreated", b'{"name": "Okta", "saml_provider_id": "X"}') == Naming(
        "saml-provider", "X", "Okta"
    )


@pytest.mark.parametrize(
    ("entity", "is_it"),
    [
        (WithName(None, "alice"), True),
        (WithName("user", "alice"), True),
        (WithName("group", "alice"), False),
        (WithName(None, "alic"), False),
    ],
)
def test_a_name_is_compared_ignoring_case(entity: WithName, is_it: bool) -> None:
    assert is_named(entity, Naming("user", "X", "Alice")) is is_it
