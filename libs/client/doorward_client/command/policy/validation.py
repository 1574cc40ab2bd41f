"""`doorward policy validate`: whether documents are valid, and all that is wrong with them."""

import sys

import typer
from doorward_kernel.errors import DoorwardError
from doorward_policy import find_problems

from doorward_client.command.output import Json, document, error_line, people
from doorward_client.command.policy.documents import (
    Files,
    Kind,
    KindOption,
    problem_rows,
    read_document,
    table,
    visible,
)
from doorward_client.command.policy.streaming import answer_lines

VALID, INVALID, UNREADABLE = 0, 1, 2


def validate(files: Files = None, kind: KindOption = Kind.IDENTITY, json: Json = False) -> None:
    """Say what is wrong with policy documents, each a FILE (`-` is standard input).

    Without FILE, standard input holds cases with `validate` and `policy`, which name their kinds themselves, and is
    answered line by line as `eval` does. Exit status 0: all FILEs are valid, or every line got its answer; 1: some
    FILE is invalid, 2: something cannot be read.
    """
    if not files:
        answer_lines(sys.stdin.buffer)
        return
    raise typer.Exit(max(_validate(name, kind, json=json) for name in files))


def _validate(name: str, kind: Kind, *, json: bool) -> int:
    try:
        text = read_document(name)
    except DoorwardError as error:
        error_line(error.reason, error.message)
        return UNREADABLE
    problems = problem_rows(find_problems(text, kind.of_policy))
    if json:
        document({"file": name, "decision": "invalid" if problems else "valid", "errors": problems})
    elif problems:
        people().print(table(f"{name}: invalid", problems, ("path", "message", "detail")))
    else:
        people().print(visible(f"{name}: valid"))
    return INVALID if problems else VALID
