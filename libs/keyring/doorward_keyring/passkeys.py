"""Passkeys: WebAuthn credentials, which sign what a browser shows them. Only their public keys are known here."""

import re
from dataclasses import dataclass
from datetime import datetime

from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import EntityAlreadyExists, InvalidInput
from doorward_kernel.names import check_length, check_name, name_key

from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import (
    LONGEST_DEVICE_NAME,
    LONGEST_SERIAL_NUMBER,
    Passkey,
    check_quota,
    mfa_devices_of,
    with_enabled,
)

LONGEST_CREDENTIAL_ID = 1364
"""1,023 bytes (WebAuthn Level 3, 5.8.1), in base64url."""

LONGEST_PUBLIC_KEY = 8192
MOST_TRANSPORTS, LONGEST_TRANSPORT = 8, 32
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRegistered:
    """It is enabled. Bytes are in base64url without padding; the rest as in `Passkey`."""

    serial: str
    principal_id: str
    name: str
    credential_id: str
    public_key: str
    aaguid: str
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool
    registered_at: datetime


# --- state, and how events change it ---


def passkey_registered(keyring: Keyring, event: PasskeyRegistered) -> Keyring:
    passkey = Passkey(
        serial=event.serial,
        principal_id=event.principal_id,
        name=event.name,
        credential_id=event.credential_id,
        public_key=event.public_key,
        aaguid=event.aaguid,
        transports=event.transports,
        backup_eligible=event.backup_eligible,
        backed_up=event.backed_up,
        enabled_at=event.registered_at,
    )
    return with_enabled(keyring, passkey, event.principal_id)


def passkey_by_credential(keyring: Keyring, credential_id: str) -> Passkey | None:
    """The passkey of that credential id (base64url), whosever it is. Looks at every device of the account."""
    for device in keyring.mfa_devices.values():
        if isinstance(device, Passkey) and device.credential_id == credential_id:
            return device
    return None


def passkey_serial_number(account_id: str, user_name: str | None, name: str, unique: str) -> str:
    """The ARN that is a passkey's serial number; `user_name` is None for the root user."""
    owner = "root-account" if user_name is None else f"user/{user_name}"
    return iam_arn(account_id, "u2f", f"/{owner}/", f"{name}-{unique}")


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPasskey:
    """The authenticator's answer was verified.

    `user_name` is None for the root user; `unique` are a few random letters and digits. The rest as in
    `PasskeyRegistered`.
    """

    principal_id: str
    user_name: str | None
    passkey_name: str
    unique: str
    credential_id: str
    public_key: str
    aaguid: str
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool
    registered_at: datetime


def register_passkey(keyring: Keyring, command: RegisterPasskey) -> list[PasskeyRegistered]:
    """Raises LimitExceeded, InvalidInput; EntityAlreadyExists when the principal has a passkey of that name, or anybody
    has the credential (WebAuthn Level 3, 7.1, step 26)."""
    check_name(command.passkey_name, "passkeyName", LONGEST_DEVICE_NAME)
    _check_base64url(command.credential_id, "credentialId", LONGEST_CREDENTIAL_ID)
    _check_base64url(command.public_key, "publicKey", LONGEST_PUBLIC_KEY)
    _check_transports(command.transports)
    check_quota(keyring, command.principal_id)
    own_names = {
        name_key(device.name) for device in mfa_devices_of(keyring, command.principal_id) if isinstance(device, Passkey)
    }
    serial = passkey_serial_number(keyring.account_id, command.user_name, command.passkey_name, command.unique)
    check_length(serial, "serialNumber", 1, LONGEST_SERIAL_NUMBER)
    if name_key(command.passkey_name) in own_names or serial in keyring.mfa_devices:
        raise EntityAlreadyExists("MFADevice entity at the same path and name already exists.")
    if passkey_by_credential(keyring, command.credential_id) is not None:
        raise EntityAlreadyExists("the passkey is registered already")
    return [
        PasskeyRegistered(
            serial=serial,
            principal_id=command.principal_id,
            name=command.passkey_name,
            credential_id=command.credential_id,
            public_key=command.public_key,
            aaguid=command.aaguid,
            transports=command.transports,
            backup_eligible=command.backup_eligible,
            backed_up=command.backed_up,
            registered_at=command.registered_at,
        )
    ]


def _check_base64url(text: str, field: str, longest: int) -> None:
    check_length(text, field, 1, longest)
    if not _BASE64URL.fullmatch(text):
        raise InvalidInput(f"`{field}` is not base64url without padding")


def _check_transports(transports: tuple[str, ...]) -> None:
    """Browsers may know others than we do, but not many, and none with a long name."""
    if len(transports) > MOST_TRANSPORTS or any(len(each) > LONGEST_TRANSPORT for each in transports):
        raise InvalidInput(f"`transports` has more than {MOST_TRANSPORTS} entries, or one that is too long")
