"""Recovery codes: each stands in once for a lost device."""

import pytest
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_keyring.commands import decide
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import DeactivateMFADevice
from doorward_keyring.recovery_codes import UseRecoveryCode

from tests.unit.keyring.world import ALICE, BOB, EMPTY, PHONE, START, after, at, codes, device, enabled, passkey

WITH_PHONE = after(EMPTY, device(), enabled())
MADE = after(WITH_PHONE, codes())


def use(number: int, batch_id: str = "b1", principal_id: str = ALICE) -> UseRecoveryCode:
    return UseRecoveryCode(principal_id=principal_id, batch_id=batch_id, number=number, used_at=at(1))


def test_a_batch_is_numbered_from_one_and_replaces_the_one_before() -> None:
    anew = after(MADE, use(2), codes("b2", 2))

    assert MADE.recovery_codes[ALICE].remaining == (1, 2, 3)
    assert (anew.recovery_codes[ALICE].batch_id, anew.recovery_codes[ALICE].remaining) == ("b2", (1, 2))
    assert anew.recovery_codes[ALICE].made_at == START


def test_a_used_code_is_no_longer_there_and_the_others_are() -> None:
    assert after(MADE, use(2)).recovery_codes[ALICE].remaining == (1, 3)


@pytest.mark.parametrize(
    ("keyring", "command"),
    [
        (after(MADE, use(2)), use(2)),
        (MADE, use(0)),
        (MADE, use(4)),
        (MADE, use(1, "b0")),
        (after(MADE, codes("b2")), use(1)),
        (MADE, use(1, principal_id=BOB)),
        (EMPTY, use(1)),
    ],
    ids=["used", "zero", "beyond the batch", "another batch", "an earlier batch", "another's", "no batch"],
)
def test_a_code_that_was_used_or_replaced_or_never_was_proves_nothing(
    keyring: Keyring, command: UseRecoveryCode
) -> None:
    with pytest.raises(NoSuchEntity, match=r"^the recovery code was used or replaced; use another one$"):
        decide(keyring, command)


@pytest.mark.parametrize("count", [1, 32])
def test_a_batch_has_one_to_thirty_two_codes(count: int) -> None:
    assert len(after(WITH_PHONE, codes(count=count)).recovery_codes[ALICE].remaining) == count


@pytest.mark.parametrize("count", [-1, 0, 33])
def test_a_batch_of_another_size_is_refused(count: int) -> None:
    with pytest.raises(InvalidInput, match="codes"):
        decide(WITH_PHONE, codes(count=count))


def test_a_batch_that_is_there_is_not_made_again() -> None:
    assert decide(after(MADE, use(1)), codes()) == []


def test_codes_stand_in_for_a_device_and_go_with_the_last_one() -> None:
    phone_gone = DeactivateMFADevice(serial_number=PHONE, principal_id=ALICE)
    with pytest.raises(NoSuchEntity, match="no MFA device is enabled"):
        decide(EMPTY, codes())

    assert ALICE in after(MADE, passkey(), phone_gone).recovery_codes
    assert ALICE not in after(MADE, phone_gone).recovery_codes
    assert PHONE in after(MADE, phone_gone).mfa_devices
    assert ALICE not in after(MADE, phone_gone, enabled()).recovery_codes, "not even when a device is enabled again"
