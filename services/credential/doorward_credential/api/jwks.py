"""The keys of passports over HTTP, as Envoy and other verifiers of JWTs read them."""

import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from doorward_runtime.passports import jwks

from doorward_credential.application.key_rotation import KeyRotation
from doorward_credential.application.service_keys import CACHE_SECONDS

PATH = "/.well-known/jwks.json"
MAX_AGE = CACHE_SECONDS
"""Seconds that caches may keep the keys. A verifier that keeps them for a time of its own, whatever the answer says, is
to be set to no more than that."""

_Send = Callable[[dict[str, Any]], Awaitable[None]]


class Jwks:
    """An ASGI application that knows one path."""

    def __init__(self, keys: KeyRotation) -> None:
        self._keys = keys

    async def __call__(self, scope: dict[str, Any], _receive: object, send: _Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] != PATH:
            await _answer(send, 404, b'{"message":"there is nothing here"}', [])
        elif scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 405, b'{"message":"GET it"}', [(b"allow", b"GET, HEAD")])
        else:
            keys = {key.kid: Ed25519PublicKey.from_public_bytes(key.public_key) for key in self._keys.public()}
            cache = (b"cache-control", f"public, max-age={MAX_AGE}".encode())
            await _answer(send, 200, json.dumps(jwks(keys)).encode(), [cache])


class HttpServer(uvicorn.Server):
    """Serves until it is told to stop; signals are the process's own business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def http_server(keys: KeyRotation, host: str, port: int) -> HttpServer:
    """A server of the keys. `serve` it; set its `should_exit` to end it."""
    return HttpServer(
        uvicorn.Config(
            Jwks(keys),
            host=host,
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=200,
            timeout_keep_alive=5,
        )
    )


async def _answer(send: _Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    start = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
