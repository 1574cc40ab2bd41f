"""MFA devices: what a principal shows beside its password or key. Seeds and telephone numbers are sealed apart from
the log, under the device's serial number."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from doorward_kernel.errors import LimitExceeded, NoSuchEntity
from doorward_kernel.names import name_key

from doorward_keyring.index import with_entry, without_entry
from doorward_keyring.keyring import Keyring

DEVICES_PER_PRINCIPAL = 8
"""Enabled ones (IAM user guide, "IAM and AWS STS quotas"), of users and root alike."""

UNASSIGNED_DEVICES = 5000
"""Virtual devices of an account that are nobody's: one for each user that it can have."""

LONGEST_SERIAL_NUMBER = 256
LONGEST_DEVICE_NAME = 226


class MfaKind(StrEnum):
    TOTP = "TOTP"
    PASSKEY = "PASSKEY"
    SMS = "SMS"


# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaDeviceDeactivated:
    """It is no longer its principal's; only a virtual one is still there. With a principal's last one go its recovery
    codes."""

    serial: str


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualDevice:
    """A device that shows codes (RFC 6238); `principal_id` and `enabled_at` are None while it is nobody's."""

    kind: ClassVar[MfaKind] = MfaKind.TOTP
    device_id: str
    """What its seed is kept under."""
    serial: str
    name: str
    path: str
    created_at: datetime
    principal_id: str | None
    enabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A WebAuthn credential. How often it signed is counted apart from the log."""

    kind: ClassVar[MfaKind] = MfaKind.PASSKEY
    serial: str
    principal_id: str
    name: str
    credential_id: str
    public_key: str
    """COSE, in base64url."""
    aaguid: str
    """The model of the authenticator."""
    transports: tuple[str, ...]
    """How the browser reaches it: `usb`, `internal`, …"""
    backup_eligible: bool
    backed_up: bool
    """Whether it was kept elsewhere, too, when it was registered."""
    enabled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsDevice:
    """A telephone that codes are sent to."""

    kind: ClassVar[MfaKind] = MfaKind.SMS
    serial: str
    principal_id: str
    enabled_at: datetime


MfaDevice: TypeAlias = VirtualDevice | Passkey | SmsDevice


def mfa_device_deactivated(keyring: Keyring, event: MfaDeviceDeactivated) -> Keyring:
    device = keyring.mfa_devices[event.serial]
    rest = without_device(keyring, event.serial)
    owner = device.principal_id or ""
    if owner in rest.recovery_codes and owner not in rest.devices_of:
        rest = replace(rest, recovery_codes=rest.recovery_codes.delete(owner))
    if not isinstance(device, VirtualDevice):
        return rest
    return replace(
        rest,
        mfa_devices=keyring.mfa_devices.set(device.serial, replace(device, principal_id=None, enabled_at=None)),
        virtual_devices=keyring.virtual_devices,
    )


def with_enabled(keyring: Keyring, device: MfaDevice, principal_id: str) -> Keyring:
    """The keyring with the device, which is the principal's."""
    return replace(
        keyring,
        mfa_devices=keyring.mfa_devices.set(device.serial, device),
        devices_of=with_entry(keyring.devices_of, principal_id, device.serial),
    )


def without_device(keyring: Keyring, serial: str) -> Keyring:
    """The keyring as if the device had never been. Raises KeyError."""
    device = keyring.mfa_devices[serial]
    if device.principal_id is not None:
        keyring = replace(keyring, devices_of=without_entry(keyring.devices_of, device.principal_id, serial))
    if isinstance(device, VirtualDevice):
        keyring = replace(keyring, virtual_devices=keyring.virtual_devices.delete(name_key(device.name)))
    return replace(keyring, mfa_devices=keyring.mfa_devices.delete(serial))


def mfa_devices_of(keyring: Keyring, principal_id: str) -> list[MfaDevice]:
    """The principal's enabled devices, by serial number."""
    return [keyring.mfa_devices[serial] for serial in keyring.devices_of.get(principal_id, ())]


def mfa_device(keyring: Keyring, serial: str, principal_id: str) -> MfaDevice:
    """The principal's enabled device. Raises NoSuchEntity, also when it is another principal's or nobody's."""
    device = keyring.mfa_devices.get(serial)
    if device is None or device.principal_id != principal_id:
        raise NoSuchEntity("MFA Device invalid for user.")
    return device


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivateMFADevice:
    serial_number: str
    principal_id: str


def deactivate_mfa_device(keyring: Keyring, command: DeactivateMFADevice) -> list[MfaDeviceDeactivated]:
    """Raises NoSuchEntity."""
    device = mfa_device(keyring, command.serial_number, command.principal_id)
    return [MfaDeviceDeactivated(serial=device.serial)]


def check_unassigned_quota(keyring: Keyring) -> None:
    """Raises LimitExceeded when UNASSIGNED_DEVICES devices are nobody's."""
    assigned = sum(map(len, keyring.devices_of.values()))
    if len(keyring.mfa_devices) - assigned >= UNASSIGNED_DEVICES:
        raise LimitExceeded(
            f"Cannot exceed quota for UnassignedVirtualMFADevices: {UNASSIGNED_DEVICES}; delete those that nobody needs"
        )


def check_quota(keyring: Keyring, principal_id: str) -> None:
    """Raises LimitExceeded when the principal can have no more devices."""
    if len(keyring.devices_of.get(principal_id, ())) >= DEVICES_PER_PRINCIPAL:
        raise LimitExceeded(f"Cannot exceed quota for MFADevicesPerUser: {DEVICES_PER_PRINCIPAL}")
