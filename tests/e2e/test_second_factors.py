"""Second factors, on real parts: devices, passkeys, text messages, recovery codes."""

import base64
import json
from pathlib import Path

import pytest
from doorward_kernel.errors import (
    AccessDenied,
    AuthenticationFailed,
    EntityAlreadyExists,
    InvalidAuthenticationCode,
    InvalidInput,
    NoSuchEntity,
    Throttling,
)
from doorward_local.world import LocalDoorward

from tests.e2e.people import PASSWORD, People, refused
from tests.passkey_device import PasskeyDevice


class Sms:
    """What the local run's sender wrote."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def last(self) -> str:
        """The code of the last text."""
        return self._file.read_text().splitlines()[-1].split(" ")[2]


@pytest.fixture
def sms(world: LocalDoorward) -> Sms:
    return Sms(world.directory.path / "sms.txt")


class TestSecondFactors:
    def test_a_device_is_enabled_by_two_codes_and_then_asked_for(self, somebody: People) -> None:
        passport = somebody.sign_in()
        serial, code = somebody.phone(passport)

        asked = somebody.operator.authentication.sign_in(
            account=somebody.account, user_name="alice", password=PASSWORD
        ).challenge
        assert list(asked.factors) == ["totp"]
        with refused(AuthenticationFailed):
            somebody.operator.authentication.complete_sign_in(challenge=asked.challenge, code="000000")
        shown = code(0)
        done = somebody.operator.authentication.complete_sign_in(challenge=asked.challenge, code=shown)

        assert done.signed_in.arn == somebody.alice
        with refused(AuthenticationFailed):
            somebody.sign_in(mfa_code=shown)
        with refused(EntityAlreadyExists):
            somebody.bearing(passport).credentials.enable_mfa_device(
                serial_number=serial, authentication_code1=code(0), authentication_code2=code(1)
            )

    def test_codes_that_do_not_follow_enable_nothing(self, somebody: People) -> None:
        bearer = somebody.bearing(somebody.sign_in()).credentials
        made = bearer.create_virtual_mfa_device(virtual_mfa_device_name="phone").virtual_mfa_device
        assert made.qr_code_png.startswith(b"\x89PNG")
        assert made.serial_number == f"arn:aws:iam::{somebody.account}:mfa/phone"

        with refused(InvalidAuthenticationCode, "Authentication code for device is not valid."):
            bearer.enable_mfa_device(
                serial_number=made.serial_number, authentication_code1="000000", authentication_code2="000001"
            )
        bearer.delete_virtual_mfa_device(serial_number=made.serial_number)

    def test_recovery_codes_stand_in_once_each(self, somebody: People) -> None:
        passport = somebody.sign_in()
        _, code = somebody.phone(passport)
        with refused(AccessDenied, "who has a second factor shows it before it gets another one"):
            somebody.bearing(passport).credentials.generate_recovery_codes()
        with_factor = somebody.bearing(somebody.sign_in(mfa_code=code(0)))
        codes = with_factor.credentials.generate_recovery_codes().recovery_codes
        authentication = somebody.operator.authentication

        def asked() -> str:
            answer = authentication.sign_in(account=somebody.account, user_name="alice", password=PASSWORD)
            return answer.challenge.challenge

        authentication.complete_sign_in(challenge=asked(), recovery_code=codes[0].upper())
        with refused(AuthenticationFailed):
            authentication.complete_sign_in(challenge=asked(), recovery_code=codes[0])
        authentication.complete_sign_in(challenge=asked(), recovery_code=codes[1].replace("-", " "))

    def test_recovery_codes_need_a_device_and_go_with_the_last(self, somebody: People) -> None:
        with refused(NoSuchEntity, "no MFA device is enabled"):
            somebody.bearing(somebody.sign_in()).credentials.generate_recovery_codes()
        serial, code = somebody.phone(somebody.sign_in())
        bearer = somebody.bearing(somebody.sign_in(mfa_code=code(0))).credentials
        codes = bearer.generate_recovery_codes().recovery_codes
        somebody.operator.credentials.deactivate_mfa_device(user_name="alice", serial_number=serial)
        somebody.operator.credentials.delete_virtual_mfa_device(serial_number=serial)

        somebody.phone(somebody.sign_in())

        asked = somebody.operator.authentication.sign_in(
            account=somebody.account, user_name="alice", password=PASSWORD
        ).challenge
        assert list(asked.factors) == ["totp"]
        with refused(AuthenticationFailed):
            somebody.operator.authentication.complete_sign_in(challenge=asked.challenge, recovery_code=codes[0])

    def test_wrong_codes_with_requests_keep_nobody_from_signing_in(self, somebody: People) -> None:
        role = somebody.role("ops", {"AWS": somebody.alice})
        serial, code = somebody.phone(somebody.sign_in())
        by_key = somebody.by_key(somebody.key())
        for _ in range(5):
            with refused(AccessDenied):
                somebody.assumed(by_key, role, serial_number=serial, token_code="000000")
        with refused(Throttling):
            somebody.assumed(by_key, role, serial_number=serial, token_code=code(0))

        somebody.sign_in(mfa_code=code(0))

    def test_a_revocation_ends_sign_ins_that_wait_for_a_factor(self, somebody: People) -> None:
        _, code = somebody.phone(somebody.sign_in())
        asked = somebody.operator.authentication.sign_in(
            account=somebody.account, user_name="alice", password=PASSWORD
        ).challenge

        somebody.operator.credentials.revoke_sessions(user_name="alice")

        with refused(AuthenticationFailed):
            somebody.operator.authentication.complete_sign_in(challenge=asked.challenge, code=code(0))

    def test_a_text_message_is_a_factor_where_it_is_set_up(self, somebody: People, sms: Sms) -> None:
        bearer = somebody.bearing(somebody.sign_in()).credentials
        begun = bearer.start_sms_registration(phone_number="+15550100")
        with refused(InvalidAuthenticationCode):
            bearer.finish_sms_registration(registration=begun.registration, code="000000")
        made = bearer.finish_sms_registration(registration=begun.registration, code=sms.last()).mfa_device
        assert ":sms-mfa/" in made.serial_number

        asked = somebody.operator.authentication.sign_in(
            account=somebody.account, user_name="alice", password=PASSWORD
        ).challenge
        sent = somebody.operator.authentication.send_sms_code(challenge=asked.challenge).challenge
        done = somebody.operator.authentication.complete_sign_in(challenge=sent, code=sms.last())

        assert done.signed_in.arn == somebody.alice

    def test_conditions_see_the_factor_of_a_sign_in_and_of_a_session(self, somebody: People) -> None:
        with_mfa = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
        role = somebody.role("careful", {"AWS": somebody.alice}, **with_mfa)
        key = somebody.key()
        serial, code = somebody.phone(somebody.sign_in())

        with refused(AccessDenied, "sts:AssumeRole"):
            somebody.assumed(somebody.by_key(key), role)
        with refused(AccessDenied, "invalid MFA one time pass code"):
            somebody.assumed(somebody.by_key(key), role, serial_number=serial, token_code="000000")
        assert somebody.assumed(somebody.by_key(key), role, serial_number=serial, token_code=code(0))
        assert somebody.assumed(somebody.sign_in(mfa_code=code(1)), role)


def test_a_passkey_is_registered_and_then_signs_in(somebody: People) -> None:
    bearer = somebody.bearing(somebody.sign_in()).credentials
    device = PasskeyDevice(rp_id="localhost", origin="http://localhost")
    begun = bearer.start_passkey_registration()
    challenge = challenge_of(begun.options)
    with refused(InvalidInput):
        bearer.finish_passkey_registration(
            registration=begun.registration, credential=device.register(b"x" * 32), passkey_name="laptop"
        )
    made = bearer.finish_passkey_registration(
        registration=begun.registration, credential=device.register(challenge), passkey_name="laptop"
    ).mfa_device
    assert ":u2f/user/alice/laptop-" in made.serial_number
    with refused(AccessDenied, "shows it before it gets another one"):
        bearer.finish_passkey_registration(
            registration=begun.registration, credential=device.register(challenge), passkey_name="again"
        )

    authentication = somebody.operator.authentication
    asked = authentication.sign_in(account=somebody.account, user_name="alice", password=PASSWORD).challenge
    device.count = 1
    shown = device.show(challenge_of(asked.passkey_options))
    with refused(AuthenticationFailed):
        authentication.complete_sign_in(challenge=asked.challenge, passkey_assertion=device.show(b"y" * 32))
    done = authentication.complete_sign_in(challenge=asked.challenge, passkey_assertion=shown)

    assert done.signed_in.arn == somebody.alice
    with refused(AuthenticationFailed):
        authentication.complete_sign_in(challenge=asked.challenge, passkey_assertion=shown)


def challenge_of(options: str) -> bytes:
    challenge = json.loads(options)["challenge"]
    return base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
