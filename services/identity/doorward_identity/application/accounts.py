"""Accounts as they are now: the identity log's, with their quotas, and with client tokens."""

from collections.abc import Sequence

from doorward_directory.account import Account, AccountCreated
from doorward_directory.client_tokens import answered_before, token_used
from doorward_directory.codec import decode, encode
from doorward_directory.commands import Command, decide
from doorward_directory.events import Event
from doorward_directory.quotas import Quotas, with_own
from doorward_directory.snapshot import FORMAT, UnreadableSnapshot, dump_pieces, load
from doorward_directory.stream import fold_records
from doorward_eventlog import accounts
from doorward_eventlog.accounts import SNAPSHOT_EVERY, Fold, no_account
from doorward_eventlog.log import EventLog
from doorward_kernel.ids import OPERATOR, AccountId

from doorward_identity.application.once import ONCE, AnsweredBefore

Changed = accounts.Changed[Account]
"""An account after a command, and the revision at which its effect is in force."""


class Accounts(accounts.Accounts[Account, Command, Event]):
    """The accounts of the identity log.

    Under a client token (ONCE) `execute` obeys a command once: sent again, it returns the account as it was then, or
    raises AnsweredBefore when its ids were made from another seed, or IdempotentParameterMismatch.
    """

    def __init__(self, log: EventLog, *, epoch: str, quotas: Quotas, held: int = 1000) -> None:
        super().__init__(log, _fold(quotas), epoch=epoch, held=held)
        self.quotas = quotas

    async def creations(self, after: str, limit: int) -> list[AccountCreated]:
        """At most `limit` accounts whose id is greater than `after`, sorted by id, as they were created."""
        return [await self.creation(account_id) for account_id in await self.ids(after, limit)]

    async def ids(self, after: str, limit: int) -> list[AccountId]:
        """At most `limit` ids of accounts that are greater than `after`, sorted; not the operator's own, which comes
        before them all."""
        return await self._log.accounts(after or OPERATOR, limit)

    async def creation(self, account_id: AccountId) -> AccountCreated:
        """An account as it was created. Raises NoSuchEntity."""
        for record in await self._log.read_account(account_id, 0, 1):
            event = decode(record.type, record.schema_version, record.payload)
            if isinstance(event, AccountCreated):
                return event
        raise no_account(account_id)

    def quotas_of(self, account: Account) -> Quotas:
        """The quotas of an account: the defaults, and those of its own."""
        return with_own(self.quotas, account.own_quotas)

    def _obeyed_at(self, account: Account | None) -> int | None:
        once = ONCE.get()
        used = answered_before(account, once) if once else None
        if once is None or used is None:
            return None
        if used.seed != once.seed:
            raise AnsweredBefore(used.seed)
        return used.version

    def _decide(self, account: Account | None, command: Command) -> Sequence[Event]:
        events = super()._decide(account, command)
        once = ONCE.get()
        if once is None:
            return events
        version = account.version if account else 0
        return [*events, token_used(once, version + len(events) + 1)]


def _fold(quotas: Quotas) -> Fold[Account, Command, Event]:
    return Fold(
        fold_records=fold_records,
        decide=lambda account, command: decide(account, command, quotas),
        encode=encode,
        format=FORMAT,
        dump_pieces=dump_pieces,
        load=load,
        unreadable=UnreadableSnapshot,
        snapshot_every=_snapshot_every,
    )


def _snapshot_every(account: Account) -> int:
    """More in a large account: a tenth of the things in it."""
    things = len(account.users) + len(account.groups) + len(account.roles) + len(account.policies)
    return max(SNAPSHOT_EVERY, things // 10)
