"""OIDC providers: what may be done with them, and what then has happened."""

from typing import Any

import pytest
from doorward_directory.commands import Command
from doorward_directory.oidc_providers import (
    AddClientIDToOpenIDConnectProvider,
    CreateOpenIDConnectProvider,
    DeleteOpenIDConnectProvider,
    OidcClientIdAdded,
    OidcClientIdRemoved,
    OidcProvider,
    OidcProviderCreated,
    OidcProviderDeleted,
    OidcThumbprintsReplaced,
    RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint,
    oidc_provider_arn,
    oidc_provider_by_arn,
)
from doorward_directory.quotas import Quotas
from doorward_directory.summary import account_summary
from doorward_directory.tags import OidcProviderTagged
from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from immutables import Map

from tests.unit.directory.world import START, World, oidc_arn_of

URL = "token.actions.example.com/Org"
ARN = oidc_arn_of(URL)
A, B = "a" * 40, "B0" * 20


def create(url: str = f"https://{URL}", **fields: Any) -> CreateOpenIDConnectProvider:
    given = {"client_id_list": (), "thumbprint_list": (), "tags": (), "created_at": START, **fields}
    return CreateOpenIDConnectProvider(url=url, **given)


def add(client_id: str, arn: str = ARN) -> AddClientIDToOpenIDConnectProvider:
    return AddClientIDToOpenIDConnectProvider(open_id_connect_provider_arn=arn, client_id=client_id)


def remove(client_id: str, arn: str = ARN) -> RemoveClientIDFromOpenIDConnectProvider:
    return RemoveClientIDFromOpenIDConnectProvider(open_id_connect_provider_arn=arn, client_id=client_id)


def replace(*thumbprints: str, arn: str = ARN) -> UpdateOpenIDConnectProviderThumbprint:
    return UpdateOpenIDConnectProviderThumbprint(open_id_connect_provider_arn=arn, thumbprint_list=thumbprints)


def delete(arn: str = ARN) -> DeleteOpenIDConnectProvider:
    return DeleteOpenIDConnectProvider(open_id_connect_provider_arn=arn)


def test_a_provider_lives_from_its_creation_to_its_deletion() -> None:
    world = World()

    happened = world.do(
        create(client_id_list=("app", "app"), thumbprint_list=(A, A), tags=(("Team", "ci"), ("team", ""))),
        add("https://sts.example.com"),
        remove("app"),
        replace(B, A),
    )

    assert happened == [
        OidcProviderCreated(provider_url=URL, client_id_list=("app",), thumbprint_list=(A,), created_at=START),
        OidcProviderTagged(provider_url=URL, tags=Map({"Team": "ci", "team": ""})),
        OidcClientIdAdded(provider_url=URL, client="https://sts.example.com"),
        OidcClientIdRemoved(provider_url=URL, client="app"),
        OidcThumbprintsReplaced(provider_url=URL, thumbprint_list=(B, A)),
    ]
    provider = oidc_provider_by_arn(world.state, ARN)
    assert oidc_provider_arn(world.state, provider) == ARN
    assert provider == OidcProvider(
        provider_url=URL,
        client_id_list=("https://sts.example.com",),
        thumbprint_list=(B, A),
        created_at=START,
        tags=Map({"Team": "ci", "team": ""}),
    )
    assert account_summary(world.state, Quotas())["Providers"] == 1
    assert world.do(delete()) == [OidcProviderDeleted(provider_url=URL)]
    with pytest.raises(NoSuchEntity, match=f"OpenIDConnect Provider not found for arn {ARN}"):
        oidc_provider_by_arn(world.state, ARN)


