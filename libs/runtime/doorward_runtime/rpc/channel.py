"""Channels to other services of Doorward, and calls on them that raise Doorward's errors."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import grpc

from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.status import error_of_call

_OPTIONS = (
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 20_000),
)

_Answer = TypeVar("_Answer")


@asynccontextmanager
async def service_channel(target: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to `host:port`, closed with the block; it connects, and reconnects, by itself."""
    async with grpc.aio.insecure_channel(target, options=_OPTIONS) as channel:
        yield channel


def service_metadata(service_key: str) -> tuple[tuple[str, str], ...]:
    """What a service shows another."""
    return ((metadata.SERVICE_KEY, service_key),)


@contextmanager
def doorward_errors() -> Iterator[None]:
    """Raise what a peer answered with as the DoorwardError that it was there."""
    try:
        yield
    except grpc.RpcError as error:
        raise error_of_call(error) from error


async def answer(call: Awaitable[_Answer]) -> _Answer:
    """Await a unary call. Raises the DoorwardError that the peer answered with."""
    with doorward_errors():
        return await call
