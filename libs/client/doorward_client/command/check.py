"""`doorward check`: ask for one decision."""

from typing import Annotated

import typer
from doorward_kernel.errors import InvalidInput
from rich.table import Table
from rich.text import Text

from doorward_client.checks import CheckResult, ContextValue
from doorward_client.client import Client
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, people

ALLOWED, DENIED = 0, 1


def check(
    principal: Annotated[str, typer.Argument(help="The principal's ARN.")],
    action: Annotated[str, typer.Argument(help="The action, such as s3:GetObject.")],
    resource: Annotated[str, typer.Argument(help="The resource's ARN, or * for actions that have none.")],
    context: Annotated[
        list[str] | None,
        typer.Option("--context", metavar="KEY=VALUE", help="A condition key; give it again for several values."),
    ] = None,
    at_least: Annotated[
        list[str] | None, typer.Option("--at-least", metavar="REVISION", help="Answer at this revision or later.")
    ] = None,
    latest: Annotated[bool, typer.Option("--latest", help="Answer as fresh as the log is now.")] = False,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """May PRINCIPAL do ACTION on RESOURCE, now? Exit status 0: allowed, 1: denied, 2: no answer."""
    with Client.from_endpoints(data_dir) as client:
        result = client.check(principal, action, resource, context_of(context or []), at_least, latest)
    if json:
        document(
            {
                "allowed": result.allowed,
                "effect": result.effect,
                "revisions": result.revisions,
                "staleness_seconds": result.staleness_seconds,
            }
        )
    else:
        people().print(decision_table(principal, action, resource, result))
    raise typer.Exit(ALLOWED if result.allowed else DENIED)


def context_of(pairs: list[str]) -> dict[str, ContextValue]:
    """`key=value` arguments as a context; a key that comes again holds several values. Raises InvalidInput."""
    values: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise InvalidInput(f"`{pair}` is no context: expected `key=value`")
        values.setdefault(key, []).append(value)
    return {key: found if len(found) > 1 else found[0] for key, found in values.items()}


def decision_table(principal: str, action: str, resource: str, result: CheckResult) -> Table:
    """A decision for people."""
    table = Table.grid(padding=(0, 2))
    colour = "bold green" if result.allowed else "bold red"
    table.add_row("decision", Text(result.effect.replace("_", " "), style=colour))
    for name, value in (("principal", principal), ("action", action), ("resource", resource)):
        table.add_row(name, Text(value, overflow="fold"))
    table.add_row("revisions", Text(", ".join(result.revisions), overflow="fold"))
    table.add_row("staleness", f"{result.staleness_seconds:.3f} s")
    return table
