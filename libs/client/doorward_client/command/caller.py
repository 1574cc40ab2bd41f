"""On whose behalf a command acts: the operator's, on an account, or that of whoever is signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from doorward_client.client import Client
from doorward_client.command.stored_session import resumed

Account = Annotated[str | None, typer.Option(help="The account's id, instead of the one that was there first.")]
AsMe = Annotated[bool, typer.Option("--as-me", help="Act as whoever is signed in, instead of as the operator.")]


@contextmanager
def caller(data_dir: Path, account: str | None, as_me: bool) -> Iterator[Client]:
    """The client that a command calls with. What can be wrong with a session is raised as `resumed` says."""
    if as_me and account is not None:
        raise typer.BadParameter("--as-me acts on your own account: leave out --account")
    with Client.from_endpoints(data_dir) as client:
        if as_me:
            with resumed(client, data_dir) as me:
                yield me
        else:
            yield client if account is None else client.with_options(account=account)


def one_of(**given: object) -> None:
    """Wrong usage unless one of these options is given."""
    if sum(bool(value) for value in given.values()) != 1:
        names = [f"--{name}" for name in given]
        raise typer.BadParameter(f"give {', '.join(names[:-1])} or {names[-1]}")
