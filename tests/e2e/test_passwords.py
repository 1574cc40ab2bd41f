"""Passwords and sign-ins, on real parts (IAM user guide, "Managing user passwords")."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from doorward_kernel.errors import (
    AccessDenied,
    AuthenticationFailed,
    NoSuchEntity,
    PasswordPolicyViolation,
    Throttling,
    Unauthenticated,
)

from tests.e2e.people import PASSWORD, People, refused


class TestPasswords:
    def test_a_user_has_neither_password_nor_key_when_created(self, somebody: People) -> None:
        somebody.operator.identity.create_user(user_name="bob")

        with refused(NoSuchEntity, "Login Profile for User bob cannot be found."):
            somebody.operator.credentials.get_login_profile(user_name="bob")
        assert not somebody.operator.credentials.list_access_keys(user_name="bob").access_key_metadata
        with refused(AuthenticationFailed):
            somebody.sign_in("bob", "anything")

    def test_unknown_and_wrong_look_alike(self, somebody: People) -> None:
        told = set()
        for account, user in ((somebody.account, "alice"), (somebody.account, "nobody"), ("999999999999", "alice")):
            with pytest.raises(AuthenticationFailed) as error:
                somebody.operator.authentication.sign_in(account=account, user_name=user, password="wrong")
            told.add(error.value.message)

        assert len(told) == 1

    def test_an_alias_stands_for_the_account(self, somebody: People) -> None:
        alias = f"corp-{somebody.account}"
        somebody.operator.identity.create_account_alias(account_alias=alias)

        answer = somebody.operator.authentication.sign_in(account=alias, user_name="ALICE", password=PASSWORD)

        assert answer.signed_in.arn == somebody.alice

    def test_the_root_user_signs_in_by_e_mail_ignoring_case(self, somebody: People) -> None:
        email = f"root-{somebody.account}@example.com"
        somebody.operator.identity.update_root_email(email=email)
        somebody.operator.credentials.set_root_password(password="Root-password-1")

        answer = somebody.operator.authentication.sign_in(email=email.upper(), password="Root-password-1")

        assert answer.signed_in.arn == f"arn:aws:iam::{somebody.account}:root"
        root = somebody.bearing(answer.signed_in.passport)
        assert root.tokens.get_caller_identity().user_id == somebody.account
        assert root.identity.list_users().users[0].user_name == "alice"

    def test_an_own_policy_binds_new_passwords_and_not_those_there_are(self, somebody: People) -> None:
        credentials = somebody.operator.credentials
        with refused(NoSuchEntity, "The Password Policy with domain name"):
            credentials.get_account_password_policy()
        credentials.update_account_password_policy(minimum_password_length=20, password_reuse_prevention=2)

        somebody.sign_in()
        with refused(PasswordPolicyViolation):
            credentials.update_login_profile(user_name="alice", password="Short-password-1")
        credentials.update_login_profile(user_name="alice", password="A-much-longer-password-1")
        credentials.update_login_profile(user_name="alice", password="A-much-longer-password-2")
        with refused(PasswordPolicyViolation):
            credentials.update_login_profile(user_name="alice", password="A-much-longer-password-1")
        somebody.sign_in(password="A-much-longer-password-2")

    def test_users_change_their_password_when_policy_or_permission_lets_them(self, somebody: People) -> None:
        somebody.operator.identity.create_user(user_name="bob")
        somebody.operator.credentials.create_login_profile(user_name="bob", password="Bobs-password-1")
        bob = somebody.bearing(somebody.sign_in("bob", "Bobs-password-1")).credentials
        with refused(AccessDenied, "iam:ChangePassword"):
            bob.change_password(old_password="Bobs-password-1", new_password="Bobs-password-2")
        somebody.operator.credentials.update_account_password_policy(allow_users_to_change_password=True)

        with refused(AccessDenied, "The old password was incorrect."):
            bob.change_password(old_password="wrong", new_password="Bobs-password-2")
        bob.change_password(old_password="Bobs-password-1", new_password="Bobs-password-2")

        somebody.sign_in("bob", "Bobs-password-2")
        with refused(AuthenticationFailed):
            somebody.sign_in("bob", "Bobs-password-1")

    def test_a_password_that_must_be_reset_is_changed_before_anything_else(self, somebody: People) -> None:
        somebody.operator.credentials.update_login_profile(user_name="alice", password_reset_required=True)

        asked = somebody.operator.authentication.sign_in(
            account=somebody.account, user_name="alice", password=PASSWORD
        ).challenge
        with refused(PasswordPolicyViolation):
            somebody.operator.authentication.change_expired_password(challenge=asked.challenge, new_password="x")
        done = somebody.operator.authentication.change_expired_password(
            challenge=asked.challenge, new_password="Another-horse-9"
        )

        assert done.signed_in.arn == somebody.alice
        somebody.sign_in(password="Another-horse-9")
        with refused(AuthenticationFailed):
            somebody.operator.authentication.change_expired_password(
                challenge=asked.challenge, new_password="Third-horse-99"
            )

    def test_what_began_with_a_password_ends_when_that_is_another_one(self, somebody: People) -> None:
        credentials, authentication = somebody.operator.credentials, somebody.operator.authentication
        credentials.update_login_profile(user_name="alice", password_reset_required=True)
        asked = authentication.sign_in(account=somebody.account, user_name="alice", password=PASSWORD).challenge

        credentials.update_login_profile(user_name="alice", password="Set-by-others-1")

        with refused(AuthenticationFailed):
            authentication.change_expired_password(challenge=asked.challenge, new_password="Mine-again-99")
        somebody.operator.credentials.update_login_profile(user_name="alice", password_reset_required=False)
        somebody.sign_in(password="Set-by-others-1")

    def test_what_began_before_a_revocation_ends_with_it(self, somebody: People) -> None:
        credentials, authentication = somebody.operator.credentials, somebody.operator.authentication
        credentials.update_login_profile(user_name="alice", password_reset_required=True)
        asked = authentication.sign_in(account=somebody.account, user_name="alice", password=PASSWORD).challenge

        credentials.revoke_sessions(user_name="alice")

        with refused(AuthenticationFailed):
            authentication.change_expired_password(challenge=asked.challenge, new_password="Mine-again-99")

    def test_one_challenge_changes_one_password_however_often_it_is_shown_at_once(self, somebody: People) -> None:
        somebody.operator.credentials.update_login_profile(user_name="alice", password_reset_required=True)
        authentication = somebody.operator.authentication
        asked = authentication.sign_in(account=somebody.account, user_name="alice", password=PASSWORD).challenge

        def change(number: int) -> str | None:
            try:
                new = f"Password-number-{number}"
                authentication.change_expired_password(challenge=asked.challenge, new_password=new)
            except (AuthenticationFailed, Throttling):
                return None
            return new

        with ThreadPoolExecutor(4) as threads:
            changed = [new for new in threads.map(change, range(4)) if new]

        assert len(changed) == 1
        somebody.sign_in(password=changed[0])

    def test_tries_of_a_challenge_are_bounded(self, somebody: People) -> None:
        somebody.operator.credentials.update_login_profile(user_name="alice", password_reset_required=True)
        authentication = somebody.operator.authentication
        asked = authentication.sign_in(account=somebody.account, user_name="alice", password=PASSWORD).challenge
        for _ in range(5):
            with refused(PasswordPolicyViolation):
                authentication.change_expired_password(challenge=asked.challenge, new_password="x")

        with refused(Throttling):
            authentication.change_expired_password(challenge=asked.challenge, new_password="Another-horse-9")

    def test_a_sign_in_ends_with_the_password_that_it_began_with(self, somebody: People) -> None:
        authentication = somebody.operator.authentication
        session = authentication.sign_in(account=somebody.account, user_name="alice", password=PASSWORD).signed_in
        assert authentication.renew_passport(session=session.session).signed_in.arn == somebody.alice

        somebody.operator.credentials.delete_login_profile(user_name="alice")

        with refused(Unauthenticated):
            authentication.renew_passport(session=session.session)

    def test_nobody_signs_in_to_a_closed_account(self, somebody: People) -> None:
        key = somebody.key()
        session = somebody.operator.authentication.sign_in(
            account=somebody.account, user_name="alice", password=PASSWORD
        ).signed_in.session
        somebody.operator.identity.close_account()

        with refused(AuthenticationFailed):
            somebody.sign_in()
        with refused(Unauthenticated):
            somebody.by_key(key)
        with refused(Unauthenticated):
            somebody.operator.authentication.renew_passport(session=session)

    def test_failures_are_slowed_down_and_nobody_is_locked_out(self, somebody: People) -> None:
        somebody.operator.identity.create_user(user_name="victim")
        throttled = False
        for _ in range(8):
            try:
                somebody.sign_in("victim", "guess")
            except Throttling:
                throttled = True
                break
            except AuthenticationFailed:
                continue

        assert throttled
        somebody.sign_in()
