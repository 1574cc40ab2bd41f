"""Starts the credential service: `python -m doorward_credential`."""

import sys

from doorward_runtime.lifecycle import run_until_stopped

from doorward_credential.wiring import serve

sys.exit(run_until_stopped(serve(), name="doorward-credential"))
