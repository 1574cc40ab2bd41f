"""An account's stream of records, folded."""

from collections.abc import Iterable

from doorward_kernel.record import Record
from doorward_kernel.stream import BrokenStream, fold

from doorward_directory.account import Account
from doorward_directory.codec import decode
from doorward_directory.events import evolve

__all__ = ["BrokenStream", "fold_records"]


def fold_records(account: Account | None, records: Iterable[Record]) -> Account | None:
    """The account after `records`, which follow its version without a gap; None if there never was an event.

    Raises BrokenStream, naming the position; `account` itself is as it was.
    """
    return fold(account, records, _evolve)


def _evolve(account: Account | None, record: Record) -> Account:
    return evolve(account, decode(record.type, record.schema_version, record.payload))
