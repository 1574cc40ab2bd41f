"""Signing in by the SDK: what is sent, what is asked for, and passports that renew themselves."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from doorward.credential.v1 import authentication_pb2 as pb
from doorward_client import AsyncClient, Client, NewPasswordNeeded, SecondFactorNeeded
from doorward_kernel.errors import AuthenticationFailed, InternalFailure, InvalidInput, Unauthenticated, Unavailable

from tests.unit.client.tiny import ACCOUNT, KEY, Tiny
from tests.unit.client.tiny_credentials import ALICE, CODE, PASSWORD, RECOVERY_CODE

ALICE_S = {"account": ACCOUNT, "user_name": "alice", "password": PASSWORD}


@pytest.fixture
def client(tiny: Tiny) -> Iterator[Client]:
    with Client(identity=tiny.address, credential=tiny.address, service_key=KEY, account="999999999999") as made:
        yield made


@pytest.fixture
async def asynchronous(tiny: Tiny) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(identity=tiny.address, credential=tiny.address, service_key=KEY) as made:
        yield made


def shown(tiny: Tiny) -> str | None:
    """What the last call said about who makes it."""
    metadata = tiny.seen[-1][2]
    assert "x-doorward-service-key" not in metadata
    assert "x-doorward-account" not in metadata
    return metadata.get("authorization")


def renewals(tiny: Tiny) -> int:
    return sum(name == "RenewPassport" for name, _, _ in tiny.seen)


def test_whoever_signs_in_calls_with_a_passport_and_nothing_else(client: Client, tiny: Tiny) -> None:
    alice = client.sign_in(**ALICE_S)
    assert shown(tiny) is None

    alice.identity.create_user(user_name="bob")

    assert shown(tiny) == "Bearer passport-0"
    assert alice.session is not None
    assert (alice.session.arn, alice.session.account, alice.account) == (ALICE, ACCOUNT, ACCOUNT)
    assert renewals(tiny) == 0


def test_the_client_that_signed_in_somebody_stays_what_it_was(client: Client, tiny: Tiny) -> None:
    client.sign_in(**ALICE_S)

    client.identity.create_user(user_name="bob")

    assert client.session is None
    assert tiny.seen[-1][2]["x-doorward-service-key"] == KEY


def test_a_root_user_signs_in_by_e_mail(client: Client, tiny: Tiny) -> None:
    client.sign_in_root(email="root@example.com", password=PASSWORD, mfa_code=CODE)

    request = tiny.seen[-1][1]
    assert (request.email, request.account, request.user_name) == ("root@example.com", "", "")
    assert request.mfa_code == CODE


def test_a_wrong_password_is_an_error(client: Client) -> None:
    with pytest.raises(AuthenticationFailed):
        client.sign_in(account=ACCOUNT, user_name="alice", password="wrong")


def test_other_options_stay_those_of_the_session_until_another_caller_is_named(client: Client, tiny: Tiny) -> None:
    alice = client.sign_in(**ALICE_S).with_options(reason="onboarding")

    alice.identity.create_user(user_name="bob")
    assert tiny.seen[-1][2]["authorization"] == "Bearer passport-0"
    assert tiny.seen[-1][2]["x-doorward-reason"] == "onboarding"
    alice.with_options(passport="other").identity.create_user(user_name="bob")
    assert tiny.seen[-1][2]["authorization"] == "Bearer other"
    alice.with_options(service_key=KEY).identity.create_user(user_name="bob")

    assert "authorization" not in tiny.seen[-1][2]


def test_a_second_factor_is_asked_for_and_shown(client: Client, tiny: Tiny) -> None:
    tiny.credential.asks = [pb.NEED_SECOND_FACTOR]
    tiny.credential.factors = ["totp", "passkey"]

    with pytest.raises(SecondFactorNeeded) as asked:
        client.sign_in(**ALICE_S)
    alice = client.complete_sign_in(asked.value.challenge, code=CODE)

    assert asked.value.factors == ("totp", "passkey")
    assert asked.value.passkey_options == '{"challenge":"AA"}'
    assert tiny.seen[-1][1].challenge == "challenge"
    assert alice.account == ACCOUNT


def test_what_a_sign_in_needs_is_told_one_after_the_other(client: Client, tiny: Tiny) -> None:
    tiny.credential.asks = [pb.NEED_SECOND_FACTOR, pb.NEED_NEW_PASSWORD]

    with pytest.raises(SecondFactorNeeded) as first:
        client.sign_in(**ALICE_S)
    with pytest.raises(NewPasswordNeeded) as second:
        client.complete_sign_in(first.value.challenge, recovery_code=RECOVERY_CODE)
    alice = client.change_expired_password(second.value.challenge, "Another-horse-9")

    assert tiny.seen[-1][1].new_password == "Another-horse-9"
    assert alice.account == ACCOUNT


@pytest.mark.parametrize("shown", [{}, {"code": "1", "recovery_code": "2"}])
def test_one_factor_is_shown_at_a_time(client: Client, shown: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="one factor"):
        client.complete_sign_in("challenge", **shown)


def test_a_need_that_is_not_known_is_an_error(client: Client, tiny: Tiny) -> None:
    tiny.credential.asks = [pb.NEED_UNSPECIFIED]

    with pytest.raises(InternalFailure, match="unknown need"):
        client.sign_in(**ALICE_S)


def test_secrets_are_not_shown_when_things_are_printed(client: Client) -> None:
    alice = client.sign_in(**ALICE_S)

    for told in (SecondFactorNeeded("a-secret", ("totp",), ""), NewPasswordNeeded("a-secret")):
        assert "a-secret" not in repr(told) + str(told)
    assert "session-token" not in repr(alice.session) + repr(alice._options)
    assert "passport-0" not in repr(alice.session) + repr(alice._options) + repr(vars(alice.session))


def test_a_passport_is_renewed_before_it_ends(client: Client, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = client.sign_in(**ALICE_S)
    began = time.time()
    now = [began]
    monkeypatch.setattr("doorward_client.sessions.time.time", lambda: now[0])

    now[0] = began + 265
    alice.identity.create_user(user_name="bob")
    assert renewals(tiny) == 0
    now[0] = began + 275
    alice.identity.create_user(user_name="bob")

    assert renewals(tiny) == 1
    assert shown(tiny) == "Bearer passport-1"


def test_a_renewal_shows_the_session_and_nothing_else(client: Client, tiny: Tiny) -> None:
    tiny.credential.passport_life = 0
    alice = client.with_options(reason="why", client_token="once").sign_in(**ALICE_S)

    alice.identity.create_user(user_name="bob")

    ((request, metadata),) = [(each, with_it) for name, each, with_it in tiny.seen if name == "RenewPassport"]
    assert request.session == "session-token"
    assert not {"authorization", "x-doorward-service-key", "x-doorward-reason", "x-client-token"} & set(metadata)


def test_threads_share_one_renewal(client: Client, tiny: Tiny) -> None:
    tiny.credential.passport_life = 0
    alice = client.sign_in(**ALICE_S)
    tiny.credential.passport_life, tiny.credential.renewal_pause = 300, 0.2

    threads = [threading.Thread(target=alice.identity.create_user, kwargs={"user_name": "b"}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert renewals(tiny) == 1
    assert {m["authorization"] for name, _, m in tiny.seen if name == "CreateUser"} == {"Bearer passport-1"}


def test_clients_of_one_session_share_its_renewals(client: Client, tiny: Tiny) -> None:
    tiny.credential.passport_life = 0
    alice = client.sign_in(**ALICE_S)
    tiny.credential.passport_life = 300

    alice.with_options(reason="why").identity.create_user(user_name="b")
    alice.identity.create_user(user_name="c")

    assert renewals(tiny) == 1


def test_a_session_that_was_revoked_is_refused_at_its_next_renewal(client: Client, tiny: Tiny) -> None:
    tiny.credential.passport_life = 0
    alice = client.sign_in(**ALICE_S)
    tiny.credential.revoked = True

    with pytest.raises(Unauthenticated):
        alice.identity.create_user(user_name="bob")
    assert client.sign_in(**ALICE_S).account == ACCOUNT


def test_a_passport_that_cannot_be_renewed_is_used_until_its_end(client: Client, tiny: Tiny) -> None:
    tiny.credential.passport_life = 1.0
    alice = client.sign_in(**ALICE_S)
    assert alice.session is not None
    tiny.credential.away = True
    moment = alice.session._held.renew_at

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("doorward_client.sessions.time.time", lambda: moment + 0.1)
        alice.identity.create_user(user_name="bob")
        assert (renewals(tiny), shown(tiny)) == (1, "Bearer passport-0")
        patch.setattr("doorward_client.sessions.time.time", lambda: moment + 2)
        with pytest.raises(Unavailable):
            alice.identity.create_user(user_name="bob")


def test_somebody_who_signed_in_can_sign_in_as_another(client: Client, tiny: Tiny) -> None:
    tiny.credential.passport_life = 0
    alice = client.sign_in(**ALICE_S)
    tiny.credential.revoked = True

    assert alice.sign_in(**ALICE_S).account == ACCOUNT


def test_a_session_goes_on_by_its_token(client: Client, tiny: Tiny) -> None:
    alice = client.resumed("session-token")
    alice.identity.create_user(user_name="bob")

    assert shown(tiny) == "Bearer passport-1"
    assert alice.session is not None
    assert alice.session.arn == ALICE
    tiny.credential.revoked = True
    with pytest.raises(Unauthenticated):
        client.resumed("session-token")


def test_the_log_is_read_with_the_session_s_passport(client: Client, tiny: Tiny) -> None:
    assert list(client.sign_in(**ALICE_S).events()) == []

    assert shown(tiny) == "Bearer passport-0"


async def test_all_of_it_is_awaited_too(asynchronous: AsyncClient, tiny: Tiny) -> None:
    tiny.credential.asks = [pb.NEED_SECOND_FACTOR, pb.NEED_NEW_PASSWORD]

    with pytest.raises(SecondFactorNeeded) as first:
        await asynchronous.sign_in(**ALICE_S)
    with pytest.raises(NewPasswordNeeded) as second:
        await asynchronous.complete_sign_in(first.value.challenge, passkey_assertion="{}")
    alice = await asynchronous.change_expired_password(second.value.challenge, "Another-horse-9")
    await alice.identity.create_user(user_name="bob")
    assert shown(tiny) == "Bearer passport-0"
    assert [event async for event in alice.events()] == []
    assert shown(tiny) == "Bearer passport-0"
    root = await asynchronous.sign_in_root(email="root@example.com", password=PASSWORD)

    assert root.account == ACCOUNT


async def test_tasks_share_one_renewal(asynchronous: AsyncClient, tiny: Tiny) -> None:
    tiny.credential.passport_life = 0
    alice = await asynchronous.resumed("session-token")
    tiny.credential.passport_life, tiny.credential.renewal_pause = 300, 0.2

    await asyncio.gather(*(alice.identity.create_user(user_name="b") for _ in range(8)))

    assert renewals(tiny) == 2
    assert {m["authorization"] for name, _, m in tiny.seen if name == "CreateUser"} == {"Bearer passport-2"}


async def test_a_passport_that_cannot_be_renewed_is_used_to_its_end_in_a_loop_too(
    asynchronous: AsyncClient, tiny: Tiny
) -> None:
    tiny.credential.passport_life = 3.0
    alice = await asynchronous.sign_in(**ALICE_S)
    assert alice.session is not None
    tiny.credential.away = True
    moment = alice.session._held.renew_at

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("doorward_client.sessions.time.time", lambda: moment + 0.1)
        await alice.identity.create_user(user_name="bob")
        patch.setattr("doorward_client.sessions.time.time", lambda: moment + 5)
        with pytest.raises(Unavailable):
            await alice.identity.create_user(user_name="bob")
