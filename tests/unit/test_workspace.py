"""What holds for the workspace as a whole."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
MEMBERS = sorted(path for pattern in PROJECT["tool"]["uv"]["workspace"]["members"] for path in ROOT.glob(pattern))
CORE = ("libs/kernel", "libs/policy", "libs/directory", "libs/keyring")


def member(path: Path) -> dict[str, Any]:
    return tomllib.loads((path / "pyproject.toml").read_text())


def test_every_member_is_in_the_layers() -> None:
    modules = {member(path)["tool"]["uv"]["build-backend"]["module-name"] for path in MEMBERS}
    linter = PROJECT["tool"]["importlinter"]
    layered = {name for layer in linter["contracts"][0]["layers"] for name in layer.split(" | ")}

    assert modules == layered
    assert modules == set(linter["root_packages"])


def test_every_service_is_layered_inside_exhaustively() -> None:
    services = {member(path)["tool"]["uv"]["build-backend"]["module-name"] for path in (ROOT / "services").iterdir()}
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    inside = {name for contract in contracts if contract.get("exhaustive") for name in contract["containers"]}

    assert services == inside


def test_mypy_reads_every_member() -> None:
    modules = {member(path)["tool"]["uv"]["build-backend"]["module-name"] for path in MEMBERS}

    assert modules - {"doorward"} <= set(PROJECT["tool"]["mypy"]["packages"])


@pytest.mark.parametrize("path", MEMBERS, ids=lambda path: path.name)
def test_a_member_names_the_members_that_it_imports(path: Path) -> None:
    declared = {name.removeprefix("doorward-") for name in member(path)["project"]["dependencies"]}
    own = member(path)["tool"]["uv"]["build-backend"]["module-name"]
    imported = {
        "contracts" if name == "doorward" else name.removeprefix("doorward_")
        for file in path.rglob("*.py")
        for name in imports_of(file)
        if name.partition("_")[0] == "doorward" and name != own
    }

    assert imported <= declared


def imports_of(file: Path) -> set[str]:
    """The top-level packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("folder", CORE)
def test_the_core_holds_no_async(folder: str) -> None:
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith), file


def test_the_pins_hold_hashes_and_no_addresses() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        pinned = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]

        assert pinned, file
        assert text.count("--hash=sha256:") >= len(pinned), file
        assert "://" not in text, file
