"""The keyring of an account: what proves who its principals are, and what no longer does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from doorward_kernel.ids import AccountId
from immutables import Map

if TYPE_CHECKING:
    from doorward_keyring.access_keys import AccessKey
    from doorward_keyring.index import Index
    from doorward_keyring.mfa_devices import MfaDevice
    from doorward_keyring.password_policy import PasswordPolicy
    from doorward_keyring.passwords import LoginProfile
    from doorward_keyring.recovery_codes import RecoveryCodes


# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsErased:
    """All credentials of the account are gone, with the key that its secrets were sealed with."""

    erased_at: datetime


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """All credentials of an account at one moment; never changed, only replaced. It holds no secret.

    A principal is known by its id: the unique id of a user (`AIDA…`) or role (`AROA…`), the account id for the root
    user. Whether there is such a principal is told by the identity log.
    """

    account_id: AccountId
    version: int
    """Events folded so far."""
    position: int
    """Position in the log of the last folded record, 0 if none."""
    erased_at: datetime | None
    """When everything was erased, for good; None while it is not."""

    password_policy: PasswordPolicy | None
    """The account's own; None while the default holds."""
    login_profiles: Map[str, LoginProfile]
    """By principal id."""
    access_keys: Map[str, AccessKey]
    """By access key id."""
    mfa_devices: Map[str, MfaDevice]
    """By serial number."""
    recovery_codes: Map[str, RecoveryCodes]
    """By principal id."""
    revocations: Map[str, datetime]
    """By principal id: what was authenticated until then is refused."""

    keys_of: Index
    """The access keys of each principal that has any."""
    devices_of: Index
    """The serial numbers of the enabled devices of each principal that has any."""
    virtual_devices: Map[str, str]
    """Serial numbers of the virtual devices by name (`names.name_key`)."""


def empty(account_id: AccountId) -> Keyring:
    """The keyring of an account before its first event."""
    return Keyring(
        account_id=account_id,
        version=0,
        position=0,
        erased_at=None,
        password_policy=None,
        login_profiles=Map(),
        access_keys=Map(),
        mfa_devices=Map(),
        recovery_codes=Map(),
        revocations=Map(),
        keys_of=Map(),
        devices_of=Map(),
        virtual_devices=Map(),
    )


def secrets_erased(keyring: Keyring, event: SecretsErased) -> Keyring:
    return replace(
        empty(keyring.account_id), version=keyring.version, position=keyring.position, erased_at=event.erased_at
    )


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseSecrets:
    """A command of the operator: for good."""

    erased_at: datetime


def erase_secrets(_keyring: Keyring, command: EraseSecrets) -> list[SecretsErased]:
    """Also when there is nothing, for nothing shall come any more."""
    return [SecretsErased(erased_at=command.erased_at)]
