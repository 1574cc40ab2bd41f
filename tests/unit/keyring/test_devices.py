"""MFA devices: serial numbers, names, and what a device may be (IAM API reference)."""

from dataclasses import replace

import pytest
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from doorward_keyring import mfa_devices
from doorward_keyring.commands import Command, decide
from doorward_keyring.mfa_devices import DeactivateMFADevice, MfaKind, mfa_device, mfa_devices_of
from doorward_keyring.passkeys import RegisterPasskey, passkey_by_credential
from doorward_keyring.sms_devices import RegisterSmsDevice
from doorward_keyring.virtual_devices import DeleteVirtualMFADevice, EnableMFADevice

from tests.unit.keyring.world import ACCOUNT, ALICE, BOB, EMPTY, PHONE, START, after, device, enabled, passkey

SMS = RegisterSmsDevice(principal_id=ALICE, user_name="alice", unique="S1", registered_at=START)
ALL_KINDS = after(EMPTY, device(), enabled(), passkey(), SMS)
OF_ACCOUNT = f"arn:aws:iam::{ACCOUNT}"


def test_serial_numbers_are_arns_that_tell_the_kind_and_the_user() -> None:
    found = {each.kind: each.serial for each in mfa_devices_of(ALL_KINDS, ALICE)}

    assert found == {
        MfaKind.TOTP: f"{OF_ACCOUNT}:mfa/phone",
        MfaKind.PASSKEY: f"{OF_ACCOUNT}:u2f/user/alice/laptop-AB12",
        MfaKind.SMS: f"{OF_ACCOUNT}:sms-mfa/alice-S1",
    }


def test_the_root_user_has_devices_of_every_kind() -> None:
    keyring = after(
        EMPTY,
        device(),
        enabled(principal_id=ACCOUNT),
        replace(passkey(), principal_id=ACCOUNT, user_name=None),
        replace(SMS, principal_id=ACCOUNT, user_name=None),
    )

    assert [each.serial for each in mfa_devices_of(keyring, ACCOUNT)] == [
        f"{OF_ACCOUNT}:mfa/phone",
        f"{OF_ACCOUNT}:sms-mfa/root-account-S1",
        f"{OF_ACCOUNT}:u2f/root-account/laptop-AB12",
    ]


@pytest.mark.parametrize(
    ("path", "longest"), [("/", 226), ("/staff/", 220)], ids=["226 characters of a name", "256 of a serial number"]
)
def test_a_name_is_as_long_as_it_and_its_serial_number_may_be(path: str, longest: int) -> None:
    assert decide(EMPTY, replace(device("n" * longest), path=path))
    with pytest.raises(InvalidInput):
        decide(EMPTY, replace(device("n" * (longest + 1)), path=path))


def test_a_path_stands_in_the_serial_number_of_a_virtual_device() -> None:
    keyring = after(EMPTY, replace(device(), path="/staff/"))

    assert list(keyring.mfa_devices) == [f"{OF_ACCOUNT}:mfa/staff/phone"]


@pytest.mark.parametrize(
    "command",
    [
        replace(device(), path="staff/"),
        replace(device(), path=f"/{'p' * 250}/"),
        device(""),
        device("my phone"),
        device("n" * 227),
        passkey("my laptop"),
        passkey("n" * 211),
        passkey(""),
        passkey(credential_id=""),
        passkey(credential_id="Y3JlZA=="),
        passkey(credential_id="Y" * 1365),
        replace(passkey(), public_key="a+/b"),
        replace(passkey(), public_key="a" * 8193),
        replace(passkey(), transports=("usb",) * 9),
        replace(passkey(), transports=("u" * 33,)),
    ],
)
def test_a_device_with_a_malformed_part_is_refused(command: Command) -> None:
    with pytest.raises(InvalidInput):
        decide(EMPTY, command)


def test_the_parts_of_a_passkey_are_as_long_as_authenticators_make_them() -> None:
    longest = replace(
        passkey("n" * 210, credential_id="Y" * 1364), public_key="a" * 8192, transports=("smart-card" + "u" * 22,) * 8
    )

    [found] = mfa_devices_of(after(EMPTY, longest), ALICE)

    assert len(found.serial) == 256


@pytest.mark.parametrize(
    "command",
    [
        passkey("LAPTOP", "CD34", "b3RoZXI"),
        replace(passkey("laptop", "AB12", "b3RoZXI"), principal_id=BOB),
        replace(passkey("other", "CD34"), principal_id=BOB),
        replace(SMS, principal_id=BOB),
        replace(device("Phone", "d2"), path="/elsewhere/"),
    ],
    ids=["name", "serial number", "credential", "telephone", "virtual device"],
)
def test_what_is_taken_is_not_given_twice(command: Command) -> None:
    with pytest.raises(EntityAlreadyExists):
        decide(ALL_KINDS, command)


