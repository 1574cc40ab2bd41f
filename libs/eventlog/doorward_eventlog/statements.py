"""The statements of the log, the same for every database; the caller owns the transaction."""

import secrets
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, Head, Record
from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from doorward_eventlog.chaining import Append, Tail, records_after
from doorward_eventlog.log import CannotOpen, Clock, Snapshot, VersionConflict
from doorward_eventlog.schema import FIRST, events, log_head, snapshots

_COLUMNS = tuple(field.name for field in fields(Record))

# Made once: building them costs more than running them.

_after: BindParameter[int] = bindparam("after")
_limit: BindParameter[int] = bindparam("limit")
_account: BindParameter[str] = bindparam("account")
_first = events.alias("first")

_VERSIONS = select(
    _first.c.account,
    select(func.max(events.c.version)).where(events.c.account == _first.c.account).scalar_subquery(),
).where(_first.c.version == FIRST, _first.c.account.in_(bindparam("accounts", expanding=True)))

_TAIL = select(log_head.c.position, log_head.c.digest, log_head.c.recorded_at).with_for_update()
_INSERT = insert(events)
_MOVE_HEAD = update(log_head)

_HEAD = select(log_head.c.epoch, log_head.c.position, log_head.c.digest)
_RECORDS = select(events).where(events.c.position > _after).order_by(events.c.position).limit(_limit)
_RECORDS_OF = (
    select(events)
    .where(events.c.account == _account, events.c.version > _after)
    .order_by(events.c.version)
    .limit(_limit)
)
_RECORDS_BEFORE = (
    select(events)
    .where(events.c.account == _account, events.c.version < bindparam("before"))
    .order_by(events.c.version.desc())
    .limit(_limit)
)
_PLACE = select(events.c.position, events.c.recorded_at).where(
    events.c.account == _account, events.c.version == bindparam("version")
)
_ACCOUNTS = (
    select(events.c.account)
    .where(events.c.version == FIRST, events.c.account > _after)
    .order_by(events.c.account)
    .limit(_limit)
)
_SNAPSHOT = (
    select(snapshots)
    .join(
        events,
        (events.c.position == snapshots.c.position)
        & (events.c.account == snapshots.c.account)
        & (events.c.version == snapshots.c.version),
    )
    .where(snapshots.c.account == _account, snapshots.c.format == bindparam("format"))
)

# --- writing ---


def append_all(connection: Connection, appends: Sequence[Append], clock: Clock) -> list[list[Record] | VersionConflict]:
    """Append what fits, in turn; what does not fit is answered, and leaves the others alone."""
    versions = _versions(connection, {append.account for append in appends})
    fitting = []
    for append in appends:
        fits = versions.get(append.account, 0) == append.expected_version
        if fits:
            versions[append.account] = append.expected_version + len(append.events)
        fitting.append(fits)
    stored = iter(_store(connection, [a for a, fits in zip(appends, fitting, strict=True) if fits], clock))
    return [next(stored) if fits else _conflict(append) for append, fits in zip(appends, fitting, strict=True)]


def _conflict(append: Append) -> VersionConflict:
    return VersionConflict(f"account `{append.account}` is not at version {append.expected_version} any more")


def _versions(connection: Connection, accounts: set[AccountId]) -> dict[str, int]:
    found = connection.execute(_VERSIONS, {"accounts": sorted(accounts)})
    return {row[0]: row[1] for row in found}


def _store(connection: Connection, appends: Sequence[Append], clock: Clock) -> list[list[Record]]:
    if not appends:
        return []
    tail = Tail(*connection.execute(_TAIL).one())
    now = clock()
    commits = []
    for append in appends:
        records, tail = records_after(tail, append, now)
        commits.append(records)
    connection.execute(_INSERT, [_values(record) for records in commits for record in records])
    connection.execute(_MOVE_HEAD, {"position": tail.position, "digest": tail.digest, "recorded_at": tail.recorded_at})
    return commits


def _values(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _COLUMNS}


