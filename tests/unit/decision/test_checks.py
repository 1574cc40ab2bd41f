"""Checks alone: what they need in memory before they answer, and that nothing stands in for it."""

import pytest
from doorward_decision.application.check import Checks
from doorward_decision.application.freshness import FollowedLog
from doorward_decision.application.ports import IDENTITY
from doorward_decision.application.questions import Answer, Question
from doorward_decision.application.replica import IdentityReplica
from doorward_directory.account import AccountClosed
from doorward_directory.codec import encode
from doorward_directory.events import Event
from doorward_directory.inline_policies import UserPolicyPut
from doorward_directory.organization.guardrails import OrganizationPolicyAttached, OrganizationPolicyCreated
from doorward_directory.organization.policies import SERVICE_CONTROL_POLICY
from doorward_directory.organization.state import OrganizationCreated
from doorward_directory.resource_policies import ResourcePolicyPut
from doorward_directory.stream import BrokenStream
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import OPERATOR, AccountId, UniqueId
from doorward_policy import Effect
from immutables import Map

from tests.unit.directory.world import sharing
from tests.unit.messaging.owner import NOW, A, B, Cache, Owner

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
DENY = ALLOW.replace("Allow", "Deny")
ROOT = "r-ab12"


class AtTheEnd:
    """Progress of a replica that is never behind."""

    epoch = ""
    position = applied = gap_repairs = digest_mismatches = 0

    def staleness(self) -> float:
        return 0.0

    async def wait_for(self, position: int, timeout: float) -> bool:
        return True


async def following(owner: Owner, cache: Cache, held: int = 10) -> IdentityReplica:
    replica = IdentityReplica(owner, cache, held=held)
    replica.reset(await owner.head())
    return replica


def checks_of(replica: IdentityReplica, owner: Owner) -> Checks:
    return Checks(replica, FollowedLog(IDENTITY, AtTheEnd(), owner), max_staleness=30)


async def asking(owner: Owner, held: int = 10) -> Checks:
    return checks_of(await following(owner, Cache(), held), owner)


async def allow_all(owner: Owner, account: AccountId) -> None:
    await owner.write(account, "alice")
    version = len(await owner.log.read_account(account, 0, 100))
    put = UserPolicyPut(user_id=UniqueId("AIDAalice"), name="all", document=ALLOW)
    await owner.log.append(account, version, [encode(put)], metadata=b"{}")


async def organize(owner: Owner) -> None:
    await owner.write(OPERATOR)
    created = OrganizationCreated(organization_id="o-abc123def4", root_id=ROOT, created_at=NOW)
    await owner.log.append(OPERATOR, 1, [encode(created)], metadata=b"{}")


async def forbid_all(owner: Owner) -> None:
    """By a guardrail on the root."""
    await organize(owner)
    events: list[Event] = [
        OrganizationPolicyCreated(
            organization_policy_id="p-1", type=SERVICE_CONTROL_POLICY, name="none", description="", document=DENY
        ),
        OrganizationPolicyAttached(organization_policy_id="p-1", target_id=ROOT),
    ]
    await owner.log.append(OPERATOR, 2, [encode(event) for event in events], metadata=b"{}")


def question(account: AccountId, resource: str = "*") -> Question:
    return Question(f"arn:aws:iam::{account}:user/alice", "documents:Read", resource, {})


async def answer(checks: Checks, asked: Question) -> Answer:
    found = checks.ask(asked)
    return found if isinstance(found, Answer) else await found


async def test_the_guardrails_are_loaded_before_the_first_answer() -> None:
    owner = Owner()
    await allow_all(owner, A)
    await forbid_all(owner)
    checks = await asking(owner)

    assert not isinstance(found := checks.ask(question(A)), Answer)
    assert (await found).effect is Effect.EXPLICIT_DENY
    assert isinstance(checks.ask(question(A)), Answer)


async def test_an_answer_claims_no_more_than_each_of_its_accounts_holds() -> None:
    """The operator's account was loaded later and reaches further: what the user's own lacks may lie between."""
    owner = Owner()
    await allow_all(owner, A)
    checks = await asking(owner)
    await checks._replica.load(A)
    await owner.write(A, "bob")
    await forbid_all(owner)

    assert (await answer(checks, question(A))).revisions[0].endswith(".3")


