"""What a command asks a person for without showing it; programs answer on standard input, a line for each question."""

import sys
from getpass import getpass
from typing import Annotated

import typer
from doorward_kernel.errors import InvalidInput

PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read what is asked for from standard input, one line each, in order."),
]


class Questions:
    """Asks at the terminal, or reads lines of standard input."""

    def __init__(self, *, from_stdin: bool) -> None:
        self._from_stdin = from_stdin

    def ask(self, what: str) -> str:
        """The answer. Raises InvalidInput when there is none."""
        answer = _line(what) if self._from_stdin else _asked(what)
        if not answer:
            raise InvalidInput(f"the {what} is missing")
        return answer

    def ask_for_new(self, what: str) -> str:
        """A new secret, which a person types twice. Raises InvalidInput when there is none, or two."""
        answer = self.ask(what)
        if not self._from_stdin and _asked(f"{what} again") != answer:
            raise InvalidInput(f"the {what} is another the second time")
        return answer


def _line(what: str) -> str:
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the {what} is not UTF-8") from error


def _asked(what: str) -> str:
    try:
        return getpass(f"{what}: ")
    except EOFError as error:
        raise InvalidInput(f"the {what} is missing: there is no terminal, so give --password-stdin") from error
