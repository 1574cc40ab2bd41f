"""Many checks at once, in both clients."""

import pytest
from doorward.decision.v1 import decision_service_pb2 as pb
from doorward_client import AsyncClient, BatchedCheck, Client, Effect
from doorward_kernel.errors import InternalFailure, InvalidInput, NoSuchEntity

from tests.unit.client.tiny import ACCOUNT, KEY, Tiny

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
READ = ("documents:Read", "arn:aws:documents:eu::reports")
BROKEN = ("documents:Broken", "*")


def test_all_are_asked_at_once_and_answered_in_order(client: Client, tiny: Tiny) -> None:
    tiny.effect = pb.EFFECT_ALLOW

    found = client.check_all([READ, BROKEN, READ], ALICE, {"documents:team": "a"}, at_least="identity.x.5")

    assert [result.effect for result in found] == [Effect.ALLOW, None, Effect.ALLOW]
    assert isinstance(found[1].error, NoSuchEntity)
    assert (len(found), found.revisions[0], found.staleness_seconds) == (3, "identity.x.5", 1.5)
    (name, request, _) = tiny.seen[-1]
    assert (name, request.principal, dict(request.context)) == ("BatchCheck", ALICE, {"documents:team": "a"})
    assert [(check.action, check.resource) for check in request.checks] == [READ, BROKEN, READ]


def test_only_what_is_allowed_is_true(client: Client, tiny: Tiny) -> None:
    tiny.effect = pb.EFFECT_ALLOW
    assert client.check_all([READ, READ], ALICE)
    found = client.check_all([READ, BROKEN], ALICE)
    assert [bool(result) for result in found] == [True, False]
    assert not found

    for effect in (pb.EFFECT_IMPLICIT_DENY, pb.EFFECT_EXPLICIT_DENY, pb.EFFECT_UNSPECIFIED):
        tiny.effect = effect
        assert not client.check_all([READ], ALICE)[0]
    assert isinstance(client.check_all([READ], ALICE)[0].error, InternalFailure)


def test_a_check_says_what_is_its_own(client: Client, tiny: Tiny) -> None:
    own = BatchedCheck(
        action="a:B", resource="*", passport="token", context={"k": ["x", "y"], "l": "z"}, at_least="r", latest=True
    )

    client.check_all([own], ALICE)

    (check,) = tiny.seen[-1][1].checks
    assert (check.passport, check.principal, dict(check.context)) == ("token", "", {"l": "z"})
    assert list(check.multivalued_context["k"].values) == ["x", "y"]
    assert (list(check.freshness.at_least), check.freshness.latest) == (["r"], True)
    with pytest.raises(InvalidInput, match="`k` must be a string"):
        client.check_all([BatchedCheck(action="a:B", resource="*", context={"k": 1})])  # type: ignore[dict-item]


def test_an_answer_too_few_is_no_answer(client: Client) -> None:
    with pytest.raises(InternalFailure, match="answered 1 of 2 checks"):
        client.check_all([READ, READ], "nobody")


async def test_the_awaited_client_asks_alike(tiny: Tiny) -> None:
    tiny.effect = pb.EFFECT_ALLOW
    async with AsyncClient(decision=tiny.address, service_key=KEY) as client:
        found = await client.check_all([READ, BROKEN], ALICE)

    assert [result.effect for result in found] == [Effect.ALLOW, None]
