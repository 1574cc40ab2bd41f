"""All commands on a keyring, and one way in for them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from doorward_kernel.errors import AccountIsClosed, InvalidInput
from doorward_kernel.ids import OPERATOR, AccountId

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
from doorward_keyring.access_keys import CreateAccessKey, DeleteAccessKey, UpdateAccessKey
from doorward_keyring.events import Event
from doorward_keyring.keyring import EraseSecrets, Keyring, erase_secrets
from doorward_keyring.mfa_devices import DeactivateMFADevice
from doorward_keyring.passkeys import RegisterPasskey
from doorward_keyring.password_policy import DeleteAccountPasswordPolicy, UpdateAccountPasswordPolicy
from doorward_keyring.passwords import (
    ChangePassword,
    CreateLoginProfile,
    DeleteLoginProfile,
    SetRootPassword,
    UpdateLoginProfile,
)
from doorward_keyring.principals_gone import ForgetPrincipal
from doorward_keyring.recovery_codes import MakeRecoveryCodes, UseRecoveryCode
from doorward_keyring.revocations import RevokeSessions
from doorward_keyring.sms_devices import RegisterSmsDevice
from doorward_keyring.virtual_devices import CreateVirtualMFADevice, DeleteVirtualMFADevice, EnableMFADevice

PasswordCommand: TypeAlias = (
    CreateLoginProfile
    | UpdateLoginProfile
    | ChangePassword
    | DeleteLoginProfile
    | SetRootPassword
    | UpdateAccountPasswordPolicy
    | DeleteAccountPasswordPolicy
)
AccessKeyCommand: TypeAlias = CreateAccessKey | UpdateAccessKey | DeleteAccessKey
MfaCommand: TypeAlias = (
    CreateVirtualMFADevice
    | DeleteVirtualMFADevice
    | EnableMFADevice
    | RegisterPasskey
    | RegisterSmsDevice
    | DeactivateMFADevice
    | MakeRecoveryCodes
    | UseRecoveryCode
)
Command: TypeAlias = PasswordCommand | AccessKeyCommand | MfaCommand | RevokeSessions | ForgetPrincipal | EraseSecrets


def decide(keyring: Keyring, command: Command) -> list[Event]:
    """What happens when `command` is obeyed; nothing when its effect is already there.

    An account that has no events yet has the `empty` keyring. Raises InvalidInput for the operator's account,
    AccountIsClosed once all was erased, and what the command's own function raises.
    """
    check_has_credentials(keyring.account_id)
    if keyring.erased_at is not None:
        if isinstance(command, EraseSecrets | ForgetPrincipal):
            return []
        raise AccountIsClosed(
            f"the credentials of account `{keyring.account_id}` were erased for good: it can have no others"
        )
    return [*DECISIONS[type(command)](keyring, command)]


def check_has_credentials(account_id: AccountId) -> None:
    """Raises InvalidInput for the operator's account: nobody signs in to it, and what is sealed for it is the service's
    own, such as the keys that sign passports."""
    if account_id == OPERATOR:
        raise InvalidInput(f"`{OPERATOR}` is the operator's own account: it has no users, credentials or sessions")


Decision: TypeAlias = Callable[[Keyring, Any], Sequence[Event]]
_C = TypeVar("_C", bound=Command)


def _row(command: type[_C], decision: Callable[[Keyring, _C], Sequence[Event]]) -> tuple[type[Any], Decision]:
    """One command and what decides it; the type checker sees that they belong together."""
    return command, decision


DECISIONS: Mapping[type[Any], Decision] = dict(
    [
        _row(CreateLoginProfile, passwords.create_login_profile),
        _row(UpdateLoginProfile, passwords.update_login_profile),
        _row(ChangePassword, passwords.change_password),
        _row(DeleteLoginProfile, passwords.delete_login_profile),
        _row(SetRootPassword, passwords.set_root_password),
        _row(UpdateAccountPasswordPolicy, password_policy.update_account_password_policy),
        _row(DeleteAccountPasswordPolicy, password_policy.delete_account_password_policy),
        _row(CreateAccessKey, access_keys.create_access_key),
        _row(UpdateAccessKey, access_keys.update_access_key),
        _row(DeleteAccessKey, access_keys.delete_access_key),
        _row(CreateVirtualMFADevice, virtual_devices.create_virtual_mfa_device),
        _row(DeleteVirtualMFADevice, virtual_devices.delete_virtual_mfa_device),
        _row(EnableMFADevice, virtual_devices.enable_mfa_device),
        _row(RegisterPasskey, passkeys.register_passkey),
        _row(RegisterSmsDevice, sms_devices.register_sms_device),
        _row(DeactivateMFADevice, mfa_devices.deactivate_mfa_device),
        _row(MakeRecoveryCodes, recovery_codes.make_recovery_codes),
        _row(UseRecoveryCode, recovery_codes.use_recovery_code),
        _row(RevokeSessions, revocations.revoke_sessions),
        _row(ForgetPrincipal, principals_gone.forget_principal),
        _row(EraseSecrets, erase_secrets),
    ]
)
"""Every command."""
