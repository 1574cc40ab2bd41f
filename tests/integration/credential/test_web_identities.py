"""A role for whom a registered OpenID Connect provider vouches: the provider is real, over TLS."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from doorward_credential.adapters.oidc_tokens import OidcTokens
from doorward_credential.adapters.provider_web import ProviderWeb
from doorward_credential.application.key_rotation import KeyInUse
from doorward_credential.application.minting import Mint
from doorward_credential.application.passports import Passports
from doorward_credential.application.permissions import Context, Verdict
from doorward_credential.application.sealed_tokens import SealedTokens
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.session_limits import SessionPolicies
from doorward_credential.application.sessions import Sessions
from doorward_credential.application.web_identities import AssumeRoleWithWebIdentity, WebIdentities
from doorward_directory.oidc_providers import CreateOpenIDConnectProvider
from doorward_directory.roles import CreateRole
from doorward_kernel.errors import AccessDenied, DoorwardError, InvalidIdentityToken, InvalidInput
from doorward_kernel.ids import ROLE_PREFIX
from doorward_keyring.passport import Passport, PassportKind

from tests.oidc_provider import Authority, OidcProvider, serving
from tests.unit.credential.held import people_of
from tests.unit.credential.parts import stored_secrets
from tests.unit.directory.world import ACCOUNT, START, World

AUTHORITY = Authority()
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"


@dataclass
class Judge:
    """Decisions as a test wants them; remembers what it was asked."""

    verdict: Verdict = Verdict.ALLOWED
    asked: list[tuple[str, str, str, Context]] = field(default_factory=list)

    async def of_passport(self, _passport: str, _action: str, _resource: str, _context: Context) -> Verdict:
        raise AssertionError("nobody has a passport here")

    async def of_principal(self, principal: str, action: str, resource: str, context: Context) -> Verdict:
        self.asked.append((principal, action, resource, context))
        return self.verdict


@dataclass
class Scene:
    provider: OidcProvider
    judge: Judge
    identities: WebIdentities
    passports: Passports

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        fields: dict[str, Any] = {"iat": now, "exp": now + 300, **claims}
        return self.provider.token(**fields)

    async def assume(self, token: str, **fields: object) -> Passport:
        asked = {"role_arn": ROLE, "role_session_name": "ci", "duration_seconds": None, **fields}
        issued, _, _ = await self.identities.assume_role(
            AssumeRoleWithWebIdentity(web_identity_token=token, policies=SessionPolicies(), **asked)  # type: ignore[arg-type]
        )
        return (await self.passports.session(issued.credentials.session_token)).passport


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with serving(OidcProvider(), AUTHORITY.serving(tmp_path)) as provider:
        world = World()
        world.do(
            CreateOpenIDConnectProvider(
                url=f"https://{provider.url}", client_id_list=["app"], thumbprint_list=[], tags=(), created_at=START
            ),
            CreateRole(
                role_id=world.new_id(ROLE_PREFIX),
                role_name="deploy",
                path="/",
                description="",
                max_session_duration=3600,
                assume_role_policy_document='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":'
                '"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"accounts.google.com"}}}',
                permissions_boundary=None,
                tags=(),
                foreign={},
                created_at=START,
            ),
        )
        judge, mint, stored = Judge(), Mint(), await stored_secrets()
        keys = [ServiceKeys(kind, stored, time.time, overlap=1000) for kind in ("passport-key", "token-key")]
        for each in keys:
            await each.open()
        passports = Passports(KeyInUse(keys[0]), SealedTokens(keys[1]), mint)
        people = people_of(world.state)
        sessions = Sessions(None, people, judge, None, passports, mint)  # type: ignore[arg-type]
        web = ProviderWeb(trusted=AUTHORITY.trusting(), connect_to=provider.connect_to)
        yield Scene(provider, judge, WebIdentities(people, judge, OidcTokens(web), sessions, mint), passports)


async def test_the_bearer_of_a_token_gets_a_session_of_the_role(scene: Scene) -> None:
    passport = await scene.assume(scene.token(sub="repo:example/app", aud="app"))

    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{scene.provider.url}"
    assert (passport.kind, passport.name) == (PassportKind.ROLE_SESSION, "ci")
    assert passport.limits.federated_provider == provider
    ((principal, action, resource, context),) = scene.judge.asked
    assert (principal, action, resource) == (provider, "sts:AssumeRoleWithWebIdentity", ROLE)
    assert context[f"{scene.provider.url}:sub"] == "repo:example/app"
    assert context[f"{scene.provider.url}:aud"] == "app"


async def test_a_trust_policy_that_does_not_let_in_denies(scene: Scene) -> None:
    scene.judge.verdict = Verdict.NOT_ALLOWED

    with pytest.raises(AccessDenied, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        await scene.assume(scene.token(sub="x", aud="app"))


@pytest.mark.parametrize(
    ("claims", "fields", "error"),
    [
        ({"aud": "other"}, {}, InvalidIdentityToken),
        ({"iss": "https://evil.example"}, {}, InvalidIdentityToken),
        ({"exp": 1}, {}, DoorwardError),
        ({}, {"role_session_name": "x"}, InvalidInput),
        ({}, {"duration_seconds": 3601}, InvalidInput),
        ({}, {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/nothing"}, AccessDenied),
        ({}, {"role_arn": "arn:aws:iam::999999999999:role/deploy"}, InvalidIdentityToken),
        ({"sub": "\ud800"}, {}, InvalidIdentityToken),
        ({}, {"role_arn": f"arn:aws:iam::{ACCOUNT}:user/deploy"}, InvalidInput),
    ],
)
async def test_whatever_is_wrong_nobody_is_asked_for_a_session(
    scene: Scene, claims: dict[str, object], fields: dict[str, object], error: type[DoorwardError]
) -> None:
    with pytest.raises(error):
        await scene.assume(scene.token(**{"sub": "x", "aud": "app", **claims}), **fields)


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://evil.example"}, {"exp": 1}, {"aud": "other"}, {"key": rsa.generate_private_key(65537, 2048)}],
    ids=("of nobody's", "expired", "for another client", "forged"),
)
async def test_who_has_no_good_token_is_not_told_which_roles_there_are(scene: Scene, claims: dict[str, Any]) -> None:
    token = scene.token(**{"sub": "x", "aud": "app", **claims})

    told = []
    for role in (ROLE, f"arn:aws:iam::{ACCOUNT}:role/nothing"):
        with pytest.raises(DoorwardError) as refused:
            await scene.assume(token, role_arn=role)
        told.append((type(refused.value), refused.value.message))

    assert told[0] == told[1]
    assert told[0][0] is not AccessDenied
    assert not scene.judge.asked


async def test_a_role_that_does_not_trust_is_denied_like_one_that_is_not_there(scene: Scene) -> None:
    scene.judge.verdict = Verdict.NOT_ALLOWED
    token = scene.token(sub="x", aud="app")

    told = []
    for role in (ROLE, f"arn:aws:iam::{ACCOUNT}:role/nothing"):
        with pytest.raises(AccessDenied) as refused:
            await scene.assume(token, role_arn=role)
        told.append(refused.value.message)

    assert told[0] == told[1]
