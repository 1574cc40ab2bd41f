"""Policies that name principals: whom, and how that is kept."""

import json
from typing import Any

import pytest
from doorward_directory.principals import (
    foreign_principals,
    principal_arn,
    shown_document,
    stored_document,
)
from doorward_directory.users import DeleteUser
from doorward_kernel.errors import InvalidInput, LimitExceeded, MalformedPolicyDocument
from doorward_policy import PolicyKind

from tests.unit.directory.world import ACCOUNT, World, trusting

OTHER = "111111111111"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/deploy"
BOB = f"arn:aws:iam::{OTHER}:user/bob"


@pytest.fixture
def world() -> World:
    world = World()
    world.create_user("alice", "/staff/")
    world.create_role("deploy")
    return world


def names(document: str) -> list[str]:
    (statement,) = json.loads(document)["Statement"]
    found: list[str] = statement["Principal"]["AWS"]
    return found


def stored(world: World, *given: str, foreign: dict[str, str] | None = None) -> list[str]:
    document, _ = stored_document(world.state, trusting(*given), PolicyKind.TRUST, foreign or {})
    return names(document)


def test_users_and_roles_are_kept_by_unique_id_and_others_as_they_are(world: World) -> None:
    (alice,), (deploy,) = world.state.users, world.state.roles
    same = [
        "*",
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/session",
        f"arn:aws:sts::{ACCOUNT}:federated-user/carol",
    ]

    assert stored(world, ALICE, DEPLOY, *same) == [alice, deploy, *same]


def test_a_unique_id_may_be_named_while_its_bearer_exists(world: World) -> None:
    (alice,) = world.state.users
    assert stored(world, alice) == [alice]

    world.do(DeleteUser(user_name="alice"))

    with pytest.raises(MalformedPolicyDocument) as refused:
        stored(world, alice)
    assert refused.value.message == f'Invalid principal in policy: "AWS":"{alice}"'


@pytest.mark.parametrize(
    "unknown",
    [
        f"arn:aws:iam::{ACCOUNT}:user/nobody",
        f"arn:aws:iam::{ACCOUNT}:user/alice",
        f"arn:aws:iam::{ACCOUNT}:user/staff/Alice",
        f"arn:aws:iam::{ACCOUNT}:role/staff/alice",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/nobody/session",
        BOB,
        OTHER,
        f"arn:aws:iam::{OTHER}:root",
        "AIDAAAAAAAAAAAAAAAAZZ",
    ],
)
def test_who_does_not_exist_cannot_be_trusted(world: World, unknown: str) -> None:
    with pytest.raises(MalformedPolicyDocument) as refused:
        stored(world, ACCOUNT, unknown)

    assert refused.value.message == f'Invalid principal in policy: "AWS":"{unknown}"'


def test_principals_of_other_accounts_are_what_the_caller_found_out(world: World) -> None:
    document = trusting(BOB, OTHER, ALICE, BOB, "*")

    assert foreign_principals(world.state, document, PolicyKind.TRUST) == [(OTHER, BOB), (OTHER, OTHER)]
    assert stored(world, BOB, OTHER, foreign={BOB: "AIDABBBBBBBBBBBBBBBBB", OTHER: OTHER}) == [
        "AIDABBBBBBBBBBBBBBBBB",
        OTHER,
    ]


def test_only_so_many_principals_of_other_accounts_are_looked_up(world: World) -> None:
    others = [str(200_000_000_000 + number) for number in range(251)]

    assert len(foreign_principals(world.state, trusting(*others[:250], *others[:250]), PolicyKind.RESOURCE)) == 250
    with pytest.raises(LimitExceeded, match="at most 250 principals of other accounts, this one 251"):
        foreign_principals(world.state, trusting(*others), PolicyKind.RESOURCE)


def test_the_arn_at_the_time_is_kept_beside_the_document(world: World) -> None:
    (alice,) = world.state.users

    bob = {BOB: "AIDABBBBBBBBBBBBBBBBB"}
    _, principals = stored_document(world.state, trusting(ALICE, BOB, ACCOUNT), PolicyKind.TRUST, bob)
    _, by_id = stored_document(world.state, trusting(alice), PolicyKind.TRUST, {})

    assert dict(principals) == {alice: ALICE, "AIDABBBBBBBBBBBBBBBBB": BOB}
    assert dict(by_id) == {alice: ALICE}


def test_a_policy_reads_back_with_arns_and_with_the_id_of_who_is_gone(world: World) -> None:
    document, _ = stored_document(world.state, trusting(ALICE, DEPLOY, "*"), PolicyKind.TRUST, {})
    (alice,) = world.state.users

    assert shown_document(document, lambda known: principal_arn(world.state, known)) == trusting(ALICE, DEPLOY, "*")

    world.do(DeleteUser(user_name="alice"))
    world.create_user("alice", "/staff/")

    assert shown_document(document, lambda known: principal_arn(world.state, known)) == trusting(alice, DEPLOY, "*")


def test_what_is_not_a_name_under_aws_is_left_alone(world: World) -> None:
    (alice,) = world.state.users
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {
            "Sid": "Alone",
            "Effect": "Allow",
            "Principal": {"AWS": ALICE, "Service": ["a.example.com"]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:username": ALICE}},
        },
    ]
    text = json.dumps({"Version": "2012-10-17", "Id": ALICE, "Statement": statements}, indent=2)

    document, _ = stored_document(world.state, text, PolicyKind.TRUST, {})

    statements[2]["Principal"] = {"AWS": alice, "Service": ["a.example.com"]}
    assert json.loads(document) == {"Version": "2012-10-17", "Id": ALICE, "Statement": statements}


def test_a_single_statement_may_stand_without_a_list(world: World) -> None:
    (alice,) = world.state.users
    statement = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}

    document, _ = stored_document(world.state, json.dumps({"Statement": statement}), PolicyKind.TRUST, {})

    assert json.loads(document)["Statement"]["Principal"] == {"AWS": alice}


def test_who_is_spared_is_kept_by_unique_id_too(world: World) -> None:
    (alice,) = world.state.users
    statement = {"Effect": "Deny", "NotPrincipal": {"AWS": ALICE}, "Action": "s3:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    document, _ = stored_document(world.state, text, PolicyKind.RESOURCE, {})

    assert json.loads(document)["Statement"][0]["NotPrincipal"] == {"AWS": alice}


def test_each_kind_of_policy_has_its_own_rules(world: World) -> None:
    with_resource = trusting(ACCOUNT).replace('"Action"', '"Resource":"*","Action"')
    with pytest.raises(MalformedPolicyDocument, match="Has prohibited field Resource"):
        stored_document(world.state, with_resource, PolicyKind.TRUST, {})
    stored_document(world.state, with_resource, PolicyKind.RESOURCE, {})
    with pytest.raises(MalformedPolicyDocument):
        foreign_principals(world.state, "{}", PolicyKind.TRUST)
    with pytest.raises(InvalidInput):
        foreign_principals(world.state, " " * 131_073, PolicyKind.TRUST)
