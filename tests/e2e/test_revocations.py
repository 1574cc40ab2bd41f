"""What is revoked, erased or rotated, on real parts."""

import time
from contextlib import suppress

import httpx
import jwt
from doorward_kernel.errors import (
    AccessDenied,
    AuthenticationFailed,
    DoorwardError,
    InvalidInput,
    Unauthenticated,
    Unavailable,
)
from doorward_kernel.ids import OPERATOR
from doorward_local.world import LocalDoorward
from google.protobuf.timestamp_pb2 import Timestamp

from tests.e2e.people import PASSWORD, People, refused
from tests.e2e.signing import of_session
from tests.e2e.worlds import until


class TestRevocations:
    def test_revoked_sessions_are_refused_everywhere_and_new_ones_are_not(self, somebody: People) -> None:
        role = somebody.role("ops", {"AWS": somebody.alice})
        key = somebody.key()
        session = somebody.bearing(somebody.by_key(key)).tokens.assume_role(role_arn=role, role_session_name="session")
        passport = somebody.operator.authentication.authenticate(**of_session(session.credentials)).passport

        revision = somebody.operator.credentials.revoke_sessions(role_name="ops").revision

        with refused(Unauthenticated):
            somebody.operator.authentication.authenticate(**of_session(session.credentials))
        with refused(Unauthenticated):
            somebody.operator.check("", "s3:GetObject", "*", at_least=revision, passport=passport)
        with refused(Unauthenticated):
            somebody.bearing(passport).identity.list_users()
        time.sleep(1.1)
        assert somebody.assumed(somebody.by_key(key), role)

    def test_revoked_sign_ins_get_no_more_passports(self, somebody: People) -> None:
        answer = somebody.operator.authentication.sign_in(
            account=somebody.account, user_name="alice", password=PASSWORD
        ).signed_in
        assert somebody.operator.authentication.renew_passport(session=answer.session).signed_in.passport

        somebody.operator.credentials.revoke_sessions(user_name="alice")

        with refused(Unauthenticated):
            somebody.operator.authentication.renew_passport(session=answer.session)
        with refused(Unauthenticated):
            somebody.bearing(answer.passport).tokens.get_caller_identity()

    def test_a_revocation_ahead_of_time_stops_neither_keys_nor_new_sessions(self, somebody: People) -> None:
        key = somebody.key()
        by_key, signed_in = somebody.by_key(key), somebody.sign_in()

        ahead = Timestamp(seconds=int(time.time()) + 290)
        revision = somebody.operator.credentials.revoke_sessions(user_name="alice", before=ahead).revision

        for passport in (by_key, somebody.by_key(key)):
            assert somebody.bearing(passport).identity.list_users().users
            assert somebody.operator.check("", "s3:GetObject", "*", at_least=revision, passport=passport)
        with refused(Unauthenticated):
            somebody.bearing(signed_in).identity.list_users()

        def is_new_one_taken() -> bool:
            with suppress(Unauthenticated):  # all of the second of the revocation is revoked
                return bool(somebody.bearing(somebody.sign_in()).identity.list_users().users)
            return False

        until(is_new_one_taken, 10)

    def test_a_changed_trust_policy_counts_at_once(self, somebody: People) -> None:
        role = somebody.role("ops", {"AWS": somebody.alice})
        passport = somebody.sign_in()
        assert somebody.assumed(passport, role)
        nobody = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}}'

        somebody.operator.identity.update_assume_role_policy(role_name="ops", policy_document=nobody)

        with refused(AccessDenied, "explicit deny"):
            somebody.assumed(passport, role)

    def test_erased_secrets_prove_nothing_and_none_can_be_made(self, somebody: People) -> None:
        key = somebody.key()
        somebody.by_key(key)

        somebody.operator.credentials.erase_secrets()

        with refused(Unauthenticated):
            somebody.by_key(key)
        with refused(AuthenticationFailed):
            somebody.sign_in()
        with refused(DoorwardError, "was erased|were erased for good"):
            somebody.key()

    def test_passports_signed_before_a_rotation_hold_after_it(self, somebody: People) -> None:
        before = somebody.sign_in()
        kid = somebody.operator.authentication.rotate_keys().kid

        after = somebody.sign_in()

        for passport in (before, after):
            assert somebody.bearing(passport).identity.list_users().users
        keys = somebody.operator.authentication.get_passport_keys().keys
        assert keys[0].kid == kid
        assert not keys[0].HasField("not_after")
        assert all(key.HasField("not_after") for key in keys[1:])


def test_the_operator_s_own_account_has_no_credentials_and_its_keys_are_not_erased(
    world: LocalDoorward, somebody: People
) -> None:
    credentials = somebody.operator.with_options(account=OPERATOR).credentials
    for write in (
        credentials.erase_secrets,
        credentials.revoke_sessions,
        credentials.create_root_access_key,
        credentials.update_account_password_policy,
        credentials.generate_credential_report,
        lambda: credentials.set_root_password(password=PASSWORD),
        lambda: credentials.create_virtual_mfa_device(virtual_mfa_device_name="phone"),
    ):
        with refused(InvalidInput, "is the operator's own account"):
            write()

    with world.without("credential"):
        pass
    world.wait_ready("credential")

    def signs_in() -> bool:
        with suppress(Unavailable):
            return bool(somebody.sign_in())
        return False

    until(signs_in, 20)


def test_the_keys_of_passports_are_published_for_everybody_s_verifier(world: LocalDoorward, somebody: People) -> None:
    passport = somebody.sign_in()

    answer = httpx.get(world.endpoints.jwks, trust_env=False)

    keys = {key["kid"]: jwt.PyJWK(key) for key in answer.json()["keys"]}
    key = keys[jwt.get_unverified_header(passport)["kid"]]
    claims = jwt.decode(passport, key, algorithms=["EdDSA"], audience="doorward", issuer="doorward")
    assert claims["account"] == somebody.account
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert httpx.get(world.endpoints.jwks + "/x", trust_env=False).status_code == 404
    assert httpx.post(world.endpoints.jwks, trust_env=False).status_code == 405
