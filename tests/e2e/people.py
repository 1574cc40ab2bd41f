"""An account with people who can prove who they are."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyotp
import pytest
from doorward_client import Client
from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import DoorwardError
from doorward_local.world import LocalDoorward

from tests.e2e.signing import of_session, signed
from tests.e2e.worlds import tenant

PASSWORD = "Correct-horse-9"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


@dataclass(frozen=True, slots=True)
class People:
    """The operator's client on an account that has the user alice, who may do everything."""

    operator: Client
    account: str

    @property
    def alice(self) -> str:
        return iam_arn(self.account, "user", "/", "alice")

    def sign_in(self, user: str = "alice", password: str = PASSWORD, **more: str) -> str:
        """A passport. Fails when more than a password is asked for."""
        answer = self.operator.authentication.sign_in(account=self.account, user_name=user, password=password, **more)
        assert answer.HasField("signed_in"), answer.challenge.need
        return answer.signed_in.passport

    def bearing(self, passport: str) -> Client:
        """A client that calls as the bearer."""
        return self.operator.with_options(passport=passport)

    def key(self, user: str = "alice") -> tuple[str, str]:
        """A new access key: id and secret."""
        made = self.operator.credentials.create_access_key(user_name=user).access_key
        return made.access_key_id, made.secret_access_key

    def by_key(self, key: tuple[str, str]) -> str:
        """A passport for a request signed with a key."""
        return self.operator.authentication.authenticate(**signed(*key)).passport

    def role(self, name: str, principal: object, **statement: object) -> str:
        """A role that trusts a principal, allowed everything; its ARN."""
        trust = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"], **statement}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = self.operator.identity.create_role(role_name=name, assume_role_policy_document=document).role.arn
        self.operator.identity.put_role_policy(role_name=name, policy_name="all", policy_document=EVERYTHING)
        return arn

    def assumed(self, passport: str, role_arn: str, **more: object) -> str:
        """A passport of a session of the role."""
        fields = {"role_arn": role_arn, "role_session_name": "session", **more}
        session = self.bearing(passport).tokens.assume_role(**fields).credentials  # type: ignore[arg-type]
        return self.operator.authentication.authenticate(**of_session(session)).passport

    def phone(self, passport: str, user: str = "") -> tuple[str, Callable[[int], str]]:
        """A virtual device, enabled; its serial number, and the code that it shows some steps from now."""
        bearer = self.bearing(passport).credentials
        made = bearer.create_virtual_mfa_device(virtual_mfa_device_name=f"phone-{user or 'own'}").virtual_mfa_device
        totp, now = pyotp.TOTP(made.base32_string_seed.decode()), time.time()
        bearer.enable_mfa_device(
            user_name=user,
            serial_number=made.serial_number,
            authentication_code1=totp.at(now - 60),
            authentication_code2=totp.at(now - 30),
        )
        return made.serial_number, lambda steps: totp.at(time.time() + 30 * steps)


def refused(error: type[DoorwardError], text: str | None = None) -> "pytest.RaisesExc[DoorwardError]":
    """The block is refused with this error, whose message holds `text`, a regular expression."""
    return pytest.raises(error, match=text)


@contextmanager
def people(world: LocalDoorward) -> Iterator[People]:
    """A new account, so that tests that share a run do not meet."""
    with tenant(world) as made:
        made.client.identity.put_user_policy(user_name="alice", policy_name="all", policy_document=EVERYTHING)
        made.client.credentials.create_login_profile(user_name="alice", password=PASSWORD)
        yield People(made.client, made.account)
