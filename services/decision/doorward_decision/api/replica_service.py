"""What a replica says of itself."""

import math
from collections.abc import Callable

from doorward.decision.v1 import replica_service_pb2 as pb
from doorward.decision.v1 import replica_service_pb2_grpc as rpc
from doorward_kernel.revision import Revision

from doorward_decision.application.credentials import Credentials
from doorward_decision.application.ports import CREDENTIAL, IDENTITY, CountingProgress
from doorward_decision.application.replica import IdentityReplica


class ReplicaServicer(rpc.ReplicaServiceServicer):
    """Serves `doorward.decision.v1.ReplicaService`."""

    def __init__(
        self,
        replica: IdentityReplica,
        progress: CountingProgress,
        credentials: Credentials | None,
        cache: Callable[[], bool],
        hot_path: str,
    ) -> None:
        self._replica = replica
        self._progress = progress
        self._credentials = credentials
        self._cache = cache
        self._hot_path = hot_path

    async def GetReplicaStatus(
        self, _request: pb.GetReplicaStatusRequest, _context: object
    ) -> pb.GetReplicaStatusResponse:
        progress = self._progress
        return pb.GetReplicaStatusResponse(
            revision=_revision(IDENTITY, progress),
            staleness_ms=_staleness_ms(progress),
            accounts=len(self._replica),
            frozen_accounts=sorted(self._replica.frozen),
            applied_events=progress.applied,
            gap_repairs=progress.gap_repairs,
            digest_mismatches=progress.digest_mismatches,
            cache_available=self._cache(),
            hot_path=self._hot_path,
            credential=None if self._credentials is None else _credential(self._credentials),
        )


def _credential(credentials: Credentials) -> pb.CredentialLogStatus:
    progress = credentials.log.progress
    return pb.CredentialLogStatus(
        revision=_revision(CREDENTIAL, progress),
        staleness_ms=_staleness_ms(progress),
        keyrings=len(credentials.keyrings),
        frozen_keyrings=sorted(credentials.keyrings.frozen),
        applied_events=progress.applied,
        gap_repairs=progress.gap_repairs,
        digest_mismatches=progress.digest_mismatches,
    )


def _revision(log: str, progress: CountingProgress) -> str:
    return str(Revision(log, progress.epoch, progress.position)) if progress.epoch else ""


def _staleness_ms(progress: CountingProgress) -> int | None:
    staleness = progress.staleness()
    return None if math.isinf(staleness) else int(staleness * 1000)
