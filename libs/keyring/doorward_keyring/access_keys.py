"""Access keys: the long-term keys that requests are signed with. Their secrets are sealed apart from the log."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity

from doorward_keyring.index import with_entry, without_entry
from doorward_keyring.keyring import Keyring

KEYS_PER_PRINCIPAL = 2
"""IAM user guide, "IAM and AWS STS quotas"; users and root alike."""


class AccessKeyStatus(StrEnum):
    ACTIVE = "Active"
    INACTIVE = "Inactive"


def access_key_status(text: str) -> AccessKeyStatus:
    """Raises InvalidInput unless it is `Active` or `Inactive`."""
    try:
        return AccessKeyStatus(text)
    except ValueError as error:
        raise InvalidInput(
            f"1 validation error detected: Value '{text[:64]}' at 'status' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Active, Inactive]"
        ) from error


# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyCreated:
    """It is active."""

    access_key_id: str
    principal_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyStatusSet:
    access_key_id: str
    status: AccessKeyStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyDeleted:
    access_key_id: str


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    access_key_id: str
    principal_id: str
    status: AccessKeyStatus
    created_at: datetime


def access_key_created(keyring: Keyring, event: AccessKeyCreated) -> Keyring:
    key = AccessKey(
        access_key_id=event.access_key_id,
        principal_id=event.principal_id,
        status=AccessKeyStatus.ACTIVE,
        created_at=event.created_at,
    )
    return replace(
        keyring,
        access_keys=keyring.access_keys.set(key.access_key_id, key),
        keys_of=with_entry(keyring.keys_of, key.principal_id, key.access_key_id),
    )


def access_key_status_set(keyring: Keyring, event: AccessKeyStatusSet) -> Keyring:
    key = replace(keyring.access_keys[event.access_key_id], status=event.status)
    return replace(keyring, access_keys=keyring.access_keys.set(key.access_key_id, key))


def access_key_deleted(keyring: Keyring, event: AccessKeyDeleted) -> Keyring:
    key = keyring.access_keys[event.access_key_id]
    return replace(
        keyring,
        access_keys=keyring.access_keys.delete(key.access_key_id),
        keys_of=without_entry(keyring.keys_of, key.principal_id, key.access_key_id),
    )


def access_keys_of(keyring: Keyring, principal_id: str) -> list[AccessKey]:
    """The principal's, the oldest first."""
    keys = (keyring.access_keys[key_id] for key_id in keyring.keys_of.get(principal_id, ()))
    return sorted(keys, key=lambda key: (key.created_at, key.access_key_id))


def access_key(keyring: Keyring, access_key_id: str, principal_id: str) -> AccessKey:
    """The principal's key. Raises NoSuchEntity, also when it is another principal's."""
    key = keyring.access_keys.get(access_key_id)
    if key is None or key.principal_id != principal_id:
        raise NoSuchEntity(f"The Access Key with id {access_key_id} cannot be found.")
    return key


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccessKey:
    access_key_id: str
    principal_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAccessKey:
    access_key_id: str
    principal_id: str
    status: AccessKeyStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccessKey:
    access_key_id: str
    principal_id: str


def create_access_key(keyring: Keyring, command: CreateAccessKey) -> list[AccessKeyCreated]:
    """Raises LimitExceeded; EntityAlreadyExists when there is a key of that id, which chance does not bring about."""
    if command.access_key_id in keyring.access_keys:
        raise EntityAlreadyExists(f"Access Key with id {command.access_key_id} already exists.")
    if len(keyring.keys_of.get(command.principal_id, ())) >= KEYS_PER_PRINCIPAL:
        raise LimitExceeded(f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_PRINCIPAL}")
    return [
        AccessKeyCreated(
            access_key_id=command.access_key_id, principal_id=command.principal_id, created_at=command.created_at
        )
    ]


def update_access_key(keyring: Keyring, command: UpdateAccessKey) -> list[AccessKeyStatusSet]:
    """Nothing when it is the status. Raises NoSuchEntity."""
    key = access_key(keyring, command.access_key_id, command.principal_id)
    if key.status == command.status:
        return []
    return [AccessKeyStatusSet(access_key_id=key.access_key_id, status=command.status)]


def delete_access_key(keyring: Keyring, command: DeleteAccessKey) -> list[AccessKeyDeleted]:
    """Raises NoSuchEntity."""
    key = access_key(keyring, command.access_key_id, command.principal_id)
    return [AccessKeyDeleted(access_key_id=key.access_key_id)]