def test_an_enabled_virtual_device_is_not_deleted_before_it_is_deactivated() -> None:
    keyring, delete = after(EMPTY, device(), enabled()), DeleteVirtualMFADevice(serial_number=PHONE)

    with pytest.raises(DeleteConflict, match=r"^MFA VirtualDevice in use. Must deactivate first\.$"):
        decide(keyring, delete)
    deactivated = after(keyring, DeactivateMFADevice(serial_number=PHONE, principal_id=ALICE))
    assert list(deactivated.mfa_devices) == [PHONE]
    assert list(after(deactivated, delete, device("PHONE", "d2")).mfa_devices) == [f"{OF_ACCOUNT}:mfa/PHONE"]


def test_an_account_has_a_bounded_number_of_virtual_devices_that_are_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mfa_devices, "UNASSIGNED_DEVICES", 3)
    three = after(ALL_KINDS, *(device(f"d{number}", f"id{number}") for number in range(3)))

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for UnassignedVirtualMFADevices: 3;"):
        decide(three, device("d3", "id3"))
    assert decide(after(three, enabled(f"{OF_ACCOUNT}:mfa/d1", BOB)), device("d3", "id3"))
    assert decide(after(three, DeleteVirtualMFADevice(serial_number=f"{OF_ACCOUNT}:mfa/d1")), device("d3", "id3"))


@pytest.mark.parametrize("principal_id", [ALICE, ACCOUNT], ids=["user", "root"])
@pytest.mark.parametrize(
    "another",
    [enabled(f"{OF_ACCOUNT}:mfa/d8"), passkey(), SMS],
    ids=["virtual device", "passkey", "telephone"],
)
def test_a_principal_has_at_most_eight_devices_of_any_kind(
    another: EnableMFADevice | RegisterPasskey | RegisterSmsDevice, principal_id: str
) -> None:
    made = (device(f"d{number}", f"id{number}") for number in range(9))
    given = (enabled(f"{OF_ACCOUNT}:mfa/d{number}", principal_id) for number in range(8))
    eight = after(EMPTY, *made, *given)
    own = replace(another, principal_id=principal_id)

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for MFADevicesPerUser: 8$"):
        decide(eight, own)
    assert decide(eight, replace(another, principal_id=BOB))
    fewer = after(eight, DeactivateMFADevice(serial_number=f"{OF_ACCOUNT}:mfa/d3", principal_id=principal_id))
    assert decide(fewer, own)


@pytest.mark.parametrize("principal_id", [ALICE, BOB])
def test_a_device_is_enabled_for_one_principal_once(principal_id: str) -> None:
    with pytest.raises(EntityAlreadyExists, match=r"^MFADevice is already in use\.$"):
        decide(ALL_KINDS, enabled(principal_id=principal_id))


def test_only_a_virtual_device_is_there_after_it_was_deactivated_and_it_may_be_another_s() -> None:
    keyring = ALL_KINDS
    for each in mfa_devices_of(keyring, ALICE):
        keyring = after(keyring, DeactivateMFADevice(serial_number=each.serial, principal_id=ALICE))

    assert list(keyring.mfa_devices) == [PHONE]
    assert mfa_devices_of(keyring, ALICE) == []
    assert keyring.mfa_devices[PHONE] == after(EMPTY, device()).mfa_devices[PHONE]
    assert [each.serial for each in mfa_devices_of(after(keyring, enabled(principal_id=BOB)), BOB)] == [PHONE]


@pytest.mark.parametrize("serial", [PHONE, f"{OF_ACCOUNT}:mfa/unknown"])
def test_nobody_deactivates_a_device_that_is_not_its_own(serial: str) -> None:
    with pytest.raises(NoSuchEntity, match=r"^MFA Device invalid for user\.$"):
        decide(ALL_KINDS, DeactivateMFADevice(serial_number=serial, principal_id=BOB))


def test_two_users_may_give_their_passkeys_one_name() -> None:
    keyring = after(ALL_KINDS, replace(passkey("laptop", "CD34", "b3RoZXI"), principal_id=BOB, user_name="bob"))

    assert [each.kind for each in mfa_devices_of(keyring, BOB)] == [MfaKind.PASSKEY]


def test_a_passkey_is_found_by_its_credential() -> None:
    found = passkey_by_credential(ALL_KINDS, "Y3JlZA")

    assert found is not None
    assert found.principal_id == ALICE
    assert passkey_by_credential(ALL_KINDS, "unknown") is None


def test_only_a_virtual_device_is_enabled_or_deleted_by_its_serial_number() -> None:
    serial = f"{OF_ACCOUNT}:sms-mfa/alice-S1"
    message = f"^VirtualMFADevice with serial number {serial} doesn't exist\\.$"

    with pytest.raises(NoSuchEntity, match=message):
        decide(ALL_KINDS, EnableMFADevice(serial_number=serial, principal_id=BOB, enabled_at=START))
    with pytest.raises(NoSuchEntity, match=message):
        decide(ALL_KINDS, DeleteVirtualMFADevice(serial_number=serial))


def test_a_device_is_found_only_for_whom_it_is_enabled() -> None:
    assert mfa_device(ALL_KINDS, PHONE, ALICE).serial == PHONE
    for keyring, principal_id in ((ALL_KINDS, BOB), (after(EMPTY, device()), ALICE)):
        with pytest.raises(NoSuchEntity, match=r"^MFA Device invalid for user\.$"):
            mfa_device(keyring, PHONE, principal_id)
