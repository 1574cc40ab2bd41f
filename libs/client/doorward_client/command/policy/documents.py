"""Policy documents as the command line names them."""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from doorward_kernel.errors import InvalidInput
from doorward_policy import PolicyKind, Problem
from doorward_policy.parse import MAX_DOCUMENT_LENGTH
from rich.table import Table
from rich.text import Text

STANDARD_INPUT = "-"

_MOST_BYTES = 4 * MAX_DOCUMENT_LENGTH
"""UTF-8 takes up to four for a character."""


class Kind(StrEnum):
    """The kinds of policies that are told apart on the command line."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"
    SCP = "scp"
    RCP = "rcp"

    @property
    def of_policy(self) -> PolicyKind:
        return PolicyKind(self.value)


KindOption = Annotated[Kind, typer.Option("--kind", help="What the policy is to be attached to.")]
Files = Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", show_default=False)]


def read_document(name: str) -> str:
    """The text of a file, or of standard input. Raises InvalidInput."""
    try:
        if name == STANDARD_INPUT:
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"`{name}` cannot be read: {error.strerror or error}") from error
    if len(content) > _MOST_BYTES:
        raise InvalidInput(f"`{name}` cannot be read: a policy document has at most {MAX_DOCUMENT_LENGTH} characters")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"`{name}` cannot be read: byte {error.start + 1} is not UTF-8") from error


def problem_rows(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """What is wrong with a document, for programs."""
    return [{"path": each.path, "message": each.message, "detail": each.detail} for each in problems]


def table(title: str, rows: Sequence[dict[str, str]], columns: Sequence[str]) -> Table:
    """Rows for people."""
    shown = Table(title=visible(title), title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(visible(row[column]) for column in columns))
    return shown


def visible(text: str) -> Text:
    """Text that a document may have made up: control characters are shown, not obeyed."""
    return Text("".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text), overflow="fold")
