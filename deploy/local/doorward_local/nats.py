"""nats-server with JetStream, durable, on loopback, behind a token."""

import json
import sysconfig
from pathlib import Path

from doorward_local.ports import LOOPBACK, greeting
from doorward_local.process import Program


def nats_program(directory: Path, port: int, token: str) -> Program:
    """A nats-server that keeps its stream under `directory` and syncs each write to disk."""
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "nats.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"""
host: {LOOPBACK}
port: {port}
server_name: doorward-local
max_payload: 1MB
jetstream {{
  store_dir: {json.dumps(str(directory / "jetstream"), ensure_ascii=False)}
  sync_interval: always
}}
authorization {{ token: {json.dumps(token)} }}
"""
    )
    return Program(
        name="nats",
        argv=(str(Path(sysconfig.get_path("scripts")) / "nats-server"), "-c", str(config)),
        log=directory / "nats.log",
        ready=lambda: greeting(port, b"", b"INFO {"),
    )


def nats_url(port: int, token: str) -> str:
    """What a client connects to."""
    return f"nats://{token}@{LOOPBACK}:{port}"
