"""From the event log to JetStream (relay), and from JetStream to replicas (follower)."""

from doorward_messaging.connection import Connection, connect
from doorward_messaging.follower import ApplyFailed, Follower
from doorward_messaging.relay import Relay
from doorward_messaging.source import SOURCE_ERRORS, RecordSource, WakingSource
from doorward_messaging.stream import StreamSettings

__all__ = [
    "SOURCE_ERRORS",
    "ApplyFailed",
    "Connection",
    "Follower",
    "RecordSource",
    "Relay",
    "StreamSettings",
    "WakingSource",
    "connect",
]
