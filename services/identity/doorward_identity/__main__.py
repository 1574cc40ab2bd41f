"""Starts the identity service: `python -m doorward_identity`."""

import sys

from doorward_runtime.lifecycle import run_until_stopped

from doorward_identity.wiring import serve

sys.exit(run_until_stopped(serve(), name="doorward-identity"))
