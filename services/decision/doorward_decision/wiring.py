"""Puts the decision service together: settings, logs, log's owner, replica, follower, admin server, hot path."""

import structlog
from doorward_directory.account import Account
from doorward_messaging import Connection, Follower, NoCache, SnapshotCache, connect
from doorward_runtime.collector import spare_the_collector
from doorward_runtime.lifecycle import Lifecycle
from doorward_runtime.logs import configure_logs
from doorward_runtime.passports import PassportVerifier
from doorward_runtime.rpc import server
from doorward_runtime.rpc.channel import service_channel
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.listener import Listener
from doorward_runtime.rpc.passport_keys import RpcPassportKeys
from doorward_runtime.settings import LOOPBACK, read_secret
from doorward_runtime.telemetry import configure_traces, serve_metrics

from doorward_decision.adapters.metrics import ReplicaMetrics
from doorward_decision.adapters.snapshot_cache import RedisSnapshotCache
from doorward_decision.api import batch_check, check, registration
from doorward_decision.api.credential_log import credential_log
from doorward_decision.api.hot_path import HotPath, Method
from doorward_decision.api.hot_path_grpc import grpc_server
from doorward_decision.api.identity_log import identity_log
from doorward_decision.api.replica_service import ReplicaServicer
from doorward_decision.application.batches import Batches
from doorward_decision.application.check import Checks
from doorward_decision.application.credentials import Credentials
from doorward_decision.application.freshness import FollowedLog
from doorward_decision.application.ports import CREDENTIAL, IDENTITY
from doorward_decision.application.replica import IdentityReplica, keyring_replica
from doorward_decision.settings import Settings

_log = structlog.get_logger()


async def open_service(settings: Settings, life: Lifecycle, *, hot_path: str) -> HotPath:
    """Open all but the transport of the hot path; `life` closes it. `hot_path` names the transport."""
    traces = configure_traces("doorward-decision")
    if traces is not None:
        life.stack.callback(traces.shutdown)

    key = settings.service_key()
    channel = await life.stack.enter_async_context(service_channel(settings.identity_target))
    owner = identity_log(channel, key)
    cache = _cache(settings, life, key)
    replica = IdentityReplica(owner, cache, held=settings.held_accounts)
    life.stack.push_async_callback(replica.close)

    nats = await life.stack.enter_async_context(
        connect(settings.nats_url, name="doorward-decision", token=read_secret(settings.nats_token_file))
    )
    follower = Follower(IDENTITY, nats, owner, replica.apply, replica.reset)
    life.background("follower", follower.run())

    credentials = await _credentials(settings, life, nats, key)
    checks = Checks(
        replica,
        FollowedLog(IDENTITY, follower, owner),
        credentials,
        max_staleness=settings.max_staleness_seconds,
    )
    if settings.metrics_port:
        life.stack.callback(ReplicaMetrics(replica, follower, checks, cache, credentials).unregister)
        serve_metrics(settings.metrics_port)
    guard = Guard(key)
    servicer = ReplicaServicer(replica, follower, credentials, lambda: cache.available, hot_path)
    admin = await life.stack.enter_async_context(
        server.serve(
            host=LOOPBACK,
            port=settings.admin_port,
            guard=guard,
            services=registration.ADMIN_SERVICES,
            register=registration.registrations(servicer),
            grace=settings.shutdown_seconds,
        )
    )
    life.background("admin server", admin.stay())
    _log.info("admin surface serving", port=admin.port, hot_path=hot_path)
    methods: dict[str, Method] = {
        check.METHOD: check.CheckMethod(checks),
        batch_check.METHOD: batch_check.BatchCheckMethod(Batches(checks)),
    }
    return HotPath(methods, guard, lambda: checks.ready)


async def serve_with_grpc(settings: Settings) -> None:
    """Serve everything under grpc.aio until a signal comes."""
    configure_logs(settings.log_level, settings.log_format)
    life = Lifecycle()
    life.stop_on_signals()
    try:
        hot_path = await open_service(settings, life, hot_path="grpc")
        spare_the_collector()
        listener = Listener(lambda: grpc_server(hot_path), LOOPBACK, settings.port)
        await listener.start()
        life.stack.push_async_callback(listener.stop, settings.shutdown_seconds)
        life.background("hot path", listener.stay())
        _log.info("hot path serving", port=listener.port, hot_path="grpc")
        await life.wait()
    finally:
        await life.close()


async def _credentials(settings: Settings, life: Lifecycle, nats: Connection, key: str) -> Credentials | None:
    """The credential log, followed; None when it is not told where that is."""
    if settings.credential_target is None:
        return None
    channel = await life.stack.enter_async_context(service_channel(settings.credential_target))
    owner = credential_log(channel, key)
    keyrings = keyring_replica(owner, held=settings.held_accounts)
    life.stack.push_async_callback(keyrings.close)
    follower = Follower(CREDENTIAL, nats, owner, keyrings.apply, keyrings.reset)
    life.background("follower of the credential log", follower.run())
    return Credentials(FollowedLog(CREDENTIAL, follower, owner), keyrings, PassportVerifier(RpcPassportKeys(channel)))


def _cache(settings: Settings, life: Lifecycle, key: str) -> SnapshotCache[Account]:
    if settings.redis_url is None:
        return NoCache()
    cache = RedisSnapshotCache(settings.redis_url, read_secret(settings.redis_password_file), key)
    life.stack.push_async_callback(cache.close)
    return cache
