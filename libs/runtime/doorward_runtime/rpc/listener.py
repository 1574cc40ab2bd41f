"""A grpc.aio server that stays: made anew, at the same address, when a request has ended it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import grpc
import structlog

_log = structlog.get_logger()

LOOK_SECONDS = 0.5
"""How often it is tried whether the server still hears."""


class Listener:
    """Listens at an address with the servers that `make` makes.

    A server of grpc.aio closes its port for good when a request's path is not UTF-8 (grpcio 1.85: the loop that takes
    requests raises UnicodeDecodeError), and does not even end while a call is in flight: the process looks alive and
    hears nothing. `stay` makes another server then; calls that were in flight are lost.
    """

    def __init__(self, make: Callable[[], grpc.aio.Server], host: str, port: int) -> None:
        self._make = make
        self._host = host
        self._stopping = False
        self._server = make()
        self.port = self._listen(port)

    async def start(self) -> None:
        """Take requests from now on."""
        await self._server.start()

    async def stay(self) -> None:
        """Keep it so until cancelled. Raises whatever else ends a server, and OSError when the address is taken."""
        while True:
            ended = asyncio.ensure_future(self._server.wait_for_termination())
            while not ended.done() and await self._hears():
                await asyncio.wait((ended,), timeout=LOOK_SECONDS)
            if ended.done() and ended.exception() is None:
                return
            _log.warning("a request ended the server, which is made anew", port=self.port)
            with suppress(UnicodeDecodeError):
                await self._server.stop(0)
            with suppress(UnicodeDecodeError):
                await ended
            self._server = self._make()
            self._listen(self.port)
            await self._server.start()

    async def stop(self, grace: float) -> None:
        """Take no more requests; calls in flight get `grace` seconds."""
        self._stopping = True
        await self._server.stop(grace)

    async def _hears(self) -> bool:
        """Whether somebody could connect now."""
        if self._stopping:
            return True
        try:
            _, writer = await asyncio.open_connection(self._host, self.port)
        except ConnectionRefusedError:
            return False
        except OSError:
            return True  # out of descriptors, for instance: not what making another server would mend
        writer.close()
        return True

    def _listen(self, port: int) -> int:
        try:
            return self._server.add_insecure_port(f"{self._host}:{port}")
        except RuntimeError as error:
            raise OSError(f"cannot listen on {self._host}:{port}: is it in use?") from error
