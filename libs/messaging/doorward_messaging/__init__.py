"""From the event log to JetStream (relay), and from JetStream to replicas (follower, replica)."""

from doorward_messaging.connection import Connection, connect
from doorward_messaging.follower import ApplyFailed, Follower
from doorward_messaging.relay import Relay
from doorward_messaging.replica import NotInMemory, Replica, itself, no_account
from doorward_messaging.source import SOURCE_ERRORS, RecordSource, WakingSource
from doorward_messaging.states import AccountState, NoCache, SnapshotCache, StateSource
from doorward_messaging.stream import StreamSettings

__all__ = [
    "SOURCE_ERRORS",
    "AccountState",
    "ApplyFailed",
    "Connection",
    "Follower",
    "NoCache",
    "NotInMemory",
    "RecordSource",
    "Relay",
    "Replica",
    "SnapshotCache",
    "StateSource",
    "StreamSettings",
    "WakingSource",
    "connect",
    "itself",
    "no_account",
]
