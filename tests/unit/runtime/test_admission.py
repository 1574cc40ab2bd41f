"""What a session may not call at all is refused before anybody is asked (rules: `doorward_keyring.api_limits`)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from doorward.credential.v1 import sessions_pb2
from doorward.identity.v1 import users_pb2
from doorward_keyring.passport import Passport, PassportKind
from google.protobuf.message import Message

from tests.unit.runtime.passports import ALICE, NOW, SESSION
from tests.unit.runtime.serving import IDENTITY, TEST, Serving, key, passport_of, serving

TOKENS = "doorward.credential.v1.TokenService"
USER = users_pb2.GetUserRequest(user_name="Bob")
WITHOUT_MFA = replace(ALICE, access_key_id="ASIAALICEALICEALICE2", temporary=True)
WITH_MFA = replace(WITHOUT_MFA, mfa_at=NOW - 90)
SIGN_IN = replace(ALICE, access_key_id="", temporary=True)
FEDERATED = replace(WITH_MFA, kind=PassportKind.FEDERATED_USER, name="carol")

CALLS: dict[str, tuple[str, Message]] = {
    "GetUser": (f"/{IDENTITY}/GetUser", USER),
    "GetCallerIdentity": (f"/{TOKENS}/GetCallerIdentity", sessions_pb2.GetCallerIdentityRequest()),
    "GetSessionToken": (f"/{TOKENS}/GetSessionToken", sessions_pb2.GetSessionTokenRequest()),
}


@pytest.fixture
async def server() -> AsyncIterator[Serving]:
    async with serving() as running:
        yield running


@pytest.mark.parametrize(
    ("passport", "api", "text"),
    [
        (WITHOUT_MFA, "GetUser", "Cannot call GetUser with session credentials without MFA"),
        (WITHOUT_MFA, "GetSessionToken", "Cannot call GetSessionToken with session credentials"),
        (WITH_MFA, "GetSessionToken", "Cannot call GetSessionToken with session credentials"),
        (SESSION, "GetSessionToken", "Cannot call GetSessionToken with session credentials"),
        (FEDERATED, "GetUser", "Cannot call GetUser with federated user credentials"),
        (FEDERATED, "GetSessionToken", "Cannot call GetSessionToken with federated user credentials"),
    ],
)
async def test_what_a_session_may_not_call_is_denied_before_anybody_is_asked(
    server: Serving, passport: Passport, api: str, text: str
) -> None:
    answer = await server.call(*CALLS[api], [passport_of(passport)])

    assert answer == f"PERMISSION_DENIED: {text}"
    assert not server.asked.questions
    assert not server.servicer.calls


@pytest.mark.parametrize(
    ("passport", "api"),
    [
        (ALICE, "GetUser"),
        (SIGN_IN, "GetUser"),
        (WITH_MFA, "GetUser"),
        (SESSION, "GetUser"),
        (WITHOUT_MFA, "GetCallerIdentity"),
        (FEDERATED, "GetCallerIdentity"),
    ],
)
async def test_what_a_session_may_call_is_served(server: Serving, passport: Passport, api: str) -> None:
    assert await server.call(*CALLS[api], [passport_of(passport)]) == "OK"

    assert len(server.asked.questions) == (api == "GetUser")


async def test_streams_are_limited_alike(server: Serving) -> None:
    answer = await server.stream(f"/{TEST}/Watch", USER, [passport_of(WITHOUT_MFA)])

    assert answer == "PERMISSION_DENIED: Cannot call GetUser with session credentials without MFA"
    assert await server.stream(f"/{TEST}/Watch", USER, [passport_of(WITH_MFA)]) == "OK 3"


async def test_the_service_key_is_no_session(server: Serving) -> None:
    assert await server.call(*CALLS["GetUser"], [key()]) == "OK"
