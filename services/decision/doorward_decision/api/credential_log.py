"""The owner of the credential log, over gRPC."""

from doorward.credential.v1 import log_service_pb2
from doorward.credential.v1.log_service_pb2_grpc import LogServiceStub
from doorward_keyring.keyring import Keyring
from doorward_keyring.snapshot import UnreadableSnapshot, load
from doorward_runtime.rpc.log_client import GrpcLog
from grpc import aio


def credential_log(channel: aio.Channel, service_key: str) -> GrpcLog[Keyring]:
    """A StateSource of keyrings."""
    return GrpcLog(
        channel,
        service_key,
        service="credential",
        messages=log_service_pb2,
        stub=LogServiceStub,
        load=load,
        unreadable=UnreadableSnapshot,
    )
