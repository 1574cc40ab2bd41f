"""Access keys: at most two, Active or Inactive (IAM user guide, "Manage access keys for IAM users")."""

import pytest
from doorward_kernel.errors import DoorwardError, EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from doorward_keyring.access_keys import AccessKeyStatus, DeleteAccessKey, access_key_status, access_keys_of
from doorward_keyring.commands import Command, decide
from doorward_keyring.keyring import Keyring

from tests.unit.keyring.world import ACCOUNT, ALICE, BOB, EMPTY, after, key, status

TWO = after(EMPTY, key(2), key(1))
ONE_ID = key(1).access_key_id


def deleted(number: int = 1, principal_id: str = ALICE) -> DeleteAccessKey:
    return DeleteAccessKey(access_key_id=key(number).access_key_id, principal_id=principal_id)


def found(keyring: Keyring, principal_id: str) -> list[str]:
    return [each.access_key_id for each in access_keys_of(keyring, principal_id)]


@pytest.mark.parametrize("principal_id", [ALICE, ACCOUNT], ids=["user", "root"])
def test_a_principal_has_at_most_two_keys_and_inactive_ones_count(principal_id: str) -> None:
    keyring = after(
        EMPTY, key(1, principal_id), key(2, principal_id), status(AccessKeyStatus.INACTIVE, principal_id=principal_id)
    )

    with pytest.raises(LimitExceeded, match=r"^Cannot exceed quota for AccessKeysPerUser: 2$"):
        decide(keyring, key(3, principal_id))
    assert found(after(keyring, deleted(1, principal_id), key(3, principal_id)), principal_id) == [
        key(2).access_key_id,
        key(3).access_key_id,
    ]


def test_each_principal_has_its_own_keys_the_oldest_first() -> None:
    keyring = after(TWO, key(3, BOB))

    assert found(keyring, ALICE) == [key(1).access_key_id, key(2).access_key_id]
    assert found(keyring, BOB) == [key(3).access_key_id]
    assert found(keyring, ACCOUNT) == []


def test_a_key_is_active_until_it_is_deactivated_and_may_be_active_again() -> None:
    statuses = [
        after(TWO, *commands).access_keys[ONE_ID].status
        for commands in (
            [],
            [status(AccessKeyStatus.INACTIVE)],
            [status(AccessKeyStatus.INACTIVE), status(AccessKeyStatus.ACTIVE)],
        )
    ]

    assert statuses == ["Active", "Inactive", "Active"]
    assert after(TWO, status(AccessKeyStatus.INACTIVE)).access_keys[key(2).access_key_id].status == "Active"


@pytest.mark.parametrize("value", list(AccessKeyStatus))
def test_a_key_that_has_the_status_gets_no_event(value: AccessKeyStatus) -> None:
    assert decide(after(TWO, status(value)), status(value)) == []


@pytest.mark.parametrize("text", ["Active", "Inactive"])
def test_a_status_is_active_or_inactive(text: str) -> None:
    assert access_key_status(text) == text


@pytest.mark.parametrize("text", ["", "active", "INACTIVE", "Expired", "Active "])
def test_there_is_no_other_status(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"enum value set: \[Active, Inactive\]$") as refused:
        access_key_status(text)

    assert f"'{text}' at 'status'" in refused.value.message


def test_a_long_text_that_is_no_status_is_not_repeated_whole() -> None:
    with pytest.raises(InvalidInput) as refused:
        access_key_status("x" * 10_000)

    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("command", "error", "text"),
    [
        (key(1, BOB), EntityAlreadyExists, f"Access Key with id {ONE_ID} already exists."),
        (deleted(1, BOB), NoSuchEntity, f"The Access Key with id {ONE_ID} cannot be found."),
        (
            status(AccessKeyStatus.INACTIVE, 1, BOB),
            NoSuchEntity,
            f"The Access Key with id {ONE_ID} cannot be found.",
        ),
        (deleted(3), NoSuchEntity, f"The Access Key with id {key(3).access_key_id} cannot be found."),
    ],
    ids=["created twice", "another's, deleted", "another's, updated", "unknown"],
)
def test_a_key_is_its_principal_s_alone(command: Command, error: type[DoorwardError], text: str) -> None:
    with pytest.raises(error) as refused:
        decide(TWO, command)

    assert refused.value.message == text
