"""Who may assume a role: its trust policy, and what it takes besides (IAM user guide, "Role trust policies")."""

import json
from dataclasses import replace

import pytest
from doorward_directory.codec import encode
from doorward_directory.inline_policies import DeleteUserPolicy
from doorward_directory.roles import DeleteRole, RoleCreated, UpdateAssumeRolePolicy
from doorward_directory.users import DeleteUser
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import AccountId, UniqueId
from doorward_keyring.passport import PassportKind
from doorward_policy import Effect
from immutables import Map

from tests.unit.decision.judge import ISSUED, REPORT, Judge, passport, policy
from tests.unit.directory.world import ACCOUNT, sharing, trusting

OTHER = AccountId("222222222222")

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/Deploy"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Chain"
OTHER_SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Chain/s1"
OIDC_HOST = "login.example.com"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{OIDC_HOST}"
ASSUME = "sts:AssumeRole"


async def with_role(judge: Judge, trust: str) -> None:
    judge.world.create_user("alice")
    judge.world.create_oidc_provider(OIDC_HOST, "client")
    judge.world.create_role("Chain")
    judge.world.create_role("Deploy", trust, path="/service/")
    await judge.do()


async def trust(judge: Judge, document: str) -> None:
    await judge.do(UpdateAssumeRolePolicy(role_name="Deploy", policy_document=document, foreign={}))


def trust_policy(principal: dict[str, str], *actions: str, effect: str = "Allow", **condition: dict[str, str]) -> str:
    who, on = json.dumps(principal), json.dumps(condition)
    document = policy(effect, "ACTION", principal=who, condition=on, resource="")
    return document.replace('"ACTION"', json.dumps(actions or (ASSUME,)))


async def test_a_trust_policy_that_names_a_user_suffices(judge: Judge) -> None:
    await with_role(judge, trusting(ALICE))

    assert await judge.allowed(ALICE, ASSUME, ROLE)
    assert not await judge.allowed(ALICE, "sts:TagSession", ROLE)
    assert not await judge.allowed(OTHER_SESSION, ASSUME, ROLE)


async def test_a_trust_policy_that_names_the_account_delegates(judge: Judge) -> None:
    await with_role(judge, trusting(ROOT))
    assert not await judge.allowed(ALICE, ASSUME, ROLE)

    await judge.allow(ASSUME, user="alice", resource=ROLE)
    assert await judge.allowed(ALICE, ASSUME, ROLE)

    await judge.allow(ASSUME, user="alice", resource=OTHER_ROLE)
    assert not await judge.allowed(ALICE, ASSUME, ROLE)


async def test_nobody_assumes_a_role_that_does_not_trust_whatever_its_own_policies_grant(judge: Judge) -> None:
    await with_role(judge, trusting(OTHER_ROLE))
    await judge.allow("*", user="alice")

    assert await judge.effect(ALICE, ASSUME, ROLE) is Effect.IMPLICIT_DENY
    assert await judge.allowed(OTHER_SESSION, ASSUME, ROLE)


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        f"arn:aws:iam::{ACCOUNT}:role/Deploy",
        f"arn:aws:iam::{ACCOUNT}:role/service/deploy",
        f"arn:aws:iam::{ACCOUNT}:role/other/Deploy",
        "arn:aws:iam::999999999999:role/service/Deploy",
        f"arn:aws:documents::{ACCOUNT}:role/service/Deploy",
    ],
)
async def test_a_role_that_is_not_there_trusts_nobody(judge: Judge, arn: str) -> None:
    await with_role(judge, trusting(ALICE))
    await judge.allow("*", user="alice")

    assert not await judge.allowed(ALICE, ASSUME, arn)


async def test_a_changed_trust_policy_counts_at_once(judge: Judge) -> None:
    await with_role(judge, trusting(ALICE))
    assert await judge.allowed(ALICE, ASSUME, ROLE)

    await trust(judge, trusting(OTHER_ROLE))
    assert not await judge.allowed(ALICE, ASSUME, ROLE)

    await trust(judge, trusting(ALICE))
    assert await judge.allowed(ALICE, ASSUME, ROLE)


async def test_a_user_made_again_is_not_trusted(judge: Judge) -> None:
    await with_role(judge, trusting(ALICE))
    assert await judge.allowed(ALICE, ASSUME, ROLE)

    await judge.do(DeleteUser(user_name="alice"))
    judge.world.create_user("alice")
    await judge.do()

    assert not await judge.allowed(ALICE, ASSUME, ROLE)


async def test_a_role_made_again_is_not_trusted(judge: Judge) -> None:
    await with_role(judge, trusting(OTHER_ROLE))
    assert await judge.allowed(OTHER_SESSION, ASSUME, ROLE)

    await judge.do(DeleteRole(role_name="Chain"))
    judge.world.create_role("Chain")
    await judge.do()

    assert not await judge.allowed(OTHER_SESSION, ASSUME, ROLE)


async def test_a_session_is_trusted_by_its_own_arn(judge: Judge) -> None:
    await with_role(judge, trusting(OTHER_SESSION))

    assert await judge.allowed(OTHER_SESSION, ASSUME, ROLE)
    assert not await judge.allowed(f"{OTHER_SESSION}1", ASSUME, ROLE)


async def test_the_bearer_of_a_roles_session_is_trusted_as_the_role_itself(judge: Judge) -> None:
    await with_role(judge, trusting(OTHER_ROLE))
    chained = passport(PassportKind.ROLE_SESSION, judge.world.state.role_ids["chain"], "s1")
    assert await judge.allowed(chained, ASSUME, ROLE)

    await trust(judge, trusting(ALICE))
    assert not await judge.allowed(chained, ASSUME, ROLE)


