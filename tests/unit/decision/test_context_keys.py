"""The context keys that say who asks, one row for each kind of principal (IAM user guide, "AWS global condition
context keys"). Each is probed by a resource policy that forbids on just that value."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doorward_decision.application.questions import without_server_keys
from doorward_directory.inline_policies import PutUserPolicy
from doorward_directory.tagging import Taggable, TagResource
from doorward_keyring.passport import Passport, PassportKind
from doorward_policy import Effect
from immutables import Map

from tests.unit.decision.judge import ISSUED, Judge, passport, policy
from tests.unit.directory.world import ACCOUNT

OIDC = "login.example.com"
OIDC_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{OIDC}"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service/Deploy"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/nightly"
FEDERATED_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
ISSUED_AT = datetime.fromtimestamp(ISSUED, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

ABSENT = None


async def populated(judge: Judge) -> tuple[str, str]:
    """A user, a role and an OIDC provider; the ids of the first two."""
    user_id = judge.world.create_user("alice", path="/staff/")
    role_id = judge.world.create_role("Deploy", path="/service/")
    judge.world.create_oidc_provider(OIDC, "client")
    await judge.do(
        TagResource(kind=Taggable.USER, name="alice", tags=(("Team", "data"),)),
        TagResource(kind=Taggable.ROLE, name="Deploy", tags=(("Team", "ops"), ("Stage", "prod"))),
    )
    return user_id, role_id


async def has(judge: Judge, who: str | Passport, key: str, value: str | None) -> bool:
    """Whether the key has the value; whether it is absent, for None."""
    condition = {"Null": {key: "true"}} if value is None else {"StringEquals": {key: value}}
    await judge.share(policy("Deny", "documents:Read", condition=json.dumps(condition), principal='"*"'))
    return await judge.effect(who) is Effect.EXPLICIT_DENY


def bearers(user_id: str, role_id: str) -> dict[str, str | Passport]:
    of_user = passport(PassportKind.USER, user_id)
    session = passport(
        PassportKind.ROLE_SESSION,
        role_id,
        "nightly",
        tags=Map({"TEAM": "night"}),
        source_identity="alice",
        federated_provider=OIDC_ARN,
    )
    return {
        "user": USER_ARN,
        "user's key": replace(of_user, access_key_id="", temporary=False),
        "user's session": of_user,
        "role": ROLE_ARN,
        "named role session": SESSION_ARN,
        "role session": session,
        "named federated user": FEDERATED_ARN,
        "federated user": passport(PassportKind.FEDERATED_USER, user_id, "bob", tags=Map({"cost": "7"})),
        "root": ROOT_ARN,
        "root's session": passport(PassportKind.ROOT, ACCOUNT),
        "service": "ec2.amazonaws.com",
        "identity provider": OIDC_ARN,
        "anonymous": "anonymous",
    }


OF_USER = {"aws:PrincipalArn": USER_ARN, "aws:PrincipalType": "User", "aws:userid": "{user}", "aws:username": "alice"}
OF_ROLE = {"aws:PrincipalArn": ROLE_ARN, "aws:PrincipalType": "AssumedRole", "aws:username": ABSENT}
OF_FEDERATED = {
    "aws:PrincipalArn": FEDERATED_ARN,
    "aws:PrincipalType": "FederatedUser",
    "aws:userid": f"{ACCOUNT}:bob",
    "aws:username": ABSENT,
}
OF_ROOT = {
    "aws:PrincipalArn": ROOT_ARN,
    "aws:PrincipalType": "Account",
    "aws:userid": ACCOUNT,
    "aws:username": ABSENT,
    "aws:PrincipalTag/Team": ABSENT,
}
OURS = {"aws:PrincipalAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false", "aws:PrincipalOrgID": "o-abc123def4"}
LONG_TERM = {"aws:MultiFactorAuthPresent": ABSENT, "aws:MultiFactorAuthAge": ABSENT, "aws:TokenIssueTime": ABSENT}
TEMPORARY = {
    "aws:MultiFactorAuthPresent": "false",
    "aws:MultiFactorAuthAge": ABSENT,
    "aws:TokenIssueTime": ISSUED_AT,
}
NAMED_SESSION = {**TEMPORARY, "aws:TokenIssueTime": ABSENT}
NO_SOURCE = {"aws:SourceIdentity": ABSENT, "aws:FederatedProvider": ABSENT}
NOBODYS = {
    "aws:PrincipalArn": ABSENT,
    "aws:username": ABSENT,
    "aws:PrincipalOrgID": ABSENT,
    "aws:ResourceOrgID": "o-abc123def4",
    **LONG_TERM,
    **NO_SOURCE,
}

ROWS: dict[str, dict[str, str | None]] = {
    "user": {**OURS, **OF_USER, **LONG_TERM, **NO_SOURCE, "aws:PrincipalTag/team": "data"},
    "user's key": {**OURS, **OF_USER, **LONG_TERM, **NO_SOURCE, "aws:PrincipalTag/team": "data"},
    "user's session": {**OURS, **OF_USER, **TEMPORARY, **NO_SOURCE, "aws:PrincipalTag/team": "data"},
    "role": {**OURS, **OF_ROLE, **NAMED_SESSION, "aws:userid": "{role}", "aws:PrincipalTag/team": "ops"},
    "named role session": {
        **OURS,
        **OF_ROLE,
        **NAMED_SESSION,
        **NO_SOURCE,
        "aws:userid": "{role}:nightly",
        "aws:PrincipalTag/Team": "ops",
    },
    "role session": {
        **OURS,
        **OF_ROLE,
        **TEMPORARY,
        "aws:userid": "{role}:nightly",
        "aws:PrincipalTag/Team": "night",
        "aws:PrincipalTag/stage": "prod",
        "aws:SourceIdentity": "alice",
        "aws:FederatedProvider": OIDC_ARN,
    },
    "named federated user": {**OURS, **OF_FEDERATED, **NAMED_SESSION, "aws:PrincipalTag/Team": ABSENT},
    "federated user": {
        **OURS,
        **OF_FEDERATED,
        **TEMPORARY,
        "aws:PrincipalTag/Team": "data",
        "aws:PrincipalTag/Cost": "7",
    },
    "root": {**OURS, **OF_ROOT, **LONG_TERM},
    "root's session": {**OURS, **OF_ROOT, **TEMPORARY},
    "service": {
        **NOBODYS,
        "aws:PrincipalAccount": ABSENT,
        "aws:PrincipalType": ABSENT,
        "aws:userid": ABSENT,
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": "ec2.amazonaws.com",
    },
    "identity provider": {**NOBODYS, "aws:PrincipalAccount": ABSENT, "aws:PrincipalIsAWSService": "false"},
    "anonymous": {
        **NOBODYS,
        "aws:PrincipalAccount": "anonymous",
        "aws:PrincipalType": "Anonymous",
        "aws:userid": "anonymous",
        "aws:PrincipalIsAWSService": "false",
    },
}


@pytest.mark.parametrize("kind", ROWS)
async def test_each_kind_of_principal_has_its_context_keys(judge: Judge, kind: str) -> None:
    user_id, role_id = await populated(judge)
    who = bearers(user_id, role_id)[kind]

    for key, value in {**ROWS[kind], "aws:ResourceAccount": ACCOUNT}.items():
        expected = value if value is None else value.replace("{user}", user_id).replace("{role}", role_id)
        assert await has(judge, who, key, expected), f"{key} of {kind} is not {expected}"


async def test_the_age_of_a_second_factor_grows(judge: Judge) -> None:
    user_id, _ = await populated(judge)
    who = replace(passport(PassportKind.USER, user_id), mfa_at=int(time.time()) - 1000)
    aged = {"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "1000"}}
    young = {"NumericLessThan": {"aws:MultiFactorAuthAge": "1100"}}

    assert await has(judge, who, "aws:MultiFactorAuthPresent", "true")
    condition = json.dumps({**aged, **young})
    await judge.share(policy("Deny", "documents:Read", condition=condition, principal='"*"'))
    assert await judge.effect(who) is Effect.EXPLICIT_DENY
    assert await judge.effect(replace(who, mfa_at=int(time.time()) - 1200)) is not Effect.EXPLICIT_DENY


@pytest.mark.parametrize(
    "key",
    [
        *sorted({key for row in ROWS.values() for key in row}),
        "aws:ResourceAccount",
        "aws:CurrentTime",
        "aws:EpochTime",
    ],
)
def test_no_caller_can_say_what_the_server_knows(key: str) -> None:
    assert without_server_keys({key.lower(): "x", "aws:sourceip": "10.0.0.1"}) == {"aws:sourceip": "10.0.0.1"}


async def test_the_keys_follow_what_changes(judge: Judge) -> None:
    user_id, role_id = await populated(judge)
    session = bearers(user_id, role_id)["role session"]
    assert await has(judge, session, "aws:PrincipalTag/Stage", "prod")

    await judge.do(TagResource(kind=Taggable.ROLE, name="Deploy", tags=(("stage", "test"),)))

    assert await has(judge, session, "aws:PrincipalTag/Stage", "test")
    assert await has(judge, SESSION_ARN, "aws:PrincipalTag/Stage", "test")


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        ("*", ACCOUNT),
        (f"arn:aws:documents:eu:{ACCOUNT}:reports/1", ACCOUNT),
        ("arn:aws:s3:::reports/1", ABSENT),
        ("arn:aws:documents:eu:999999999999:reports/1", "999999999999"),
        ("arn:aws:documents:eu:elsewhere:reports/1", ABSENT),
    ],
)
async def test_the_account_of_a_resource_is_told_when_it_is_known(
    judge: Judge, resource: str, value: str | None
) -> None:
    await populated(judge)
    condition = (
        {"Null": {"aws:ResourceAccount": "true"}} if value is None else {"StringEquals": {"aws:ResourceAccount": value}}
    )
    document = policy("Deny", "*", condition=json.dumps(condition))
    await judge.do(PutUserPolicy(user_name="alice", policy_name="p", policy_document=document))

    assert await judge.effect(USER_ARN, resource=resource) is Effect.EXPLICIT_DENY
