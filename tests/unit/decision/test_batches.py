"""Checks in batches: each is answered as it would be alone, and all at one state."""

from collections.abc import Sequence

import pytest
from doorward.decision.v1 import decision_service_pb2 as pb
from doorward_decision.api.batch_check import BatchCheckMethod
from doorward_decision.application.batches import MOST_CHECKS, Answers, Batches
from doorward_decision.application.questions import Answer, Question
from doorward_directory.account import Account
from doorward_kernel.errors import DoorwardError, InvalidInput, RevisionNotReached, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.passport import PassportKind
from doorward_keyring.revocations import SessionsRevoked
from doorward_messaging import AccountState
from doorward_policy import Effect

from tests.unit.decision.judge import REPORT, Judge, passport, policy, token_of
from tests.unit.decision.test_passports import NOW
from tests.unit.directory.world import ACCOUNT
from tests.unit.messaging.owner import B

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Deploy"
READ, WRITE = "documents:Read", "documents:Write"
THEIRS = f"arn:aws:documents:eu:{B}:reports/2026"
NOBODYS = "arn:aws:documents:eu:999999999999:reports/2026"


@pytest.fixture
async def busy(judge: Judge) -> Judge:
    """A user who may read, a role that may do everything, a report that anybody may read; another account."""
    judge.world.create_user("alice")
    judge.world.create_role("Deploy")
    await judge.allow(READ, user="alice")
    await judge.allow("*", role="Deploy")
    await judge.share(policy("Allow", READ, principal='"*"', resource=REPORT))
    await judge.identity.write(B)
    judge.replica.reset(await judge.progress.catch_up())
    return judge


def ask(principal: str, action: str = READ, resource: str = REPORT, **more: object) -> Question:
    return Question(principal, action, resource, {})._replace(**more)  # type: ignore[arg-type]


async def batch(judge: Judge, questions: Sequence[Question]) -> Answers:
    answers = Batches(judge.checks).ask(questions)
    return answers if isinstance(answers, Answers) else await answers


async def alone(judge: Judge, question: Question) -> tuple[object, tuple[str, ...]]:
    """The effect or the error's reason and message, and the revisions."""
    try:
        answer = judge.checks.ask(question)
        answer = answer if isinstance(answer, Answer) else await answer
    except DoorwardError as error:
        return told(error), ()
    return answer.effect, answer.revisions


def told(outcome: Effect | DoorwardError) -> object:
    return (outcome.reason, outcome.message) if isinstance(outcome, DoorwardError) else outcome


