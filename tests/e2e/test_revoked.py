"""What is deactivated, deleted, revoked or no longer trusted is refused, exactly from the revision that says so on."""

import json
import signal
from collections.abc import Callable

from doorward_kernel.errors import AccessDenied, Unauthenticated
from doorward_local.world import LocalDoorward

from tests.e2e.people import People
from tests.e2e.signing import of_session
from tests.e2e.worlds import until

KEYS, SESSIONS, USERS, TRUST = 500, 300, 100, 100
"""Tries of each kind: a thousand in all."""


def is_accepted(somebody: People, passport: str, revision: str | None = None) -> bool:
    """Whether a check takes the passport, at least as of a revision."""
    try:
        somebody.operator.check("", "s3:GetObject", "*", at_least=revision, passport=passport)
    except Unauthenticated:
        return False
    return True


def switched(somebody: People, key_id: str) -> Callable[[int], str]:
    def switch(number: int) -> str:
        status = "Active" if number % 2 else "Inactive"
        return somebody.operator.credentials.update_access_key(
            user_name="alice", access_key_id=key_id, status=status
        ).revision

    return switch


def test_a_deactivated_key_is_refused_from_its_revision_on_and_an_activated_one_taken(somebody: People) -> None:
    key = somebody.key()
    passport, switch = somebody.by_key(key), switched(somebody, key[0])

    wrong = sum(is_accepted(somebody, passport, switch(number)) is not (number % 2 == 1) for number in range(KEYS))

    assert wrong == 0


def test_late_answers_are_noticed(world: LocalDoorward, somebody: People) -> None:
    """The control: with a NATS that stands still, a check that names no revision is seen to take a deactivated key."""
    key = somebody.key()
    passport, switch = somebody.by_key(key), switched(somebody, key[0])
    assert is_accepted(somebody, passport)
    world.process("nats").send(signal.SIGSTOP)
    try:
        late = 0
        for number in range(4):
            revision = switch(number)
            late += is_accepted(somebody, passport) is not (number % 2 == 1)
            assert is_accepted(somebody, passport, revision) is (number % 2 == 1)
    finally:
        world.process("nats").send(signal.SIGCONT)

    assert late > 0
    until(lambda: is_accepted(somebody, passport), 30)


def test_all_sessions_of_a_role_end_with_one_revocation(somebody: People) -> None:
    role = somebody.role("ops", {"AWS": somebody.alice})
    tokens = somebody.bearing(somebody.by_key(somebody.key())).tokens
    passports = []
    for number in range(SESSIONS):
        session = tokens.assume_role(role_arn=role, role_session_name=f"session-{number}").credentials
        passports.append(somebody.operator.authentication.authenticate(**of_session(session)).passport)
    assert all(is_accepted(somebody, passport) for passport in passports)

    revision = somebody.operator.credentials.revoke_sessions(role_name="ops").revision

    assert not any(is_accepted(somebody, passport, revision) for passport in passports)


def test_a_deleted_user_is_refused_from_its_revision_on(somebody: People) -> None:
    accepted = 0
    for number in range(USERS):
        name = f"user-{number}"
        somebody.operator.identity.create_user(user_name=name)
        key = somebody.key(name)
        passport = somebody.by_key(key)
        assert is_accepted(somebody, passport)
        somebody.operator.credentials.delete_access_key(user_name=name, access_key_id=key[0])
        revision = somebody.operator.identity.delete_user(user_name=name).revision
        accepted += is_accepted(somebody, passport, revision)

    assert accepted == 0


def test_a_role_is_assumed_by_whom_it_trusts_now(somebody: People) -> None:
    role = somebody.role("ops", {"AWS": somebody.alice})
    tokens = somebody.bearing(somebody.by_key(somebody.key())).tokens
    wrong = 0
    for number in range(TRUST):
        trusted = number % 2 == 1
        statement = {
            "Effect": "Allow" if trusted else "Deny",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": somebody.alice},
        }
        somebody.operator.identity.update_assume_role_policy(
            role_name="ops",
            policy_document=json.dumps({"Version": "2012-10-17", "Statement": statement}),
        )
        try:
            tokens.assume_role(role_arn=role, role_session_name="session")
            wrong += not trusted
        except AccessDenied:
            wrong += trusted

    assert wrong == 0
