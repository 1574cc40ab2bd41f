"""Folding the records of the credential log."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Record
from doorward_kernel.stream import ImpossibleEvent
from doorward_keyring.access_keys import AccessKeyCreated, AccessKeyDeleted, AccessKeyStatus, AccessKeyStatusSet
from doorward_keyring.codec import encode
from doorward_keyring.events import Event, apply
from doorward_keyring.mfa_devices import MfaDeviceDeactivated
from doorward_keyring.passwords import LoginProfileCreated, LoginProfileDeleted, PasswordChanged, PasswordResetSet
from doorward_keyring.recovery_codes import RecoveryCodeUsed
from doorward_keyring.revocations import SessionsRevoked
from doorward_keyring.sms_devices import SmsDeviceRegistered
from doorward_keyring.stream import BrokenStream, fold_records
from doorward_keyring.virtual_devices import MfaDeviceEnabled, VirtualMfaDeviceDeleted

from tests.unit.keyring.world import ACCOUNT, ALICE, EMPTY, PHONE, START, after, at

KEY = "AKIA0000000000000001"
EVENTS: list[Event] = [
    AccessKeyCreated(access_key_id=KEY, principal_id=ALICE, created_at=START),
    LoginProfileCreated(principal_id=ALICE, password_id="p1", reset_required=False, created_at=START),
    SessionsRevoked(principal_id=ALICE, before=START),
    AccessKeyDeleted(access_key_id=KEY),
]


def records() -> list[Record]:
    """As a log holds them in which other accounts have events, too: only every third position is ours."""
    return [
        Record(
            position=3 * version,
            account=ACCOUNT,
            version=version,
            type=event.type,
            schema_version=event.schema_version,
            payload=event.payload,
            metadata=b"{}",
            recorded_at=0,
            commit_last=True,
            digest=b"",
        )
        for version, event in enumerate(map(encode, EVENTS), 1)
    ]


def test_a_stream_begins_with_any_event_and_makes_the_keyring_of_its_account() -> None:
    keyring = fold_records(None, records())

    assert keyring is not None
    assert (keyring.account_id, keyring.version, keyring.position) == (ACCOUNT, 4, 12)
    assert keyring.revocations[ALICE] == START
    assert not keyring.access_keys


def test_a_fold_goes_on_where_another_ended() -> None:
    halfway = fold_records(None, records()[:2])

    assert halfway is not None
    assert (halfway.version, halfway.position) == (2, 6)
    assert fold_records(halfway, records()[2:]) == fold_records(None, records())


def test_no_records_change_nothing() -> None:
    assert fold_records(None, []) is None
    assert fold_records(EMPTY, []) == EMPTY


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda records: records[1:], "position 6: expected version 1 of account `123456789012`, found 2"),
        (lambda records: [*records[:2], *records[3:]], "position 12: expected version 3"),
        (lambda records: [*records, records[-1]], "position 12: expected version 5"),
        (lambda records: [*records[:3], replace(records[3], position=9)], "position 9 comes after position 9"),
        (
            lambda records: [*records[:3], replace(records[3], account=AccountId("999999999999"))],
            "position 12 belongs to account `999999999999`, not to `123456789012`",
        ),
        (
            lambda records: [*records[:3], replace(records[3], type="AccessKeyLost")],
            "position 12: unknown event type `AccessKeyLost`",
        ),
        (lambda records: [replace(records[3], version=1)], "position 12: AccessKeyDeleted names"),
    ],
)
def test_a_broken_stream_is_refused_at_its_position(
    spoil: Callable[[list[Record]], list[Record]], message: str
) -> None:
    with pytest.raises(BrokenStream) as refused:
        fold_records(None, spoil(records()))

    assert refused.value.args[0].startswith(message)


@pytest.mark.parametrize(
    "event",
    [
        PasswordChanged(principal_id=ALICE, password_id="p2", reset_required=False, changed_at=at(1), by_owner=True),
        PasswordResetSet(principal_id=ALICE, reset_required=True),
        LoginProfileDeleted(principal_id=ALICE),
        AccessKeyStatusSet(access_key_id=KEY, status=AccessKeyStatus.ACTIVE),
        AccessKeyDeleted(access_key_id=KEY),
        VirtualMfaDeviceDeleted(serial=PHONE),
        MfaDeviceEnabled(serial=PHONE, principal_id=ALICE, enabled_at=START),
        MfaDeviceDeactivated(serial=PHONE),
        RecoveryCodeUsed(principal_id=ALICE, batch_id="b1", number=1, used_at=START),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_about_what_does_not_exist_is_impossible(event: Event) -> None:
    with pytest.raises(ImpossibleEvent, match=type(event).__name__):
        apply(EMPTY, event)


def test_only_virtual_devices_are_enabled_by_an_event_of_its_own() -> None:
    keyring = apply(EMPTY, SmsDeviceRegistered(serial=PHONE, principal_id=ALICE, registered_at=START))

    with pytest.raises(ImpossibleEvent, match="MfaDeviceEnabled cannot have happened"):
        apply(keyring, MfaDeviceEnabled(serial=PHONE, principal_id=ALICE, enabled_at=START))


def test_what_an_event_does_not_touch_stays_the_same_object() -> None:
    before = after(EMPTY)
    changed = apply(before, EVENTS[0])

    assert changed.login_profiles is before.login_profiles
    assert changed.mfa_devices is before.mfa_devices
