"""`doorward events show | list | at`: one event, the events that one looks for, the account as it was."""

import re
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from typing import Annotated, Any

import typer
from doorward.identity.v1.history_pb2 import (
    EVENT_ORDER_NEWEST_FIRST,
    EVENT_ORDER_OLDEST_FIRST,
)
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.revision import Revision

from doorward_client.client import Client
from doorward_client.command.account_tables import account_document, account_tables
from doorward_client.command.event_lines import HEADER, event_document, event_line, event_table, log_event
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, line, people
from doorward_client.history import MOST_ITEMS, timestamp_of

DEADLINE = 30.0
"""Seconds for one page: the past may be long."""

DEFAULT_LIMIT = 100

_POSITION = re.compile(r"[0-9]{1,19}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-", re.ASCII)

Account = Annotated[str | None, typer.Option(help="Of this account, instead of the one that was there first.")]


def show(
    event: Annotated[str, typer.Argument(help="Its revision, such as identity.0a1b2c3d.17, or its position: 17.")],
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Print one event in full: what happened, when, who did it, from where, and why."""
    with Client.from_endpoints(data_dir) as client:
        position = position_of(event, Revision.parse(client.log.get_head().revision))
        with closing(client.events(position - 1, limit=1)) as events:
            found = next(events, None)
    if found is None or found.position != position:
        raise NoSuchEntity(f"there is no event `{event}`")
    if json:
        document(event_document(found))
    else:
        people().print(event_table(found))


def list_events(
    account: Account = None,
    entity: Annotated[
        str | None,
        typer.Option(help="Only events about this: a unique id, an ARN, a name (user/alice, alice), now or ever."),
    ] = None,
    type: Annotated[
        list[str] | None, typer.Option("--type", help="Only events of this type, such as UserCreated; may come again.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only events of this actor.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only events at this time or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only events before this time.")] = None,
    oldest_first: Annotated[bool, typer.Option("--oldest-first", help="Begin with the oldest event.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many events.")] = DEFAULT_LIMIT,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Print the events of an account, the newest first; --json prints one document per line.

    A TIME is written as 2026-01-31T12:00:00Z.
    """
    filters: dict[str, Any] = {
        "entity": entity or "",
        "types": type or [],
        "actor": actor or "",
        "order": EVENT_ORDER_OLDEST_FIRST if oldest_first else EVENT_ORDER_NEWEST_FIRST,
        "max_items": min(limit, MOST_ITEMS),
    }
    for field, text in (("start_time", since), ("end_time", until)):
        if text is not None:
            filters[field] = timestamp_of(time_of(text))
    with Client.from_endpoints(data_dir) as opened:
        client, whose = _of(opened, account)
        pages = client.pages(client.identity.list_account_events, **filters)
        found = islice((event for page in pages for event in page.events), limit)
        first = list(islice(found, 1))  # before the header, for there may be an error instead
        if not json:
            line(HEADER)
        for event in chain(first, found):
            shown = log_event(event, whose)
            if json:
                document(event_document(shown))
            else:
                line(event_line(shown))


def at(
    moment: Annotated[
        str, typer.Argument(help="A revision, such as identity.0a1b2c3d.17, or a time: 2026-01-31T12:00:00Z.")
    ],
    account: Account = None,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Print an account as it was. --json prints everything in it, with the documents of all policies."""
    when = time_of(moment) if _TIME.match(moment) else str(Revision.parse(moment))
    with Client.from_endpoints(data_dir) as opened:
        client, _ = _of(opened, account)
        found = client.account_at(when)
    if json:
        document(account_document(found))
    else:
        console = people()
        for table in account_tables(found):
            console.print(table)


def _of(client: Client, account: str | None) -> tuple[Client, str]:
    """The client for an account, or for its own, with time for long pages; and which account it is."""
    other = client.with_options(deadline=DEADLINE)
    if account is not None:
        other = other.with_options(account=account)
    return other, other.account


def position_of(text: str, end: Revision) -> int:
    """The position that a revision or a position names. Raises InvalidInput and NoSuchEntity when there is none."""
    if _POSITION.fullmatch(text):
        position = int(text)
    else:
        revision = Revision.parse(text)
        if (revision.log, revision.epoch) != (end.log, end.epoch):
            raise InvalidInput(f"`{text}` is of another log or epoch: the log ends at `{end}`")
        position = revision.position
    if not 1 <= position <= end.position:
        raise NoSuchEntity(f"there is no event `{text}`: the log ends at `{end}`")
    return position


def time_of(text: str) -> datetime:
    """A time with its zone, as ISO 8601 writes it. Raises InvalidInput."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise InvalidInput(f"`{text}` is no time with a zone: expected one such as `2026-01-31T12:00:00Z`")
    return time
