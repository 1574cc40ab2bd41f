"""Events as they are stored: a declared type name, a schema version, canonical JSON."""

from collections.abc import Mapping

from doorward_kernel.event_codec import EventCodec, Upcaster, read_text

from doorward_keyring import (
    access_keys,
    keyring,
    mfa_devices,
    passkeys,
    password_policy,
    passwords,
    principals_gone,
    recovery_codes,
    revocations,
    sms_devices,
    virtual_devices,
)
from doorward_keyring.access_keys import AccessKeyStatus
from doorward_keyring.events import Event

TYPES: Mapping[str, tuple[int, type[Event]]] = {
    "LoginProfileCreated": (1, passwords.LoginProfileCreated),
    "PasswordChanged": (1, passwords.PasswordChanged),
    "PasswordResetSet": (1, passwords.PasswordResetSet),
    "LoginProfileDeleted": (1, passwords.LoginProfileDeleted),
    "PasswordPolicySet": (1, password_policy.PasswordPolicySet),
    "PasswordPolicyDeleted": (1, password_policy.PasswordPolicyDeleted),
    "AccessKeyCreated": (1, access_keys.AccessKeyCreated),
    "AccessKeyStatusSet": (1, access_keys.AccessKeyStatusSet),
    "AccessKeyDeleted": (1, access_keys.AccessKeyDeleted),
    "VirtualMfaDeviceCreated": (1, virtual_devices.VirtualMfaDeviceCreated),
    "VirtualMfaDeviceDeleted": (1, virtual_devices.VirtualMfaDeviceDeleted),
    "MfaDeviceEnabled": (1, virtual_devices.MfaDeviceEnabled),
    "PasskeyRegistered": (1, passkeys.PasskeyRegistered),
    "SmsDeviceRegistered": (1, sms_devices.SmsDeviceRegistered),
    "MfaDeviceDeactivated": (1, mfa_devices.MfaDeviceDeactivated),
    "RecoveryCodesMade": (1, recovery_codes.RecoveryCodesMade),
    "RecoveryCodeUsed": (1, recovery_codes.RecoveryCodeUsed),
    "SessionsRevoked": (1, revocations.SessionsRevoked),
    "PrincipalForgotten": (1, principals_gone.PrincipalForgotten),
    "SecretsErased": (1, keyring.SecretsErased),
}
"""The declared names, each with its current schema version. A name once written is never given to another event."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""From the fields of a type's old schema version to those of the next one; they stay for good."""


def _read_status(value: object) -> AccessKeyStatus:
    return AccessKeyStatus(read_text(value))


_CODEC: EventCodec[Event] = EventCodec(TYPES, UPCASTERS, {AccessKeyStatus: (_read_status, str)})

encode = _CODEC.encode
decode = _CODEC.decode
