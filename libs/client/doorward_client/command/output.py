"""What the command prints: documents for programs, tables for people, one red line for errors."""

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from doorward_client.endpoints import DEFAULT_DATA_DIR

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 and the number of SIGINT."""

BROKEN_PIPE = 141
"""The exit status when nobody reads on: 128 and the number of SIGPIPE, as of a program that it ends."""

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir", envvar="DOORWARD_DATA_DIR", help="Where `doorward up` keeps its data.", show_default=True
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
DATA_DIR = DEFAULT_DATA_DIR


_WIDTH_OF_A_FILE = 200


class _Console(Console):
    def on_broken_pipe(self) -> None:
        nobody_reads()


def people() -> Console:
    """Standard output, for people."""
    return _Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)


def nobody_reads() -> None:
    """End quietly: whoever read standard output has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(BROKEN_PIPE)


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """For what prints until it is ended: Ctrl-C ends the process at once.

    To raise KeyboardInterrupt is not enough. Now and then it comes while gRPC's own code waits or cleans up, where it
    is lost or leaves a process that waits for ever. There is nothing to tidy up: every line is flushed.
    """
    before = signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def table_of(values: Mapping[str, object]) -> Table:
    """Names and values for people, without what is empty."""
    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        if value:
            table.add_row(name.replace("_", " "), Text(str(value), overflow="fold"))
    return table


def document(value: Mapping[str, object]) -> None:
    """Print one JSON document on one line of standard output."""
    line(json.dumps(value))


def line(text: str) -> None:
    """Print one line, at once."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_reads()


def error_line(reason: str, message: str) -> None:
    """Print `reason: message` in red on standard error; control characters are shown, not obeyed."""
    shown = "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in message)
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{escape(reason)}: {escape(shown)}[/red]")
