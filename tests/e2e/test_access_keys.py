"""Access keys and signed requests, on real parts; the credential report."""

import base64
import time

from doorward_kernel.errors import (
    DoorwardError,
    NoSuchEntity,
    SignatureDoesNotMatch,
    Unauthenticated,
)
from doorward_kernel.ids import account_of_access_key

from tests.e2e.people import People, refused
from tests.e2e.signing import presigned, signed


class TestAccessKeys:
    def test_a_key_carries_its_account_and_its_secret_is_shown_once(self, somebody: People) -> None:
        made = somebody.operator.credentials.create_access_key(user_name="alice").access_key

        assert len(made.access_key_id) == 20
        assert len(base64.b64decode(made.secret_access_key, validate=True)) == 30
        assert account_of_access_key(made.access_key_id) == somebody.account
        assert "secret" not in str(somebody.operator.credentials.list_access_keys(user_name="alice")).lower()
        info = somebody.bearing(somebody.sign_in()).tokens.get_access_key_info(access_key_id=made.access_key_id)
        assert info.account == somebody.account

    def test_a_request_signed_as_aws_s_sdk_does_is_its_owner_s(self, somebody: People) -> None:
        key = somebody.key()

        for fields in (signed(*key), presigned(*key)):
            answer = somebody.operator.authentication.authenticate(**fields)
            assert (answer.arn, answer.access_key_id) == (somebody.alice, key[0])
            assert (answer.service, answer.region, answer.path) == ("sts", "us-east-1", "/")

    def test_a_wrong_secret_is_a_wrong_signature_and_an_unknown_key_is_no_token(self, somebody: People) -> None:
        key_id, _ = somebody.key()
        authenticate = somebody.operator.authentication.authenticate

        with refused(SignatureDoesNotMatch, "does not match the signature you provided"):
            authenticate(**signed(key_id, "x" * 40))
        with refused(Unauthenticated, "The security token included in the request is invalid."):
            authenticate(**signed(key_id[:-1] + ("A" if key_id[-1] != "A" else "B"), "x" * 40))

    def test_a_request_that_changes_something_is_taken_once(self, somebody: People) -> None:
        fields = signed(*somebody.key())
        somebody.operator.authentication.authenticate(**fields, changes_something=True)

        with refused(SignatureDoesNotMatch, "was sent before"):
            somebody.operator.authentication.authenticate(**fields, changes_something=True)

    def test_a_request_is_for_what_the_gateway_serves_and_for_the_body_that_was_signed(self, somebody: People) -> None:
        key = somebody.key()
        authenticate = somebody.operator.authentication.authenticate
        unsigned = signed(*key, service="s3", unsigned_body=True)

        answer = authenticate(**signed(*key), services=["iam", "sts"], regions=["us-east-1"])
        assert (answer.service, answer.region, answer.body_signed) == ("sts", "us-east-1", True)
        with refused(SignatureDoesNotMatch, "scoped to correct service: 'iam'"):
            authenticate(**signed(*key), services=["iam"])
        with refused(SignatureDoesNotMatch, "scoped to a valid region"):
            authenticate(**signed(*key), regions=["eu-west-1"])
        for changes in (False, True):
            with refused(SignatureDoesNotMatch, "the body is not signed"):
                authenticate(**unsigned, changes_something=changes)
        assert not authenticate(**unsigned, allow_unsigned_body=True).body_signed

    def test_a_deactivated_key_proves_nothing_until_it_is_activated(self, somebody: People) -> None:
        key = somebody.key()
        passport = somebody.by_key(key)
        credentials = somebody.operator.credentials

        credentials.update_access_key(user_name="alice", access_key_id=key[0], status="Inactive")
        with refused(Unauthenticated):
            somebody.by_key(key)
        with refused(Unauthenticated):
            somebody.bearing(passport).identity.list_users()
        with refused(Unauthenticated):
            somebody.bearing(passport).tokens.get_caller_identity()
        credentials.update_access_key(user_name="alice", access_key_id=key[0], status="Active")

        somebody.by_key(key)

    def test_keys_rotate_two_at_a_time(self, somebody: People) -> None:
        first, second = somebody.key(), somebody.key()
        with refused(DoorwardError, "Cannot exceed quota for AccessKeysPerUser: 2"):
            somebody.key()
        somebody.operator.credentials.delete_access_key(user_name="alice", access_key_id=first[0])

        third = somebody.key()

        assert somebody.by_key(second)
        assert somebody.by_key(third)
        with refused(Unauthenticated):
            somebody.by_key(first)

    def test_the_last_use_is_told_with_service_and_region(self, somebody: People) -> None:
        key = somebody.key()
        bearer = somebody.bearing(somebody.sign_in()).credentials
        unused = bearer.get_access_key_last_used(access_key_id=key[0]).access_key_last_used
        somebody.by_key(key)
        time.sleep(1.5)

        used = bearer.get_access_key_last_used(access_key_id=key[0])

        assert (unused.service_name, unused.region, unused.HasField("last_used_date")) == ("N/A", "N/A", False)
        assert (used.user_name, used.access_key_last_used.service_name) == ("alice", "sts")
        assert used.access_key_last_used.region == "us-east-1"
        with refused(NoSuchEntity):
            bearer.get_access_key_last_used(access_key_id="AKIA" + "A" * 16)

    def test_a_deleted_user_s_key_proves_nothing(self, somebody: People) -> None:
        identity = somebody.operator.identity
        identity.create_user(user_name="gone")
        key = somebody.key("gone")
        somebody.by_key(key)
        somebody.operator.credentials.delete_access_key(user_name="gone", access_key_id=key[0])
        identity.delete_user(user_name="gone")

        with refused(Unauthenticated):
            somebody.by_key(key)


def test_a_credential_report_has_a_row_for_each_user(somebody: People) -> None:
    key = somebody.key()
    somebody.by_key(key)
    bearer = somebody.bearing(somebody.sign_in()).credentials
    with refused(DoorwardError, "No report is present"):
        bearer.get_credential_report()

    assert bearer.generate_credential_report().state == "STARTED"
    for _ in range(50):
        if bearer.generate_credential_report().state == "COMPLETE":
            break
        time.sleep(0.1)

    report = bearer.get_credential_report()
    lines = [line.split(",") for line in report.content.decode().splitlines()]
    assert report.report_format == "text/csv"
    assert lines[0][:3] == ["user", "arn", "user_creation_time"]
    assert lines[1][0] == "<root_account>"
    assert lines[1][3] == "not_supported"
    alice = dict(zip(lines[0], lines[2], strict=True))
    assert (alice["user"], alice["password_enabled"], alice["mfa_active"]) == ("alice", "true", "false")
    assert (alice["access_key_1_active"], alice["access_key_2_active"]) == ("true", "false")
    assert alice["access_key_2_last_rotated"] == "N/A"
    assert len(lines[0]) == 22
