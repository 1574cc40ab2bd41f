"""What a replica says of itself."""

import math
from collections.abc import Callable

from doorward.decision.v1 import replica_service_pb2 as pb
from doorward.decision.v1 import replica_service_pb2_grpc as rpc
from doorward_kernel.revision import Revision

from doorward_decision.application.check import LOG
from doorward_decision.application.ports import CountingProgress
from doorward_decision.application.replica import IdentityReplica


class ReplicaServicer(rpc.ReplicaServiceServicer):
    """Serves `doorward.decision.v1.ReplicaService`."""

    def __init__(
        self, replica: IdentityReplica, progress: CountingProgress, cache: Callable[[], bool], hot_path: str
    ) -> None:
        self._replica = replica
        self._progress = progress
        self._cache = cache
        self._hot_path = hot_path

    async def GetReplicaStatus(
        self, _request: pb.GetReplicaStatusRequest, _context: object
    ) -> pb.GetReplicaStatusResponse:
        staleness = self._progress.staleness()
        return pb.GetReplicaStatusResponse(
            revision=str(Revision(LOG, self._progress.epoch, self._progress.position)) if self._progress.epoch else "",
            staleness_ms=None if math.isinf(staleness) else int(staleness * 1000),
            accounts=len(self._replica),
            frozen_accounts=sorted(self._replica.frozen),
            applied_events=self._progress.applied,
            gap_repairs=self._progress.gap_repairs,
            digest_mismatches=self._progress.digest_mismatches,
            cache_available=self._cache(),
            hot_path=self._hot_path,
        )
