"""Checks of bearers of passports: who they are, the limits of their sessions, and that nothing outlives its end."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doorward_directory.account import CloseAccount
from doorward_directory.attachments import AttachUserPolicy
from doorward_directory.inline_policies import DeleteUserPolicy
from doorward_directory.policies import DeletePolicy, SetDefaultPolicyVersion
from doorward_directory.roles import DeleteRole
from doorward_directory.users import DeleteUser, PutUserPermissionsBoundary, UpdateUser
from doorward_kernel.errors import InvalidInput, RevisionNotReached, Unauthenticated, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.access_keys import AccessKeyCreated, AccessKeyDeleted, AccessKeyStatus, AccessKeyStatusSet
from doorward_keyring.passport import Passport, PassportKind
from doorward_keyring.revocations import SessionsRevoked
from doorward_policy import Effect
from immutables import Map

from tests.unit.decision.judge import ISSUED, REPORT, Judge, passport, policy, token_of, with_key
from tests.unit.directory.world import ACCOUNT, aws_arn_of, policy_arn_of, sharing
from tests.unit.runtime.passports import SIGNER

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
READ, WRITE = "documents:Read", "documents:Write"
KEY_ID = "AKIAALICEALICEALICE2"
NOW = datetime.fromtimestamp(ISSUED, UTC)
INVALID = "The security token included in the request is invalid."


@pytest.fixture
async def alice(judge: Judge) -> Passport:
    """A session of a user who may do everything."""
    user_id = judge.world.create_user("alice")
    await judge.allow("*", user="alice")
    return passport(PassportKind.USER, user_id)


@pytest.fixture
async def deploy(judge: Judge) -> Passport:
    """A session of a role that may do everything."""
    role_id = judge.world.create_role("Deploy", path="/service/")
    await judge.allow("*", role="Deploy")
    return passport(PassportKind.ROLE_SESSION, role_id, "nightly")


def limited(session: Passport, *arns: str, inline: str = "") -> Passport:
    return replace(session, limits=replace(session.limits, policy=inline, policy_arns=arns))


# --- who it is ---


async def test_a_bearer_has_the_policies_of_its_principal(judge: Judge, alice: Passport, deploy: Passport) -> None:
    assert await judge.allowed(alice)
    assert await judge.allowed(deploy)
    assert await judge.allowed(passport(PassportKind.ROOT, ACCOUNT))

    await judge.do(DeleteUserPolicy(user_name="alice", policy_name="p"))

    assert not await judge.allowed(alice)


async def test_a_renamed_user_is_known_by_its_present_arn(judge: Judge, alice: Passport) -> None:
    await judge.do(UpdateUser(user_name="alice", new_user_name="alicia", new_path="/staff/"))

    condition = f'{{"ArnEquals":{{"aws:PrincipalArn":"arn:aws:iam::{ACCOUNT}:user/staff/alicia"}}}}'
    await judge.share(policy("Deny", READ, principal='"*"', condition=condition))
    assert await judge.effect(alice) is Effect.EXPLICIT_DENY


async def test_the_passport_of_a_user_that_is_gone_is_refused_even_when_there_is_another(
    judge: Judge, alice: Passport
) -> None:
    assert await judge.allowed(alice)
    await judge.do(DeleteUserPolicy(user_name="alice", policy_name="p"), DeleteUser(user_name="alice"))
    with pytest.raises(Unauthenticated, match=INVALID):
        await judge.effect(alice)

    judge.world.create_user("alice")
    await judge.allow("*", user="alice")

    assert await judge.allowed(ALICE)
    with pytest.raises(Unauthenticated, match=INVALID):
        await judge.effect(alice)


async def test_the_passport_of_a_role_that_is_gone_is_refused(judge: Judge) -> None:
    role_id = judge.world.create_role("Deploy")
    await judge.do()
    session = passport(PassportKind.ROLE_SESSION, role_id, "nightly")
    assert await judge.effect(session) is Effect.IMPLICIT_DENY

    await judge.do(DeleteRole(role_name="Deploy"))

    with pytest.raises(Unauthenticated):
        await judge.effect(session)


async def test_a_passport_whose_parts_do_not_go_together_is_refused(
    judge: Judge, alice: Passport, deploy: Passport
) -> None:
    wrong = [
        replace(alice, kind=PassportKind.ROLE_SESSION, name="s"),
        replace(deploy, kind=PassportKind.USER),
        replace(deploy, kind=PassportKind.FEDERATED_USER),
        replace(deploy, name=""),
        replace(deploy, name="a/b"),
        replace(alice, kind=PassportKind.FEDERATED_USER),
        replace(alice, kind=PassportKind.ROOT),
        passport(PassportKind.ROOT, "999999999999"),
        passport(PassportKind.USER, ACCOUNT),
        replace(alice, account=AccountId("999999999999")),
    ]

    for each in wrong:
        with pytest.raises(Unauthenticated):
            await judge.effect(each)


async def test_in_a_closed_account_every_bearer_is_denied(judge: Judge, alice: Passport, deploy: Passport) -> None:
    root = passport(PassportKind.ROOT, ACCOUNT)
    of_root = limited(passport(PassportKind.FEDERATED_USER, ACCOUNT, "bob"), inline=policy("Allow", "*"))
    await judge.do(CloseAccount(closed_at=judge.world.now()))

    for each in (alice, deploy, root, of_root):
        assert await judge.effect(each) is Effect.EXPLICIT_DENY


async def test_a_check_is_of_a_principal_or_a_passport(judge: Judge, alice: Passport) -> None:
    with pytest.raises(InvalidInput, match="not both"):
        await judge.answer(ALICE, passport=token_of(alice))
    with pytest.raises(InvalidInput, match="`passport`"):
        await judge.answer("")


async def test_a_token_that_is_no_passport_is_refused(judge: Judge, alice: Passport) -> None:
    token = token_of(alice)
    for wrong in ("x", "a.b.c", token[:-4] + "AAAA", f"{token}x", token.replace(".", "..", 1)):
        with pytest.raises(Unauthenticated) as refused:
            await judge.answer("", passport=wrong)
        assert wrong not in str(refused.value) or wrong == "x"


async def test_without_the_credential_log_passports_are_not_taken(alice: Passport) -> None:
    alone = Judge(passports=False)
    await alone.start()

    with pytest.raises(Unavailable, match="passports are not taken"):
        await alone.effect(alice)


# --- session policies ---


async def test_a_session_policy_limits_and_grants_nothing(judge: Judge, alice: Passport) -> None:
    reads = limited(alice, inline=policy("Allow", READ))
    assert await judge.allowed(reads)
    assert not await judge.allowed(reads, WRITE)

    await judge.do(DeleteUserPolicy(user_name="alice", policy_name="p"))
    assert not await judge.allowed(reads)


async def test_session_policies_are_in_force_together(judge: Judge, deploy: Passport) -> None:
    judge.world.create_policy("writes", policy("Allow", WRITE))
    await judge.do()
    both = limited(deploy, policy_arn_of("writes"), inline=policy("Allow", READ))

    assert await judge.allowed(both)
    assert await judge.allowed(both, WRITE)
    assert not await judge.allowed(both, "documents:Delete")

    denying = limited(deploy, policy_arn_of("writes"), inline=policy("Deny", WRITE))
    assert await judge.effect(denying, WRITE) is Effect.EXPLICIT_DENY


async def test_a_managed_session_policy_is_in_force_as_it_is_now(judge: Judge, deploy: Passport) -> None:
    judge.world.create_policy("some", policy("Allow", READ))
    await judge.do()
    session = limited(deploy, policy_arn_of("some"))
    assert await judge.allowed(session)

    judge.world.create_version("some", policy("Allow", WRITE), set_as_default=True)
    await judge.do()
    assert not await judge.allowed(session)
    assert await judge.allowed(session, WRITE)

    await judge.do(SetDefaultPolicyVersion(policy_arn=policy_arn_of("some"), version_id="v1"))
    assert await judge.allowed(session)


async def test_a_session_policy_that_is_gone_grants_nothing(judge: Judge, deploy: Passport) -> None:
    judge.world.create_policy("some", policy("Allow", READ))
    await judge.do()
    session = limited(deploy, policy_arn_of("some"))
    assert await judge.allowed(session)

    await judge.do(DeletePolicy(policy_arn=policy_arn_of("some")))

    assert not await judge.allowed(session)
    for never in ("arn:aws:iam::999999999999:policy/some", "arn:aws:iam::aws:policy/None", "x", ""):
        assert not await judge.allowed(limited(deploy, never))


async def test_a_policy_of_aws_limits_a_session_whether_the_account_uses_it_or_not(
    judge: Judge, alice: Passport
) -> None:
    reads = limited(alice, aws_arn_of("AmazonS3ReadOnlyAccess"))
    key = "arn:aws:s3:::reports/1"
    assert await judge.allowed(reads, "s3:GetObject", key)
    assert not await judge.allowed(reads, "s3:PutObject", key)

    await judge.do(AttachUserPolicy(user_name="alice", policy_arn=aws_arn_of("AmazonS3ReadOnlyAccess")))

    assert await judge.allowed(reads, "s3:GetObject", key)
    assert not await judge.allowed(reads, "s3:PutObject", key)


async def test_a_boundary_limits_a_session_too(judge: Judge, alice: Passport) -> None:
    judge.world.create_policy("most", policy("Allow", WRITE))
    await judge.do(PutUserPermissionsBoundary(user_name="alice", permissions_boundary=policy_arn_of("most")))

    assert not await judge.allowed(alice)
    assert await judge.allowed(alice, WRITE)


async def test_transitive_tags_reach_conditions_as_the_last_session_has_them(judge: Judge, deploy: Passport) -> None:
    chained = replace(deploy, limits=replace(deploy.limits, tags=Map({"Team": "data"}), transitive_tag_keys=("Team",)))
    condition = '{"StringEquals":{"aws:PrincipalTag/team":"data"}}'
    await judge.share(policy("Deny", READ, principal='"*"', condition=condition))

    assert await judge.effect(chained) is Effect.EXPLICIT_DENY
    assert await judge.allowed(deploy)


# --- federated users ---


async def test_a_federated_user_has_what_its_user_and_its_session_allow(judge: Judge, alice: Passport) -> None:
    bob = passport(PassportKind.FEDERATED_USER, alice.principal_id, "bob")
    assert not await judge.allowed(bob)

    reads = limited(bob, inline=policy("Allow", READ))
    assert await judge.allowed(reads)
    assert not await judge.allowed(reads, WRITE)

    await judge.do(DeleteUserPolicy(user_name="alice", policy_name="p"))
    assert not await judge.allowed(reads)


async def test_what_a_resource_grants_the_user_its_federated_users_have_within_their_session(
    judge: Judge, alice: Passport
) -> None:
    bob = passport(PassportKind.FEDERATED_USER, alice.principal_id, "bob")
    await judge.do(DeleteUserPolicy(user_name="alice", policy_name="p"))
    await judge.share(sharing(ALICE, action=READ))

    assert await judge.allowed(ALICE)
    assert await judge.allowed(limited(bob, inline=policy("Allow", READ)))
    assert not await judge.allowed(limited(bob, inline=policy("Allow", WRITE)))


async def test_a_federated_user_of_the_root_user_has_what_its_session_allows(judge: Judge) -> None:
    bob = passport(PassportKind.FEDERATED_USER, ACCOUNT, "bob")
    await judge.do()
    assert not await judge.allowed(bob)

    reads = limited(bob, inline=policy("Allow", READ))
    assert await judge.allowed(reads)
    assert not await judge.allowed(reads, WRITE)


# --- what was proved, and is not in force any more ---


async def test_a_deactivated_key_is_refused_until_it_is_active_again(judge: Judge, alice: Passport) -> None:
    by_key = with_key(alice, KEY_ID)
    with pytest.raises(Unauthenticated, match=INVALID):
        await judge.effect(by_key)
    await judge.happen(AccessKeyCreated(access_key_id=KEY_ID, principal_id=alice.principal_id, created_at=NOW))
    assert await judge.allowed(by_key)

    await judge.happen(AccessKeyStatusSet(access_key_id=KEY_ID, status=AccessKeyStatus.INACTIVE))
    with pytest.raises(Unauthenticated, match=INVALID):
        await judge.effect(by_key)

    await judge.happen(AccessKeyStatusSet(access_key_id=KEY_ID, status=AccessKeyStatus.ACTIVE))
    assert await judge.allowed(by_key)

    await judge.happen(AccessKeyDeleted(access_key_id=KEY_ID))
    with pytest.raises(Unauthenticated):
        await judge.effect(by_key)


async def test_revoked_sessions_are_refused_and_later_ones_are_not(judge: Judge, deploy: Passport) -> None:
    assert await judge.allowed(deploy)

    await judge.happen(SessionsRevoked(principal_id=deploy.principal_id, before=NOW))

    with pytest.raises(Unauthenticated):
        await judge.effect(deploy)
    assert await judge.allowed(replace(deploy, authenticated_at=ISSUED + 1))


async def test_a_check_that_names_the_revision_of_a_revocation_is_refused_or_not_answered(
    judge: Judge, deploy: Passport
) -> None:
    assert await judge.allowed(deploy)
    revocation = SessionsRevoked(principal_id=deploy.principal_id, before=NOW)
    revision = Revision.parse(await judge.happen(revocation, applied=False))
    assert await judge.allowed(deploy)

    for freshness in ({"at_least": (revision,)}, {"latest": True}):
        with pytest.raises(RevisionNotReached, match="credential"):
            await judge.answer(deploy, **freshness)

    judge.keyrings.apply(await judge.credential.log.read(0, 10))
    await judge.credential_progress.catch_up()
    with pytest.raises(Unauthenticated):
        await judge.answer(deploy, at_least=(revision,))


async def test_the_latest_of_a_name_asks_the_identity_log_alone(judge: Judge, alice: Passport) -> None:
    await judge.happen(SessionsRevoked(principal_id=alice.principal_id, before=NOW), applied=False)

    answer = await judge.answer(ALICE, latest=True)

    assert [Revision.parse(each).log for each in answer.revisions] == ["identity"]


async def test_an_answer_to_a_bearer_names_the_revisions_of_both_logs(judge: Judge, deploy: Passport) -> None:
    revision = await judge.happen(AccessKeyCreated(access_key_id=KEY_ID, principal_id="x", created_at=NOW))
    head = await judge.identity.head()

    answer = await judge.answer(deploy)

    assert answer.revisions == (str(Revision("identity", head.epoch, head.position)), revision)
    reached = tuple(map(Revision.parse, answer.revisions))
    assert (await judge.answer(ROOT, at_least=reached)).revisions == answer.revisions[:1]


async def test_where_passports_are_not_taken_the_credential_log_cannot_be_named() -> None:
    alone = Judge(passports=False)
    await alone.start()

    with pytest.raises(InvalidInput, match="expected `identity`"):
        await alone.answer(ROOT, at_least=(Revision("credential", "00000000", 1),))


async def test_an_answer_to_a_bearer_is_as_old_as_the_older_log(judge: Judge, alice: Passport) -> None:
    judge.progress.staleness_seconds, judge.credential_progress.staleness_seconds = 1.0, 7.0

    assert (await judge.answer(alice)).staleness == 7.0
    assert (await judge.answer(ALICE)).staleness == 1.0


async def test_a_credential_log_out_of_reach_stops_checks_of_bearers_alone(judge: Judge, alice: Passport) -> None:
    judge.credential_progress.staleness_seconds = 31.0

    with pytest.raises(Unavailable, match=r"31\.0 s behind"):
        await judge.effect(alice)
    assert await judge.allowed(ALICE)
    assert judge.checks.ready, "checks by name are answered as before"


async def test_without_the_credential_log_a_replica_is_ready_by_itself() -> None:
    alone = Judge(passports=False)
    await alone.start()

    assert alone.checks.ready
    alone.progress.staleness_seconds = 31.0
    assert not alone.checks.ready


async def test_a_frozen_keyring_answers_no_bearer_of_its_account(judge: Judge, alice: Passport) -> None:
    await judge.happen(AccessKeyCreated(access_key_id=KEY_ID, principal_id=alice.principal_id, created_at=NOW))
    assert await judge.allowed(alice)

    await judge.happen(AccessKeyDeleted(access_key_id="AKIANOTHERENOTHERENO"))

    with pytest.raises(Unavailable, match="frozen"):
        await judge.effect(alice)
    assert await judge.allowed(ALICE)


async def test_a_bearer_is_kept_ready_until_something_changes(judge: Judge, deploy: Passport) -> None:
    session = limited(deploy, inline=policy("Allow", READ))
    assert await judge.allowed(session)
    resident = judge.replica.known(ACCOUNT)
    assert resident is not None
    before = resident.bearer(session)
    assert resident.bearer(session) is before

    judge.world.create_user("unrelated")
    await judge.do()

    assert resident.bearer(session).layers is before.layers
    await judge.allow(WRITE, role="Deploy")
    assert resident.bearer(session).layers is not before.layers


async def test_an_expired_passport_is_refused(judge: Judge, alice: Passport) -> None:
    expired = SIGNER.sign(alice, int(time.time()) - 400, 300)

    with pytest.raises(Unauthenticated):
        await judge.answer("", resource=REPORT, passport=expired)
