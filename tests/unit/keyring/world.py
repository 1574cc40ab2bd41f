"""Keyrings for tests: commands, and what they come to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from doorward_kernel.ids import AccountId
from doorward_keyring.access_keys import AccessKeyStatus, CreateAccessKey, UpdateAccessKey
from doorward_keyring.commands import Command, decide
from doorward_keyring.events import Event, apply
from doorward_keyring.keyring import Keyring, empty
from doorward_keyring.passkeys import RegisterPasskey
from doorward_keyring.password_policy import PasswordPolicy, UpdateAccountPasswordPolicy
from doorward_keyring.passwords import ChangePassword, CreateLoginProfile
from doorward_keyring.recovery_codes import MakeRecoveryCodes
from doorward_keyring.revocations import RevokeSessions
from doorward_keyring.virtual_devices import CreateVirtualMFADevice, EnableMFADevice

ACCOUNT = AccountId("123456789012")
ALICE, BOB = "AIDAALICEALICEALICE22", "AIDABOBBOBBOBBOBBOB22"
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EMPTY = empty(ACCOUNT)
PHONE = f"arn:aws:iam::{ACCOUNT}:mfa/phone"


def at(seconds: int) -> datetime:
    """So many seconds after the start."""
    return START + timedelta(seconds=seconds)


def after(keyring: Keyring, *commands: Command) -> Keyring:
    """The keyring once all of them are obeyed."""
    for command in commands:
        for event in decide(keyring, command):
            keyring = with_event(keyring, event)
    return keyring


def with_event(keyring: Keyring, event: Event) -> Keyring:
    """As the next record of its stream."""
    changed = apply(keyring, event)
    return replace(changed, position=keyring.position + 1)


def profile(principal_id: str = ALICE, password_id: str = "p1") -> CreateLoginProfile:  # noqa: S107 - an id
    return CreateLoginProfile(
        principal_id=principal_id,
        user_name="alice",
        password_id=password_id,
        password_reset_required=False,
        created_at=START,
    )


def key(number: int, principal_id: str = ALICE) -> CreateAccessKey:
    return CreateAccessKey(access_key_id=f"AKIA{number:016}", principal_id=principal_id, created_at=at(number))


def device(name: str = "phone", device_id: str = "d1") -> CreateVirtualMFADevice:
    return CreateVirtualMFADevice(device_id=device_id, virtual_mfa_device_name=name, path="/", created_at=START)


def enabled(serial: str = PHONE, principal_id: str = ALICE) -> EnableMFADevice:
    return EnableMFADevice(serial_number=serial, principal_id=principal_id, enabled_at=START)


def passkey(name: str = "laptop", unique: str = "AB12", credential_id: str = "Y3JlZA") -> RegisterPasskey:
    return RegisterPasskey(
        principal_id=ALICE,
        user_name="alice",
        passkey_name=name,
        unique=unique,
        credential_id=credential_id,
        public_key="a2V5",
        aaguid="00000000-0000-0000-0000-000000000000",
        transports=("internal", "hybrid"),
        backup_eligible=True,
        backed_up=False,
        registered_at=START,
    )


def policy(**fields: int | bool | None) -> UpdateAccountPasswordPolicy:
    """Names only what differs from AWS's defaults."""
    return UpdateAccountPasswordPolicy(policy=PasswordPolicy(**fields))  # type: ignore[arg-type]


def change(password_id: str, seconds: int = 1) -> ChangePassword:
    return ChangePassword(principal_id=ALICE, user_name="alice", password_id=password_id, changed_at=at(seconds))


def status(value: AccessKeyStatus, number: int = 1, principal_id: str = ALICE) -> UpdateAccessKey:
    return UpdateAccessKey(access_key_id=key(number).access_key_id, principal_id=principal_id, status=value)


def codes(batch_id: str = "b1", count: int = 3) -> MakeRecoveryCodes:
    return MakeRecoveryCodes(principal_id=ALICE, batch_id=batch_id, codes=count, made_at=START)


def revoke(seconds: int = 0, now: int | None = None, principal_id: str = ALICE) -> RevokeSessions:
    """What was authenticated until `seconds`, by default at that moment."""
    return RevokeSessions(principal_id=principal_id, before=at(seconds), now=at(seconds if now is None else now))
