"""A grpc.aio server with health, reflection, limits and the interceptor."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import grpc
from google.protobuf import descriptor_pool
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from doorward_runtime.rpc.admission import Admission
from doorward_runtime.rpc.authorizer import Authorizer
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.interceptor import Interceptor
from doorward_runtime.rpc.listener import Listener
from doorward_runtime.rpc.resources import Resources

MAX_REQUEST_BYTES = 256 * 1024
"""No request of Doorward is larger; a policy document has at most 131,072 characters."""

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)

Register = Callable[[grpc.aio.Server], None]
"""Adds a servicer to a server: a generated `add_…Servicer_to_server` with its servicer bound."""


class RpcServer:
    """A running server."""

    def __init__(self, listener: Listener, checks: health.aio.HealthServicer) -> None:
        self._checks = checks
        self._listener = listener

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._listener.port

    async def stay(self) -> None:
        """See `Listener.stay`: run this beside the server, in a loop whose death ends the process."""
        await self._listener.stay()

    async def set_serving(self, service: str, serving: bool) -> None:
        """Say over `grpc.health.v1` whether `service` (empty: the whole process) can be used now."""
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        await self._checks.set(service, status)


class _GenericHandlers:
    """A server as generated code sees it, which takes generic handlers and no registered methods.

    For each registered method grpc.aio asks its core for a call beforehand. When a request ends the server (`Listener`)
    it frees these while the core still writes to them (grpcio 1.85, `_server_main_loop`): the process then spins for
    ever or dies. Generic handlers serve the same methods, and wait for one call at a time.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self.add_generic_rpc_handlers = server.add_generic_rpc_handlers

    def add_registered_method_handlers(self, service: str, handlers: object) -> None:
        """Nothing: the generic handler of the service has them all."""


@asynccontextmanager
async def serve(
    *,
    host: str,
    port: int,
    guard: Guard,
    services: Sequence[str],
    register: Sequence[Register],
    grace: float,
    authorizer: Authorizer | None = None,
    resources: Resources | None = None,
) -> AsyncIterator[RpcServer]:
    """Serve `services` (full names) until the block ends; then calls in flight get `grace` seconds.

    Principals are served when the guard verifies passports, and `authorizer` and `resources` are given.
    Port 0 takes a free one. Raises OSError when the address is taken, and KeyError when the descriptor of a service is
    not imported: nothing would tell who may call it.
    """
    for name in services:
        descriptor_pool.Default().FindServiceByName(name)
    checks = health.aio.HealthServicer()
    interceptor = Interceptor(Admission(guard, authorizer, resources))

    def make() -> grpc.aio.Server:
        server = grpc.aio.server(interceptors=(interceptor,), options=_OPTIONS)
        handlers = cast(grpc.aio.Server, _GenericHandlers(server))
        health_pb2_grpc.add_HealthServicer_to_server(checks, handlers)
        for add in register:
            add(handlers)
        reflection.enable_server_reflection((*services, health.SERVICE_NAME, reflection.SERVICE_NAME), handlers)
        return server

    listener = Listener(make, host, port)
    await listener.start()
    running = RpcServer(listener, checks)
    for name in ("", *services):
        await running.set_serving(name, True)
    try:
        yield running
    finally:
        await checks.enter_graceful_shutdown()
        await listener.stop(grace)


def bound(add: Callable[[Any, grpc.aio.Server], None], servicer: object) -> Register:
    """A generated `add_…Servicer_to_server` with its servicer."""
    return lambda server: add(servicer, server)
