"""Temporary credentials, on real parts (STS API reference)."""

import base64
import time

import pytest
from doorward_kernel.errors import (
    AccessDenied,
    DoorwardError,
    ExpiredToken,
    InvalidInput,
    MalformedPolicyDocument,
    PackedPolicyTooLarge,
    Unauthenticated,
)

from tests.e2e.people import EVERYTHING, People, refused
from tests.e2e.signing import of_session, signed


class TestSessions:
    def test_an_assumed_role_is_another_principal_and_has_what_the_role_has(self, somebody: People) -> None:
        role = somebody.role("ops", {"AWS": somebody.alice})

        session = somebody.bearing(somebody.assumed(somebody.by_key(somebody.key()), role))

        who = session.tokens.get_caller_identity()
        assert who.arn == f"arn:aws:sts::{somebody.account}:assumed-role/ops/session"
        assert who.user_id.startswith("AROA")
        assert who.user_id.endswith(":session")
        assert session.identity.list_users().users

    def test_a_session_policy_can_only_take_away(self, somebody: People) -> None:
        role = somebody.role("ops", {"AWS": somebody.alice})
        allowed = EVERYTHING.replace('"*", "Resource"', '"iam:GetUser", "Resource"')

        session = somebody.bearing(somebody.assumed(somebody.sign_in(), role, policy=allowed))

        assert session.identity.get_user(user_name="alice").user.user_name == "alice"
        with refused(AccessDenied, "iam:ListUsers"):
            session.identity.list_users()

    @pytest.mark.parametrize(
        ("fields", "error", "text"),
        [
            ({"duration_seconds": 899}, InvalidInput, "durationSeconds"),
            ({"duration_seconds": 43_201}, InvalidInput, "durationSeconds"),
            ({"duration_seconds": 7200}, InvalidInput, "exceeds the MaxSessionDuration set for this role"),
            ({"role_session_name": "x"}, InvalidInput, "roleSessionName"),
            ({"external_id": "x"}, InvalidInput, "externalId"),
            ({"source_identity": "aws:x"}, InvalidInput, "sourceIdentity"),
            ({"policy": "{"}, MalformedPolicyDocument, None),
            ({"policy": " " * 2049}, InvalidInput, "policy"),
            ({"transitive_tag_keys": ["team"]}, InvalidInput, "transitiveTagKeys"),
        ],
    )
    def test_what_sts_refuses_is_refused(
        self, somebody: People, fields: dict[str, object], error: type[DoorwardError], text: str
    ) -> None:
        role = somebody.role("ops", {"AWS": somebody.alice})

        with refused(error, text):
            somebody.assumed(somebody.sign_in(), role, **fields)

    def test_an_external_id_that_the_trust_policy_asks_for_must_be_given(self, somebody: People) -> None:
        condition = {"Condition": {"StringEquals": {"sts:ExternalId": "customer-7"}}}
        role = somebody.role("vendor", {"AWS": somebody.alice}, **condition)
        passport = somebody.sign_in()

        with refused(AccessDenied):
            somebody.assumed(passport, role)
        with refused(AccessDenied):
            somebody.assumed(passport, role, external_id="customer-8")
        assert somebody.assumed(passport, role, external_id="customer-7")

    def test_a_role_that_is_not_there_is_denied_like_one_that_does_not_trust(self, somebody: People) -> None:
        arn = f"arn:aws:iam::{somebody.account}:role/nothing"

        with refused(AccessDenied, "sts:AssumeRole"):
            somebody.assumed(somebody.sign_in(), arn)

    def test_chained_sessions_last_an_hour_at_most_and_inherit_transitive_tags(self, somebody: People) -> None:
        anybody = {"AWS": f"arn:aws:iam::{somebody.account}:root"}
        first, second = somebody.role("first", anybody), somebody.role("second", anybody)
        somebody.operator.identity.update_role(role_name="second", max_session_duration=43_200)
        tags = [{"key": "team", "value": "blue"}, {"key": "site", "value": "x"}]
        session = somebody.assumed(somebody.sign_in(), first, tags=tags, transitive_tag_keys=["team"])

        with refused(InvalidInput, "1 hour session limit for roles assumed by role chaining"):
            somebody.assumed(session, second, duration_seconds=3601)
        chained = somebody.assumed(session, second, tags=[{"key": "team", "value": "red"}])

        claims = base64.urlsafe_b64decode(chained.split(".")[1] + "==").decode()
        assert '"team":"blue"' in claims.replace(" ", "")
        assert "site" not in claims

    def test_a_source_identity_stays_along_a_chain(self, somebody: People) -> None:
        anybody = {"AWS": f"arn:aws:iam::{somebody.account}:root"}
        actions = {"Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
        first, second = somebody.role("first", anybody, **actions), somebody.role("second", anybody, **actions)
        session = somebody.assumed(somebody.sign_in(), first, source_identity="alice")

        with refused(AccessDenied, "source identity"):
            somebody.assumed(session, second, source_identity="bobby")
        answer = somebody.bearing(session).tokens.assume_role(role_arn=second, role_session_name="session")
        assert answer.source_identity == "alice"

    def test_the_root_user_cannot_assume_a_role(self, somebody: People) -> None:
        made = somebody.operator.credentials.create_root_access_key().access_key
        root = somebody.by_key((made.access_key_id, made.secret_access_key))
        role = somebody.role("ops", {"AWS": somebody.account})

        with refused(AccessDenied, "Roles may not be assumed by root accounts."):
            somebody.assumed(root, role)

    def test_session_tokens_are_for_long_term_keys_and_may_do_little_without_a_factor(self, somebody: People) -> None:
        key = somebody.key()
        session = somebody.bearing(somebody.by_key(key)).tokens.get_session_token().credentials
        passport = somebody.operator.authentication.authenticate(**of_session(session)).passport
        bearer = somebody.bearing(passport)

        assert session.access_key_id.startswith("ASIA")
        assert bearer.tokens.get_caller_identity().arn == somebody.alice
        with refused(AccessDenied, "without MFA"):
            bearer.identity.list_users()
        for call in (bearer.tokens.get_session_token, lambda: bearer.tokens.get_federation_token(name="feddy")):
            with refused(AccessDenied, "with session credentials"):
                call()
        with refused(AccessDenied, "Cannot call GetSessionToken with session credentials"):
            somebody.bearing(somebody.sign_in()).tokens.get_session_token()

    def test_a_session_with_a_factor_may_administer(self, somebody: People) -> None:
        key = somebody.key()
        serial, code = somebody.phone(somebody.sign_in())
        tokens = somebody.bearing(somebody.by_key(key)).tokens

        session = tokens.get_session_token(serial_number=serial, token_code=code(0)).credentials

        passport = somebody.operator.authentication.authenticate(**of_session(session)).passport
        assert somebody.bearing(passport).identity.list_users().users

    def test_a_federated_user_has_what_its_policy_and_its_issuer_s_allow(self, somebody: People) -> None:
        policy = EVERYTHING.replace('"*", "Resource"', '"documents:Read", "Resource"')
        tokens = somebody.bearing(somebody.by_key(somebody.key())).tokens
        made = tokens.get_federation_token(name="feddy", policy=policy)
        passport = somebody.operator.authentication.authenticate(**of_session(made.credentials)).passport

        def may(action: str) -> bool:
            return bool(somebody.operator.check("", action, "arn:aws:x:::y", passport=passport, latest=True))

        assert made.federated_user.federated_user_id == f"{somebody.account}:feddy"
        assert may("documents:Read")
        assert not may("documents:Write")
        assert somebody.bearing(passport).tokens.get_caller_identity().arn.endswith(":federated-user/feddy")
        with refused(AccessDenied, "federated user credentials"):
            somebody.bearing(passport).identity.list_users()

    def test_more_than_fits_into_a_session_is_refused(self, somebody: People) -> None:
        role = somebody.role("ops", {"AWS": somebody.alice})
        random_text = base64.b32encode(bytes(range(160))).decode()[:250]
        tags = [{"key": f"key-{number}-{random_text[number:100]}", "value": random_text} for number in range(50)]

        with refused(PackedPolicyTooLarge, "please use smaller policy"):
            somebody.assumed(somebody.sign_in(), role, tags=tags)

    def test_a_token_that_was_tampered_with_is_none(self, somebody: People) -> None:
        session = somebody.bearing(somebody.by_key(somebody.key())).tokens.get_session_token().credentials
        for place in (5, 20, -10):
            token = session.session_token
            other = "A" if token[place] != "A" else "B"
            changed = token[:place] + other + token[place:][1:]
            with refused(Unauthenticated):
                somebody.operator.authentication.authenticate(
                    **signed(session.access_key_id, session.secret_access_key, changed)
                )

    def test_messages_of_denials_are_for_their_account_alone(self, somebody: People) -> None:
        encoded = somebody.operator.tokens.encode_authorization_message(message='{"allowed":false}').encoded_message

        bearer = somebody.bearing(somebody.sign_in()).tokens
        assert bearer.decode_authorization_message(encoded_message=encoded).decoded_message == '{"allowed":false}'
        with refused(DoorwardError, "not one of this account"):
            bearer.decode_authorization_message(encoded_message=encoded[:-4] + "AAAA")


def test_an_expired_session_says_so(somebody: People) -> None:
    """A session of a root key is at most an hour long, and is told with its end."""
    made = somebody.operator.credentials.create_root_access_key().access_key
    root = somebody.bearing(somebody.by_key((made.access_key_id, made.secret_access_key))).tokens

    session = root.get_session_token(duration_seconds=129_600).credentials

    assert 3500 < session.expiration.seconds - time.time() <= 3600
    assert ExpiredToken.reason == "ExpiredToken"
