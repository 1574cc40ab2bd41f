"""Both clients against a real server: what is sent, what comes back, what is raised."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, closing
from pathlib import Path

import pytest
from doorward.decision.v1 import decision_service_pb2 as decision
from doorward_client import AsyncClient, Client, Effect
from doorward_kernel.errors import (
    ERRORS,
    DeadlineExceeded,
    DoorwardError,
    InternalFailure,
    InvalidInput,
    NoSuchEntity,
    Unavailable,
    UnknownOperation,
)

from tests.unit.client.tiny import ACCOUNT, EPOCH, KEY, Tiny, make_events, write_endpoints

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"


@pytest.fixture
async def asynchronous(tiny: Tiny) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(identity=tiny.address, decision=tiny.address, service_key=KEY, account=ACCOUNT) as made:
        yield made


def test_keywords_are_the_fields_of_the_request(client: Client, tiny: Tiny) -> None:
    created = client.identity.create_user(user_name="alice", path="/staff/")

    assert (created.user.user_name, created.user.path) == ("alice", "/staff/")
    assert created.revision == f"identity.{EPOCH}.1"
    assert tiny.seen[0][0] == "CreateUser"


def test_key_account_reason_and_request_id_travel_as_metadata(client: Client, tiny: Tiny) -> None:
    client.with_options(reason="onboarding", request_id="r-1").identity.create_user(user_name="alice")

    metadata = tiny.seen[0][2]
    assert metadata["x-doorward-service-key"] == KEY
    assert metadata["x-doorward-account"] == ACCOUNT
    assert metadata["x-doorward-reason"] == "onboarding"
    assert metadata["x-request-id"] == "r-1"


def test_other_options_leave_the_client_that_they_were_derived_from_alone(client: Client, tiny: Tiny) -> None:
    client.with_options(account="999999999999").identity.create_user(user_name="alice")
    client.identity.create_user(user_name="bob")

    assert [metadata["x-doorward-account"] for _, _, metadata in tiny.seen] == ["999999999999", ACCOUNT]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_is_raised_as_the_class_that_the_service_raised(
    client: Client, tiny: Tiny, kind: type[DoorwardError]
) -> None:
    tiny.raises = kind("`alice` is the matter")

    with pytest.raises(kind, match="`alice` is the matter") as raised:
        client.identity.create_user(user_name="alice")

    assert type(raised.value) is kind
    assert raised.value.__notes__ == ["request id: r-17"]


async def test_an_error_is_raised_from_an_awaited_call_too(asynchronous: AsyncClient, tiny: Tiny) -> None:
    tiny.raises = NoSuchEntity("no user `alice`")

    with pytest.raises(NoSuchEntity, match="no user `alice`"):
        await asynchronous.identity.create_user(user_name="alice")


def test_a_call_ends_at_its_deadline(client: Client, tiny: Tiny) -> None:
    tiny.pause = 1.0

    started = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        client.with_options(deadline=0.2).identity.create_user(user_name="alice")

    assert time.monotonic() - started < 0.9


def test_nobody_listening_is_unavailable_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with (
            Client(decision=f"127.0.0.1:{taken.getsockname()[1]}", service_key=KEY) as client,
            pytest.raises(Unavailable),
        ):
            client.check(ALICE, "s3:GetObject", "*")


def test_a_method_that_the_service_does_not_have_is_an_unknown_operation(client: Client) -> None:
    with pytest.raises(UnknownOperation):
        client.identity.get_account()


def test_a_service_without_an_address_is_named(tiny: Tiny) -> None:
    with Client(identity=tiny.address) as client, pytest.raises(InvalidInput, match="give it `decision`"):
        client.check(ALICE, "s3:GetObject", "*")


@pytest.mark.parametrize("reason", ["línea", "two\nlines", "tab\t"])
def test_a_reason_that_cannot_travel_is_invalid(client: Client, tiny: Tiny, reason: str) -> None:
    with pytest.raises(InvalidInput, match="x-doorward-reason"):
        client.with_options(reason=reason).identity.create_user(user_name="alice")

    assert tiny.seen == []


def test_a_field_that_the_request_does_not_have_is_invalid(client: Client) -> None:
    with pytest.raises(InvalidInput, match="shoe_size"):
        client.identity.create_user(shoe_size=3)  # type: ignore[call-arg]


def test_text_that_is_not_unicode_is_invalid(client: Client) -> None:
    with pytest.raises(InvalidInput):
        client.check("\ud800", "s3:GetObject", "*")


def test_a_closed_client_makes_no_calls(tiny: Tiny) -> None:
    client = Client(identity=tiny.address)
    client.close()

    with pytest.raises(RuntimeError, match="closed"):
        client.identity.create_user(user_name="alice")


def test_a_key_is_not_shown_when_options_are_printed(client: Client) -> None:
    assert KEY not in repr(client._options)


# --- checks ---


def test_a_check_carries_question_context_and_freshness(client: Client, tiny: Tiny) -> None:
    result = client.check(
        ALICE,
        "s3:GetObject",
        "arn:aws:s3:::reports/q1",
        {"aws:SourceIp": "203.0.113.7", "aws:TagKeys": ["team", "cost"], "aws:CalledVia": ("x.example.com",)},
        at_least=f"identity.{EPOCH}.5",
        latest=True,
    )

    request = tiny.seen[0][1]
    assert (request.principal, request.action, request.resource) == (ALICE, "s3:GetObject", "arn:aws:s3:::reports/q1")
    assert dict(request.context) == {"aws:SourceIp": "203.0.113.7"}
    assert {key: list(each.values) for key, each in request.multivalued_context.items()} == {
        "aws:TagKeys": ["team", "cost"],
        "aws:CalledVia": ["x.example.com"],
    }
    assert list(request.freshness.at_least) == [f"identity.{EPOCH}.5"]
    assert request.freshness.latest
    assert result.allowed
    assert result.revisions == (f"identity.{EPOCH}.5", f"identity.{EPOCH}.7")
    assert result.staleness_seconds == 1.5


@pytest.mark.parametrize(
    ("sent", "effect", "allowed"),
    [
        (decision.EFFECT_ALLOW, Effect.ALLOW, True),
        (decision.EFFECT_EXPLICIT_DENY, Effect.EXPLICIT_DENY, False),
        (decision.EFFECT_IMPLICIT_DENY, Effect.IMPLICIT_DENY, False),
    ],
)
def test_only_allow_is_allowed_and_true(
    client: Client, tiny: Tiny, sent: decision.Effect, effect: Effect, allowed: bool
) -> None:
    tiny.effect = sent

    result = client.check(ALICE, "s3:GetObject", "*")

    assert result.effect is effect
    assert result.allowed is allowed
    assert bool(result) is allowed


@pytest.mark.parametrize("effect", [decision.EFFECT_UNSPECIFIED, 99])
def test_an_effect_that_is_not_known_is_an_error(client: Client, tiny: Tiny, effect: int) -> None:
    tiny.effect = effect

    with pytest.raises(InternalFailure, match="unknown effect"):
        client.check(ALICE, "s3:GetObject", "*")


def test_a_context_value_that_is_neither_text_nor_several_is_invalid(client: Client, tiny: Tiny) -> None:
    with pytest.raises(InvalidInput, match="`aws:MultiFactorAuthPresent`"):
        client.check(ALICE, "s3:GetObject", "*", {"aws:MultiFactorAuthPresent": True})  # type: ignore[dict-item]

    assert tiny.seen == []


async def test_checks_are_awaited_too(asynchronous: AsyncClient) -> None:
    result = await asynchronous.check(ALICE, "s3:GetObject", "*", at_least=["identity.0a1b2c3d.5"])

    assert result.allowed
    assert result.revisions[0] == "identity.0a1b2c3d.5"


# --- pages ---


def test_pages_follow_the_marker_to_the_end(client: Client, tiny: Tiny) -> None:
    pages = list(client.pages(client.identity.list_users, path_prefix="/staff/"))

    assert [user.user_name for page in pages for user in page.users] == ["ann", "bob", "cleo", "dan", "eve"]
    assert [(request.marker, request.path_prefix) for _, request, _ in tiny.seen] == [
        ("", "/staff/"),
        ("2", "/staff/"),
        ("4", "/staff/"),
    ]


def test_pages_that_go_in_circles_are_an_error(client: Client, tiny: Tiny) -> None:
    tiny.endless = True

    with pytest.raises(InternalFailure, match="does not end"):
        list(client.pages(client.identity.list_users))


async def test_pages_are_awaited_too(asynchronous: AsyncClient) -> None:
    names = [
        user.user_name
        async for page in asynchronous.pages(asynchronous.identity.list_users, max_items=2)
        for user in page.users
    ]

    assert names == ["ann", "bob", "cleo", "dan", "eve"]


# --- events ---


def test_events_are_read_from_a_position_on_of_one_account(client: Client, tiny: Tiny) -> None:
    tiny.events = make_events(9)

    assert [event.position for event in client.events()] == list(range(1, 10))
    assert [event.position for event in client.events(after_position=4, account=ACCOUNT)] == [5, 7, 9]
    assert [event.position for event in client.events(limit=3)] == [1, 2, 3]
    assert [event.position for event in client.events(after_position=7, log="credential")] == [8, 9]


def test_leaving_a_followed_log_ends_the_call(client: Client, tiny: Tiny) -> None:
    tiny.events = make_events(3)

    with closing(client.events(follow=True)) as events:
        first = [next(events).position for _ in range(3)]

    assert first == [1, 2, 3]
    _wait_for_the_end(tiny)


async def test_leaving_a_followed_log_ends_the_awaited_call_too(asynchronous: AsyncClient, tiny: Tiny) -> None:
    tiny.events = make_events(3)

    async with aclosing(asynchronous.events(follow=True)) as events:
        first = [(await anext(events)).position for _ in range(3)]

    assert first == [1, 2, 3]
    await asyncio.to_thread(_wait_for_the_end, tiny)


def test_an_error_while_reading_events_is_raised_as_its_class(client: Client, tiny: Tiny) -> None:
    tiny.raises = Unavailable("not now")

    with pytest.raises(Unavailable, match="not now"):
        list(client.events())


@pytest.mark.parametrize("arguments", [{"after_position": -1}, {"limit": 0}, {"limit": -1}])
def test_numbers_out_of_range_are_invalid(client: Client, arguments: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        list(client.events(**arguments))  # type: ignore[arg-type]


# --- endpoints.json ---


def test_a_client_finds_a_local_run_by_its_data_directory_and_by_its_file(tiny: Tiny, tmp_path: Path) -> None:
    directory = write_endpoints(tmp_path, tiny)

    for place in (directory, directory / "endpoints.json"):
        with Client.from_endpoints(place) as client:
            assert client.check(ALICE, "s3:GetObject", "*").allowed
            client.identity.create_user(user_name="alice")

    assert tiny.seen[-1][2]["x-doorward-service-key"] == KEY
    assert tiny.seen[-1][2]["x-doorward-account"] == ACCOUNT


def test_no_endpoints_means_that_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="doorward up"):
        Client.from_endpoints(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"identity": 1}', '{"bootstrap": null}'])
def test_endpoints_that_make_no_sense_are_invalid(tmp_path: Path, text: str) -> None:
    (tmp_path / "endpoints.json").write_text(text)

    with pytest.raises(InvalidInput, match="endpoints"):
        Client.from_endpoints(tmp_path)


def _wait_for_the_end(tiny: Tiny) -> None:
    deadline = time.monotonic() + 5
    while not tiny.ended:
        assert time.monotonic() < deadline, "the call goes on"
        time.sleep(0.01)
