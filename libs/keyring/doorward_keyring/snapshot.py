"""Snapshots: a keyring as bytes, to save time. They may be deleted at any moment; the events stay."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from doorward_kernel.event_codec import read_time, read_time_or_none, write_time, write_time_or_none
from doorward_kernel.names import name_key
from immutables import Map

from doorward_keyring.access_keys import AccessKey, AccessKeyStatus
from doorward_keyring.index import Index
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import MfaDevice, MfaKind, Passkey, SmsDevice, VirtualDevice
from doorward_keyring.password_policy import PasswordPolicy
from doorward_keyring.passwords import LoginProfile
from doorward_keyring.recovery_codes import RecoveryCodes

FORMAT = 1
"""Changes whenever the bytes or the meaning of the state change, so that old snapshots are not read."""

Fields: TypeAlias = dict[str, Any]


class UnreadableSnapshot(Exception):
    """The bytes are no snapshot of this format; fold the events instead."""


def dump(keyring: Keyring) -> bytes:
    """The keyring as bytes: equal states give equal bytes, on any machine."""
    return "".join(dump_pieces(keyring)).encode("ascii")


def dump_pieces(keyring: Keyring) -> Iterator[str]:
    """What `dump` joins, thing by thing: for those who have to let others work in between."""
    policy = keyring.password_policy
    fields: dict[str, object] = {
        "format": FORMAT,
        "account_id": keyring.account_id,
        "version": keyring.version,
        "position": keyring.position,
        "erased_at": write_time_or_none(keyring.erased_at),
        "password_policy": None if policy is None else _policy_fields(policy),
    }
    things: dict[str, Iterable[object]] = {
        "login_profiles": (_profile_fields(each) for _, each in sorted(keyring.login_profiles.items())),
        "access_keys": (_key_fields(each) for _, each in sorted(keyring.access_keys.items())),
        "mfa_devices": (_device_fields(each) for _, each in sorted(keyring.mfa_devices.items())),
        "recovery_codes": (_codes_fields(each) for _, each in sorted(keyring.recovery_codes.items())),
        "revocations": ([each, write_time(before)] for each, before in sorted(keyring.revocations.items())),
    }
    yield _json(fields)[:-1]
    for name, several in things.items():
        yield f',"{name}":['
        for number, thing in enumerate(several):
            yield f"{',' if number else ''}{_json(thing)}"
        yield "]"
    yield "}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def load(snapshot: bytes) -> Keyring:
    """The keyring that was dumped. Raises UnreadableSnapshot."""
    try:
        fields = json.loads(snapshot)
        if fields["format"] != FORMAT:
            raise UnreadableSnapshot(f"format {fields['format']}, expected {FORMAT}")
        return _keyring(fields)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UnreadableSnapshot(f"not a snapshot of a keyring: {error}") from error


def _keyring(fields: Fields) -> Keyring:
    policy = fields["password_policy"]
    profiles = [_read_profile(each) for each in fields["login_profiles"]]
    keys = [_read_key(each) for each in fields["access_keys"]]
    devices = [_read_device(each) for each in fields["mfa_devices"]]
    codes = [_read_codes(each) for each in fields["recovery_codes"]]
    virtual = (device for device in devices if isinstance(device, VirtualDevice))
    enabled = ((device.principal_id, device.serial) for device in devices if device.principal_id is not None)
    return Keyring(
        account_id=fields["account_id"],
        version=fields["version"],
        position=fields["position"],
        erased_at=read_time_or_none(fields["erased_at"]),
        password_policy=None if policy is None else PasswordPolicy(**policy),
        login_profiles=Map((each.principal_id, each) for each in profiles),
        access_keys=Map((each.access_key_id, each) for each in keys),
        mfa_devices=Map((each.serial, each) for each in devices),
        recovery_codes=Map((each.principal_id, each) for each in codes),
        revocations=Map((principal_id, read_time(before)) for principal_id, before in fields["revocations"]),
        keys_of=_index((each.principal_id, each.access_key_id) for each in keys),
        devices_of=_index(enabled),
        virtual_devices=Map((name_key(device.name), device.serial) for device in virtual),
    )


def _index(pairs: Iterable[tuple[str, str]]) -> Index:
    entries: dict[str, list[str]] = {}
    for key, entry in pairs:
        entries.setdefault(key, []).append(entry)
    return Map((key, tuple(sorted(ids))) for key, ids in entries.items())


def _policy_fields(policy: PasswordPolicy) -> Fields:
    return {
        "minimum_password_length": policy.minimum_password_length,
        "require_symbols": policy.require_symbols,
        "require_numbers": policy.require_numbers,
        "require_uppercase_characters": policy.require_uppercase_characters,
        "require_lowercase_characters": policy.require_lowercase_characters,
        "allow_users_to_change_password": policy.allow_users_to_change_password,
        "max_password_age": policy.max_password_age,
        "password_reuse_prevention": policy.password_reuse_prevention,
        "hard_expiry": policy.hard_expiry,
    }


def _profile_fields(profile: LoginProfile) -> Fields:
    return {
        "principal_id": profile.principal_id,
        "password_id": profile.password_id,
        "reset_required": profile.reset_required,
        "created_at": write_time(profile.created_at),
        "changed_at": write_time(profile.changed_at),
        "previous": profile.previous,
    }


def _read_profile(fields: Fields) -> LoginProfile:
    return LoginProfile(
        principal_id=fields["principal_id"],
        password_id=fields["password_id"],
        reset_required=fields["reset_required"],
        created_at=read_time(fields["created_at"]),
        changed_at=read_time(fields["changed_at"]),
        previous=tuple(fields["previous"]),
    )


def _key_fields(key: AccessKey) -> list[str]:
    return [key.access_key_id, key.principal_id, key.status, write_time(key.created_at)]


def _read_key(fields: list[str]) -> AccessKey:
    access_key_id, principal_id, status, created_at = fields
    return AccessKey(
        access_key_id=access_key_id,
        principal_id=principal_id,
        status=AccessKeyStatus(status),
        created_at=read_time(created_at),
    )


def _codes_fields(codes: RecoveryCodes) -> list[object]:
    return [codes.principal_id, codes.batch_id, write_time(codes.made_at), codes.remaining]


def _read_codes(fields: list[Any]) -> RecoveryCodes:
    principal_id, batch_id, made_at, remaining = fields
    return RecoveryCodes(
        principal_id=principal_id, batch_id=batch_id, made_at=read_time(made_at), remaining=tuple(remaining)
    )


def _device_fields(device: MfaDevice) -> Fields:
    fields: Fields = {
        "kind": device.kind,
        "serial": device.serial,
        "principal_id": device.principal_id,
        "enabled_at": write_time_or_none(device.enabled_at),
    }
    if isinstance(device, VirtualDevice):
        fields |= {
            "device_id": device.device_id,
            "name": device.name,
            "path": device.path,
            "created_at": write_time(device.created_at),
        }
    elif isinstance(device, Passkey):
        fields |= {
            "name": device.name,
            "credential_id": device.credential_id,
            "public_key": device.public_key,
            "aaguid": device.aaguid,
            "transports": device.transports,
            "backup_eligible": device.backup_eligible,
            "backed_up": device.backed_up,
        }
    return fields


def _read_device(fields: Fields) -> MfaDevice:
    match MfaKind(fields["kind"]):
        case MfaKind.TOTP:
            return VirtualDevice(
                device_id=fields["device_id"],
                serial=fields["serial"],
                name=fields["name"],
                path=fields["path"],
                created_at=read_time(fields["created_at"]),
                principal_id=fields["principal_id"],
                enabled_at=read_time_or_none(fields["enabled_at"]),
            )
        case MfaKind.PASSKEY:
            return Passkey(
                serial=fields["serial"],
                principal_id=fields["principal_id"],
                name=fields["name"],
                credential_id=fields["credential_id"],
                public_key=fields["public_key"],
                aaguid=fields["aaguid"],
                transports=tuple(fields["transports"]),
                backup_eligible=fields["backup_eligible"],
                backed_up=fields["backed_up"],
                enabled_at=read_time(fields["enabled_at"]),
            )
        case MfaKind.SMS:
            return SmsDevice(
                serial=fields["serial"],
                principal_id=fields["principal_id"],
                enabled_at=read_time(fields["enabled_at"]),
            )
