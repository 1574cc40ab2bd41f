"""Pulling from a JetStream consumer of our own, so that each message arrives at once.

nats-py's `fetch` asks, waits for a full batch or the timeout, and asks again; here a request is
always open and topped up before it runs out.
"""

import asyncio
import json
from collections.abc import AsyncGenerator

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

BATCH = 512
"""Messages asked for at once."""

_ANSWER_SECONDS = 2.0
_EXPIRES_SECONDS = 30
_HEARTBEAT_SECONDS = 1
_SILENCE_SECONDS = 3.0
_INACTIVE_SECONDS = 30.0

_HEARTBEAT = "100"
_REQUEST_OVER = ("404", "408")


class ConsumerGone(nats.errors.Error):
    """The server ended the consumer, or nothing comes from it any longer, not even a heartbeat."""


async def pull(client: Client, stream: str, first: int) -> AsyncGenerator[list[Msg], None]:
    """Messages of `stream` from the sequence `first` on, as they come; an empty list once it is set up.

    Each run has an ephemeral consumer: the server keeps no position for us. Raises ConsumerGone and
    whatever nats-py raises; then begin anew from the place reached.
    """
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, cb=arrived.put)
    try:
        consumer = await client.jetstream(timeout=_ANSWER_SECONDS).add_consumer(
            stream,
            ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=first,
                ack_policy=AckPolicy.NONE,
                mem_storage=True,
                num_replicas=1,
                inactive_threshold=_INACTIVE_SECONDS,
            ),
        )
        yield []
        open_for = 0
        while True:
            if open_for <= BATCH // 2:
                await client.publish(
                    f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer.name}", _request(BATCH - open_for), reply=inbox
                )
                open_for = BATCH
            messages = []
            for message in await _all(arrived):
                status = (message.headers or {}).get("Status") if not message.data else None
                if status is None:
                    messages.append(message)
                    open_for -= 1
                elif status in _REQUEST_OVER:
                    unsent = (message.headers or {}).get("Nats-Pending-Messages", "0")
                    open_for = max(0, open_for - int(unsent))
                elif status != _HEARTBEAT:
                    raise ConsumerGone(f"{status} {(message.headers or {}).get('Description', '')}")
            if messages:
                yield messages
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


async def _all(arrived: asyncio.Queue[Msg]) -> list[Msg]:
    """What has arrived, at least one message."""
    try:
        async with asyncio.timeout(_SILENCE_SECONDS):
            messages = [await arrived.get()]
    except TimeoutError:
        raise ConsumerGone("not even a heartbeat came") from None
    while not arrived.empty():
        messages.append(arrived.get_nowait())
    return messages


def _request(batch: int) -> bytes:
    return json.dumps(
        {
            "batch": batch,
            "expires": _EXPIRES_SECONDS * 1_000_000_000,
            "idle_heartbeat": _HEARTBEAT_SECONDS * 1_000_000_000,
        }
    ).encode()