async def test_each_is_answered_as_it_would_be_alone(busy: Judge) -> None:
    user_id = busy.world.create_user("bob")
    await busy.do()
    session = token_of(passport(PassportKind.USER, user_id))
    root, gone = token_of(passport(PassportKind.ROOT, ACCOUNT)), token_of(passport(PassportKind.USER, "AIDAGONE"))
    questions = [
        ask(ALICE),
        ask(ALICE, WRITE),
        ask(ALICE, resource=THEIRS),
        ask(ALICE, resource=NOBODYS),
        ask(ALICE, resource="*"),
        ask(ALICE, "nonsense"),
        ask(ALICE, resource="nonsense"),
        ask(f"{ROLE[:-6]}Nobody"),
        ask(ROLE, WRITE),
        ask(f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/x", WRITE, "arn:aws:s3:::bucket/key"),
        ask(f"arn:aws:iam::{ACCOUNT}:root"),
        ask("arn:aws:iam::999999999999:user/alice"),
        ask("anonymous"),
        ask("anonymous", resource=THEIRS),
        ask("anonymous", WRITE),
        ask("ec2.amazonaws.com", resource="*"),
        ask("nonsense"),
        ask(""),
        ask("", passport=session),
        ask("", WRITE, passport=session),
        ask("", passport=root),
        ask("", passport=gone),
        ask("", passport="x"),
        ask(ALICE, passport=session),
        ask(ALICE, context={"aws:CurrentTime": "x"}),
    ]

    answers = await batch(busy, questions)
    again = await batch(busy, questions[::-1])

    expected = [await alone(busy, question) for question in questions]
    assert [told(outcome) for outcome in answers.outcomes] == [outcome for outcome, _ in expected]
    assert [told(outcome) for outcome in again.outcomes] == [outcome for outcome, _ in expected][::-1]
    assert {type(outcome) for outcome, _ in expected} == {Effect, tuple}
    assert answers.revisions == max((revisions for _, revisions in expected), key=len)


async def test_what_must_be_loaded_is_loaded_for_all(busy: Judge) -> None:
    answers = Batches(busy.checks).ask([ask(ALICE), ask(ALICE, resource=THEIRS), ask("anonymous", resource=THEIRS)])
    assert not isinstance(answers, Answers), "nothing is in memory yet"
    assert [told(each) for each in (await answers).outcomes] == [
        Effect.ALLOW,
        Effect.IMPLICIT_DENY,
        Effect.IMPLICIT_DENY,
    ]

    assert isinstance(Batches(busy.checks).ask([ask(ALICE), ask(ALICE, resource=THEIRS)]), Answers)


async def test_an_account_that_cannot_be_had_is_told_where_it_is_needed(
    busy: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = busy.identity.read_account

    async def failing(account_id: AccountId) -> AccountState[Account]:
        if account_id == B:
            raise Unavailable("the database is away")
        return await read(account_id)

    monkeypatch.setattr(busy.identity, "read_account", failing)

    outcomes = (await batch(busy, [ask(ALICE), ask(ALICE, resource=THEIRS), ask(ALICE, WRITE)])).outcomes

    assert (outcomes[0], outcomes[2]) == (Effect.ALLOW, Effect.IMPLICIT_DENY)
    assert isinstance(outcomes[1], Unavailable)


async def test_a_batch_is_as_fresh_as_each_of_its_checks_asks(busy: Judge) -> None:
    epoch, here = busy.progress.epoch, busy.progress.position
    reached, beyond = Revision("identity", epoch, here), Revision("identity", epoch, here + 1)
    assert (await batch(busy, [ask(ALICE), ask(ALICE, at_least=(reached,))])).revisions == (str(reached),)

    with pytest.raises(RevisionNotReached):
        await batch(busy, [ask(ALICE), ask(ALICE, at_least=(beyond,))])
    with pytest.raises(InvalidInput, match="names a log"):
        await batch(busy, [ask(ALICE), ask(ALICE, at_least=(Revision("other", epoch, 1),))])
    with pytest.raises(InvalidInput, match="at most 8 revisions"):
        await batch(busy, [ask(ALICE, at_least=(Revision("identity", epoch, number),)) for number in range(9)])
    assert (await batch(busy, [ask(ALICE), ask(ALICE, latest=True)])).outcomes == [Effect.ALLOW, Effect.ALLOW]

    busy.progress.staleness_seconds = 31.0
    with pytest.raises(Unavailable, match="30 s are allowed"):
        await batch(busy, [ask(ALICE)])


async def test_a_stale_credential_log_is_told_to_bearers_alone(busy: Judge) -> None:
    user_id = busy.world.create_user("bob")
    await busy.do()
    session = token_of(passport(PassportKind.USER, user_id))
    assert (await batch(busy, [ask(ALICE), ask("", passport=session)])).outcomes == [Effect.ALLOW, Effect.ALLOW]
    busy.credential_progress.staleness_seconds = 31.0

    outcomes = (await batch(busy, [ask(ALICE), ask("", passport=session)])).outcomes

    assert outcomes[0] is Effect.ALLOW
    assert isinstance(outcomes[1], Unavailable)


async def test_a_revoked_session_is_refused_in_its_place(busy: Judge) -> None:
    user_id = busy.world.create_user("bob")
    await busy.do()
    session = token_of(passport(PassportKind.USER, user_id))
    assert (await batch(busy, [ask("", passport=session)])).outcomes == [Effect.ALLOW]

    revision = await busy.happen(SessionsRevoked(principal_id=user_id, before=NOW))
    answers = await batch(busy, [ask("", passport=session), ask(ALICE)])

    assert told(answers.outcomes[0])[0] == "InvalidClientTokenId"  # type: ignore[index]
    assert answers.outcomes[1] is Effect.ALLOW
    assert revision.startswith("credential.")


async def test_a_batch_has_one_check_to_a_thousand(busy: Judge) -> None:
    assert len((await batch(busy, [ask(ALICE)] * MOST_CHECKS)).outcomes) == MOST_CHECKS
    with pytest.raises(InvalidInput, match="at least one"):
        await batch(busy, [])
    with pytest.raises(InvalidInput, match="at most 1000 checks, this one 1001"):
        await batch(busy, [ask(ALICE)] * (MOST_CHECKS + 1))


# --- on the wire ---


async def answered(judge: Judge, request: pb.BatchCheckRequest) -> pb.BatchCheckResponse:
    body = BatchCheckMethod(Batches(judge.checks))(request.SerializeToString())
    return pb.BatchCheckResponse.FromString(body if isinstance(body, bytes) else await body)


async def test_a_check_takes_from_the_batch_what_it_does_not_say(busy: Judge) -> None:
    in_team = '{"StringEquals":{"documents:team":"a"}}'
    await busy.share(policy("Deny", "documents:*", principal='"*"', resource=REPORT, condition=in_team))
    item = pb.BatchedCheck(action=READ, resource=REPORT)
    other = pb.BatchedCheck(action=READ, resource=REPORT, context={"Documents:Team": "b"})
    role = pb.BatchedCheck(action=WRITE, resource=REPORT, principal=ROLE, context={"documents:team": "b"})
    unknown = pb.BatchedCheck(action=READ, resource=REPORT, principal=f"{ALICE}x")

    response = await answered(
        busy,
        pb.BatchCheckRequest(principal=ALICE, context={"documents:TEAM": "a"}, checks=[item, other, role, unknown]),
    )

    first, second, third, fourth = response.outcomes
    assert first.effect == pb.EFFECT_EXPLICIT_DENY
    assert second.effect == third.effect == pb.EFFECT_ALLOW
    assert (fourth.error.code, fourth.error.reason) == (5, "NoSuchEntity")
    assert not fourth.effect
    assert response.revisions == [f"identity.{busy.progress.epoch}.{busy.progress.position}"]


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ({"context": {"a": "x", "A": "y"}}, r"`checks\[1\]`: two context keys differ only in case"),
        ({"context": {"a": "x" * 3000}}, r"`checks\[1\]`: context key `a`"),
        ({"freshness": {"at_least": ["nonsense"]}}, r"`checks\[1\]`: `freshness.at_least`"),
        (
            {"context": {f"key-{number}": "x" for number in range(60)}},
            r"`checks\[1\]`: the context has at most 64 keys",
        ),
    ],
)
async def test_a_malformed_check_is_named(busy: Judge, check: dict[str, object], text: str) -> None:
    shared = {f"shared-{number}": "x" for number in range(5)}
    checks = [pb.BatchedCheck(action=READ), pb.BatchedCheck(action=READ, **check)]  # type: ignore[arg-type]

    with pytest.raises(InvalidInput, match=text):
        await answered(busy, pb.BatchCheckRequest(principal=ALICE, context=shared, checks=checks))


async def test_what_is_no_request_is_refused(busy: Judge) -> None:
    with pytest.raises(InvalidInput, match="not a BatchCheckRequest"):
        BatchCheckMethod(Batches(busy.checks))(b"\xff")
