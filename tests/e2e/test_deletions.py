"""What the identity service asks the credential service: who still has what, and when it was last used."""

import time
from contextlib import suppress

from doorward_kernel.errors import DeleteConflict, NoSuchEntity, Unavailable
from doorward_local.world import LocalDoorward

from tests.e2e.people import PASSWORD, People, refused
from tests.e2e.worlds import until


def test_a_user_goes_after_its_password_its_keys_and_its_devices(somebody: People) -> None:
    identity, credentials = somebody.operator.identity, somebody.operator.credentials
    key_id, _ = somebody.key()
    serial, _ = somebody.phone(somebody.sign_in())
    identity.delete_user_policy(user_name="alice", policy_name="all")

    with refused(DeleteConflict, "Cannot delete entity, must delete login profile first."):
        identity.delete_user(user_name="alice")
    credentials.delete_login_profile(user_name="alice")
    with refused(DeleteConflict, "Cannot delete entity, must delete access keys first."):
        identity.delete_user(user_name="alice")
    credentials.delete_access_key(user_name="alice", access_key_id=key_id)
    with refused(DeleteConflict, "Cannot delete entity, must deactivate MFA devices first."):
        identity.delete_user(user_name="alice")
    credentials.deactivate_mfa_device(user_name="alice", serial_number=serial)
    identity.delete_user(user_name="alice")

    with refused(NoSuchEntity):
        identity.get_user(user_name="alice")


def test_a_deletion_that_is_sent_again_is_answered_again(somebody: People) -> None:
    somebody.operator.identity.create_user(user_name="bob")
    once = somebody.operator.with_options(client_token="delete-bob").identity

    assert once.delete_user(user_name="bob").revision == once.delete_user(user_name="bob").revision


def test_without_the_credential_service_nobody_is_deleted(world: LocalDoorward, somebody: People) -> None:
    somebody.operator.identity.create_user(user_name="bob")
    with world.without("credential"):
        with refused(Unavailable, "the credential service does not answer"):
            somebody.operator.identity.delete_user(user_name="bob")
        assert somebody.operator.identity.get_user(user_name="bob").user.user_name == "bob"
        somebody.operator.identity.create_user(user_name="carol")
    world.wait_ready("credential")

    def deleted() -> bool:
        with suppress(Unavailable):  # the identity service connects anew within a second
            somebody.operator.identity.delete_user(user_name="bob")
            return True
        return False

    until(deleted, 10)


def test_it_is_told_when_a_password_was_last_used(somebody: People) -> None:
    identity = somebody.operator.identity
    assert not identity.get_user(user_name="alice").user.HasField("password_last_used")
    before = int(time.time())
    somebody.sign_in(password=PASSWORD)
    time.sleep(1.5)

    used = identity.get_user(user_name="alice").user.password_last_used.seconds

    assert before <= used <= before + 3
    assert identity.list_users().users[0].password_last_used.seconds == used


def test_the_summary_counts_devices_passwords_and_keys(somebody: People) -> None:
    passport = somebody.sign_in()
    somebody.phone(passport)
    somebody.bearing(passport).credentials.create_virtual_mfa_device(virtual_mfa_device_name="spare")
    somebody.operator.credentials.create_root_access_key()

    found = somebody.operator.identity.get_account_summary().summary_map

    assert {name: found[name] for name in ("MFADevices", "MFADevicesInUse", "AccessKeysPerUserQuota")} == {
        "MFADevices": 2,
        "MFADevicesInUse": 1,
        "AccessKeysPerUserQuota": 2,
    }
    assert (found["AccountMFAEnabled"], found["AccountPasswordPresent"], found["AccountAccessKeysPresent"]) == (0, 0, 1)
