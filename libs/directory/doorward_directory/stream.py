"""An account's stream of records, folded."""

from collections.abc import Iterable
from dataclasses import replace

from doorward_kernel.record import Record

from doorward_directory.account import Account
from doorward_directory.codec import UndecodableEvent, decode
from doorward_directory.events import ImpossibleEvent, evolve


class BrokenStream(Exception):
    """A record is missing, out of turn, of another account, or cannot be decoded or applied."""


def fold_records(account: Account | None, records: Iterable[Record]) -> Account | None:
    """The account after `records`, which follow its version without a gap; None if there never was an event.

    Raises BrokenStream, naming the position; `account` itself is as it was.
    """
    version, position = (account.version, account.position) if account is not None else (0, 0)
    for record in records:
        if record.version != version + 1:
            raise BrokenStream(
                f"position {record.position}: expected version {version + 1} of account "
                f"`{record.account}`, found {record.version}"
            )
        if record.position <= position:
            raise BrokenStream(f"position {record.position} comes after position {position}")
        try:
            account = evolve(account, decode(record.type, record.schema_version, record.payload))
        except (UndecodableEvent, ImpossibleEvent) as error:
            raise BrokenStream(f"position {record.position}: {error}") from error
        if record.account != account.account_id:
            raise BrokenStream(
                f"position {record.position} belongs to account `{record.account}`, not to `{account.account_id}`"
            )
        version, position = record.version, record.position
    return replace(account, version=version, position=position) if account is not None else None
