"""The replica of the identity log: accounts with their principals ready to be asked about."""

from doorward_directory.account import Account
from doorward_directory.stream import BrokenStream, fold_records
from doorward_kernel.ids import OPERATOR
from doorward_messaging import Replica, SnapshotCache, StateSource

from doorward_decision.application.programs import Programs
from doorward_decision.application.residents import Resident


class IdentityReplica(Replica[Account, Resident]):
    """Holds at most `held` accounts, two or more, besides the operator's, which every answer needs."""

    def __init__(self, owner: StateSource[Account], cache: SnapshotCache[Account], *, held: int) -> None:
        self.programs = Programs()
        super().__init__(
            "identity",
            owner,
            cache,
            fold=fold_records,
            broken=BrokenStream,
            make=self._resident,
            held=held,
            kept={OPERATOR},
        )

    def _resident(self, account: Account, before: Resident | None) -> Resident:
        if before is None:
            return Resident(account, self.programs)
        before.account = account
        return before
