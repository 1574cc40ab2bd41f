"""The hot path as an ASGI application with raw gRPC framing, as pyvoy runs it."""

import zlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from doorward_kernel.errors import DoorwardError, InvalidInput, LimitExceeded, UnknownOperation
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.server import MAX_REQUEST_BYTES
from doorward_runtime.rpc.status import trailers_of

from doorward_decision.api.hot_path import HotPath, awaited

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

PREFIX_BYTES = 5
"""Of each gRPC message: one byte that says whether it is compressed, four for its length."""

_CONTENT_TYPE = (b"content-type", b"application/grpc")
_START: dict[str, Any] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [_CONTENT_TYPE],
    "trailers": True,
}
_OK: dict[str, Any] = {"type": "http.response.trailers", "headers": [(b"grpc-status", b"0")]}
_KEY = metadata.SERVICE_KEY.encode()
_UNITS = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}


async def serve(hot_path: HotPath, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one HTTP request (gRPC over HTTP/2, PROTOCOL-HTTP2.md of the gRPC project)."""
    headers = dict(scope["headers"])
    if scope["method"] != "POST" or not headers.get(b"content-type", b"").startswith(b"application/grpc"):
        await _not_grpc(send)
        return
    try:
        message = _message(await _body(receive), headers)
        response = hot_path.answer(scope["path"], headers.get(_KEY), message)
        if not isinstance(response, bytes):
            response = await awaited(scope["path"], response, _seconds(headers.get(b"grpc-timeout")))
    except DoorwardError as error:
        await send({"type": "http.response.start", "status": 200, "headers": [_CONTENT_TYPE, *trailers_of(error)]})
        await send({"type": "http.response.body", "body": b""})
        return
    except _Gone:
        return
    await send(_START)
    await send({"type": "http.response.body", "body": b"\0" + len(response).to_bytes(4) + response})
    await send(_OK)


class _Gone(Exception):
    """The caller went away before its request was whole."""


async def _body(receive: Receive) -> bytes:
    event = await receive()
    body: bytes = event.get("body", b"")
    while event.get("more_body"):
        if len(body) > MAX_REQUEST_BYTES + PREFIX_BYTES:
            break
        event = await receive()
        body += event.get("body", b"")
    if event["type"] == "http.disconnect":
        raise _Gone
    return body


def _message(body: bytes, headers: dict[bytes, bytes]) -> bytes:
    if len(body) > MAX_REQUEST_BYTES + PREFIX_BYTES:
        raise _too_large()
    if len(body) < PREFIX_BYTES or int.from_bytes(body[1:PREFIX_BYTES]) != len(body) - PREFIX_BYTES:
        raise InvalidInput("the body is not one gRPC message")
    message = body[PREFIX_BYTES:]
    return _inflated(message, headers.get(b"grpc-encoding", b"")) if body[0] else message


def _inflated(message: bytes, encoding: bytes) -> bytes:
    if encoding != b"gzip":
        raise UnknownOperation(f"requests compressed as `{encoding[:32]!r}` are not taken: use gzip or identity")
    try:
        inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
        plain = inflating.decompress(message, MAX_REQUEST_BYTES + 1)
    except zlib.error as error:
        raise InvalidInput("the request is not compressed as it says") from error
    if len(plain) > MAX_REQUEST_BYTES:
        raise _too_large()
    if not inflating.eof or inflating.unused_data:
        raise InvalidInput("the compressed request is cut off, or more follows it")
    return plain


def _too_large() -> LimitExceeded:
    return LimitExceeded(f"a request has at most {MAX_REQUEST_BYTES} bytes")


def _seconds(timeout: bytes | None) -> float | None:
    """`grpc-timeout` in seconds; None when absent or malformed, which leaves the server's own limit."""
    if not timeout or not timeout[:-1].isdigit() or len(timeout) > 9:
        return None
    unit = _UNITS.get(timeout[-1:])
    return None if unit is None else int(timeout[:-1]) * unit


async def _not_grpc(send: Send) -> None:
    await send({"type": "http.response.start", "status": 415, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"this port speaks gRPC: POST application/grpc\n"})
