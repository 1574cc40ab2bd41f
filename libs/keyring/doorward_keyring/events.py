"""All events of a keyring, and how each changes the state."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from doorward_kernel.errors import DoorwardError
from doorward_kernel.stream import ImpossibleEvent

from doorward_keyring import (
    access_keys,
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
from doorward_keyring.access_keys import AccessKeyCreated, AccessKeyDeleted, AccessKeyStatusSet
from doorward_keyring.keyring import Keyring, SecretsErased, secrets_erased
from doorward_keyring.mfa_devices import MfaDeviceDeactivated
from doorward_keyring.passkeys import PasskeyRegistered
from doorward_keyring.password_policy import PasswordPolicyDeleted, PasswordPolicySet
from doorward_keyring.passwords import LoginProfileCreated, LoginProfileDeleted, PasswordChanged, PasswordResetSet
from doorward_keyring.principals_gone import PrincipalForgotten
from doorward_keyring.recovery_codes import RecoveryCodesMade, RecoveryCodeUsed
from doorward_keyring.revocations import SessionsRevoked
from doorward_keyring.sms_devices import SmsDeviceRegistered
from doorward_keyring.virtual_devices import MfaDeviceEnabled, VirtualMfaDeviceCreated, VirtualMfaDeviceDeleted

PasswordEvent: TypeAlias = (
    LoginProfileCreated
    | PasswordChanged
    | PasswordResetSet
    | LoginProfileDeleted
    | PasswordPolicySet
    | PasswordPolicyDeleted
)
AccessKeyEvent: TypeAlias = AccessKeyCreated | AccessKeyStatusSet | AccessKeyDeleted
MfaEvent: TypeAlias = (
    VirtualMfaDeviceCreated
    | VirtualMfaDeviceDeleted
    | MfaDeviceEnabled
    | PasskeyRegistered
    | SmsDeviceRegistered
    | MfaDeviceDeactivated
    | RecoveryCodesMade
    | RecoveryCodeUsed
)
Event: TypeAlias = PasswordEvent | AccessKeyEvent | MfaEvent | SessionsRevoked | PrincipalForgotten | SecretsErased


def apply(keyring: Keyring, event: Event) -> Keyring:
    """The state after `event`, one version later. Raises ImpossibleEvent."""
    changed = evolve(keyring, event)
    return replace(changed, version=changed.version + 1)


def evolve(keyring: Keyring, event: Event) -> Keyring:
    """The state after `event`, but of the version before it, for those who count themselves. Raises ImpossibleEvent."""
    try:
        return FOLDS[type(event)](keyring, event)
    except KeyError as error:
        raise ImpossibleEvent(f"{type(event).__name__} names {error}, which does not exist") from error
    except DoorwardError as error:
        raise ImpossibleEvent(f"{type(event).__name__} cannot have happened: {error}") from error


Fold: TypeAlias = Callable[[Keyring, Any], Keyring]
_E = TypeVar("_E", bound=Event)


def _row(event: type[_E], fold: Callable[[Keyring, _E], Keyring]) -> tuple[type[Any], Fold]:
    """One event and how it changes the state; the type checker sees that they belong together."""
    return event, fold


FOLDS: Mapping[type[Any], Fold] = dict(
    [
        _row(LoginProfileCreated, passwords.login_profile_created),
        _row(PasswordChanged, passwords.password_changed),
        _row(PasswordResetSet, passwords.password_reset_set),
        _row(LoginProfileDeleted, passwords.login_profile_deleted),
        _row(PasswordPolicySet, password_policy.password_policy_set),
        _row(PasswordPolicyDeleted, password_policy.password_policy_deleted),
        _row(AccessKeyCreated, access_keys.access_key_created),
        _row(AccessKeyStatusSet, access_keys.access_key_status_set),
        _row(AccessKeyDeleted, access_keys.access_key_deleted),
        _row(VirtualMfaDeviceCreated, virtual_devices.virtual_mfa_device_created),
        _row(VirtualMfaDeviceDeleted, virtual_devices.virtual_mfa_device_deleted),
        _row(MfaDeviceEnabled, virtual_devices.mfa_device_enabled),
        _row(PasskeyRegistered, passkeys.passkey_registered),
        _row(SmsDeviceRegistered, sms_devices.sms_device_registered),
        _row(MfaDeviceDeactivated, mfa_devices.mfa_device_deactivated),
        _row(RecoveryCodesMade, recovery_codes.recovery_codes_made),
        _row(RecoveryCodeUsed, recovery_codes.recovery_code_used),
        _row(SessionsRevoked, revocations.sessions_revoked),
        _row(PrincipalForgotten, principals_gone.principal_forgotten),
        _row(SecretsErased, secrets_erased),
    ]
)
"""Every event."""
