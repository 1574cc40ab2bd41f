"""The hot path without its transport: which methods there are, who may call, and what errors become."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from doorward_kernel.errors import (
    DeadlineExceeded,
    DoorwardError,
    InternalFailure,
    InvalidInput,
    NoSuchEntity,
    UnknownOperation,
)
from doorward_runtime.rpc.guard import Guard
from google.protobuf.message import DecodeError
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

_log = structlog.get_logger()

LONGEST_SECONDS = 10.0
"""A call that brings no deadline, or a later one, gets this many seconds."""

Method = Callable[[bytes], bytes | Coroutine[Any, Any, bytes]]
"""Answers a serialized request; a coroutine when it must wait."""

HEALTH = "/grpc.health.v1.Health/Check"


class HotPath:
    """Methods by their full name (`/package.Service/Method`); the key is asked for all but health."""

    def __init__(self, methods: Mapping[str, Method], guard: Guard, ready: Callable[[], bool]) -> None:
        self._methods = methods
        self._guard = guard
        self._ready = ready

    def answer(self, name: str, key: str | bytes | None, body: bytes) -> bytes | Coroutine[Any, Any, bytes]:
        """The response of method `name`. Raises a DoorwardError and nothing else."""
        method = self._methods.get(name)
        if method is None:
            if name == HEALTH:
                return self._health(body)
            raise UnknownOperation(f"there is no method `{name[:200]}` here")
        self._guard.check(key)
        try:
            return method(body)
        except DoorwardError:
            raise
        except Exception as error:
            raise broken(name, error) from error

    def _health(self, body: bytes) -> bytes:
        try:
            service = HealthCheckRequest.FromString(body).service
        except DecodeError as error:
            raise InvalidInput("the request is not a HealthCheckRequest") from error
        if service and not any(name.startswith(f"/{service}/") for name in self._methods):
            raise NoSuchEntity(f"there is no service `{service[:200]}` here")
        status = HealthCheckResponse.SERVING if self._ready() else HealthCheckResponse.NOT_SERVING
        return HealthCheckResponse(status=status).SerializeToString()


async def awaited(name: str, later: Awaitable[bytes], seconds: float | None) -> bytes:
    """The response of a method that must wait, within the caller's deadline. Raises a DoorwardError only."""
    limit = LONGEST_SECONDS if seconds is None else min(seconds, LONGEST_SECONDS)
    try:
        async with asyncio.timeout(limit):
            return await later
    except TimeoutError as error:
        raise DeadlineExceeded(f"no answer within {limit:.3f} s") from error
    except DoorwardError:
        raise
    except Exception as error:
        raise broken(name, error) from error


def broken(name: str, error: Exception) -> InternalFailure:
    """Tell the log everything and the caller nothing."""
    _log.error("hot path failed", method=name, exc_info=error)
    return InternalFailure("something is broken on the server; its log has the detail")
