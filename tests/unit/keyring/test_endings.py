"""What ends credentials at once: revocations, a principal that is gone, the erasure of all."""

import pytest
from doorward_kernel.errors import AccountIsClosed, InvalidInput
from doorward_kernel.ids import OPERATOR
from doorward_keyring.access_keys import access_keys_of
from doorward_keyring.commands import Command, decide
from doorward_keyring.keyring import EraseSecrets, empty
from doorward_keyring.mfa_devices import mfa_devices_of
from doorward_keyring.principals_gone import ForgetPrincipal, PrincipalForgotten
from doorward_keyring.revocations import SessionsRevoked, is_revoked, revoked_before

from tests.unit.keyring.world import (
    ACCOUNT,
    ALICE,
    BOB,
    EMPTY,
    PHONE,
    START,
    after,
    at,
    codes,
    device,
    enabled,
    key,
    passkey,
    policy,
    profile,
    revoke,
)

FORGET = ForgetPrincipal(principal_id=ALICE)
BOBS = (
    profile(BOB, "p9"),
    key(9, BOB),
    device("tablet", "d9"),
    enabled(PHONE.replace("phone", "tablet"), BOB),
    device("spare", "d8"),
)
ALICES = (profile(), key(1), key(2), device(), enabled(), passkey(), codes(), revoke())
FULL = after(EMPTY, policy(hard_expiry=True), *BOBS, *ALICES)
ERASED = after(FULL, EraseSecrets(erased_at=at(1)))


class TestRevocations:
    @pytest.mark.parametrize(("seconds", "revoked"), [(8, True), (9, True), (10, False)])
    def test_all_of_the_second_of_a_revocation_is_revoked(self, seconds: int, revoked: bool) -> None:
        keyring = after(EMPTY, revoke(9))

        assert is_revoked(keyring, ALICE, int(at(seconds).timestamp())) is revoked

    def test_others_are_not_revoked(self) -> None:
        assert not is_revoked(after(EMPTY, revoke(9)), BOB, int(START.timestamp()))

    def test_a_revocation_moves_ahead_and_never_back(self) -> None:
        keyring = after(EMPTY, revoke(9), revoke(5), revoke(9))

        assert (keyring.version, revoked_before(keyring, ALICE)) == (1, at(9))
        assert decide(keyring, revoke(10)) == [SessionsRevoked(principal_id=ALICE, before=at(10))]

    def test_what_is_up_to_five_minutes_ahead_for_clocks_that_differ_counts_as_now(self) -> None:
        assert revoked_before(after(EMPTY, revoke(300, now=0)), ALICE) == at(0)
        assert decide(after(EMPTY, revoke(0)), revoke(300, now=0)) == []
        with pytest.raises(InvalidInput, match=r"which is more than five minutes ahead$"):
            decide(EMPTY, revoke(301, now=0))


class TestPrincipalForgotten:
    def test_with_a_user_all_its_credentials_go_but_what_was_revoked_stays(self) -> None:
        gone = after(FULL, FORGET)

        assert ALICE not in {*gone.login_profiles, *gone.keys_of, *gone.devices_of, *gone.recovery_codes}
        assert access_keys_of(gone, ALICE) == []
        assert mfa_devices_of(gone, ALICE) == []
        assert is_revoked(gone, ALICE, int(START.timestamp()))

    def test_what_is_others_and_nobody_s_and_the_account_s_stays(self) -> None:
        gone, never = after(FULL, FORGET), after(EMPTY, policy(hard_expiry=True), *BOBS)

        for field in ("login_profiles", "access_keys", "mfa_devices", "keys_of", "devices_of", "virtual_devices"):
            assert getattr(gone, field) == getattr(never, field), field
        assert gone.password_policy == never.password_policy

    def test_the_names_of_its_virtual_devices_are_free_again(self) -> None:
        assert after(FULL, FORGET, device()).mfa_devices[PHONE].principal_id is None

    @pytest.mark.parametrize("held", [profile(), key(1), passkey()], ids=lambda each: type(each).__name__)
    def test_whoever_has_anything_is_forgotten(self, held: Command) -> None:
        assert decide(after(EMPTY, held), FORGET) == [PrincipalForgotten(principal_id=ALICE)]

    def test_whoever_has_nothing_is_no_event(self) -> None:
        assert decide(after(EMPTY, *BOBS, revoke()), FORGET) == []
        assert decide(after(FULL, FORGET), FORGET) == []


class TestSecretsErased:
    def test_nothing_is_left_but_that_it_was_erased(self) -> None:
        for field in (
            "password_policy",
            "login_profiles",
            "access_keys",
            "mfa_devices",
            "recovery_codes",
            "revocations",
            "keys_of",
            "devices_of",
            "virtual_devices",
        ):
            assert not getattr(ERASED, field), field
        assert (ERASED.account_id, ERASED.version, ERASED.erased_at) == (ACCOUNT, FULL.version + 1, at(1))

    def test_an_account_that_has_nothing_is_erased_too(self) -> None:
        assert after(EMPTY, EraseSecrets(erased_at=at(1))).erased_at == at(1)

    @pytest.mark.parametrize("command", [key(5), profile(), device("new"), revoke(99), policy()])
    def test_nothing_comes_after_it(self, command: Command) -> None:
        with pytest.raises(AccountIsClosed, match=f"of account `{ACCOUNT}` were erased for good"):
            decide(ERASED, command)

    @pytest.mark.parametrize("command", [*ALICES, policy(), FORGET, EraseSecrets(erased_at=at(1))])
    def test_the_operator_s_account_has_no_credentials_and_loses_none(self, command: Command) -> None:
        with pytest.raises(InvalidInput, match=f"^`{OPERATOR}` is the operator's own account"):
            decide(empty(OPERATOR), command)

    @pytest.mark.parametrize("command", [EraseSecrets(erased_at=at(2)), FORGET])
    def test_what_it_did_already_is_no_event(self, command: Command) -> None:
        assert decide(ERASED, command) == []
