"""Snapshots of a keyring: exact, the same everywhere, and refused when they are of another kind."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from doorward_keyring.access_keys import AccessKeyStatus, UpdateAccessKey
from doorward_keyring.keyring import EraseSecrets, Keyring
from doorward_keyring.password_policy import PasswordPolicy, UpdateAccountPasswordPolicy
from doorward_keyring.passwords import ChangePassword
from doorward_keyring.recovery_codes import MakeRecoveryCodes, UseRecoveryCode
from doorward_keyring.revocations import RevokeSessions
from doorward_keyring.sms_devices import RegisterSmsDevice
from doorward_keyring.snapshot import FORMAT, UnreadableSnapshot, dump, dump_pieces, load

from tests.unit.keyring.world import (
    ALICE,
    BOB,
    EMPTY,
    START,
    after,
    at,
    device,
    enabled,
    key,
    passkey,
    profile,
)

FULL = after(
    EMPTY,
    UpdateAccountPasswordPolicy(policy=PasswordPolicy(max_password_age=90, hard_expiry=True)),
    profile(),
    ChangePassword(principal_id=ALICE, user_name="alice", password_id="p2", changed_at=at(1)),
    key(2),
    key(1),
    UpdateAccessKey(access_key_id=key(2).access_key_id, principal_id=ALICE, status=AccessKeyStatus.INACTIVE),
    device(),
    device("Spare", "d2"),
    enabled(),
    passkey(),
    RegisterSmsDevice(principal_id=BOB, user_name="bob", unique="S1", registered_at=START),
    MakeRecoveryCodes(principal_id=ALICE, batch_id="b1", codes=3, made_at=START),
    UseRecoveryCode(principal_id=ALICE, batch_id="b1", number=2, used_at=START),
    RevokeSessions(principal_id=BOB, before=START, now=START),
)
ERASED = after(FULL, EraseSecrets(erased_at=at(9)))


@pytest.mark.parametrize("keyring", [EMPTY, FULL, ERASED], ids=["empty", "full", "erased"])
def test_a_snapshot_gives_back_the_same_keyring(keyring: Keyring) -> None:
    restored = load(dump(keyring))

    assert restored == keyring
    assert dump(restored) == dump(keyring)


def test_what_a_browser_says_is_kept_whatever_its_letters() -> None:
    keyring = after(EMPTY, replace(passkey(), transports=("ünïcode", '"\\\u2028')))

    assert dump(keyring).isascii()
    assert load(dump(keyring)) == keyring


def test_equal_states_give_equal_bytes_however_they_came_about() -> None:
    one = after(EMPTY, key(1), key(2), key(3, BOB), profile(), profile(BOB), device("a", "1"), device("b", "2"))
    other = after(EMPTY, device("b", "2"), profile(BOB), key(3, BOB), key(2), device("a", "1"), profile(), key(1))

    assert one == other
    assert dump(one) == dump(other)


def test_the_order_in_a_snapshot_does_not_hang_on_the_hashes_of_a_process() -> None:
    people = [f"AIDA{number}" for number in range(30)]

    fields = json.loads(dump(after(EMPTY, *map(profile, people), *(key(n, each) for n, each in enumerate(people)))))

    assert [each["principal_id"] for each in fields["login_profiles"]] == sorted(people)
    key_ids = [key_id for key_id, *_ in fields["access_keys"]]
    assert key_ids == sorted(key_ids)


def test_the_pieces_are_small_and_come_to_the_whole() -> None:
    pieces = list(dump_pieces(FULL))

    assert "".join(pieces).encode("ascii") == dump(FULL)
    assert len(pieces) > len(FULL.mfa_devices) + len(FULL.access_keys)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda fields: fields.update(format=FORMAT + 1),
        lambda fields: fields.pop("revocations"),
        lambda fields: fields["password_policy"].update(unknown=1),
        lambda fields: fields["access_keys"][0].append("more"),
        lambda fields: fields["access_keys"][0].__setitem__(2, "Lost"),
        lambda fields: fields["mfa_devices"][0].update(kind="HARDWARE"),
        lambda fields: fields["mfa_devices"][0].update(enabled_at="yesterday"),
        lambda fields: fields["login_profiles"][0].update(changed_at=None),
        lambda fields: fields.update(recovery_codes=7),
    ],
)
def test_a_snapshot_that_is_not_whole_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    fields = json.loads(dump(FULL))
    spoil(fields)

    with pytest.raises(UnreadableSnapshot):
        load(json.dumps(fields).encode())
