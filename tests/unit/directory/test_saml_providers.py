"""SAML providers: what may be done with them, and what then has happened."""

from datetime import UTC, datetime

import pytest
from doorward_directory.codec import encode
from doorward_directory.quotas import Quotas
from doorward_directory.saml_metadata import LONGEST_METADATA, valid_until
from doorward_directory.saml_providers import (
    CreateSAMLProvider,
    DeleteSAMLProvider,
    SamlMetadataPut,
    SamlProviderCreated,
    SamlProviderDeleted,
    UpdateSAMLProvider,
    saml_provider_arn,
    saml_provider_by_arn,
)
from doorward_directory.summary import account_summary
from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from doorward_kernel.ids import UniqueId

from tests.unit.directory.world import START, World, saml_arn_of, saml_metadata

PROVIDER_ID = UniqueId("SAMLSPAAAAAAAAAAAAAAAAA")
METADATA = saml_metadata()
UNTIL = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)


def create(name: str = "Okta", document: str = METADATA) -> CreateSAMLProvider:
    return CreateSAMLProvider(
        saml_provider_id=PROVIDER_ID, name=name, saml_metadata_document=document, tags=(), created_at=START
    )


def update(document: str, arn: str = saml_arn_of("Okta")) -> UpdateSAMLProvider:
    return UpdateSAMLProvider(saml_provider_arn=arn, saml_metadata_document=document)


def test_a_provider_lives_from_its_creation_to_its_deletion() -> None:
    world = World()
    newer = saml_metadata(' validUntil="2031-01-02T03:04:05Z"')

    assert world.do(create(), update(newer), update(newer)) == [
        SamlProviderCreated(
            saml_provider_id=PROVIDER_ID, name="Okta", metadata=METADATA, valid_until=None, created_at=START
        ),
        SamlMetadataPut(saml_provider_id=PROVIDER_ID, metadata=newer, valid_until=UNTIL),
    ]
    provider = saml_provider_by_arn(world.state, saml_arn_of("Okta"))
    assert (provider.metadata, provider.valid_until) == (newer, UNTIL)
    assert saml_provider_arn(world.state, provider) == saml_arn_of("Okta")
    assert account_summary(world.state, Quotas())["Providers"] == 1
    delete = DeleteSAMLProvider(saml_provider_arn=saml_arn_of("Okta"))
    assert world.do(delete) == [SamlProviderDeleted(saml_provider_id=PROVIDER_ID)]
    for command in (delete, update(newer)):
        with pytest.raises(NoSuchEntity, match=f"Manifest not found for arn {saml_arn_of('Okta')}"):
            world.do(command)
    world.do(create("OKTA"))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a/b", "a" * 129, "ö"])
def test_a_name_has_letters_digits_and_little_else(name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        World().do(create(name))


def test_names_are_unique_ignoring_case_and_providers_limited() -> None:
    world = World(Quotas(saml_providers=1))
    world.do(create())

    with pytest.raises(EntityAlreadyExists, match="Provider with name OKTA already exists"):
        world.do(create("OKTA"))
    with pytest.raises(LimitExceeded, match="SAMLProvidersPerAccount: 1"):
        world.do(create("other"))
    with pytest.raises(NoSuchEntity):
        saml_provider_by_arn(world.state, saml_arn_of("OKTA"))
    with pytest.raises(InvalidInput, match="is not an ARN"):
        saml_provider_by_arn(world.state, "Okta")


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
EXTERNAL = "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "greater than or equal to 1000"),
        ("<a/>", "greater than or equal to 1000"),
        (saml_metadata(certificate="A" * LONGEST_METADATA), "less than or equal to 131072 bytes"),
        (saml_metadata(certificate="ö" * (LONGEST_METADATA // 2)), "less than or equal to 131072 bytes"),
        ("x" * 1000, "is not XML"),
        (METADATA[:-30], "is not XML"),
        (METADATA.replace("MIID", "<a>" * 10_000, 1), "is not XML"),
        (METADATA + "<more/>", "is not XML"),
        (METADATA.replace("https", "&undefined;"), "is not XML"),
        (METADATA.replace("MIID", "\0", 1), "is not XML"),
        (METADATA.replace("MIID", "\ud800", 1), "is not XML"),
        ("\ufeff" + METADATA, "byte order mark"),
        (BOMB + METADATA.replace("MIID", "&b;", 1), "document type declaration"),
        (EXTERNAL + METADATA, "document type declaration"),
        (METADATA.replace("EntityDescriptor", "EntitiesDescriptor"), "its root is no EntityDescriptor"),
        (METADATA.replace("SAML:2.0:metadata", "SAML:1.1:metadata"), "its root is no EntityDescriptor"),
        (METADATA.replace("entityID", "ID"), "no entityID"),
        (METADATA.replace("IDPSSODescriptor", "SPSSODescriptor"), "no IDPSSODescriptor"),
        (METADATA.replace("X509Certificate", "X509SubjectName"), "no IDPSSODescriptor with an X509Certificate"),
        (saml_metadata(certificate=" " * 1000), "no IDPSSODescriptor with an X509Certificate"),
        (saml_metadata(use=' use="encryption"'), "no IDPSSODescriptor with an X509Certificate"),
    ],
)
def test_what_is_no_metadata_of_an_identity_provider_is_refused(document: str, words: str) -> None:
    world = World()
    world.do(create("Other"))

    for command in (create(document=document), update(document, saml_arn_of("Other"))):
        with pytest.raises(InvalidInput, match=words):
            world.do(command)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-01-02T03:04:05Z", UNTIL),
        ("2031-01-02T03:04:05", UNTIL),
        (" 2031-01-02T05:04:05.000+02:00 ", UNTIL),
        ("2031-01-02T03:04:05.1234567Z", UNTIL.replace(microsecond=123456)),
        ("20310102T030405Z", None),
        ("2031-01-02", None),
        ("2031-02-30T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_the_metadata_says_until_when_it_is_valid(text: str, expected: datetime | None) -> None:
    document = saml_metadata(f' validUntil="{text}"')

    if expected is None:
        with pytest.raises(InvalidInput, match="its validUntil is no time"):
            valid_until(document)
    else:
        assert valid_until(document) == expected


@pytest.mark.parametrize("filling", ['"', "ö", "大", "\U0001f511", "\n"])
def test_metadata_that_is_accepted_fits_into_an_event(filling: str) -> None:
    space = LONGEST_METADATA - len(saml_metadata(certificate="MIID").encode())
    document = saml_metadata(certificate="MIID" + filling * (space // len(filling.encode())))

    (created,) = World().do(create(document=document))

    assert len(encode(created).payload) < 448 * 1024


@pytest.mark.parametrize("declaration", ['<?xml version="1.0"?>\n', '<?xml version="1.0" encoding="UTF-16"?>'])
@pytest.mark.parametrize("use", ["", ' use="signing"'])
def test_a_declaration_and_a_key_of_any_use_are_accepted(declaration: str, use: str) -> None:
    assert valid_until(declaration + saml_metadata(use=use)) is None
