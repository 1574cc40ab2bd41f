"""What a method asks of the decision service itself is asked as what is asked before it: of everybody, and with where
the call comes from; on real parts."""

import json
from collections.abc import Callable

import pytest
from doorward.credential.v1.sessions_pb2 import SessionTag
from doorward_kernel.errors import AccessDenied

from tests.e2e.people import EVERYTHING, PASSWORD, People, refused

FROM_HERE = {"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}}
NEW_PASSWORD = "Fresh-horse-99"


def policy(effect: str, **statement: object) -> str:
    """A policy of one statement about every resource."""
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": effect, "Resource": "*", **statement}})


def put_guardrail(people: People, content: str) -> None:
    """Attach an SCP to the account."""
    organization = people.operator.organization
    made = organization.create_organization_policy(
        name=f"guardrail-{people.account}", type="SERVICE_CONTROL_POLICY", content=content
    )
    organization.attach_organization_policy(policy_id=made.policy.policy_summary.id, target_id=people.account)


def own_methods(people: People, passport: str, key_id: str) -> dict[str, Callable[[], object]]:
    """What a user or root user does with its own credentials, by the name of the action that is asked for."""
    mine = people.bearing(passport).credentials
    return {
        "iam:GetAccessKeyLastUsed": lambda: mine.get_access_key_last_used(access_key_id=key_id),
        "iam:EnableMFADevice": mine.start_passkey_registration,
        "iam:ChangePassword": lambda: mine.change_password(old_password=PASSWORD, new_password=NEW_PASSWORD),
    }


class TestWhereACallComesFrom:
    def test_who_is_denied_from_an_address_is_denied_whatever_is_called(self, somebody: People) -> None:
        role = somebody.role("ops", {"AWS": f"arn:aws:iam::{somebody.account}:root"})
        key, passport = somebody.key(), somebody.sign_in()
        tokens, federating = somebody.bearing(passport).tokens, somebody.bearing(somebody.by_key(key)).tokens
        methods = own_methods(somebody, passport, key[0]) | {
            "sts:AssumeRole": lambda: tokens.assume_role(role_arn=role, role_session_name="session"),
            "sts:GetFederationToken": lambda: federating.get_federation_token(name="feddy"),
        }

        somebody.operator.identity.put_user_policy(
            user_name="alice", policy_name="deny", policy_document=policy("Deny", Action="*", Condition=FROM_HERE)
        )

        for action, method in methods.items():
            with refused(AccessDenied, f"to perform: {action} .* with an explicit deny"):
                method()
        somebody.operator.identity.delete_user_policy(user_name="alice", policy_name="deny")
        for method in methods.values():
            assert method()

    def test_a_role_may_trust_an_address(self, somebody: People) -> None:
        anybody = {"AWS": f"arn:aws:iam::{somebody.account}:root"}
        here = somebody.role("here", anybody, Condition=FROM_HERE)
        elsewhere = somebody.role("elsewhere", anybody, Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
        passport = somebody.sign_in()

        assert somebody.assumed(passport, here)
        with refused(AccessDenied, "sts:AssumeRole"):
            somebody.assumed(passport, elsewhere)


class TestTheRootUser:
    @pytest.mark.parametrize("permitted", [True, False])
    @pytest.mark.parametrize(
        ("guardrail", "because"),
        [
            ({"effect": "Deny", "Action": "*"}, "with an explicit deny"),
            ({"effect": "Allow", "Action": "sts:*"}, "because no policy allows"),
        ],
        ids=["denied", "not allowed"],
    )
    def test_guardrails_bind_it_whatever_is_called(
        self, somebody: People, guardrail: dict[str, str], because: str, permitted: bool
    ) -> None:
        credentials, organization = somebody.operator.credentials, somebody.operator.organization
        credentials.update_account_password_policy(allow_users_to_change_password=permitted)
        credentials.set_root_password(password=PASSWORD)
        made = credentials.create_root_access_key().access_key
        root = somebody.by_key((made.access_key_id, made.secret_access_key))
        methods = own_methods(somebody, root, made.access_key_id)

        put_guardrail(somebody, policy(**guardrail))
        organization.detach_organization_policy(policy_id="p-FullAWSAccess", target_id=somebody.account)

        for action, method in methods.items():
            with refused(AccessDenied, f":root is not authorized to perform: {action} on resource: .*:root {because}"):
                method()

    def test_without_guardrails_it_may_look_after_its_own_credentials(self, somebody: People) -> None:
        somebody.operator.credentials.set_root_password(password=PASSWORD)
        made = somebody.operator.credentials.create_root_access_key().access_key
        root = somebody.by_key((made.access_key_id, made.secret_access_key))

        for method in own_methods(somebody, root, made.access_key_id).values():
            assert method()


class TestTagsOfSessions:
    def test_a_federated_user_has_no_tags_that_its_issuer_may_not_give(self, somebody: People) -> None:
        identity = somebody.operator.identity
        key = somebody.key()
        tokens = somebody.bearing(somebody.by_key(key)).tokens
        finance = {"StringEquals": {"aws:RequestTag/dept": "finance"}}
        identity.put_user_policy(
            user_name="alice",
            policy_name="deny",
            policy_document=policy("Deny", Action="sts:TagSession", Condition=finance),
        )

        with refused(AccessDenied, "to perform: sts:TagSession on resource: .*:federated-user/feddy with an explicit"):
            tokens.get_federation_token(name="feddy", policy=EVERYTHING, tags=[SessionTag(key="Dept", value="finance")])
        assert tokens.get_federation_token(name="feddy", tags=[SessionTag(key="dept", value="sales")]).credentials

    def test_who_may_not_federate_is_denied(self, somebody: People) -> None:
        somebody.operator.identity.create_user(user_name="bob")
        tokens = somebody.bearing(somebody.by_key(somebody.key("bob"))).tokens

        with refused(AccessDenied, "to perform: sts:GetFederationToken on resource: .*:federated-user/feddy"):
            tokens.get_federation_token(name="feddy")

    def test_inherited_tags_and_source_identities_enter_only_where_they_are_let_in(self, somebody: People) -> None:
        anybody = {"AWS": f"arn:aws:iam::{somebody.account}:root"}
        every = {"Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
        first = somebody.role("first", anybody, **every)
        plain = somebody.role("plain", anybody, Action="sts:AssumeRole")
        dev = somebody.role("dev", anybody, **every, Condition={"StringEquals": {"aws:RequestTag/team": "dev"}})
        prod = somebody.role("prod", anybody, **every, Condition={"StringEquals": {"aws:RequestTag/team": "prod"}})
        team = {"tags": [{"key": "team", "value": "prod"}], "transitive_tag_keys": ["team"]}
        tagged = somebody.assumed(somebody.sign_in(), first, **team)
        named = somebody.assumed(somebody.sign_in(), first, source_identity="alice")

        with refused(AccessDenied, "sts:TagSession"):
            somebody.assumed(tagged, plain)
        with refused(AccessDenied, "sts:SetSourceIdentity"):
            somebody.assumed(named, plain)
        with refused(AccessDenied, "sts:AssumeRole"):
            somebody.assumed(tagged, dev, tags=[{"key": "team", "value": "dev"}])
        assert somebody.assumed(tagged, prod, tags=[{"key": "team", "value": "dev"}])
