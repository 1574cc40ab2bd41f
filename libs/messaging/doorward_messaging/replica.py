"""The replica: accounts loaded on first use and kept up to date by the log."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence, Set
from typing import Generic, TypeVar

import structlog
from doorward_kernel.errors import NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Head, Record

from doorward_messaging.states import AccountState, Fold, SnapshotCache, State, StateSource

_log = structlog.get_logger()

Resident = TypeVar("Resident")
"""What is held of an account for those who ask: its state, or something made of it."""

MOST_ABSENT = 10_000
"""Accounts that are known not to exist."""


MOST_BEHIND = 1000
"""A cached account that is further behind, in events, is not worth to be caught up."""

KEEP_AGAIN = 100
"""A cached account that was further behind is replaced by its newer state."""


class NotInMemory(Unavailable):
    """Whether there is the account must be asked of the owner of the log."""


def itself(state: State, _before: State | None) -> State:
    """The `make` of a replica that is asked for states as they are."""
    return state


class Replica(Generic[State, Resident]):
    """Holds at most `held` accounts, two or more, besides those that are `kept` for good once they are loaded. What it
    is told through `apply` must be contiguous, whole commits.

    `make` gets a state, and what it made of the account's state before, unless the account was just loaded; what it
    gives is what those who ask get. `fold` raises `broken` when records do not follow.

    Everything runs on one event loop; `apply` and `reset` never wait, so who asks sees each commit whole or not at all.
    """

    def __init__(
        self,
        log_name: str,
        owner: StateSource[State],
        cache: SnapshotCache[State],
        *,
        fold: Fold[State],
        broken: type[Exception],
        make: Callable[[State, Resident | None], Resident],
        held: int,
        kept: Set[AccountId] = frozenset(),
    ) -> None:
        self._log = log_name
        self._owner = owner
        self._cache = cache
        self._fold = fold
        self._broken = broken
        self._make = make
        self._held = held
        self._kept = kept
        self._epoch = ""
        self._states: dict[AccountId, State] = {}
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
        self._states.clear()
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
            state = self._advanced(self._states[account_id], commit)
            self._residents[account_id] = self._make(state, resident)
            self._states[account_id] = state
        except Exception as error:  # noqa: BLE001 - whatever it is, this account must not go on without the event
            self._freeze(account_id, str(error))

    # --- what others ask ---

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
                account = self._advanced(account, commit)
        except NoSuchEntity:
            if not load.commits and not load.outdated:
                self._absent[account_id] = None
                if len(self._absent) > MOST_ABSENT:
                    self._absent.popitem(last=False)
            return
        except self._broken as error:
            if not load.outdated:
                self._freeze(account_id, str(error))
            return
        finally:
            del self._loads[account_id]
        if load.outdated:
            return
        self._residents[account_id] = self._make(account, None)
        self._states[account_id] = account
        if len(self._residents) - sum(kept in self._residents for kept in self._kept) > self._held:
            self._forget_one()
        if new:
            self._keep(state)

    def _forget_one(self) -> None:
        """The account that was not asked about for longest, of those that may be let go."""
        oldest = next(account_id for account_id in self._residents if account_id not in self._kept)
        del self._residents[oldest]
        del self._states[oldest]

    async def _state(self, account_id: AccountId, epoch: str) -> tuple[AccountState[State], bool]:
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

    async def _caught_up(self, cached: AccountState[State]) -> AccountState[State] | None:
        """A cached state with what came after it; None when the log does not have it, or much came after."""
        account = cached.account
        epoch, records = await self._owner.read_account_events(account.account_id, account.version - 1, MOST_BEHIND)
        if not records or records[0].digest != cached.digest or len(records) == MOST_BEHIND:
            return None
        try:
            return AccountState(self._advanced(account, records), epoch, records[-1].digest)
        except self._broken as error:
            _log.warning("a cached account is ignored", log=self._log, account=account.account_id, error=str(error))
            return None

    def _advanced(self, account: State, commit: Sequence[Record]) -> State:
        """The account after the records that it does not hold yet."""
        advanced = self._fold(account, [record for record in commit if record.version > account.version])
        return account if advanced is None else advanced

    def _keep(self, state: AccountState[State]) -> None:
        task = asyncio.get_running_loop().create_task(self._cache.save(state))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)

    def _freeze(self, account_id: AccountId, reason: str) -> None:
        self.frozen[account_id] = reason
        _log.error("account frozen: an event cannot be applied", log=self._log, account=account_id, error=reason)


class _Load:
    """A load under way: the commits that arrived meanwhile, and whether the log was reset meanwhile."""

    def __init__(self) -> None:
        self.commits: list[Sequence[Record]] = []
        self.outdated = False
        self.task: asyncio.Task[None]


def no_account(account_id: AccountId) -> NoSuchEntity:
    return NoSuchEntity(f"there is no account `{account_id}`")