def keep_snapshot(connection: Connection, snapshot: Snapshot) -> None:
    """Store a snapshot unless there is a newer one of its account and format."""
    on_sqlite = connection.dialect.name == "sqlite"
    new = (sqlite.insert(snapshots) if on_sqlite else postgresql.insert(snapshots)).values(
        account=snapshot.account,
        format=snapshot.format,
        version=snapshot.version,
        position=snapshot.position,
        state=snapshot.state,
    )
    changed = {name: new.excluded[name] for name in ("version", "position", "state")}
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["account", "format"],
            set_=changed,
            where=snapshots.c.version < new.excluded.version,
        )
    )


def begin_epoch(connection: Connection) -> str:
    """Give the log a new epoch, and forget its snapshots."""
    old = connection.execute(select(log_head.c.epoch).with_for_update()).scalar_one()
    while (epoch := _new_epoch()) == old:
        pass
    connection.execute(update(log_head).values(epoch=epoch))
    connection.execute(delete(snapshots))
    return epoch


def claim(connection: Connection, name: str) -> None:
    """Make an empty database the log `name`. Raises CannotOpen when it is another log already."""
    found = connection.execute(select(log_head.c.name)).scalar_one_or_none()
    if found is None:
        head = {"id": 1, "name": name, "epoch": _new_epoch(), "position": 0, "digest": GENESIS, "recorded_at": 0}
        connection.execute(insert(log_head).values(head))
    elif found != name:
        raise CannotOpen(f"this database holds the log `{found}`, not `{name}`")


def _new_epoch() -> str:
    return secrets.token_hex(4)


# --- reading ---


def head(connection: Connection) -> Head:
    """Where the log ends."""
    return Head(*connection.execute(_HEAD).one())


def records(connection: Connection, after: int, limit: int) -> list[Record]:
    """The records after a position."""
    return [_record(row) for row in connection.execute(_RECORDS, {"after": after, "limit": limit})]


def records_of(connection: Connection, account: AccountId, after_version: int, limit: int) -> list[Record]:
    """The records of an account after a version."""
    found = connection.execute(_RECORDS_OF, {"account": account, "after": after_version, "limit": limit})
    return [_record(row) for row in found]


def records_before(connection: Connection, account: AccountId, before_version: int, limit: int) -> list[Record]:
    """The records of an account before a version, the newest first."""
    found = connection.execute(_RECORDS_BEFORE, {"account": account, "before": before_version, "limit": limit})
    return [_record(row) for row in found]


def version_at(connection: Connection, account: AccountId, position: int, recorded_at: int) -> int:
    """The last version of an account up to a position and a time, found by halving: both rise with the version."""
    low, high = 0, _versions(connection, {account}).get(account, 0)
    while low < high:
        middle = (low + high + 1) // 2
        place = connection.execute(_PLACE, {"account": account, "version": middle}).one_or_none()
        if place is not None and place.position <= position and place.recorded_at <= recorded_at:
            low = middle
        else:
            high = middle - 1
    return low


def accounts(connection: Connection, after: str, limit: int) -> list[AccountId]:
    """The accounts that have events, sorted, after `after`."""
    found = connection.execute(_ACCOUNTS, {"after": after, "limit": limit})
    return [AccountId(account) for account in found.scalars()]


def snapshot(connection: Connection, account: AccountId, format: int) -> Snapshot | None:
    """The newest snapshot of an account, unless it speaks of a record that the log does not hold."""
    found = connection.execute(_SNAPSHOT, {"account": account, "format": format}).one_or_none()
    if found is None:
        return None
    return Snapshot(account=account, version=found.version, position=found.position, format=format, state=found.state)


def _record(row: Row[Any]) -> Record:
    return Record(
        position=row.position,
        account=AccountId(row.account),
        version=row.version,
        type=row.type,
        schema_version=row.schema_version,
        payload=row.payload,
        metadata=row.metadata,
        recorded_at=row.recorded_at,
        commit_last=bool(row.commit_last),
        digest=row.digest,
    )
