"""Virtual MFA devices: they show codes (RFC 6238), and are there before and after they are somebody's."""

from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from doorward_kernel.names import check_length, check_name, check_path, name_key

from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import (
    LONGEST_DEVICE_NAME,
    LONGEST_SERIAL_NUMBER,
    VirtualDevice,
    check_quota,
    check_unassigned_quota,
    with_enabled,
    without_device,
)

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMfaDeviceCreated:
    """It is nobody's yet. `device_id` is that of this device alone: another one may get its serial number later."""

    device_id: str
    serial: str
    name: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMfaDeviceDeleted:
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaDeviceEnabled:
    """The virtual device is the principal's from here on."""

    serial: str
    principal_id: str
    enabled_at: datetime


# --- state, and how events change it ---


def virtual_mfa_device_created(keyring: Keyring, event: VirtualMfaDeviceCreated) -> Keyring:
    device = VirtualDevice(
        device_id=event.device_id,
        serial=event.serial,
        name=event.name,
        path=event.path,
        created_at=event.created_at,
        principal_id=None,
        enabled_at=None,
    )
    return replace(
        keyring,
        mfa_devices=keyring.mfa_devices.set(device.serial, device),
        virtual_devices=keyring.virtual_devices.set(name_key(device.name), device.serial),
    )


def virtual_mfa_device_deleted(keyring: Keyring, event: VirtualMfaDeviceDeleted) -> Keyring:
    return without_device(keyring, event.serial)


def mfa_device_enabled(keyring: Keyring, event: MfaDeviceEnabled) -> Keyring:
    device = virtual_device(keyring, event.serial)
    enabled = replace(device, principal_id=event.principal_id, enabled_at=event.enabled_at)
    return with_enabled(keyring, enabled, event.principal_id)


def virtual_device(keyring: Keyring, serial: str) -> VirtualDevice:
    """Whosever it is. Raises NoSuchEntity."""
    device = keyring.mfa_devices.get(serial)
    if not isinstance(device, VirtualDevice):
        raise NoSuchEntity(f"VirtualMFADevice with serial number {serial} doesn't exist.")
    return device


def virtual_serial_number(account_id: str, path: str, name: str) -> str:
    """The ARN that is a virtual device's serial number."""
    return iam_arn(account_id, "mfa", path, name)


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateVirtualMFADevice:
    """`device_id` was never used."""

    device_id: str
    virtual_mfa_device_name: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteVirtualMFADevice:
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableMFADevice:
    """Two codes of the device were shown, one after the other."""

    serial_number: str
    principal_id: str
    enabled_at: datetime


def create_virtual_mfa_device(keyring: Keyring, command: CreateVirtualMFADevice) -> list[VirtualMfaDeviceCreated]:
    """Raises EntityAlreadyExists (names are unique ignoring case, whatever the path), InvalidInput; LimitExceeded when
    `UNASSIGNED_DEVICES` are nobody's."""
    name, path = command.virtual_mfa_device_name, command.path
    check_name(name, "virtualMFADeviceName", LONGEST_DEVICE_NAME)
    check_path(path)
    serial = virtual_serial_number(keyring.account_id, path, name)
    check_length(serial, "serialNumber", 1, LONGEST_SERIAL_NUMBER)
    if name_key(name) in keyring.virtual_devices:
        raise EntityAlreadyExists("MFADevice entity at the same path and name already exists.")
    check_unassigned_quota(keyring)
    return [
        VirtualMfaDeviceCreated(
            device_id=command.device_id, serial=serial, name=name, path=path, created_at=command.created_at
        )
    ]


def delete_virtual_mfa_device(keyring: Keyring, command: DeleteVirtualMFADevice) -> list[VirtualMfaDeviceDeleted]:
    """Raises NoSuchEntity; DeleteConflict while it is somebody's."""
    device = virtual_device(keyring, command.serial_number)
    if device.principal_id is not None:
        raise DeleteConflict("MFA VirtualDevice in use. Must deactivate first.")
    return [VirtualMfaDeviceDeleted(serial=device.serial)]


def enable_mfa_device(keyring: Keyring, command: EnableMFADevice) -> list[MfaDeviceEnabled]:
    """Raises NoSuchEntity, LimitExceeded; EntityAlreadyExists when it is enabled, whoever for."""
    device = virtual_device(keyring, command.serial_number)
    if device.principal_id is not None:
        raise EntityAlreadyExists("MFADevice is already in use.")
    check_quota(keyring, command.principal_id)
    return [MfaDeviceEnabled(serial=device.serial, principal_id=command.principal_id, enabled_at=command.enabled_at)]
