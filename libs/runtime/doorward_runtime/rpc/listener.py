"""A grpc.aio server that stays: made anew, at the same address, when a request has ended it."""

import asyncio
from collections.abc import Callable

import grpc
import structlog

_log = structlog.get_logger()


class Listener:
    """Listens at an address with the servers that `make` makes.

    A server of grpc.aio ends for good when a request's path is not UTF-8 (grpcio 1.85: the loop that takes requests
    raises UnicodeDecodeError), and would leave a process that looks alive and hears nothing. `stay` makes another;
    calls that were in flight are lost.
    """

    def __init__(self, make: Callable[[], grpc.aio.Server], host: str, port: int) -> None:
        self._make = make
        self._host = host
        self._server = make()
        self.port = self._listen(port)

    async def start(self) -> None:
        """Take requests from now on."""
        await self._server.start()

    async def stay(self) -> None:
        """Keep it so until cancelled. Raises whatever else ends a server, and OSError when the address is taken."""
        while True:
            try:
                await asyncio.shield(asyncio.ensure_future(self._server.wait_for_termination()))
            except UnicodeDecodeError as error:
                _log.exception("a request ended the server; it is made anew", port=self.port, error=str(error))
            else:
                return
            self._server = self._make()
            self._listen(self.port)
            await self._server.start()

    async def stop(self, grace: float) -> None:
        """Take no more requests; calls in flight get `grace` seconds."""
        await self._server.stop(grace)

    def _listen(self, port: int) -> int:
        try:
            return self._server.add_insecure_port(f"{self._host}:{port}")
        except RuntimeError as error:
            raise OSError(f"cannot listen on {self._host}:{port}: is it in use?") from error
