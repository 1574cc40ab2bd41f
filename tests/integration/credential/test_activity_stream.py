"""Activity on a real nats-server: told once, aggregated when it fails, dropped and counted when NATS is away."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats
import pytest
from doorward_credential.adapters import activity_stream
from doorward_credential.adapters.activity_stream import STREAM, SUBJECTS, ActivityStream
from doorward_credential.application.ports import Happened
from doorward_messaging import connect

from tests.integration.messaging.world import Nats

ACCOUNT = "123456789012"
SIGNED_IN = Happened(
    type="SignInSucceeded", account=ACCOUNT, principal_id="AIDAALICE", source_ip="192.0.2.1", reason=""
)
FAILED = Happened(
    type="SignInFailed", account=ACCOUNT, principal_id="AIDAALICE", source_ip="192.0.2.1", reason="AuthFailure"
)
NOBODY = Happened(type="SignInFailed", account="", principal_id="", source_ip="192.0.2.1", reason="AuthFailure")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def publishing(server: Nats, **settings: Any) -> AsyncIterator[ActivityStream]:
    async with connect(server.url, name="test", token=None) as connection:
        stream = ActivityStream(connection, **settings)
        loop = asyncio.create_task(stream.run())
        try:
            yield stream
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


async def told(server: Nats, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Subject and fields of the first messages, once there are so many."""
    client = await nats.connect(server.url)
    try:
        js = client.jetstream()
        async with asyncio.timeout(20):
            while True:
                try:
                    if (await js.stream_info(STREAM)).state.messages >= count:
                        break
                except nats.js.errors.NotFoundError:
                    pass
                await asyncio.sleep(0.05)
        found = [await js.get_msg(STREAM, number + 1) for number in range(count)]
        return [(message.subject or "", json.loads(message.data or b"{}")) for message in found]
    finally:
        await client.close()


async def test_what_happens_is_told_at_once_under_its_account(server: Nats) -> None:
    async with publishing(server) as stream:
        stream.note(SIGNED_IN)

        ((subject, fields),) = await told(server, 1)

    assert subject == f"doorward.activity.{ACCOUNT}.SignInSucceeded"
    assert fields.pop("at") > 1_700_000_000
    assert fields == {
        "type": "SignInSucceeded",
        "account": ACCOUNT,
        "principal_id": "AIDAALICE",
        "source_ip": "192.0.2.1",
        "count": 1,
    }


async def test_failures_of_one_kind_are_one_message_with_their_number(server: Nats) -> None:
    async with publishing(server, window=0.5) as stream:
        for _ in range(10_000):
            stream.note(FAILED)
        stream.note(NOBODY)

        found = await told(server, 2)

    assert [(subject, fields["count"]) for subject, fields in found] == [
        (f"doorward.activity.{ACCOUNT}.SignInFailed", 10_000),
        ("doorward.activity.unknown.SignInFailed", 1),
    ]


async def test_an_attacker_with_many_names_fills_neither_memory_nor_disk(server: Nats) -> None:
    async with publishing(server, most_windows=100) as stream:
        for number in range(5000):
            stream.note(
                Happened(
                    type="SignInFailed", account="", principal_id="", source_ip=f"source-{number}", reason="AuthFailure"
                )
            )

        stream.close_windows(all=True)
        found = await told(server, 101)

    assert stream.dropped == 0
    assert [fields["count"] for _, fields in found] == [1] * 100 + [4900]
    assert found[-1][1] == {"type": "SignInFailed", "reason": "AuthFailure", "count": 4900, "at": found[-1][1]["at"]}


async def test_what_cannot_even_be_summed_up_is_counted_as_dropped(server: Nats) -> None:
    async with publishing(server, most_windows=10) as stream:
        for number in range(30):
            stream.note(replace(FAILED, account=f"{number:012d}"))

        assert stream.dropped == 10


async def test_while_nats_is_away_nobody_waits_and_what_is_too_much_is_counted(server: Nats) -> None:
    async with publishing(server, most_waiting=10) as stream:
        stream.note(SIGNED_IN)
        await told(server, 1)
        server.stop()
        for _ in range(100):
            stream.note(SIGNED_IN)
        assert stream.dropped >= 89
        server.start()

        assert len(await told(server, 9)) == 9


async def test_the_stream_is_bounded(server: Nats) -> None:
    async with publishing(server) as stream:
        stream.note(SIGNED_IN)
        await told(server, 1)
        client = await nats.connect(server.url)
        config = (await client.jetstream().stream_info(STREAM)).config
        await client.close()

    assert (config.max_bytes, config.max_age) == (256 * 1024 * 1024, 90 * 86_400)
    assert config.max_msgs_per_subject == 10_000


async def test_an_account_that_does_much_pushes_out_nothing_of_others(
    server: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity_stream, "MAX_OF_A_KIND", 10)
    other = replace(SIGNED_IN, account="210987654321")
    async with publishing(server) as stream:
        stream.note(other)
        await told(server, 1)
        for number in range(100):
            stream.note(replace(SIGNED_IN, principal_id=f"AIDA{number}"))
        stream.note(replace(other, type="AssumeRole"))
        client = await nats.connect(server.url)
        async with asyncio.timeout(20):
            while True:
                state = (await client.jetstream().stream_info(STREAM)).state
                if state.last_seq == 102:
                    break
                await asyncio.sleep(0.05)
        first = await client.jetstream().get_msg(STREAM, 1)
        await client.close()

    assert state.messages == 1 + 10 + 1
    assert first.subject == "doorward.activity.210987654321.SignInSucceeded"


async def test_a_stream_with_other_limits_is_given_these(server: Nats) -> None:
    client = await nats.connect(server.url)
    await client.jetstream().add_stream(name=STREAM, subjects=[SUBJECTS], max_bytes=1024 * 1024)

    async with publishing(server) as stream:
        stream.note(SIGNED_IN)
        await told(server, 1)

    config = (await client.jetstream().stream_info(STREAM)).config
    await client.close()
    assert (config.max_bytes, config.max_msgs_per_subject) == (256 * 1024 * 1024, 10_000)
