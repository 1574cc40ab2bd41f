"""`doorward events`: read the logs, and prove that they were not altered."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from itertools import islice
from typing import Annotated

import typer
from doorward.identity.v1.log_service_pb2 import Event
from doorward_kernel.revision import Revision
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from doorward_client.client import Client
from doorward_client.command import history
from doorward_client.command.event_lines import HEADER, event_document, event_line
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, ended_by_ctrl_c, line, people
from doorward_client.records import LogName, Verification, verify

DEFAULT_LIMIT = 10
SOUND, BROKEN = 0, 1

OfLog = Annotated[LogName, typer.Option("--log", help="Which log.")]

app = typer.Typer(help="Read and verify the logs, and see accounts as they were.", no_args_is_help=True)
app.command("list")(history.list_events)
app.command("show")(history.show)
app.command("at")(history.at)


@app.command()
def tail(
    account: Annotated[str | None, typer.Option(help="Only events of this account.")] = None,
    after: Annotated[int | None, typer.Option(min=0, help="Events after this position, instead of the last.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay, and print events as they happen.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"With --after: stop after so many. Otherwise: the last so many, {DEFAULT_LIMIT}."),
    ] = None,
    log: OfLog = "identity",
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Print the last events of the log, or those after a position; --json prints one document per line."""
    with Client.from_endpoints(data_dir) as client, ended_by_ctrl_c() if follow else nullcontext():
        if after is None:
            events = last_events(client, account, limit or DEFAULT_LIMIT, follow, log)
        else:
            events = client.events(after, account, follow, limit, log)
            events = events if limit is None else islice(events, limit)
        if not json:
            line(HEADER)
        for event in events:
            if json:
                document(event_document(event))
            else:
                line(event_line(event))


@app.command("verify")
def verify_command(log: OfLog = "identity", data_dir: DataDir = DATA_DIR, json: Json = False) -> None:
    """Read a whole log and compute every digest anew. Exit status 0: sound, 1: broken, 2: could not be read."""
    with Client.from_endpoints(data_dir) as client:
        get_head = client.log.get_head if log == "identity" else client.credential_log.get_head
        head = get_head()
        columns = TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with (
            closing(client.events(log=log)) as events,
            Progress(*columns, console=Console(stderr=True), transient=True, disable=json) as bar,
        ):
            task = bar.add_task("", total=Revision.parse(head.revision).position)
            found = verify(head, events, lambda position: bar.update(task, completed=position), get_head)
    if json:
        document(
            {
                "sound": found.sound,
                "log": found.log,
                "epoch": found.epoch,
                "position": found.position,
                "digest": found.digest.hex(),
                "accounts": found.accounts,
                "broken_at": found.broken_at,
                "problem": found.problem or None,
            }
        )
    else:
        people().print(verification_table(found))
    raise typer.Exit(SOUND if found.sound else BROKEN)


def last_events(client: Client, account: str | None, count: int, follow: bool, log: LogName) -> Iterator[Event]:
    """The last `count` events, and with `follow` those that come after them."""
    owner = client.log if log == "identity" else client.credential_log
    head = Revision.parse(owner.get_head().revision).position
    after = max(0, head - count) if account is None else 0
    last = deque(client.events(after, account, log=log), maxlen=count)
    yield from last
    if follow:
        yield from client.events(last[-1].position if last else head, account, follow=True, log=log)


def verification_table(found: Verification) -> Table:
    """A verification for people."""
    table = Table.grid(padding=(0, 2))
    verdict = Text("sound", style="bold green") if found.sound else Text("broken", style="bold red")
    rows: Iterable[tuple[str, str]] = (
        ("up to", str(Revision(found.log, found.epoch, found.position))),
        ("digest", found.digest.hex()),
        ("accounts", str(found.accounts)),
    )
    table.add_row("log", verdict)
    if not found.sound:
        table.add_row("broken at", Text(f"position {found.broken_at}: {found.problem}", overflow="fold"))
    for name, value in rows:
        table.add_row(name, Text(value, overflow="fold"))
    return table
