"""The ASGI application that pyvoy runs inside Envoy: opens the service at start-up, then serves the hot path."""

import os
from typing import Any

import structlog
from doorward_runtime.collector import spare_the_collector
from doorward_runtime.lifecycle import Lifecycle, LoopDied
from doorward_runtime.logs import configure_logs
from doorward_runtime.settings import load

from doorward_decision.api.hot_path import HotPath
from doorward_decision.api.hot_path_asgi import Receive, Scope, Send, serve
from doorward_decision.settings import Settings
from doorward_decision.wiring import open_service

_log = structlog.get_logger()

FAILED = 70
"""Exit status when a background loop died (EX_SOFTWARE of sysexits.h)."""


class Application:
    """Lives as long as Envoy's interpreter."""

    def __init__(self) -> None:
        self._hot_path: HotPath | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._hot_path is not None:
            await serve(self._hot_path, scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        configure_logs()
        life = Lifecycle()
        await receive()
        try:
            settings = load(Settings)
            configure_logs(settings.log_level, settings.log_format)
            self._hot_path = await open_service(settings, life, hot_path="pyvoy")
            spare_the_collector()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - told to Envoy, which ends the process
            _log.exception("process failed", process="doorward-decision")
            await life.close()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        life.watch(_die)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await life.close()
        await send({"type": "lifespan.shutdown.complete"})


def _die(error: LoopDied) -> Any:
    """A replica that no longer follows its log must not answer: Envoy ends with it, at once."""
    _log.critical("process failed", process="doorward-decision", exc_info=error)
    os._exit(FAILED)


app = Application()
