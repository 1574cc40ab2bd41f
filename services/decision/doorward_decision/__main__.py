"""Starts the decision service: `python -m doorward_decision`."""

import sys

from doorward_runtime.lifecycle import run_until_stopped
from doorward_runtime.settings import load

from doorward_decision import envoy
from doorward_decision.settings import Settings


def main() -> int:
    """Become Envoy where that can run, else serve from this process until a signal comes."""
    settings = load(Settings)
    if settings.hot_path == "pyvoy" or (settings.hot_path == "auto" and envoy.can_run()):
        envoy.become_envoy(settings.port)
    from doorward_decision.wiring import serve_with_grpc  # noqa: PLC0415 - Envoy loads it itself: once is enough

    return run_until_stopped(serve_with_grpc(settings), name="doorward-decision")


sys.exit(main())
