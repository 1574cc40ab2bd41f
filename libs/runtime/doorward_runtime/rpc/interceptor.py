"""The one interceptor of every gRPC server: caller, permission, errors, deadline, span, metrics, access log."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

import grpc
import structlog
from doorward_kernel.errors import DeadlineExceeded, DoorwardError, InternalFailure, InvalidInput, Throttling
from google.protobuf.message import DecodeError
from opentelemetry import trace
from opentelemetry.propagate import extract
from prometheus_client import Histogram

from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.admission import Admission
from doorward_runtime.rpc.call import CALL
from doorward_runtime.rpc.methods import FOREIGN_METHODS, method_of
from doorward_runtime.rpc.status import DETAILS, GRPC_CODES, details_of, message_of

_log = structlog.get_logger()
_tracer = trace.get_tracer("doorward")
_duration = Histogram("doorward_rpc_duration_seconds", "time to answer an RPC", ["method", "code"])

MAX_SECONDS = 30.0
"""A unary call that brings no deadline, or a later one, gets this many seconds."""

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class Interceptor(grpc.aio.ServerInterceptor):
    """Wraps each method so that a servicer is a plain coroutine that returns a message or raises a DoorwardError."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        details: grpc.HandlerCallDetails,
    ) -> "_Handler | None":
        handler: Any = await continuation(details)
        method = details.method
        if handler is None or method[1:] in FOREIGN_METHODS:
            return cast("_Handler | None", handler)
        served = _Served(self._admission, method, handler.request_deserializer)
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(
                served.unary(handler.unary_unary), None, handler.response_serializer
            )
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(
                served.stream(handler.unary_stream), None, handler.response_serializer
            )
        raise TypeError(f"{method} takes a stream of requests, which no service of Doorward does")


class _Served:
    """One method, as it is served."""

    def __init__(self, admission: Admission, method: str, parse: Callable[[bytes], Any]) -> None:
        self._admission = admission
        self._method = method
        self._parse = parse

    def unary(self, servicer: Callable[[Any, _Context], Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def serve(body: bytes, context: _Context) -> Any:
            async with _Outcome(self._method, context) as outcome:
                async with _deadline(context):
                    request = await self._admitted(body, context)
                    response = await servicer(request, context)
                outcome.revision = getattr(response, "revision", "")
                return response

        return serve

    def stream(self, servicer: Callable[[Any, _Context], AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
        async def serve(body: bytes, context: _Context) -> AsyncIterator[Any]:
            async with _Outcome(self._method, context):
                async with _deadline(context):
                    request = await self._admitted(body, context)
                async for response in servicer(request, context):
                    yield response

        return serve

    async def _admitted(self, body: bytes, context: _Context) -> Any:
        """The request, once it is known that the caller may make it; CALL tells of the call from then on."""
        method = method_of(self._method)
        pairs = [(str(key), value) for key, value in context.invocation_metadata() or () if isinstance(value, str)]
        call = await self._admission.call(method, pairs, context.peer())
        CALL.set(call)
        request = self._message(body)
        await self._admission.permit(method, call, request)
        return request

    def _message(self, body: bytes) -> Any:
        try:
            return self._parse(body)
        except DecodeError as error:
            raise InvalidInput("the request is not a message of the type that this method takes") from error


@asynccontextmanager
async def _deadline(context: _Context) -> AsyncIterator[None]:
    """Ends what takes longer than the caller waits, or than MAX_SECONDS. Raises DeadlineExceeded."""
    remaining = context.time_remaining()
    limit = MAX_SECONDS if remaining is None else min(remaining, MAX_SECONDS)
    try:
        async with asyncio.timeout(limit):
            yield
    except TimeoutError as error:
        raise DeadlineExceeded(f"no answer within {limit:.3f} s") from error


class _Outcome:
    """Ends a call: turns what was raised into a status, and leaves one span, one metric, one line of log."""

    def __init__(self, method: str, context: _Context) -> None:
        self._method = method
        self._context = context
        self._started = time.monotonic()
        self.revision = ""
        carrier = {str(key): value for key, value in context.invocation_metadata() or ()}
        self._span = _tracer.start_span(
            method[1:],
            context=extract(carrier),
            kind=trace.SpanKind.SERVER,
            attributes={"rpc.system.name": "grpc", "rpc.method": method[1:]},
        )

    async def __aenter__(self) -> "_Outcome":
        return self

    async def __aexit__(self, _kind: object, raised: BaseException | None, _trace: object) -> bool:
        """Answers with the error, when there is one. Not by `abort`: that leaves cycles of some 50 objects behind, and
        to collect them would hold up every other call."""
        error = _as_error(self._method, raised)
        call = CALL.get(None)
        if call is not None:
            self._context.set_trailing_metadata(((metadata.REQUEST_ID, call.request_id),))
        code = "OK" if raised is None else "CANCELLED" if error is None else error.status.name
        seconds = time.monotonic() - self._started
        _duration.labels(self._method, code).observe(seconds)
        self._span.set_attribute("rpc.response.status_code", code)
        if isinstance(error, InternalFailure):
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()
        tell = _log.debug if isinstance(error, Throttling) else _log.info  # who is slowed down must not fill a disk
        tell(
            "rpc",
            method=self._method[1:],
            code=code,
            reason=error.reason if error else None,
            milliseconds=round(seconds * 1000, 3),
            revision=self.revision or None,
            request_id=call.request_id if call else None,
            account=call.named_account if call else None,
            actor=call.actor if call else None,
            trace_id=f"{self._span.get_span_context().trace_id:032x}" if self._span.is_recording() else None,
        )
        if error is not None:
            trailing = [(DETAILS, details_of(error))]
            if call is not None:
                trailing.append((metadata.REQUEST_ID, call.request_id.encode()))
            self._context.set_code(GRPC_CODES[error.status])
            self._context.set_details(message_of(error))
            self._context.set_trailing_metadata(_pairs(trailing))
        return error is not None


def _as_error(method: str, raised: BaseException | None) -> DoorwardError | None:
    if raised is None or isinstance(raised, (asyncio.CancelledError, GeneratorExit)):
        return None
    if isinstance(raised, DoorwardError):
        return raised
    _log.error("rpc failed", method=method[1:], exc_info=raised)
    return InternalFailure("something is broken on the server; its log has the detail")


def _pairs(trailing: list[tuple[str, bytes]]) -> tuple[tuple[str, str | bytes], ...]:
    return tuple((key, value if key.endswith("-bin") else value.decode()) for key, value in trailing)