async def test_no_other_policy_than_a_roles_lets_anybody_assume_something(judge: Judge) -> None:
    await with_role(judge, trusting(ALICE))
    await judge.share(sharing(ALICE, action=ASSUME))
    await judge.allow("*", user="alice")

    assert not await judge.allowed(ALICE, ASSUME, REPORT)


async def test_the_external_id_must_be_given(judge: Judge) -> None:
    condition = {"sts:ExternalId": "4711"}
    await with_role(judge, trust_policy({"AWS": ALICE}, StringEquals=condition))

    assert await judge.allowed(ALICE, ASSUME, ROLE, {"sts:externalid": "4711"})
    assert not await judge.allowed(ALICE, ASSUME, ROLE, {"sts:externalid": "4712"})
    assert not await judge.allowed(ALICE, ASSUME, ROLE)


async def test_a_second_factor_can_be_required(judge: Judge) -> None:
    mfa = {"aws:MultiFactorAuthPresent": "true"}
    await with_role(judge, trust_policy({"AWS": ALICE}, Bool=mfa))
    session = passport(PassportKind.USER, judge.world.state.user_ids["alice"])

    assert not await judge.allowed(ALICE, ASSUME, ROLE)
    assert not await judge.allowed(session, ASSUME, ROLE)
    assert await judge.allowed(replace(session, mfa_at=ISSUED), ASSUME, ROLE)


async def test_a_deny_of_a_trust_policy_wins(judge: Judge) -> None:
    await with_role(judge, trust_policy({"AWS": "*"}, effect="Deny"))
    await judge.allow("*", user="alice")

    assert await judge.effect(ALICE, ASSUME, ROLE) is Effect.EXPLICIT_DENY
    assert await judge.effect(ROOT, ASSUME, ROLE) is Effect.EXPLICIT_DENY


@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity", "STS:tagsession"])
async def test_tags_and_source_identity_are_allowed_by_the_trust_policy(judge: Judge, action: str) -> None:
    await with_role(judge, trusting(ALICE))
    await judge.allow("sts:*", user="alice")
    assert not await judge.allowed(ALICE, action, ROLE)

    await trust(judge, trust_policy({"AWS": ALICE}, "sts:TagSession", "sts:SetSourceIdentity"))

    assert await judge.allowed(ALICE, action, ROLE)
    await judge.do(DeleteUserPolicy(user_name="alice", policy_name="p"))
    assert await judge.allowed(ALICE, action, ROLE)


async def test_an_identity_provider_assumes_roles_that_trust_it(judge: Judge) -> None:
    web = "sts:AssumeRoleWithWebIdentity"
    audience = {f"{OIDC_HOST}:aud": "client"}
    await with_role(judge, trust_policy({"Federated": OIDC}, web, StringEquals=audience))

    assert await judge.allowed(OIDC, web, ROLE, {f"{OIDC_HOST}:aud": "client"})
    assert not await judge.allowed(OIDC, web, ROLE, {f"{OIDC_HOST}:aud": "other"})
    assert not await judge.allowed(OIDC, ASSUME, ROLE, {f"{OIDC_HOST}:aud": "client"})
    assert not await judge.allowed(OIDC, web, OTHER_ROLE, {f"{OIDC_HOST}:aud": "client"})
    assert not await judge.allowed(ALICE, web, ROLE, {f"{OIDC_HOST}:aud": "client"})


async def test_a_well_known_identity_provider_needs_no_entity(judge: Judge) -> None:
    web = "sts:AssumeRoleWithWebIdentity"
    await with_role(judge, trust_policy({"Federated": "accounts.google.com"}, web))

    assert await judge.allowed("accounts.google.com", web, ROLE)
    assert not await judge.allowed("www.amazon.com", web, ROLE)


async def test_a_provider_of_another_account_is_none_of_this_one(judge: Judge) -> None:
    theirs = OIDC.replace(ACCOUNT, OTHER)
    web = "sts:AssumeRoleWithWebIdentity"
    await with_role(judge, trust_policy({"Federated": theirs}, web))
    await judge.identity.write(OTHER)

    with pytest.raises(NoSuchEntity):
        await judge.effect(theirs, web, ROLE)
    with pytest.raises(NoSuchEntity, match="has no identity provider"):
        await judge.effect(OIDC, web, ROLE.replace(ACCOUNT, OTHER))


async def test_a_service_assumes_roles_that_trust_it(judge: Judge) -> None:
    await with_role(judge, trust_policy({"Service": "ec2.amazonaws.com"}))

    assert await judge.allowed("ec2.amazonaws.com", ASSUME, ROLE)
    assert not await judge.allowed("lambda.amazonaws.com", ASSUME, ROLE)
    assert not await judge.allowed("anonymous", ASSUME, ROLE)


async def test_a_role_of_another_account_takes_both(judge: Judge) -> None:
    """The trust policy there, and the caller's own here."""
    theirs = f"arn:aws:iam::{OTHER}:role/Theirs"
    alice = judge.world.create_user("alice")
    await judge.do()
    await judge.identity.write(OTHER)
    created = RoleCreated(
        role_id=UniqueId("AROATHEIRSTHEIRSTHEIR"),
        name="Theirs",
        path="/",
        description="",
        max_session_seconds=3600,
        trust_policy=trusting(alice),
        principals=Map({alice: ALICE}),
        created_at=judge.world.now(),
    )
    judge.replica.apply(await judge.identity.log.append(OTHER, 1, [encode(created)], metadata=b"{}"))
    await judge.progress.catch_up()
    assert not await judge.allowed(ALICE, ASSUME, theirs)

    await judge.allow(ASSUME, user="alice", resource=theirs)

    assert await judge.allowed(ALICE, ASSUME, theirs)
    assert not await judge.allowed(ALICE, ASSUME, theirs.replace("Theirs", "None"))
