"""An account's stream of records, folded."""

from collections.abc import Iterable

from doorward_kernel.record import Record
from doorward_kernel.stream import BrokenStream, fold

from doorward_keyring.codec import decode
from doorward_keyring.events import evolve
from doorward_keyring.keyring import Keyring, empty

__all__ = ["BrokenStream", "fold_records"]


def fold_records(keyring: Keyring | None, records: Iterable[Record]) -> Keyring | None:
    """The keyring after `records`, which follow its version without a gap; None if there never was an event.

    Raises BrokenStream, naming the position; `keyring` itself is as it was.
    """
    return fold(keyring, records, _evolve)


def _evolve(keyring: Keyring | None, record: Record) -> Keyring:
    before = empty(record.account) if keyring is None else keyring
    return evolve(before, decode(record.type, record.schema_version, record.payload))
