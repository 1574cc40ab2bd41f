"""The replicas: accounts with their principals ready to be asked about, and keyrings."""

from doorward_directory.account import Account
from doorward_directory.stream import BrokenStream, fold_records
from doorward_kernel.ids import OPERATOR
from doorward_keyring.keyring import Keyring
from doorward_keyring.stream import fold_records as fold_keyring
from doorward_messaging import NoCache, Replica, SnapshotCache, StateSource, itself

from doorward_decision.application.ports import CREDENTIAL, IDENTITY
from doorward_decision.application.programs import Programs
from doorward_decision.application.residents import Resident


class IdentityReplica(Replica[Account, Resident]):
    """Holds at most `held` accounts, two or more, besides the operator's, which every answer needs."""

    def __init__(self, owner: StateSource[Account], cache: SnapshotCache[Account], *, held: int) -> None:
        self.programs = Programs()
        super().__init__(
            IDENTITY,
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


def keyring_replica(owner: StateSource[Keyring], *, held: int) -> Replica[Keyring, Keyring]:
    """Holds at most `held` keyrings. They are small, and read from the owner whenever they are not in memory."""
    return Replica(CREDENTIAL, owner, NoCache(), fold=fold_keyring, broken=BrokenStream, make=itself, held=held)
