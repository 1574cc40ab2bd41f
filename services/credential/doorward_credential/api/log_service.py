"""The credential log itself, for replicas."""

from collections.abc import Callable

from doorward.credential.v1 import log_service_pb2
from doorward_eventlog.log import EventLog
from doorward_keyring.keyring import Keyring
from doorward_keyring.snapshot import FORMAT, dump
from doorward_runtime.rpc.log_service import LogServicer

from doorward_credential.application.keyrings import Keyrings


def log_servicer(log: EventLog, keyrings: Keyrings, stopping: Callable[[], bool]) -> LogServicer[Keyring]:
    """Serves `doorward.credential.v1.LogService`."""
    return LogServicer(log_service_pb2, log, keyrings, format=FORMAT, dump=dump, stopping=stopping)
