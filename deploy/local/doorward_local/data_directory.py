"""The data directory of a local run: who holds it, its keys, its ports, what it remembers."""

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from doorward_local.errors import AlreadyRunning, NotADataDirectory
from doorward_local.ports import free_port, is_free

_LOCK = "doorward.lock"
_TRIES = 15
_KEY_BYTES = 30
_PORTS = range(1, 65536)


class DataDirectory:
    """Paths and files; everything in it is for its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.endpoints = self.path / "endpoints.json"
        self.state = self.path / "state.json"
        self.logs = self.path / "logs"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make the directory when it is not there, and hold it.

        Raises AlreadyRunning when another process holds it, NotADataDirectory when it holds something else.
        """
        self.prepare()
        with (self.path / _LOCK).open("a") as lock:
            for _ in range(_TRIES):  # `is_held` of another process takes it for a moment
                if _take(lock, fcntl.LOCK_EX):
                    break
                time.sleep(0.02)
            else:
                raise AlreadyRunning(
                    f"`{self.path}` is in use by another `doorward up`: stop it with `doorward down`,"
                    " or take another --data-dir"
                )
            yield

    def is_held(self) -> bool:
        """Whether a supervisor holds the directory now."""
        if not self.exists():
            return False
        with (self.path / _LOCK).open("a") as lock:
            return not _take(lock, fcntl.LOCK_SH)

    def exists(self) -> bool:
        """Whether a run has ever been here."""
        try:
            return (self.path / _LOCK).is_file()
        except OSError:
            return False

    def key_file(self, name: str) -> Path:
        """The file `<name>.key`, which holds a key of 40 characters; made when it is not there, then kept."""
        return self._made_once(f"{name}.key", lambda: secrets.token_urlsafe(_KEY_BYTES))

    def key_encryption_key_file(self) -> Path:
        """The file `key-encryption.key`: 32 random bytes in base64, without which what is sealed here is lost."""
        return self._made_once("key-encryption.key", lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def key(self, name: str) -> str:
        """The key in `<name>.key`."""
        return self.key_file(name).read_text().strip()

    def _made_once(self, name: str, make: Callable[[], str]) -> Path:
        file = self.path / name
        if not file.exists() or not file.read_text().strip():
            write_private(file, make())
        return file

    def ports(self, *names: str) -> dict[str, int]:
        """A free port for each name: that of the last run if it still is free."""
        file = self.path / "ports.json"
        last = read_json(file)
        chosen: dict[str, int] = {}
        for name in names:
            port = last[name] if isinstance(last.get(name), int) and last[name] in _PORTS else free_port()
            while port in chosen.values() or not is_free(port):
                port = free_port()
            chosen[name] = port
        write_private(file, json.dumps(chosen))
        return chosen

    def prepare(self) -> None:
        """Make the directory when it is not there. Raises NotADataDirectory when it holds something else."""
        try:
            if self.path.is_dir() and not self.exists() and any(self.path.iterdir()):
                raise NotADataDirectory(f"`{self.path}` holds files that are not Doorward's: name an empty directory")
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.chmod(0o700)
            (self.path / _LOCK).touch(mode=0o600)
        except OSError as error:
            raise NotADataDirectory(f"cannot use `{self.path}` as data directory: {error.strerror}") from error


def _take(lock: IO[str], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_json(file: Path) -> Mapping[str, Any]:
    """The JSON object in a file; an empty one when there is none or it cannot be read."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
