"""What the decision service serves beside the hot path."""

from collections.abc import Sequence

from doorward.decision.v1.replica_service_pb2 import DESCRIPTOR as REPLICA
from doorward.decision.v1.replica_service_pb2_grpc import add_ReplicaServiceServicer_to_server
from doorward_runtime.rpc.server import Register, bound

from doorward_decision.api.replica_service import ReplicaServicer

ADMIN_SERVICES: Sequence[str] = tuple(service.full_name for service in REPLICA.services_by_name.values())
"""Full names, for health and reflection."""


def registrations(servicer: ReplicaServicer) -> Sequence[Register]:
    """The servicers, ready to be added to a server."""
    return (bound(add_ReplicaServiceServicer_to_server, servicer),)
