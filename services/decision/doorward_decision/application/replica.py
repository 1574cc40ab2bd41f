"""The replica: accounts loaded on first use and kept up to date by the log."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog
from doorward_directory.account import Account
from doorward_directory.stream import BrokenStream, fold_records
from doorward_kernel.errors import NoSuchEntity, Unavailable
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.record import Head, Record

from doorward_decision.application.ports import AccountState, IdentityLog, SnapshotCache
from doorward_decision.application.programs import Programs
from doorward_decision.application.residents import Resident

_log = structlog.get_logger()

MOST_ABSENT = 10_000
"""Accounts that are known not to exist."""


MOST_BEHIND = 1000
"""A cached account that is further behind, in events, is not worth to be caught up."""

KEEP_AGAIN = 100
"""A cached account that was further behind is replaced by its newer state."""


class NotInMemory(Unavailable):
    """Whether there is the account must be asked of the owner of the log."""


class Replica:
    """Holds at most `held` accounts, two or more, besides the operator's. What it is told through `apply` must be
    contiguous, whole commits.

    Everything runs on one event loop; `apply` and `reset` never wait, so a check sees each commit whole or not at all.
    """

    def __init__(self, owner: IdentityLog, cache: SnapshotCache, *, held: int) -> None:
        self._owner = owner
        self._cache = cache
        self._held = held
        self._epoch = ""
        self.programs = Programs()
        self._residents: OrderedDict[AccountId, Resident] = OrderedDict()
        self._absent: OrderedDict[AccountId, None] = OrderedDict()
        self._loads: dict[AccountId, _Load] = {}
        self._saving: set[asyncio.Task[None]] = set()
        self.frozen: dict[AccountId, str] = {}

    def __len__(self) -> int:
        return len(self._residents)

    # --- what the log tells ---

    def reset(self, head: Head) -> None:
        """Forget everything: from here on the log is followed from another place."""
        self._epoch = head.epoch
        self._residents.clear()
        self._absent.clear()
        self.frozen.clear()
        for load in self._loads.values():
            load.outdated = True

    def apply(self, commit: Sequence[Record]) -> None:
        """Take in one commit. An event that cannot be applied freezes its account and no other."""
        account_id = commit[0].account
        self._absent.pop(account_id, None)
        load = self._loads.get(account_id)
        if load is not None:
            load.commits.append(commit)
        resident = self._residents.get(account_id)
        if resident is None or account_id in self.frozen:
            return
        try:
            resident.account = _advanced(resident.account, commit)
        except Exception as error:  # noqa: BLE001 - whatever it is, this account must not go on without the event
            self._freeze(account_id, str(error))

    # --- what checks ask ---

    def known(self, account_id: AccountId) -> Resident | None:
        """An account that is in memory, None when it is known that there is none.

        Raises NotInMemory when neither is known, Unavailable when the account is frozen.
        """
        if self.frozen and account_id in self.frozen:
            raise Unavailable(f"account `{account_id}` is frozen: {self.frozen[account_id]}")
        resident = self._residents.get(account_id)
        if resident is not None:
            self._residents.move_to_end(account_id)
            return resident
        if account_id in self._absent:
            return None
        raise NotInMemory(f"account `{account_id}` is not in memory: try again")

    def knows(self, account_id: AccountId) -> bool:
        """Whether `known` has an answer. Raises Unavailable when the account is frozen."""
        try:
            self.known(account_id)
        except NotInMemory:
            return False
        return True

    async def know(self, account_id: AccountId) -> Resident | None:
        """As `known`, loaded when it is not in memory; many who ask at once share one load.

        Raises Unavailable, also when the owner of the log does not answer.
        """
        while not self.knows(account_id):
            load = self._loads.get(account_id)
            if load is None:
                load = self._loads[account_id] = _Load()
                load.task = asyncio.get_running_loop().create_task(self._load(account_id, load))
            await asyncio.shield(load.task)
        return self.known(account_id)

    async def load(self, account_id: AccountId) -> Resident:
        """As `know`. Raises NoSuchEntity when there is none."""
        resident = await self.know(account_id)
        if resident is None:
            raise no_account(account_id)
        return resident

    async def close(self) -> None:
        """End loads, finish what is being written to the cache."""
        loads = [load.task for load in self._loads.values()]
        for task in loads:
            task.cancel()
        await asyncio.gather(*loads, *self._saving, return_exceptions=True)

    # --- loading ---

    async def _load(self, account_id: AccountId, load: "_Load") -> None:
        try:
            state, new = await self._state(account_id, self._epoch)
            account = state.account
            for commit in load.commits:
                account = _advanced(account, commit)
        except NoSuchEntity:
            if not load.commits and not load.outdated:
                self._absent[account_id] = None
                if len(self._absent) > MOST_ABSENT:
                    self._absent.popitem(last=False)
            return
        except BrokenStream as error:
            if not load.outdated:
                self._freeze(account_id, str(error))
            return
        finally:
            del self._loads[account_id]
        if load.outdated:
            return
        self._residents[account_id] = Resident(account, self.programs)
        if len(self._residents) - (OPERATOR in self._residents) > self._held:
            self._forget_one()
        if new:
            self._keep(state)

    def _forget_one(self) -> None:
        """The account that was not asked about for longest; never the operator's, which every answer needs."""
        oldest = next(account_id for account_id in self._residents if account_id != OPERATOR)
        del self._residents[oldest]

    async def _state(self, account_id: AccountId, epoch: str) -> tuple[AccountState, bool]:
        """The account as the owner has it now, and whether that is worth to be kept in the cache.

        Raises Unavailable when the owner is in another epoch than this replica, which will notice soon.
        """
        cached = await self._cache.load(account_id, epoch)
        state = await self._caught_up(cached) if cached is not None else None
        if state is None:
            state = await self._owner.read_account(account_id)
            cached = None
        if state.epoch != epoch:
            raise Unavailable(f"the log is in epoch `{state.epoch}`, this replica still in `{epoch}`: try again")
        return state, cached is None or state.account.version - cached.account.version >= KEEP_AGAIN

    async def _caught_up(self, cached: AccountState) -> AccountState | None:
        """A cached state with what came after it; None when the log does not have it, or much came after."""
        account = cached.account
        epoch, records = await self._owner.read_account_events(account.account_id, account.version - 1, MOST_BEHIND)
        if not records or records[0].digest != cached.digest or len(records) == MOST_BEHIND:
            return None
        try:
            return AccountState(_advanced(account, records), epoch, records[-1].digest)
        except BrokenStream as error:
            _log.warning("a cached account is ignored", account=account.account_id, error=str(error))
            return None

    def _keep(self, state: AccountState) -> None:
        task = asyncio.get_running_loop().create_task(self._cache.save(state))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)

    def _freeze(self, account_id: AccountId, reason: str) -> None:
        self.frozen[account_id] = reason
        _log.error("account frozen: an event cannot be applied", account=account_id, error=reason)


class _Load:
    """A load under way: the commits that arrived meanwhile, and whether the log was reset meanwhile."""

    def __init__(self) -> None:
        self.commits: list[Sequence[Record]] = []
        self.outdated = False
        self.task: asyncio.Task[None]


def _advanced(account: Account, commit: Sequence[Record]) -> Account:
    """The account after the records that it does not hold yet."""
    advanced = fold_records(account, [record for record in commit if record.version > account.version])
    return account if advanced is None else advanced


def no_account(account_id: AccountId) -> NoSuchEntity:
    return NoSuchEntity(f"there is no account `{account_id}`")
