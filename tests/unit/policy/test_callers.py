"""Who calls, and which principals of a policy mean them."""

import pytest
from doorward_kernel.errors import InvalidInput
from doorward_policy import Caller, CallerKind, Coverage, Principals, caller
from doorward_policy.principals import compile_principals

A = "111122223333"
USER = f"arn:aws:iam::{A}:user/team/alice"
ROLE = f"arn:aws:iam::{A}:role/path/app"
SESSION = f"arn:aws:sts::{A}:assumed-role/app/s1"
FEDERATED = f"arn:aws:sts::{A}:federated-user/bob"
ROOT = f"arn:aws:iam::{A}:root"
SAML = f"arn:aws:iam::{A}:saml-provider/idp"


def coverage(who: Caller, *entries: tuple[str, str], not_principal: str | None = None, bounded: bool = False) -> str:
    principals = Principals(entries=entries, negated=not_principal is not None)
    return compile_principals(principals, denies=not_principal == "Deny").coverage(who, bounded).name


@pytest.mark.parametrize(
    ("principal", "kind", "account"),
    [
        (USER, CallerKind.USER, A),
        (ROLE, CallerKind.ROLE, A),
        (SESSION, CallerKind.ROLE_SESSION, A),
        (FEDERATED, CallerKind.FEDERATED_USER, A),
        (ROOT, CallerKind.ROOT, A),
        (SAML, CallerKind.IDENTITY_PROVIDER, ""),
        ("accounts.google.com", CallerKind.IDENTITY_PROVIDER, ""),
        ("ec2.amazonaws.com", CallerKind.SERVICE, ""),
        ("anonymous", CallerKind.ANONYMOUS, ""),
    ],
)
def test_a_caller_is_known_by_its_name(principal: str, kind: CallerKind, account: str) -> None:
    who = caller(principal)

    assert (who.kind, who.account, who.arn) == (kind, account, principal)


@pytest.mark.parametrize(
    "principal",
    [
        "",
        "*",
        "alice",
        "Anonymous",
        "arn:aws:iam::1:user/alice",
        f"arn:aws:iam::{A}:group/team",
        f"arn:aws:iam::{A}:user/",
        f"arn:aws:iam::{A}:user/\n",
        f"arn:a*s:iam::{A}:root",
        f"arn:aws:iam:eu:{A}:user/alice",
        f"arn:aws:sts::{A}:assumed-role/app",
        f"arn:aws:sts::{A}:assumed-role/app/s/1",
        f"arn:aws:sts::{A}:federated-user/a/b",
        f"arn:aws:s3::{A}:bucket",
    ],
)
def test_what_is_no_caller_is_refused(principal: str) -> None:
    with pytest.raises(InvalidInput):
        caller(principal)


