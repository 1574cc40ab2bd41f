"""Logs: one structured line per event, JSON unless a person is watching; never a secret."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import orjson
import structlog

LogFormat = Literal["auto", "json", "console"]

_SECRET_WORDS = ("secret", "password", "token", "authorization", "service_key", "credential")
HIDDEN = "***"


def configure_logs(level: str = "INFO", form: LogFormat = "auto") -> None:
    """Send everything, also what libraries log, to standard error as `form` says, from `level` on."""
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer(_json)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # grpc quotes metadata that it cannot decode, key and all, before anybody is authenticated
    logging.getLogger("grpc._cython.cygrpc").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace the value of every field whose name speaks of a secret, also inside mappings."""
    for name, value in event.items():
        if any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = HIDDEN
        elif isinstance(value, dict):
            event[name] = hide_secrets(None, "", dict(value))
    return event


def _json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()
