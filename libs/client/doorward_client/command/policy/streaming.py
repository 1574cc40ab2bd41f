"""Lines in, answers out: as fast as they come, each at once when somebody waits for it."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO

from doorward_kernel.errors import InvalidInput
from doorward_policy.cases import answer, unreadable
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from doorward_client.command.output import nobody_reads

LONGEST_LINE = 4 * 1024 * 1024
"""In bytes."""

_CHUNK = 64 * 1024


def answer_lines(source: BinaryIO) -> None:
    """Answer each line of `source` by one line of standard output.

    Answers are written when no further complete line has come, so that whoever sends one line and waits gets its
    answer, and nobody else pays for that. Raises InvalidInput when `source` cannot be read to its end.
    """
    with _progress() as progress:
        task = progress.add_task("", total=None) if progress is not None else None
        for lines in batches(source):
            answers = [answer_bytes(line) for line in lines]
            _write("".join(f"{each}\n" for each in answers))
            if progress is not None and task is not None:
                progress.update(task, advance=len(answers))


def batches(source: BinaryIO) -> Iterator[list[bytes | None]]:
    """The lines of `source`, those together that have come together; None stands for a line that is too long."""
    parts: list[bytes] = []
    length = 0
    while chunk := _read(source):
        *ends, rest = chunk.split(b"\n")
        lines: list[bytes | None] = []
        for end in ends:
            lines.append(b"".join((*parts, end)) if length + len(end) <= LONGEST_LINE else None)
            parts, length = [], 0
        length += len(rest)
        if length <= LONGEST_LINE:
            parts.append(rest)
        else:
            parts = []  # the rest of this line is only counted
        if lines:
            yield lines
    if length:
        yield [b"".join(parts) if length <= LONGEST_LINE else None]


def answer_bytes(line: bytes | None) -> str:
    """The answer to one line; None stands for one that was too long to be kept."""
    if line is None:
        return unreadable(f"the line is longer than {LONGEST_LINE} bytes")
    try:
        return answer(line.decode())
    except UnicodeDecodeError as error:
        return unreadable(f"the line is not UTF-8: byte {error.start + 1}")


def _read(source: BinaryIO) -> bytes:
    """What has come, at least a byte; nothing at the end."""
    read1 = getattr(source, "read1", source.read)  # `read` alone would wait for a whole chunk
    try:
        chunk: bytes = read1(_CHUNK)
    except OSError as error:
        raise InvalidInput(f"the cases cannot be read on: {error.strerror or error}") from error
    return chunk


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_reads()


def _progress() -> AbstractContextManager[Progress | None]:
    """How many lines were answered, for whoever watches and does not watch the answers themselves."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        return nullcontext()
    columns = SpinnerColumn(), TextColumn("{task.completed} lines"), TimeElapsedColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
