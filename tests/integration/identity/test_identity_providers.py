"""OIDC and SAML providers, asked over gRPC."""

import pytest
from doorward.identity.v1.tags_pb2 import Tag
from doorward_client import AsyncClient
from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, NoSuchEntity

from tests.unit.directory.world import oidc_arn_of, saml_arn_of, saml_metadata

TAGS = [Tag(key="cost", value=""), Tag(key="team", value="data")]
CI = oidc_arn_of("token.example.com/ci")
OKTA = saml_arn_of("Okta")


async def test_an_oidc_provider_is_created_shown_listed_changed_and_deleted(client: AsyncClient) -> None:
    identity = client.identity
    created = await identity.create_open_id_connect_provider(
        url="https://token.example.com/ci", client_id_list=["app"], thumbprint_list=["a" * 40], tags=TAGS
    )
    await identity.create_open_id_connect_provider(url=f"https://{'z' * 247}")

    assert (created.open_id_connect_provider_arn, list(created.tags)) == (CI, TAGS)
    with pytest.raises(EntityAlreadyExists):
        await identity.create_open_id_connect_provider(url="https://token.example.com/ci")
    first = await identity.list_open_id_connect_providers(max_items=1)
    assert ([each.arn for each in first.open_id_connect_provider_list], first.is_truncated) == ([CI], True)
    rest = await identity.list_open_id_connect_providers(marker=first.marker)
    assert [each.arn for each in rest.open_id_connect_provider_list] == [oidc_arn_of("z" * 247)]

    named = {"open_id_connect_provider_arn": CI}
    await identity.add_client_id_to_open_id_connect_provider(**named, client_id="web")
    await identity.remove_client_id_from_open_id_connect_provider(**named, client_id="app")
    await identity.remove_client_id_from_open_id_connect_provider(**named, client_id="app")
    changed = await identity.update_open_id_connect_provider_thumbprint(**named, thumbprint_list=["b" * 40])

    shown = await identity.get_open_id_connect_provider(**named)
    assert (shown.url, list(shown.client_id_list), list(shown.thumbprint_list), list(shown.tags)) == (
        "token.example.com/ci",
        ["web"],
        ["b" * 40],
        TAGS,
    )
    assert shown.create_date.seconds
    assert (await identity.get_account_summary()).summary_map["Providers"] == 2
    (past,) = (await client.account_at(str(changed.revision))).open_id_connect_providers[:1]
    assert (past.arn, list(past.client_id_list), list(past.tags)) == (CI, ["web"], TAGS)
    about = await identity.list_account_events(entity=CI)
    assert len(about.events) == 5

    await identity.delete_open_id_connect_provider(**named)
    await identity.delete_open_id_connect_provider(**named)
    with pytest.raises(NoSuchEntity, match=f"OpenIDConnect Provider not found for arn {CI}"):
        await identity.get_open_id_connect_provider(**named)


async def test_a_saml_provider_is_created_shown_listed_changed_and_deleted(client: AsyncClient) -> None:
    identity = client.identity
    newer = saml_metadata(' validUntil="2031-01-02T03:04:05Z"')
    created = await identity.create_saml_provider(name="Okta", saml_metadata_document=saml_metadata(), tags=TAGS)
    await identity.create_saml_provider(name="Other", saml_metadata_document=newer)

    assert (created.saml_provider_arn, list(created.tags)) == (OKTA, TAGS)
    with pytest.raises(EntityAlreadyExists):
        await identity.create_saml_provider(name="OKTA", saml_metadata_document=newer)
    with pytest.raises(InvalidInput, match="document type declaration"):
        await identity.update_saml_provider(saml_provider_arn=OKTA, saml_metadata_document=f"<!DOCTYPE x>{newer}")
    first = await identity.list_saml_providers(max_items=1)
    assert ([each.arn for each in first.saml_provider_list], first.is_truncated) == ([OKTA], True)
    (rest,) = (await identity.list_saml_providers(marker=first.marker)).saml_provider_list
    assert (rest.arn, rest.valid_until.ToJsonString()) == (saml_arn_of("Other"), "2031-01-02T03:04:05Z")
    before = await identity.get_saml_provider(saml_provider_arn=OKTA)
    assert (before.saml_metadata_document, before.HasField("valid_until")) == (saml_metadata(), False)

    changed = await identity.update_saml_provider(saml_provider_arn=OKTA, saml_metadata_document=newer)

    shown = await identity.get_saml_provider(saml_provider_arn=OKTA)
    assert (changed.saml_provider_arn, shown.saml_metadata_document, list(shown.tags)) == (OKTA, newer, TAGS)
    assert shown.valid_until.ToJsonString() == "2031-01-02T03:04:05Z"
    assert shown.saml_provider_uuid == before.saml_provider_uuid
    assert shown.saml_provider_uuid.startswith("SAMLSP")
    assert (await identity.get_account_summary()).summary_map["Providers"] == 2
    past = (await client.account_at(str(changed.revision))).saml_providers
    assert [(each.name, each.saml_metadata_document) for each in past] == [("Okta", newer), ("Other", newer)]
    for entity in (OKTA, shown.saml_provider_uuid, "saml-provider/okta"):
        assert len((await identity.list_account_events(entity=entity)).events) == 3

    await identity.delete_saml_provider(saml_provider_arn=OKTA)
    with pytest.raises(NoSuchEntity, match=f"Manifest not found for arn {OKTA}"):
        await identity.get_saml_provider(saml_provider_arn=OKTA)


async def test_a_provider_that_is_sent_again_under_its_token_is_made_once(client: AsyncClient) -> None:
    once = client.with_options(client_token="create-okta").identity

    first, again = [
        await once.create_saml_provider(name="Okta", saml_metadata_document=saml_metadata()) for _ in range(2)
    ]

    assert first == again


async def test_details_of_authorization_leave_providers_out(client: AsyncClient) -> None:
    await client.identity.create_open_id_connect_provider(url="https://token.example.com")
    await client.identity.create_saml_provider(name="Okta", saml_metadata_document=saml_metadata())

    found = await client.identity.get_account_authorization_details()

    assert found == type(found)()
