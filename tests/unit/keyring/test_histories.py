"""Random histories of all commands: the live state, its replay and its snapshots are one, at every commit."""

import random
from collections import Counter

import pytest
from doorward_kernel.errors import DoorwardError
from doorward_kernel.record import GENESIS, Record
from doorward_keyring.access_keys import AccessKeyStatus, DeleteAccessKey, UpdateAccessKey
from doorward_keyring.codec import encode
from doorward_keyring.commands import DECISIONS, Command, decide
from doorward_keyring.keyring import EraseSecrets, Keyring
from doorward_keyring.mfa_devices import DeactivateMFADevice
from doorward_keyring.password_policy import (
    DeleteAccountPasswordPolicy,
    PasswordPolicy,
    UpdateAccountPasswordPolicy,
)
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
from doorward_keyring.snapshot import FORMAT, UnreadableSnapshot, dump, load
from doorward_keyring.stream import BrokenStream, fold_records
from doorward_keyring.virtual_devices import DeleteVirtualMFADevice, EnableMFADevice

from tests.unit.keyring.world import ACCOUNT, EMPTY, at, device, key, passkey, with_event

HISTORIES, STEPS = 150, 60
PEOPLE = ("AIDAALICE", "AIDABOB", ACCOUNT)


def drawn(rng: random.Random, step: int) -> Command:
    """Any command, over few names, so that they meet."""
    who, number, moment = rng.choice(PEOPLE), rng.randrange(4), at(step)
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/d{number}"
    owned = {"principal_id": who, "user_name": "somebody"}
    commands: list[Command] = [
        CreateLoginProfile(**owned, password_id=f"p{step}", password_reset_required=False, created_at=moment),
        UpdateLoginProfile(
            **owned, password_id=rng.choice((None, f"q{step}")), password_reset_required=True, changed_at=moment
        ),
        ChangePassword(**owned, password_id=f"r{step}", changed_at=moment),
        DeleteLoginProfile(**owned),
        SetRootPassword(password_id=f"s{step}", password_reset_required=False, changed_at=moment),
        UpdateAccountPasswordPolicy(policy=PasswordPolicy(minimum_password_length=6 + number)),
        DeleteAccountPasswordPolicy(),
        key(rng.randrange(6), who),
        UpdateAccessKey(
            access_key_id=key(number).access_key_id, principal_id=who, status=rng.choice(list(AccessKeyStatus))
        ),
        DeleteAccessKey(access_key_id=key(number).access_key_id, principal_id=who),
        device(f"d{number}", f"id{step}"),
        DeleteVirtualMFADevice(serial_number=serial),
        EnableMFADevice(serial_number=serial, principal_id=who, enabled_at=moment),
        passkey(f"k{number}", f"U{step}", f"Y3J{step:04}"),
        RegisterSmsDevice(principal_id=who, user_name="somebody", unique=f"S{step}", registered_at=moment),
        DeactivateMFADevice(serial_number=serial, principal_id=who),
        MakeRecoveryCodes(principal_id=who, batch_id=f"b{step // 9}", codes=3, made_at=moment),
        UseRecoveryCode(principal_id=who, batch_id=f"b{step // 9}", number=number, used_at=moment),
        RevokeSessions(principal_id=who, before=at(rng.randrange(60)), now=moment),
        ForgetPrincipal(principal_id=who),
    ]
    if step > STEPS - 3 and rng.random() < 0.2:
        return EraseSecrets(erased_at=moment)
    return rng.choice(commands)


def history(seed: int, obeyed: Counter[type]) -> list[tuple[Record, Keyring]]:
    """The records of a random history, each with the live state after it."""
    rng, keyring, steps = random.Random(seed), EMPTY, []  # noqa: S311 - no secret
    for step in range(STEPS):
        command = drawn(rng, step)
        try:
            events = decide(keyring, command)
        except DoorwardError:
            continue
        obeyed[type(command)] += bool(events)
        for event in events:
            keyring = with_event(keyring, event)
            stored = encode(event)
            record = Record(
                position=keyring.position,
                account=ACCOUNT,
                version=keyring.version,
                type=stored.type,
                schema_version=stored.schema_version,
                payload=stored.payload,
                metadata=b"{}",
                recorded_at=step,
                commit_last=event is events[-1],
                digest=GENESIS,
            )
            steps.append((record, keyring))
    return steps


def test_replay_and_snapshots_equal_the_live_state_at_every_commit() -> None:
    obeyed: Counter[type] = Counter()
    for seed in range(HISTORIES):
        replayed: Keyring | None = None
        restarts = random.Random(seed)  # noqa: S311 - no secret
        for record, live in history(seed, obeyed):
            replayed = fold_records(replayed, [record])
            assert replayed == live
            if restarts.random() < 0.2:
                replayed = load(dump(live))
                assert replayed == live
                assert dump(replayed) == dump(live)

    assert {command for command in DECISIONS if not obeyed[command]} == set(), "commands that were never obeyed"


def test_a_record_that_does_not_follow_breaks_the_stream_and_changes_nothing() -> None:
    steps = history(1, Counter())
    first, second = steps[0][0], steps[1][0]

    with pytest.raises(BrokenStream, match="expected version 1"):
        fold_records(None, [second])
    with pytest.raises(BrokenStream, match="expected version 2"):
        fold_records(fold_records(None, [first]), [first])


@pytest.mark.parametrize("state", [b"", b"{}", b"[]", b'{"format": 0}', b"\xff", b"[" * 100_000])
def test_what_is_no_snapshot_is_unreadable(state: bytes) -> None:
    with pytest.raises(UnreadableSnapshot):
        load(state)


def test_a_snapshot_tells_its_format() -> None:
    assert f'"format":{FORMAT}'.encode() in dump(EMPTY)
