"""Puts the decision service together: settings, logs, log's owner, replica, follower, admin server, hot path."""

import structlog
from doorward_directory.account import Account
from doorward_messaging import Follower, NoCache, SnapshotCache, connect
from doorward_runtime.collector import spare_the_collector
from doorward_runtime.lifecycle import Lifecycle
from doorward_runtime.logs import configure_logs
from doorward_runtime.rpc import server
from doorward_runtime.rpc.channel import service_channel
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.listener import Listener
from doorward_runtime.settings import LOOPBACK, read_secret
from doorward_runtime.telemetry import configure_traces, serve_metrics

from doorward_decision.adapters.metrics import ReplicaMetrics
from doorward_decision.adapters.snapshot_cache import RedisSnapshotCache
from doorward_decision.api import check, registration
from doorward_decision.api.hot_path import HotPath
from doorward_decision.api.hot_path_grpc import grpc_server
from doorward_decision.api.identity_log import identity_log
from doorward_decision.api.replica_service import ReplicaServicer
from doorward_decision.application.check import LOG, Checks
from doorward_decision.application.replica import IdentityReplica
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
    follower = Follower(LOG, nats, owner, replica.apply, replica.reset)
    life.background("follower", follower.run())

    checks = Checks(replica, follower, owner, max_staleness=settings.max_staleness_seconds)
    if settings.metrics_port:
        life.stack.callback(ReplicaMetrics(replica, follower, checks, cache).unregister)
        serve_metrics(settings.metrics_port)
    guard = Guard(key)
    admin = await life.stack.enter_async_context(
        server.serve(
            host=LOOPBACK,
            port=settings.admin_port,
            guard=guard,
            services=registration.ADMIN_SERVICES,
            register=registration.registrations(ReplicaServicer(replica, follower, lambda: cache.available, hot_path)),
            grace=settings.shutdown_seconds,
        )
    )
    life.background("admin server", admin.stay())
    _log.info("admin surface serving", port=admin.port, hot_path=hot_path)
    return HotPath({check.METHOD: check.CheckMethod(checks)}, guard, lambda: checks.ready)


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


def _cache(settings: Settings, life: Lifecycle, key: str) -> SnapshotCache[Account]:
    if settings.redis_url is None:
        return NoCache()
    cache = RedisSnapshotCache(settings.redis_url, read_secret(settings.redis_password_file), key)
    life.stack.push_async_callback(cache.close)
    return cache
