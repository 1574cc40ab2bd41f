"""Recovery codes: each stands in once for a device that is lost. Their digests are sealed apart from the log, under
`recovery/<batch>/<number>`."""

from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.names import check_number

from doorward_keyring.keyring import Keyring

MOST_CODES = 32
"""In a batch."""

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesMade:
    """A batch of `codes` codes, numbered from 1; those of an earlier batch are void."""

    principal_id: str
    batch_id: str
    codes: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed:
    principal_id: str
    batch_id: str
    number: int
    used_at: datetime


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes:
    """A principal's batch; `remaining` are the numbers of the codes that were not used, in order."""

    principal_id: str
    batch_id: str
    made_at: datetime
    remaining: tuple[int, ...]


def recovery_codes_made(keyring: Keyring, event: RecoveryCodesMade) -> Keyring:
    codes = RecoveryCodes(
        principal_id=event.principal_id,
        batch_id=event.batch_id,
        made_at=event.made_at,
        remaining=tuple(range(1, event.codes + 1)),
    )
    return replace(keyring, recovery_codes=keyring.recovery_codes.set(codes.principal_id, codes))


def recovery_code_used(keyring: Keyring, event: RecoveryCodeUsed) -> Keyring:
    codes = keyring.recovery_codes[event.principal_id]
    rest = replace(codes, remaining=tuple(number for number in codes.remaining if number != event.number))
    return replace(keyring, recovery_codes=keyring.recovery_codes.set(codes.principal_id, rest))


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRecoveryCodes:
    """`batch_id` is a new one."""

    principal_id: str
    batch_id: str
    codes: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRecoveryCode:
    """Somebody has shown the code: it was compared with what is sealed."""

    principal_id: str
    batch_id: str
    number: int
    used_at: datetime


def make_recovery_codes(keyring: Keyring, command: MakeRecoveryCodes) -> list[RecoveryCodesMade]:
    """Nothing when it is the batch. Raises InvalidInput unless there are 1 to `MOST_CODES` codes; NoSuchEntity
    while the principal has no device that they could stand in for."""
    check_number(command.codes, "codes", 1, MOST_CODES)
    if command.principal_id not in keyring.devices_of:
        raise NoSuchEntity("no MFA device is enabled that recovery codes could stand in for")
    current = keyring.recovery_codes.get(command.principal_id)
    if current is not None and current.batch_id == command.batch_id:
        return []
    return [
        RecoveryCodesMade(
            principal_id=command.principal_id,
            batch_id=command.batch_id,
            codes=command.codes,
            made_at=command.made_at,
        )
    ]


def use_recovery_code(keyring: Keyring, command: UseRecoveryCode) -> list[RecoveryCodeUsed]:
    """Raises NoSuchEntity when the code was used, is of an earlier batch, or never was: it proves nothing."""
    codes = keyring.recovery_codes.get(command.principal_id)
    if codes is None or codes.batch_id != command.batch_id or command.number not in codes.remaining:
        raise NoSuchEntity("the recovery code was used or replaced; use another one")
    return [
        RecoveryCodeUsed(
            principal_id=command.principal_id,
            batch_id=command.batch_id,
            number=command.number,
            used_at=command.used_at,
        )
    ]
