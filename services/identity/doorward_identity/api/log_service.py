"""The identity log itself, for replicas."""

from collections.abc import Callable

from doorward.identity.v1 import log_service_pb2
from doorward_directory.account import Account
from doorward_directory.snapshot import FORMAT, dump
from doorward_eventlog.log import EventLog
from doorward_runtime.rpc.log_service import LogServicer

from doorward_identity.application.accounts import Accounts


def log_servicer(log: EventLog, accounts: Accounts, stopping: Callable[[], bool]) -> LogServicer[Account]:
    """Serves `doorward.identity.v1.LogService`."""
    return LogServicer(log_service_pb2, log, accounts, format=FORMAT, dump=dump, stopping=stopping)
