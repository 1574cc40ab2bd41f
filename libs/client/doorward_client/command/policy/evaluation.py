"""`doorward policy eval`: the decision of each case."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from doorward_kernel.errors import InvalidInput

from doorward_client.command.policy.documents import STANDARD_INPUT
from doorward_client.command.policy.streaming import answer_lines


def evaluate(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Cases; standard input by default.")] = STANDARD_INPUT,
) -> None:
    """Answer cases, one JSON object to a line, by one JSON object to a line, in order.

    A case holds `request` and the policies that bear on it, or `validate` and one `policy`. A line that is no case,
    an empty one too, is answered by the decision `error`, and the run goes on. Exit status 0: every line got its
    answer, 2: the file cannot be read.
    """
    with _opened(file) as source:
        answer_lines(source)


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    if file == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise InvalidInput(f"`{file}` cannot be read: {error.strerror or error}") from error
