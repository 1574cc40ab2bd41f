"""Telephones that codes are sent to. Their numbers are sealed apart from the log, under the serial number."""

from dataclasses import dataclass
from datetime import datetime

from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import EntityAlreadyExists

from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import SmsDevice, check_quota, with_enabled

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsDeviceRegistered:
    """It is enabled."""

    serial: str
    principal_id: str
    registered_at: datetime


# --- state, and how events change it ---


def sms_device_registered(keyring: Keyring, event: SmsDeviceRegistered) -> Keyring:
    device = SmsDevice(serial=event.serial, principal_id=event.principal_id, enabled_at=event.registered_at)
    return with_enabled(keyring, device, event.principal_id)


def sms_serial_number(account_id: str, user_name: str | None, unique: str) -> str:
    """The ARN that is a telephone's serial number; `user_name` is None for the root user.

    `unique`, because another user may get the name of one who was renamed.
    """
    return iam_arn(account_id, "sms-mfa", "/", f"{user_name or 'root-account'}-{unique}")


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSmsDevice:
    """A code that was sent to the telephone was shown. `user_name` and `unique` as in `passkeys.RegisterPasskey`."""

    principal_id: str
    user_name: str | None
    unique: str
    registered_at: datetime


def register_sms_device(keyring: Keyring, command: RegisterSmsDevice) -> list[SmsDeviceRegistered]:
    """Raises LimitExceeded, EntityAlreadyExists."""
    check_quota(keyring, command.principal_id)
    serial = sms_serial_number(keyring.account_id, command.user_name, command.unique)
    if serial in keyring.mfa_devices:
        raise EntityAlreadyExists("MFADevice entity at the same path and name already exists.")
    return [SmsDeviceRegistered(serial=serial, principal_id=command.principal_id, registered_at=command.registered_at)]