@pytest.mark.parametrize(
    ("who", "entry", "expected"),
    [
        (caller(USER), ("AWS", USER), "DIRECT"),
        (caller(USER), ("AWS", USER.lower().replace("alice", "Alice")), "NONE"),
        (caller(USER, unique_id="AIDAX"), ("AWS", "AIDAX"), "DIRECT"),
        (caller(USER, unique_id="AROAX"), ("AWS", "AROAX"), "NONE"),
        (caller(USER), ("AWS", A), "ACCOUNT"),
        (caller(USER), ("AWS", ROOT), "ACCOUNT"),
        (caller(USER), ("AWS", "*"), "DIRECT"),
        (caller(USER), ("*", "*"), "DIRECT"),
        (caller(USER), ("AWS", "444455556666"), "NONE"),
        (caller(USER, canonical_user="c" * 64), ("CanonicalUser", "c" * 64), "ACCOUNT"),
        (caller(SESSION), ("AWS", SESSION), "DIRECT"),
        (caller(SESSION), ("AWS", ROLE), "ROLE"),
        (caller(SESSION), ("AWS", f"arn:aws:iam::{A}:role/app"), "ROLE"),
        (caller(SESSION), ("AWS", f"arn:aws:iam::{A}:role/application"), "NONE"),
        (caller(SESSION), ("AWS", f"arn:aws-cn:iam::{A}:role/app"), "NONE"),
        (caller(SESSION, unique_id="AROAX"), ("AWS", "AROAX"), "ROLE"),
        (caller(SESSION), ("AWS", A), "ACCOUNT"),
        (caller(ROLE), ("AWS", ROLE), "ROLE"),
        (caller(ROLE), ("AWS", f"arn:aws:iam::{A}:role/app"), "NONE"),
        (caller(FEDERATED), ("AWS", FEDERATED), "DIRECT"),
        (caller(FEDERATED), ("AWS", USER), "NONE"),
        (caller(FEDERATED, issuer=USER), ("AWS", USER), "ROLE"),
        (caller(ROOT), ("AWS", A), "ACCOUNT"),
        (caller("ec2.amazonaws.com"), ("Service", "ec2.amazonaws.com"), "DIRECT"),
        (caller("ec2.amazonaws.com"), ("Service", "s3.amazonaws.com"), "NONE"),
        (caller("ec2.amazonaws.com"), ("AWS", "*"), "DIRECT"),
        (caller(SAML), ("Federated", SAML), "DIRECT"),
        (caller("accounts.google.com"), ("Service", "accounts.google.com"), "NONE"),
        (caller("anonymous"), ("AWS", A), "NONE"),
        (caller("anonymous"), ("AWS", "*"), "DIRECT"),
    ],
)
def test_an_entry_means_a_caller_more_or_less_directly(who: Caller, entry: tuple[str, str], expected: str) -> None:
    assert coverage(who, entry) == expected


@pytest.mark.parametrize(
    ("who", "listed", "spared"),
    [
        (caller(USER), [("AWS", USER), ("AWS", A)], True),
        (caller(USER), [("AWS", USER)], False),
        (caller(USER), [("AWS", A)], False),
        (caller(SESSION), [("AWS", SESSION), ("AWS", ROLE), ("AWS", ROOT)], True),
        (caller(SESSION), [("AWS", ROLE), ("AWS", ROOT)], False),
        (caller(SESSION), [("AWS", SESSION), ("AWS", ROOT)], False),
        (caller(FEDERATED, issuer=USER), [("AWS", FEDERATED), ("AWS", A)], True),
        (caller(ROOT), [("AWS", A)], True),
        (caller("ec2.amazonaws.com"), [("Service", "ec2.amazonaws.com")], True),
        (caller("anonymous"), [("AWS", A)], False),
        (caller("anonymous"), [("AWS", "*")], True),
    ],
)
def test_not_principal_with_deny_spares_who_is_listed_at_each_level(
    who: Caller, listed: list[tuple[str, str]], spared: bool
) -> None:
    assert (coverage(who, *listed, not_principal="Deny") == "NONE") is spared
    assert coverage(who, *listed, not_principal="Deny", bounded=True) == "DIRECT"


def test_not_principal_with_allow_leaves_out_whoever_is_listed_at_any_level() -> None:
    assert coverage(caller(USER), ("AWS", A), not_principal="Allow") == "NONE"
    assert coverage(caller(USER), ("AWS", "444455556666"), not_principal="Allow") == "DIRECT"


def test_a_service_linked_role_is_known_by_its_path() -> None:
    linked = f"arn:aws:iam::{A}:role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2"
    session = f"arn:aws:sts::{A}:assumed-role/AWSServiceRoleForEC2/s1"

    assert caller(linked).service_linked
    assert caller(session, issuer=linked).service_linked
    assert not caller(session, issuer=ROLE).service_linked
    assert not caller(session, issuer=linked.replace(A, "444455556666")).service_linked
    assert not caller(f"arn:aws:iam::{A}:role/x:role/aws-service-role/Evil").service_linked
    assert not caller(session, issuer=f"arn:aws:iam::{A}:role/x:role/aws-service-role/Evil").service_linked
    assert not caller(USER, issuer=linked).service_linked


def test_the_more_direct_coverage_is_worth_more() -> None:
    assert Coverage.NONE < Coverage.ACCOUNT < Coverage.ROLE < Coverage.DIRECT
