"""Keyrings as they are now: a cached fold of the credential log, and the one way that every change takes."""

from doorward_eventlog import accounts
from doorward_eventlog.accounts import Fold
from doorward_eventlog.log import EventLog
from doorward_kernel.ids import AccountId
from doorward_keyring.codec import encode
from doorward_keyring.commands import Command, decide
from doorward_keyring.events import Event
from doorward_keyring.keyring import Keyring, empty
from doorward_keyring.snapshot import FORMAT, UnreadableSnapshot, dump_pieces, load
from doorward_keyring.stream import fold_records

LOG = "credential"
"""The name of the log, as revisions spell it."""

Keyrings = accounts.Accounts[Keyring, Command, Event]
"""An account that has no events yet has an empty keyring: whether there is such an account is the identity log's."""


def open_keyrings(log: EventLog, *, epoch: str, held: int = 10_000) -> Keyrings:
    """The keyrings of a log that is in that epoch; at most `held` of them in memory."""
    fold: Fold[Keyring, Command, Event] = Fold(
        fold_records=fold_records,
        decide=_decide,
        encode=encode,
        format=FORMAT,
        dump_pieces=dump_pieces,
        load=load,
        unreadable=UnreadableSnapshot,
        absent=_absent,
    )
    return accounts.Accounts(log, fold, epoch=epoch, held=held)


def _absent(account_id: AccountId) -> Keyring:
    return empty(account_id)


def _decide(keyring: Keyring | None, command: Command) -> list[Event]:
    if keyring is None:
        raise ValueError("a keyring is never absent")
    return list(decide(keyring, command))
