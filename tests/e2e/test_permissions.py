"""What bearers of passports may, on real parts."""

from doorward_kernel.errors import (
    AccessDenied,
)

from tests.e2e.people import People, refused

OWN_KEYS = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*AccessKey*",'
    '"Resource":"arn:aws:iam::*:user/staff/${aws:username}"}}'
)


class TestPermissions:
    def test_a_bearer_may_what_policies_allow_and_nothing_else(self, somebody: People) -> None:
        somebody.operator.identity.create_user(user_name="bob", path="/staff/")
        somebody.operator.credentials.create_login_profile(user_name="bob", password="Bobs-password-1")
        bob = somebody.bearing(somebody.sign_in("bob", "Bobs-password-1"))

        with refused(AccessDenied, "is not authorized to perform: iam:CreateAccessKey on .*user/staff/bob because"):
            bob.credentials.create_access_key()
        somebody.operator.identity.put_user_policy(
            user_name="bob",
            policy_name="own-keys",
            policy_document=OWN_KEYS,
        )

        assert bob.credentials.create_access_key().access_key.user_name == "bob"
        with refused(AccessDenied):
            bob.credentials.create_access_key(user_name="alice")
        with refused(AccessDenied):
            bob.identity.list_users()

    def test_what_is_for_services_and_the_operator_is_not_for_bearers(self, somebody: People) -> None:
        bearer = somebody.bearing(somebody.sign_in())

        for call in (
            bearer.credentials.erase_secrets,
            bearer.credentials.create_root_access_key,
            bearer.authentication.rotate_keys,
            bearer.identity.list_accounts,
            bearer.log.get_head,
            bearer.credential_log.get_head,
        ):
            with refused(AccessDenied, "not for bearers"):
                call()

    def test_a_passport_is_good_for_its_own_account(self, somebody: People) -> None:
        bearer = somebody.bearing(somebody.sign_in()).with_options(account="999999999999")

        with refused(AccessDenied, "its own account alone"):
            bearer.identity.list_users()

    def test_who_did_it_is_in_the_log(self, somebody: People) -> None:
        bearer = somebody.bearing(somebody.sign_in())
        user_id = bearer.tokens.get_caller_identity().user_id

        bearer.identity.create_user(user_name="carol")

        events = somebody.operator.identity.list_account_events(types=["UserCreated"], max_items=1).events
        assert events[0].actor == f"{somebody.account}:{user_id}"
