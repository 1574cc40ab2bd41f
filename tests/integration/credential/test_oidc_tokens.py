"""Tokens of a real provider over real TLS: rotated keys, floods, false certificates, servers that misbehave."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from doorward_credential.adapters.oidc_tokens import (
    KEPT_SECONDS,
    LONGEST_PAUSE,
    PAUSE_AFTER_FAILURE,
    PAUSE_SECONDS,
    OidcTokens,
)
from doorward_credential.adapters.provider_web import LONGEST_DOCUMENT, ProviderWeb
from doorward_credential.application.ports import RegisteredProvider, WebIdentity
from doorward_kernel.errors import (
    DoorwardError,
    ExpiredIdentityToken,
    IDPCommunicationError,
    IDPRejectedClaim,
    InvalidIdentityToken,
)

from tests.oidc_provider import RSA_KEY, Answer, Authority, OidcProvider, jwk, serving, unsigned

NOW = 1_500
DISCOVERY = "/.well-known/openid-configuration"
AUTHORITY = Authority()
STRANGER = Authority("a stranger")


@dataclass
class World:
    provider: OidcProvider
    web: ProviderWeb
    tokens: OidcTokens
    registered: RegisteredProvider
    seconds: float = 0.0

    async def verify(self, token: str, now: int = NOW) -> WebIdentity:
        return await self.tokens.verify(token, self.registered, now)


@contextlib.asynccontextmanager
async def a_world(directory: Path, *, authority: Authority = AUTHORITY, **serving_as: Any) -> AsyncIterator[World]:
    async with serving(OidcProvider(), authority.serving(directory, **serving_as)) as provider:
        web = ProviderWeb(trusted=AUTHORITY.trusting(), connect_to=provider.connect_to, seconds=1.0)
        registered = RegisteredProvider(url=provider.url, client_ids=("app", "other-app"), thumbprints=())
        made = World(provider, web, OidcTokens(web, lambda: made.seconds), registered)
        yield made


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def test_a_token_of_the_provider_says_who_its_bearer_is(world: World) -> None:
    token = world.provider.token(amr=["pwd"], exp=2_000)

    identity = await world.verify(token)

    assert world.tokens.issuer(token) == "https://idp.example"
    assert identity == WebIdentity(
        issuer="https://idp.example",
        subject="alice",
        audience="app",
        expires_at=2_000,
        claims={"iss": "https://idp.example", "sub": "alice", "aud": "app", "iat": 1_000, "exp": 2_000, "amr": ["pwd"]},
    )


async def test_keys_are_fetched_once_and_again_when_they_are_old(world: World) -> None:
    for _ in range(3):
        await world.verify(world.provider.token())
    assert world.provider.asked == [DISCOVERY, "/keys"]

    world.seconds += KEPT_SECONDS
    await world.verify(world.provider.token())

    assert world.provider.asked == [DISCOVERY, "/keys"] * 2


async def test_many_at_once_wait_for_one_fetch(world: World) -> None:
    await asyncio.gather(*(world.verify(world.provider.token()) for _ in range(100)))

    assert world.provider.asked == [DISCOVERY, "/keys"]


async def test_a_rotated_key_is_found_and_the_old_one_is_no_longer_believed(world: World) -> None:
    old = world.provider.token()
    await world.verify(old)
    world.provider.keys = {"two": rsa.generate_private_key(65537, 2048)}
    world.seconds += PAUSE_SECONDS

    assert (await world.verify(world.provider.token(kid="two"))).subject == "alice"
    with pytest.raises(InvalidIdentityToken, match="Couldn't retrieve verification key"):
        await world.verify(old)


async def test_a_flood_of_unknown_keys_causes_no_flood_of_fetches(world: World) -> None:
    await world.verify(world.provider.token())

    for minute in range(3):
        world.seconds = 60.0 * minute + PAUSE_SECONDS
        answers = await asyncio.gather(
            *(world.verify(world.provider.token(kid=f"unknown-{n}", key=RSA_KEY)) for n in range(50)),
            return_exceptions=True,
        )
        assert all(isinstance(answer, InvalidIdentityToken) for answer in answers)

    assert len(world.provider.asked) == 2 * (1 + 3)
    assert (await world.verify(world.provider.token())).subject == "alice"


KEYS = {
    "RS256": RSA_KEY,
    "PS512": RSA_KEY,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("alg", KEYS)
async def test_every_common_signature_is_verified(alg: str, world: World) -> None:
    world.provider.keys = {"wrong": RSA_KEY, "one": KEYS[alg]}  # type: ignore[dict-item]

    assert (await world.verify(world.provider.token(alg=alg))).subject == "alice"


async def test_a_token_without_a_key_id_needs_a_provider_with_one_key(world: World) -> None:
    token = world.provider.token(kid=None)

    assert (await world.verify(token)).subject == "alice"
    world.provider.keys = {"one": RSA_KEY, "two": RSA_KEY}
    world.seconds += KEPT_SECONDS
    with pytest.raises(InvalidIdentityToken):
        await world.verify(token)


async def test_signatures_that_prove_nothing_are_refused(world: World) -> None:
    provider = world.provider
    claims = {"iss": "https://idp.example", "sub": "alice", "aud": "app", "iat": 1, "exp": 2_000}
    head, body, signature = provider.token().split(".")
    other_body = provider.token(sub="mallory").split(".")[1]

    for token in (
        unsigned({"alg": "none"}, claims),
        unsigned({"alg": "RS256", "kid": "one"}, claims),
        unsigned({"alg": ["RS256"], "kid": "one"}, claims),
        unsigned({"alg": "RS256", "kid": {}}, claims),
        unsigned({"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}, claims),
        unsigned({"alg": "HS256", "kid": "one"}, claims),
        provider.token(key=rsa.generate_private_key(65537, 2048)),
        provider.token(alg="ES256", key=KEYS["ES256"]),
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.x",
        "",
        "é",
        "a.b.c",
        "x" * 20_001,
        unsigned({"alg": "RS256"}, []),
    ):
        with pytest.raises(InvalidIdentityToken):
            await world.verify(token)


@pytest.mark.filterwarnings("ignore:The RSA key")
async def test_a_weak_key_proves_nothing(world: World) -> None:
    world.provider.keys = {"one": rsa.generate_private_key(65537, 1024)}  # noqa: S505

    with pytest.raises(InvalidIdentityToken):
        await world.verify(world.provider.token())


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"iss": "https://idp.example/"}, InvalidIdentityToken),
        ({"iss": "https://other.example"}, InvalidIdentityToken),
        ({"aud": "stranger"}, InvalidIdentityToken),
        ({"aud": None}, InvalidIdentityToken),
        ({"aud": []}, InvalidIdentityToken),
        ({"aud": {"app": 1}}, InvalidIdentityToken),
        ({"aud": ["app", "stranger"]}, InvalidIdentityToken),
        ({"aud": ["app", "stranger"], "azp": "stranger"}, InvalidIdentityToken),
        ({"aud": "stranger", "azp": "app"}, InvalidIdentityToken),
        ({"sub": ""}, InvalidIdentityToken),
        ({"sub": "x" * 256}, InvalidIdentityToken),
        ({"sub": 7}, InvalidIdentityToken),
        ({"sub": None}, InvalidIdentityToken),
        ({"sub": "a\ud800"}, InvalidIdentityToken),
        ({"name": {"given": ["\udfff"]}}, InvalidIdentityToken),
        ({"exp": None}, InvalidIdentityToken),
        ({"exp": float("nan")}, InvalidIdentityToken),
        ({"exp": 10**400}, InvalidIdentityToken),
        ({"exp": "2000"}, InvalidIdentityToken),
        ({"exp": True}, InvalidIdentityToken),
        ({"iat": None}, InvalidIdentityToken),
        ({"exp": NOW}, ExpiredIdentityToken),
        ({"nbf": NOW + 61}, IDPRejectedClaim),
        ({"iat": NOW + 61}, IDPRejectedClaim),
    ],
    ids=str,
)
async def test_claims_that_do_not_hold_are_refused(
    claims: dict[str, Any], error: type[DoorwardError], world: World
) -> None:
    with pytest.raises(error):
        await world.verify(world.provider.token(**claims))


async def test_a_claim_may_hold_by_a_hair(world: World) -> None:
    token = world.provider.token(exp=NOW + 1, nbf=NOW + 60, iat=NOW + 60)

    assert (await world.verify(token)).expires_at == NOW + 1


async def test_of_several_audiences_the_authorized_party_counts(world: World) -> None:
    token = world.provider.token(aud=["app", "stranger"], azp="other-app")

    assert (await world.verify(token)).audience == "other-app"


async def test_a_provider_may_have_a_path(world: World) -> None:
    world.provider.path = "/realms/main"
    world.registered = replace(world.registered, url="idp.example/realms/main")

    assert (await world.verify(world.provider.token())).issuer == "https://idp.example/realms/main"


# --- certificates ---


async def test_an_unknown_certificate_is_accepted_for_a_registered_thumbprint_alone(tmp_path: Path) -> None:
    async with a_world(tmp_path, authority=STRANGER) as world:
        token = world.provider.token()
        for thumbprints in ((), ("a" * 40,), (AUTHORITY.thumbprint,)):
            world.registered = replace(world.registered, thumbprints=thumbprints)
            with pytest.raises(InvalidIdentityToken, match="doesn't match configured thumbprint"):
                await world.verify(token)

        world.registered = replace(world.registered, thumbprints=("a" * 40, STRANGER.thumbprint.upper()))

        assert (await world.verify(token)).subject == "alice"


async def test_what_one_account_trusts_is_not_believed_for_another(tmp_path: Path) -> None:
    async with a_world(tmp_path, authority=STRANGER) as world:
        trusting = replace(world.registered, thumbprints=(STRANGER.thumbprint,))
        await world.tokens.verify(world.provider.token(), trusting, NOW)

        with pytest.raises(InvalidIdentityToken):
            await world.verify(world.provider.token())


async def test_showing_a_registered_authority_without_being_signed_by_it_is_not_enough(tmp_path: Path) -> None:
    known = Authority("the registered one")
    async with a_world(tmp_path, authority=STRANGER, top=known) as world:
        world.registered = replace(world.registered, thumbprints=(known.thumbprint,))

        with pytest.raises(IDPCommunicationError):
            await world.verify(world.provider.token())
        assert world.provider.asked == []


@pytest.mark.parametrize("authority", [AUTHORITY, STRANGER])
async def test_a_certificate_for_another_host_is_refused(authority: Authority, tmp_path: Path) -> None:
    async with a_world(tmp_path, authority=authority, host="other.example") as world:
        world.registered = replace(world.registered, thumbprints=(authority.thumbprint,))

        with pytest.raises((IDPCommunicationError, InvalidIdentityToken)):
            await world.verify(world.provider.token())
        assert world.provider.asked == []


# --- servers that misbehave ---

BAD_ANSWERS = {
    "hangs": Answer(wait=30.0),
    "redirects": Answer(status="302 Found", headers=("location: https://idp.example/keys",)),
    "fails": Answer(status="500 Internal Server Error"),
    "no JSON": Answer(body=b"<html>"),
    "deep": Answer(body=b"[" * 200_000),
    "huge": Answer(body=b" " * 65536, times=10_000),
    "squeezed": Answer(headers=("content-encoding: gzip",), body=b"\x1f\x8b"),
    "no HTTP": Answer(status="\r\n\r\n"),
}


@pytest.mark.parametrize("path", [DISCOVERY, "/keys"])
@pytest.mark.parametrize("bad", BAD_ANSWERS)
async def test_a_server_that_misbehaves_is_given_up_soon(bad: str, path: str, world: World) -> None:
    world.provider.answers[path] = BAD_ANSWERS[bad]
    began = time.monotonic()

    with pytest.raises(IDPCommunicationError):
        await world.verify(world.provider.token())

    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "document",
    [
        b"[]",
        b"{}",
        b'{"issuer": "https://other.example", "jwks_uri": "https://idp.example/keys"}',
        b'{"issuer": "https://idp.example", "jwks_uri": 7}',
    ],
)
async def test_a_discovery_document_must_be_that_of_the_provider(document: bytes, world: World) -> None:
    world.provider.answers[DISCOVERY] = Answer(body=document)

    with pytest.raises(InvalidIdentityToken):
        await world.verify(world.provider.token())


@pytest.mark.parametrize(
    "where",
    [
        "http://idp.example/keys",
        "https://user@idp.example/keys",
        "file:///etc/passwd",
        "https:///keys",
        "https://127.0.0.1/keys",
        "https://localhost/keys",
        "https://[::1]/keys",
        "https://[::ffff:127.0.0.1]/keys",
        "https://169.254.169.254/latest",
        "https://0.0.0.0/keys",
        "https://2130706433/keys",
        "https://idp.example:99999/keys",
        "https://idp.example\r\nx: y/keys",
    ],
)
async def test_keys_are_not_looked_for_just_anywhere(where: str, world: World) -> None:
    about = {"issuer": "https://idp.example", "jwks_uri": where}
    world.provider.answers[DISCOVERY] = Answer(body=json.dumps(about).encode())

    with pytest.raises(IDPCommunicationError):
        await world.verify(world.provider.token())

    assert world.provider.asked == [DISCOVERY]


@pytest.mark.parametrize("keys", [b"{}", b'{"keys": {}}', b'{"keys": [1, null, {}]}', b'{"keys": [{"kid": "one"}]}'])
async def test_keys_that_are_none_are_not_found(keys: bytes, world: World) -> None:
    world.provider.answers["/keys"] = Answer(body=keys)

    with pytest.raises(InvalidIdentityToken, match="Couldn't retrieve verification key"):
        await world.verify(world.provider.token())


async def test_a_provider_that_fails_is_left_alone_for_a_while_and_longer_each_time(world: World) -> None:
    world.provider.answers[DISCOVERY] = BAD_ANSWERS["fails"]

    for _ in range(2_000):
        with pytest.raises(IDPCommunicationError):
            await world.verify(world.provider.token())
        world.seconds += 1.0
    assert len(world.provider.asked) < 15

    del world.provider.answers[DISCOVERY]
    world.seconds += LONGEST_PAUSE
    assert (await world.verify(world.provider.token())).subject == "alice"


async def test_a_document_may_be_as_long_as_the_limit(world: World) -> None:
    keys = json.dumps({"keys": [jwk(RSA_KEY) | {"kid": "one"}]}).encode()
    world.provider.answers["/keys"] = Answer(body=keys + b" " * (LONGEST_DOCUMENT - len(keys)))

    assert (await world.verify(world.provider.token())).subject == "alice"


async def test_a_host_that_does_not_exist_is_told_as_such() -> None:
    tokens = OidcTokens(ProviderWeb(seconds=3.0))
    nowhere = RegisteredProvider(url="doorward.invalid", client_ids=("app",), thumbprints=())

    with pytest.raises(IDPCommunicationError):
        await tokens.verify(OidcProvider().token(iss="https://doorward.invalid"), nowhere, NOW)


# --- many providers ---


class Failing:
    """A web in which nobody answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, url: str, _thumbprints: Sequence[str]) -> Any:
        self.asked.append(url.split("/")[2])
        raise IDPCommunicationError("nobody answers")


async def test_no_pause_is_forgotten_before_its_end_however_many_providers_there_are() -> None:
    web, seconds = Failing(), 0.0
    tokens = OidcTokens(web, lambda: seconds, most=3)

    async def ask(number: int) -> str:
        url = f"p{number}.example"
        registered = RegisteredProvider(url=url, client_ids=("app",), thumbprints=())
        with pytest.raises(IDPCommunicationError) as refused:
            await tokens.verify(OidcProvider().token(iss=f"https://{url}"), registered, NOW)
        return refused.value.message

    for number in range(3):
        assert await ask(number) == "nobody answers"
    assert "too many identity providers" in await ask(3)
    for number in range(3):
        assert await ask(number) == "nobody answers"
    assert web.asked == ["p0.example", "p1.example", "p2.example"]

    seconds = PAUSE_AFTER_FAILURE
    assert await ask(0) == "nobody answers"
    assert await ask(3) == "nobody answers"
    assert await ask(0) == "nobody answers"
    assert web.asked[3:] == ["p0.example", "p3.example"]