async def test_without_an_organization_nobody_is_answered() -> None:
    owner = Owner()
    await allow_all(owner, A)

    with pytest.raises(Unavailable, match="no organization"):
        await answer(await asking(owner), question(A))


async def test_a_frozen_organization_answers_nobody() -> None:
    """A guardrail that cannot be understood must not be one that is not there."""
    owner = Owner()
    await allow_all(owner, A)
    await organize(owner)
    replica = await following(owner, Cache())
    checks = checks_of(replica, owner)
    assert (await answer(checks, question(A))).effect is Effect.ALLOW

    attached = encode(OrganizationPolicyAttached(organization_policy_id="p-1", target_id=ROOT))
    replica.apply(await owner.log.append(OPERATOR, 2, [attached], metadata=b"{}"))

    with pytest.raises(Unavailable, match=f"account `{OPERATOR}` is frozen"):
        await answer(checks, question(A))


async def test_a_guardrail_that_cannot_be_compiled_answers_nobody() -> None:
    owner = Owner()
    await allow_all(owner, A)
    await forbid_all(owner)
    broken = OrganizationPolicyCreated(
        organization_policy_id="p-2", type=SERVICE_CONTROL_POLICY, name="x", description="", document="{"
    )
    attached = OrganizationPolicyAttached(organization_policy_id="p-2", target_id=A)
    await owner.log.append(OPERATOR, 4, [encode(broken), encode(attached)], metadata=b"{}")

    with pytest.raises(Unavailable, match="cannot be compiled"):
        await answer(await asking(owner), question(A))


async def test_the_operators_account_is_not_pushed_out_of_memory() -> None:
    owner = Owner()
    await forbid_all(owner)
    for account in (A, B):
        await allow_all(owner, account)
    checks = await asking(owner, held=2)

    for _ in range(3):
        for account, other in ((A, B), (B, A)):
            asked = question(account, f"arn:aws:documents::{other}:reports/1")
            assert (await answer(checks, asked)).effect is Effect.EXPLICIT_DENY


@pytest.mark.parametrize("resource_account", ["999999999999", "12", "elsewhere"])
async def test_a_resource_of_nobody_here_is_outside_of_the_organization(resource_account: str) -> None:
    owner = Owner()
    await organize(owner)
    await allow_all(owner, A)
    checks = await asking(owner)

    found = await answer(checks, question(A, f"arn:aws:documents::{resource_account}:reports/1"))

    assert found.effect is Effect.IMPLICIT_DENY


async def test_a_cached_organization_behind_which_something_impossible_happened_answers_nobody() -> None:
    """What cannot be applied freezes; it must not look like an account that is not there."""
    owner, cache = Owner(), Cache()
    await allow_all(owner, A)
    await forbid_all(owner)
    state = await owner.read_account(OPERATOR)
    cache.states[OPERATOR, state.epoch] = state
    impossible = OrganizationPolicyAttached(organization_policy_id="p-1", target_id="ou-none")
    await owner.log.append(OPERATOR, 4, [encode(impossible)], metadata=b"{}")
    checks = checks_of(await following(owner, cache), owner)

    with pytest.raises((Unavailable, BrokenStream)):
        await answer(checks, question(A))


async def test_a_resource_of_a_closed_account_lets_nobody_in() -> None:
    owner = Owner()
    await organize(owner)
    await allow_all(owner, A)
    await owner.write(B)
    theirs = f"arn:aws:documents::{B}:reports/1"
    put = ResourcePolicyPut(resource_arn=theirs, document=sharing("*", action="documents:Read"), principals=Map())
    await owner.log.append(B, 1, [encode(put)], metadata=b"{}")
    assert (await answer(await asking(owner), question(A, theirs))).effect is Effect.ALLOW

    await owner.log.append(B, 2, [encode(AccountClosed(closed_at=NOW))], metadata=b"{}")
    assert (await answer(await asking(owner), question(A, theirs))).effect is Effect.EXPLICIT_DENY
