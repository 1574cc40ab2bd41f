"""The owner of the identity log, over gRPC."""

from doorward.identity.v1 import log_service_pb2
from doorward.identity.v1.log_service_pb2_grpc import LogServiceStub
from doorward_directory.account import Account
from doorward_directory.snapshot import UnreadableSnapshot, load
from doorward_runtime.rpc.log_client import GrpcLog
from grpc import aio


def identity_log(channel: aio.Channel, service_key: str) -> GrpcLog[Account]:
    """The identity log behind `doorward.identity.v1.LogService`."""
    return GrpcLog(
        channel,
        service_key,
        service="identity",
        messages=log_service_pb2,
        stub=LogServiceStub,
        load=load,
        unreadable=UnreadableSnapshot,
    )
