"""The smallest log: each account is a sum of what was added, at most 100 by commands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from doorward_eventlog.accounts import Accounts, Fold
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId
from doorward_kernel.record import NewEvent, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    account_id: AccountId
    total: int = 0
    version: int = 0
    position: int = 0


class NoNumber(Exception):
    """Cannot be read."""


def folded(account: Sum | None, records: Sequence[Record]) -> Sum | None:
    for record in records:
        account = account or Sum(account_id=record.account)
        if record.version != account.version + 1:
            raise NoNumber(f"version {record.version} after {account.version}")
        account = replace(
            account,
            total=account.total + read(record.payload),
            version=record.version,
            position=record.position,
        )
    return account


def read(number: bytes) -> int:
    if not number.lstrip(b"-").isdigit():
        raise NoNumber(f"`{number!r}`")
    return int(number)


def add(account: Sum | None, number: int) -> list[int]:
    if account is not None and account.total + number > 100:
        raise InvalidInput(f"`{number}` is too much")
    return [number] if number else []


def dumped(account: Sum) -> Iterator[str]:
    yield f"{account.account_id} {account.total} "
    yield f"{account.version} {account.position}"


def loaded(state: bytes) -> Sum:
    account_id, *numbers = state.split()
    total, version, position = map(read, numbers)
    return Sum(account_id=AccountId(account_id.decode()), total=total, version=version, position=position)


FOLD: Fold[Sum, int, int] = Fold(
    fold_records=folded,
    decide=add,
    encode=lambda number: NewEvent(type="Added", schema_version=1, payload=b"%d" % number),
    format=1,
    dump_pieces=dumped,
    load=loaded,
    unreadable=NoNumber,
    snapshot_every=lambda _: 10,
)
EMPTY_AT_FIRST = replace(FOLD, absent=lambda account_id: Sum(account_id=account_id))

Sums = Accounts[Sum, int, int]
