"""Checks of every kind of principal with real services: named, and by passports that the credential log ends."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doorward.decision.v1.decision_service_pb2 import CheckResponse, Effect, Freshness
from doorward.identity.v1.tags_pb2 import Tag
from doorward_client import AsyncClient
from doorward_eventlog.sql import open_log
from doorward_kernel.errors import InvalidInput, RevisionNotReached, Unauthenticated, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.access_keys import AccessKeyCreated, AccessKeyDeleted, AccessKeyStatus, AccessKeyStatusSet
from doorward_keyring.codec import encode
from doorward_keyring.passport import Passport, PassportKind, SessionLimits
from doorward_keyring.revocations import SessionsRevoked
from doorward_local.process import Running
from immutables import Map

from tests.integration.decision.conftest import (
    ALICE,
    REPORT,
    World,
    decision_service,
    relayed_identity,
    settings_for,
    url_of,
)
from tests.integration.decision.credential_log import CredentialLog, credential_service
from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL, KEY
from tests.unit.directory.world import trusting
from tests.unit.runtime.passports import SIGNER

KEY_ID = "AKIAALICEALICEALICE2"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/Deploy"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/nightly"
READ = ALLOW_ALL.replace('"Action": "*"', '"Action": "documents:Read"')
ISSUED = int(time.time()) - 100


@dataclass
class Bearers:
    """Alice and the role Deploy, who may do everything, in a world whose decision service follows both logs."""

    client: AsyncClient
    credential: CredentialLog
    alice: Passport
    deploy: Passport

    async def check(self, bearer: Passport, action: str = "documents:Read", **freshness: object) -> CheckResponse:
        """As the replica has it now, unless `freshness` says otherwise."""
        token = SIGNER.sign(bearer, int(time.time()), 300)
        fresh = Freshness(**freshness)  # type: ignore[arg-type]
        return await self.client.decisions.check(passport=token, action=action, resource=REPORT, freshness=fresh)

    async def allowed(self, bearer: Passport, action: str = "documents:Read") -> bool:
        """As of the latest of both logs."""
        return (await self.check(bearer, action, latest=True)).effect == Effect.EFFECT_ALLOW


@pytest.fixture
async def bearers(tmp_path: Path, nats: Running) -> AsyncIterator[Bearers]:
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(open_log(f"sqlite:///{tmp_path}/identity.db", "identity"))
        credentials = await stack.enter_async_context(open_log(f"sqlite:///{tmp_path}/credential.db", "credential"))
        identity = await stack.enter_async_context(relayed_identity(log, nats))
        credential = await stack.enter_async_context(credential_service(credentials, url_of(nats)))
        settings = settings_for(tmp_path, identity, nats, credential_target=credential.address)
        decision = await stack.enter_async_context(decision_service(settings))
        client = await stack.enter_async_context(
            AsyncClient(
                identity=identity,
                decision=decision,
                decision_admin=f"127.0.0.1:{settings.admin_port}",
                service_key=KEY,
                account=ACCOUNT,
            )
        )
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        user = await client.identity.create_user(user_name="alice")
        role = await client.identity.create_role(
            role_name="Deploy", path="/service/", assume_role_policy_document=trusting(ALICE)
        )
        await client.identity.put_user_policy(user_name="alice", policy_name="p", policy_document=ALLOW_ALL)
        await client.identity.put_role_policy(role_name="Deploy", policy_name="p", policy_document=ALLOW_ALL)
        await credential.happen(
            AccessKeyCreated(access_key_id=KEY_ID, principal_id=user.user.user_id, created_at=datetime.now(UTC))
        )
        alice = Passport(
            kind=PassportKind.USER,
            account=AccountId(ACCOUNT),
            principal_id=user.user.user_id,
            name="",
            access_key_id=KEY_ID,
            authenticated_at=ISSUED,
            temporary=False,
        )
        deploy = replace(
            alice,
            kind=PassportKind.ROLE_SESSION,
            principal_id=role.role.role_id,
            name="nightly",
            access_key_id="ASIAQWERTYUIOPASDFGH",
            temporary=True,
        )
        yield Bearers(client, credential, alice, deploy)


async def test_a_bearer_may_what_its_principal_may_and_the_answer_names_both_logs(bearers: Bearers) -> None:
    answer = await bearers.check(bearers.alice, latest=True)

    assert answer.effect == Effect.EFFECT_ALLOW
    assert [Revision.parse(each).log for each in answer.revisions] == ["identity", "credential"]
    again = await bearers.check(bearers.deploy, at_least=answer.revisions)
    assert again.revisions == answer.revisions


async def test_a_deactivated_key_is_refused_from_its_revision_on(bearers: Bearers) -> None:
    assert await bearers.allowed(bearers.alice)
    for _ in range(20):
        off = AccessKeyStatusSet(access_key_id=KEY_ID, status=AccessKeyStatus.INACTIVE)
        revision = await bearers.credential.happen(off)
        with pytest.raises(Unauthenticated):
            await bearers.check(bearers.alice, at_least=[revision])
        on = await bearers.credential.happen(AccessKeyStatusSet(access_key_id=KEY_ID, status=AccessKeyStatus.ACTIVE))
        assert (await bearers.check(bearers.alice, at_least=[on])).effect == Effect.EFFECT_ALLOW


async def test_revoked_sessions_are_refused_at_once_without_naming_a_revision(bearers: Bearers) -> None:
    assert await bearers.allowed(bearers.deploy)
    before = datetime.fromtimestamp(ISSUED, UTC)

    await bearers.credential.happen(SessionsRevoked(principal_id=bearers.deploy.principal_id, before=before))

    with pytest.raises(Unauthenticated):
        await bearers.check(bearers.deploy, latest=True)
    with pytest.raises(Unauthenticated):
        await bearers.check(bearers.deploy)


async def test_a_deleted_user_is_refused_at_the_latest_revision(bearers: Bearers) -> None:
    identity = bearers.client.identity
    await identity.delete_user_policy(user_name="alice", policy_name="p")
    deleted = await identity.delete_user(user_name="alice")

    with pytest.raises(Unauthenticated):
        await bearers.check(bearers.alice, at_least=[deleted.revision])


async def test_session_policies_limit_the_bearer(bearers: Bearers) -> None:
    reads = (await bearers.client.identity.create_policy(policy_name="reads", policy_document=READ)).policy.arn
    for limits in (SessionLimits(policy=READ), SessionLimits(policy_arns=(reads,))):
        session = replace(bearers.deploy, limits=limits)

        assert await bearers.allowed(session)
        assert not await bearers.allowed(session, "documents:Write")


async def test_session_tags_take_the_place_of_the_roles(bearers: Bearers) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/Team": "night"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    identity = bearers.client.identity
    await identity.put_role_policy(role_name="Deploy", policy_name="p", policy_document=document)
    await identity.tag_role(role_name="Deploy", tags=[Tag(key="team", value="day")])

    assert not await bearers.allowed(bearers.deploy)
    assert await bearers.allowed(replace(bearers.deploy, limits=SessionLimits(tags=Map({"TEAM": "night"}))))


async def test_a_role_is_assumed_by_whom_it_trusts_until_its_trust_policy_changes(bearers: Bearers) -> None:
    client = bearers.client
    assert (await client.check(ALICE, "sts:AssumeRole", ROLE, latest=True)).allowed
    assert not (await client.check(SESSION, "sts:AssumeRole", ROLE, latest=True)).allowed

    changed = await client.identity.update_assume_role_policy(
        role_name="Deploy", policy_document=trusting(f"arn:aws:iam::{ACCOUNT}:role/service/Deploy")
    )

    assert not (await client.check(ALICE, "sts:AssumeRole", ROLE, at_least=changed.revision)).allowed
    assert (await client.check(SESSION, "sts:AssumeRole", ROLE, at_least=changed.revision)).allowed


async def test_every_kind_of_principal_is_answered_by_its_name(bearers: Bearers) -> None:
    expected = {
        ALICE: True,
        ROLE: True,
        SESSION: True,
        f"arn:aws:iam::{ACCOUNT}:root": True,
        f"arn:aws:sts::{ACCOUNT}:federated-user/bob": False,
        "ec2.amazonaws.com": False,
        "anonymous": False,
    }

    for who, allowed in expected.items():
        assert (await bearers.client.check(who, "documents:Read", REPORT, latest=True)).allowed is allowed, who


async def test_a_check_has_a_principal_or_a_passport(bearers: Bearers) -> None:
    token = SIGNER.sign(bearers.alice, int(time.time()), 300)

    with pytest.raises(InvalidInput, match="not both"):
        await bearers.client.decisions.check(principal=ALICE, passport=token, action="a:b", resource="*")
    with pytest.raises(InvalidInput, match="principal"):
        await bearers.client.decisions.check(action="a:b", resource="*")


async def test_a_forged_passport_is_refused(bearers: Bearers) -> None:
    token = SIGNER.sign(bearers.alice, int(time.time()), 300)
    other = "A" if token[-10] != "A" else "B"

    with pytest.raises(Unauthenticated) as refused:
        await bearers.client.decisions.check(
            passport=token[:-10] + other + token[-9:], action="documents:Read", resource=REPORT
        )
    assert token[:40] not in str(refused.value)


async def test_a_revision_of_the_credential_log_is_waited_for(bearers: Bearers) -> None:
    head = Revision.parse(await bearers.credential.happen(SessionsRevoked(principal_id="x", before=datetime.now(UTC))))
    ahead = str(Revision(head.log, head.epoch, head.position + 1))

    with pytest.raises(RevisionNotReached, match="credential"):
        await bearers.check(bearers.alice, at_least=[ahead])


async def test_an_event_that_cannot_be_applied_stops_the_bearers_of_its_account_alone(bearers: Bearers) -> None:
    assert await bearers.allowed(bearers.alice)
    log = bearers.credential.keyrings
    impossible = AccessKeyDeleted(access_key_id="AKIANOBODYSNOBODYSNO")

    version = (await log.get(AccountId(ACCOUNT))).version
    await log._log.append(AccountId(ACCOUNT), version, [encode(impossible)], metadata=b"{}")

    with pytest.raises(Unavailable, match="frozen"):
        await bearers.check(bearers.alice, latest=True)
    assert (await bearers.client.check(ALICE, "documents:Read", REPORT, latest=True)).allowed
    status = await bearers.client.replica.get_replica_status()
    assert status.credential.frozen_keyrings == [ACCOUNT]


async def test_a_replica_tells_how_far_it_follows_the_credential_log(bearers: Bearers) -> None:
    revision = await bearers.credential.happen(SessionsRevoked(principal_id="x", before=datetime.now(UTC)))
    assert await bearers.allowed(bearers.alice)

    status = await bearers.client.replica.get_replica_status()

    assert status.credential.revision == revision
    assert status.credential.keyrings == 1
    assert status.credential.staleness_ms < 5000


async def test_without_a_credential_service_passports_are_not_taken(world: World) -> None:
    status = await world.client.replica.get_replica_status()
    assert not status.HasField("credential")

    with pytest.raises(Unavailable, match="passports are not taken here"):
        await world.client.decisions.check(passport="a.b.c", action="documents:Read", resource=REPORT)
