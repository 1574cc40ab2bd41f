"""`doorward up`, `doorward down`, `doorward status`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, error_line, line, people
from doorward_kernel.errors import DoorwardError
from doorward_kernel.ids import account_id
from rich.table import Table
from rich.text import Text

from doorward_local.condition import Condition, conditions
from doorward_local.data_directory import DataDirectory
from doorward_local.ending import bring_down
from doorward_local.errors import LocalError, StartFailed, Stopped
from doorward_local.running import Waiting, Wanted, run_until_signal, start_detached

INTERRUPTED = 130


def up(
    data_dir: DataDir = DATA_DIR,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when everything is ready; it keeps running.")
    ] = False,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="The account, 12 digits; the last run's or any when absent.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Add a small example world and ask two questions.")] = False,
    json: Json = False,
    ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Start everything on this machine: NATS, Valkey, the identity, credential and decision services.

    Writes DATA_DIR/endpoints.json when all is ready. Its `secret_access_key` is the operator's, and the key that the
    services share: whoever has it may do everything.
    """
    if account is not None:
        account_id(account)
    waiting = Waiting(ready_fd)
    wanted = Wanted(data_dir=data_dir, account=account, demo=demo)

    def ready(known: dict[str, Any]) -> None:
        if waiting.there:
            waiting.tell(known)
        else:
            _show(known, json=json)

    with _shown_errors(waiting):
        if detach:
            ready(start_detached(wanted))
        else:
            run_until_signal(wanted, ready, _tell)


def down(data_dir: DataDir = DATA_DIR, json: Json = False) -> None:
    """Stop what `doorward up` started on this data directory. The data stays."""
    with _shown_errors():
        ran = bring_down(DataDirectory(data_dir))
    if json:
        document({"stopped": ran})
    else:
        line("stopped" if ran else "nothing was running")


def status(data_dir: DataDir = DATA_DIR, json: Json = False) -> None:
    """Tell how each component does. Exit status 0: all well, 1: something is down."""
    found = conditions(DataDirectory(data_dir))
    well = bool(found) and all(each.alive and each.healthy for each in found)
    if json:
        document({"running": bool(found), "well": well, "components": [asdict(each) for each in found]})
    elif found:
        people().print(_status_table(found))
    else:
        line(f"nothing runs on `{data_dir}`: start it with `doorward up`")
    raise typer.Exit(0 if well else 1)


@contextmanager
def _shown_errors(waiting: Waiting | None = None) -> Iterator[None]:
    """Show a LocalError, or hand it to the process that waits; exit status 2."""
    try:
        yield
    except Stopped as error:
        raise typer.Exit(INTERRUPTED) from error
    except LocalError as error:
        tail = error.tail if isinstance(error, StartFailed) else ""
        if waiting is not None:
            waiting.tell_error(error.reason, error.message, tail)
        error_line(error.reason, error.message)
        if tail:
            sys.stderr.write(tail.rstrip() + "\n")
        raise typer.Exit(2) from error
    except DoorwardError as error:
        if waiting is not None:
            waiting.tell_error(error.reason, error.message)
        raise


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _show(known: dict[str, Any], *, json: bool) -> None:
    if json:
        document(known)
        return
    endpoints = known["endpoints"]
    table = Table.grid(padding=(0, 2))
    for name in ("identity", "credential", "decision", "decision_admin", "jwks", "nats", "redis"):
        table.add_row(name.replace("_", " "), endpoints[name])
    for name, value in endpoints["bootstrap"].items():
        table.add_row(name.replace("_", " "), Text(value, overflow="fold"))
    for each in known["demo"]:
        colour = "green" if each["effect"] == "allow" else "red"
        decision = Text.assemble(
            (each["effect"].replace("_", " "), colour),
            f": {each['principal']} {each['action']} {each['resource']} at {', '.join(each['revisions'])}",
            overflow="fold",
        )
        table.add_row("decision", decision)
    people().print(table)


def _health(condition: Condition) -> Text:
    if not condition.alive:
        return Text("down", "red")
    return Text("serving", "green") if condition.healthy else Text("not serving", "red")


def _status_table(found: list[Condition]) -> Table:
    table = Table("component", "pid", "address", "health", "restarts", "revision", "staleness", box=None)
    for each in found:
        table.add_row(
            each.name,
            str(each.pid or ""),
            each.address or "",
            _health(each),
            str(each.restarts),
            each.revision or "",
            "" if each.staleness_seconds is None else f"{each.staleness_seconds:.3f} s",
        )
    return table
