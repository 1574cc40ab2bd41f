"""Whether a passport still holds, and what it says when it does not."""

from dataclasses import replace

import pytest
from doorward_keyring.access_keys import AccessKeyStatus, DeleteAccessKey
from doorward_keyring.commands import Command
from doorward_keyring.keyring import EraseSecrets
from doorward_keyring.passport import Passport
from doorward_keyring.principals_gone import ForgetPrincipal
from doorward_keyring.validity import refusal

from tests.unit.keyring.passports import FEDERATED, KEY, ROLE, ROOT, ROOT_SESSION, SESSION_TOKEN, SIGN_IN
from tests.unit.keyring.world import ACCOUNT, ALICE, BOB, EMPTY, START, after, key, revoke, status

WITH_KEYS = after(EMPTY, key(1), key(2, ACCOUNT))
OFF, ON = status(AccessKeyStatus.INACTIVE), status(AccessKeyStatus.ACTIVE)
DELETED = DeleteAccessKey(access_key_id=KEY.access_key_id, principal_id=ALICE)
FORGOTTEN, ERASURE = ForgetPrincipal(principal_id=ALICE), EraseSecrets(erased_at=START)

UNKNOWN = f"there is no access key `{KEY.access_key_id}`"
INACTIVE = f"the access key `{KEY.access_key_id}` is inactive"
REVOKED = "the sessions of that time were revoked"
ERASED = "all credentials of the account were erased"


@pytest.mark.parametrize(
    ("passport", "commands", "reason"),
    [
        (KEY, [], None),
        (KEY, [OFF], INACTIVE),
        (KEY, [OFF, ON], None),
        (KEY, [status(AccessKeyStatus.INACTIVE, 2, ACCOUNT)], None),
        (KEY, [DELETED], UNKNOWN),
        (KEY, [FORGOTTEN], UNKNOWN),
        (replace(KEY, principal_id=BOB), [], UNKNOWN),
        (replace(ROOT, access_key_id=KEY.access_key_id), [], UNKNOWN),
        (ROOT, [OFF], None),
        (KEY, [revoke(), OFF], INACTIVE),
        (KEY, [ERASURE], ERASED),
    ],
)
def test_a_long_term_key_must_be_there_active_and_its_principal_s(
    passport: Passport, commands: list[Command], reason: str | None
) -> None:
    assert refusal(after(WITH_KEYS, *commands), passport) == reason


@pytest.mark.parametrize(("passport", "principal_id"), [(KEY, ALICE), (ROOT, ACCOUNT)], ids=["user", "root"])
def test_a_revocation_of_sessions_does_not_touch_a_long_term_key(passport: Passport, principal_id: str) -> None:
    assert refusal(after(WITH_KEYS, revoke(60, principal_id=principal_id)), passport) is None


@pytest.mark.parametrize("passport", [SIGN_IN, SESSION_TOKEN, FEDERATED], ids=["sign-in", "token", "fed"])
def test_what_was_authenticated_until_a_revocation_is_refused_and_later_is_not(passport: Passport) -> None:
    later = replace(passport, authenticated_at=passport.authenticated_at + 1)

    assert refusal(after(WITH_KEYS, revoke()), passport) == REVOKED
    assert refusal(after(WITH_KEYS, revoke()), later) is None
    assert refusal(after(WITH_KEYS, revoke(-1)), passport) is None
    assert refusal(after(WITH_KEYS, revoke(principal_id=BOB)), passport) is None


def test_sessions_of_a_role_end_with_a_revocation_of_the_role() -> None:
    assert refusal(after(WITH_KEYS, revoke(principal_id=ROLE.principal_id)), ROLE) == REVOKED
    assert refusal(after(WITH_KEYS, revoke()), ROLE) is None


def test_sessions_of_the_root_user_end_with_a_revocation() -> None:
    assert refusal(after(WITH_KEYS, revoke(principal_id=ACCOUNT)), ROOT_SESSION) == REVOKED


@pytest.mark.parametrize("passport", [SIGN_IN, SESSION_TOKEN, FEDERATED, ROLE, ROOT_SESSION])
def test_sessions_do_not_hang_on_a_long_term_key_but_end_with_the_account(passport: Passport) -> None:
    assert refusal(after(WITH_KEYS, OFF), passport) is None
    assert refusal(after(WITH_KEYS, ERASURE), passport) == ERASED


def test_without_any_event_only_sessions_hold() -> None:
    assert refusal(None, KEY) == UNKNOWN
    assert refusal(None, SIGN_IN) is None
    assert refusal(None, SESSION_TOKEN) is None
