"""What is asked for can be shown, in a traceback or a log, without what proves it."""

from doorward_credential.application.passwords import NewPassword
from doorward_credential.application.people import Person
from doorward_credential.application.session_limits import SessionPolicies
from doorward_credential.application.sessions import Factor
from doorward_credential.application.web_identities import AssumeRoleWithWebIdentity

from tests.unit.directory.world import ACCOUNT, World


def test_the_text_of_a_request_tells_no_secret() -> None:
    person = Person(account=World().state, user=None)
    asked = AssumeRoleWithWebIdentity(
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/deploy",
        role_session_name="ci",
        web_identity_token="a-secret",
        duration_seconds=None,
        policies=SessionPolicies(),
    )

    for holds_one in (
        Factor(serial_number="phone", token_code="a-secret"),
        NewPassword(person=person, password="a-secret", argument="password"),
        asked,
    ):
        assert "a-secret" not in repr(holds_one)