def test_what_changes_nothing_does_not_happen() -> None:
    world = World()
    world.do(create(client_id_list=("app",), thumbprint_list=(A,)))

    assert world.do(add("app"), remove("other"), replace(A), delete(oidc_arn_of("other.example.com"))) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "'url' failed.*greater than or equal to 1"),
        (f"https://{'a' * 248}", "'url' failed.*less than or equal to 255"),
        ("http://example.com", "Invalid Open ID Connect Provider URL"),
        ("HTTPS://example.com", "Invalid Open ID Connect Provider URL"),
        ("example.com", "Invalid Open ID Connect Provider URL"),
        ("https://", "Invalid Open ID Connect Provider URL"),
        ("https:///path", "Invalid Open ID Connect Provider URL"),
        ("https://example.com:8443", "Invalid Open ID Connect Provider URL"),
        ("https://user@example.com", "Invalid Open ID Connect Provider URL"),
        ("https://example.com?tenant=1", "Invalid Open ID Connect Provider URL"),
        ("https://example.com/a?b", "Invalid Open ID Connect Provider URL"),
        ("https://example.com/#a", "Invalid Open ID Connect Provider URL"),
        ("https://example.com/*", "Invalid Open ID Connect Provider URL"),
        ("https://example.com/a b", "Invalid Open ID Connect Provider URL"),
        ("https://example.com/\n", "Invalid Open ID Connect Provider URL"),
        ("https://bücher.example", "Invalid Open ID Connect Provider URL"),
    ],
)
def test_a_url_is_https_with_a_host_and_at_most_a_path(url: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        World().do(create(url))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"client_id_list": ("",)}, "'clientIDList' failed.*greater than or equal to 1"),
        ({"client_id_list": ("c" * 256,)}, "'clientIDList' failed.*less than or equal to 255"),
        ({"client_id_list": ("a\0",)}, "clientIDList is invalid"),
        ({"thumbprint_list": ("a" * 39,)}, "'thumbprintList' failed.*greater than or equal to 40"),
        ({"thumbprint_list": ("a" * 41,)}, "'thumbprintList' failed.*less than or equal to 40"),
        ({"thumbprint_list": ("g" * 40,)}, "hexadecimal"),
        ({"thumbprint_list": tuple(f"{number:040x}" for number in range(6))}, "fewer than 5 entries"),
        ({"tags": (("aws:k", "v"),)}, "reserved"),
    ],
)
def test_what_a_provider_cannot_have_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        World().do(create(**fields))


def test_urls_are_unique_and_their_case_counts() -> None:
    world = World()
    world.do(create(), create(f"https://{URL.lower()}"), create(f"https://{URL}/"))

    with pytest.raises(EntityAlreadyExists, match=f"Provider with url https://{URL} already exists."):
        world.do(create())
    assert len(world.state.oidc_providers) == 3
    with pytest.raises(NoSuchEntity):
        oidc_provider_by_arn(world.state, oidc_arn_of(URL.upper()))


def test_client_ids_thumbprints_and_providers_are_limited() -> None:
    world = World(Quotas(oidc_providers=1))
    world.do(create(client_id_list=tuple(map(str, range(100)))))

    with pytest.raises(LimitExceeded, match="ClientIdsPerOpenIdConnectProvider: 100"):
        world.do(add("one more"))
    with pytest.raises(LimitExceeded, match="ClientIdsPerOpenIdConnectProvider: 100"):
        World().do(create(client_id_list=tuple(map(str, range(101)))))
    with pytest.raises(LimitExceeded, match="OpenIdConnectProvidersPerAccount: 1"):
        world.do(create("https://other.example.com"))
    with pytest.raises(InvalidInput, match="thumbprintList"):
        world.do(replace())


@pytest.mark.parametrize("command", [add("c", arn="X"), remove("c", arn="X"), replace(A, arn="X"), delete(arn="X")])
def test_what_is_no_arn_is_refused(command: Command) -> None:
    with pytest.raises(InvalidInput, match="is not an ARN"):
        World().do(command)


@pytest.mark.parametrize(
    "arn", [ARN.replace("oidc-provider/", ""), ARN.replace("123456789012", "210987654321"), f"{ARN}/", ARN[:-1]]
)
def test_another_arn_means_no_provider_of_the_account(arn: str) -> None:
    world = World()
    world.do(create())

    for command in (add("c", arn=arn), remove("c", arn=arn), replace(A, arn=arn)):
        with pytest.raises(NoSuchEntity):
            world.do(command)
    assert world.do(delete(arn)) == []
