"""Which APIs a session may call at all (IAM user guide, "Compare AWS STS credentials")."""

from dataclasses import replace

import pytest
from doorward_keyring.api_limits import api_refusal
from doorward_keyring.passport import Passport

from tests.unit.keyring.passports import FEDERATED, KEY, ROLE, ROOT, ROOT_SESSION, SESSION_TOKEN, SIGN_IN

WITH_MFA, ROOT_WITH_MFA = replace(SESSION_TOKEN, mfa_at=0), replace(ROOT_SESSION, mfa_at=1)

ADMINISTRATION = ("iam:CreateUser", "iam:ListUsers", "iam:PassRole", "doorward:RevokeSessions", "doorward:Check")
STS = (
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    "sts:GetFederationToken",
    "sts:GetAccessKeyInfo",
    "sts:DecodeAuthorizationMessage",
)
EVERYTHING = {*ADMINISTRATION, *STS}
NOBODY_S = ("s3:GetObject", "stsx:GetSessionToken", "iam-x:CreateUser", "")
"""Actions of others: policies decide."""

MAY: list[tuple[str, Passport, set[str]]] = [
    ("a user's long-term key", KEY, EVERYTHING),
    ("the root user's long-term key", ROOT, EVERYTHING),
    ("a sign-in", SIGN_IN, EVERYTHING),
    ("a sign-in with MFA", replace(SIGN_IN, mfa_at=1), EVERYTHING),
    ("GetSessionToken", SESSION_TOKEN, {"sts:AssumeRole", "sts:GetCallerIdentity"}),
    ("GetSessionToken, root", ROOT_SESSION, {"sts:AssumeRole", "sts:GetCallerIdentity"}),
    ("GetSessionToken with MFA", WITH_MFA, {*ADMINISTRATION, "sts:AssumeRole", "sts:GetCallerIdentity"}),
    ("GetSessionToken with MFA, root", ROOT_WITH_MFA, {*ADMINISTRATION, "sts:AssumeRole", "sts:GetCallerIdentity"}),
    ("AssumeRole", ROLE, EVERYTHING - {"sts:GetSessionToken", "sts:GetFederationToken"}),
    (
        "AssumeRole, MFA or not",
        replace(ROLE, mfa_at=1),
        EVERYTHING - {"sts:GetSessionToken", "sts:GetFederationToken"},
    ),
    ("GetFederationToken", FEDERATED, {"sts:GetCallerIdentity"}),
    ("GetFederationToken, MFA or not", replace(FEDERATED, mfa_at=1), {"sts:GetCallerIdentity"}),
]


@pytest.mark.parametrize(("passport", "allowed"), [row[1:] for row in MAY], ids=[row[0] for row in MAY])
def test_a_session_may_call_what_aws_lets_it(passport: Passport, allowed: set[str]) -> None:
    assert {action for action in EVERYTHING if api_refusal(passport, action) is None} == allowed
    assert {action.upper() for action in EVERYTHING if api_refusal(passport, action.upper()) is None} == {
        action.upper() for action in allowed
    }


@pytest.mark.parametrize("passport", [row[1] for row in MAY], ids=[row[0] for row in MAY])
@pytest.mark.parametrize("action", NOBODY_S)
def test_what_other_services_do_is_for_policies_to_decide(passport: Passport, action: str) -> None:
    assert api_refusal(passport, action) is None


@pytest.mark.parametrize(
    ("passport", "action", "text"),
    [
        (ROLE, "sts:GetSessionToken", "Cannot call GetSessionToken with session credentials"),
        (ROLE, "sts:GetFederationToken", "Cannot call GetFederationToken with session credentials"),
        (WITH_MFA, "sts:GetSessionToken", "Cannot call GetSessionToken with session credentials"),
        (SESSION_TOKEN, "iam:ListUsers", "Cannot call ListUsers with session credentials without MFA"),
        (FEDERATED, "sts:AssumeRole", "Cannot call AssumeRole with federated user credentials"),
        (FEDERATED, "iam:ListUsers", "Cannot call ListUsers with federated user credentials"),
    ],
)
def test_a_refusal_names_the_api_in_aws_s_words(passport: Passport, action: str, text: str) -> None:
    assert api_refusal(passport, action) == text
