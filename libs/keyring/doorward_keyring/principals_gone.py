"""Principals that are gone: with a user all of its credentials go at once."""

from dataclasses import dataclass, replace
from typing import TypeVar

from immutables import Map

from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import without_device

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalForgotten:
    """Its password, keys, devices (virtual ones are deleted, too) and recovery codes are gone.

    What was revoked stays: a follower that has yet to hear that the user was deleted must not let its sessions in.
    """

    principal_id: str


# --- state, and how events change it ---


def principal_forgotten(keyring: Keyring, event: PrincipalForgotten) -> Keyring:
    principal_id = event.principal_id
    access_keys = keyring.access_keys
    for key_id in keyring.keys_of.get(principal_id, ()):
        access_keys = access_keys.delete(key_id)
    for serial in keyring.devices_of.get(principal_id, ()):
        keyring = without_device(keyring, serial)
    return replace(
        keyring,
        access_keys=access_keys,
        keys_of=_without(keyring.keys_of, principal_id),
        login_profiles=_without(keyring.login_profiles, principal_id),
        recovery_codes=_without(keyring.recovery_codes, principal_id),
    )


V = TypeVar("V")


def _without(things: Map[str, V], principal_id: str) -> Map[str, V]:
    return things.delete(principal_id) if principal_id in things else things


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPrincipal:
    """The user was deleted."""

    principal_id: str


def forget_principal(keyring: Keyring, command: ForgetPrincipal) -> list[PrincipalForgotten]:
    """Nothing when it has no credentials."""
    held = (keyring.login_profiles, keyring.keys_of, keyring.devices_of, keyring.recovery_codes)
    if not any(command.principal_id in things for things in held):
        return []
    return [PrincipalForgotten(principal_id=command.principal_id)]
