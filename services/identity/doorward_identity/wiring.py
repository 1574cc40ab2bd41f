"""Puts the identity service together: settings, logs, event log, relay, server."""

import structlog
from doorward_directory.quotas import Quotas
from doorward_eventlog.sql import open_log
from doorward_messaging import Relay, StreamSettings, connect
from doorward_runtime.collector import spare_the_collector
from doorward_runtime.lifecycle import Lifecycle
from doorward_runtime.logs import configure_logs
from doorward_runtime.passports import PassportVerifier
from doorward_runtime.rpc import server
from doorward_runtime.rpc.authorizer import RpcAuthorizer
from doorward_runtime.rpc.channel import service_channel
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.passport_keys import RpcPassportKeys
from doorward_runtime.settings import LOOPBACK, load, read_secret
from doorward_runtime.telemetry import configure_traces, serve_metrics
from doorward_sealing.key_encryption import ExchangeableKeys, given_key_encryption_keys
from doorward_sealing.rotation import Rotation
from doorward_sealing.vault import open_vault

from doorward_identity.api.credential_service import GrpcCredentials
from doorward_identity.api.registration import SERVICES, registrations
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.entity_arns import EntityArns
from doorward_identity.application.minting import Mint
from doorward_identity.application.organizations import Organizations
from doorward_identity.settings import Settings

_log = structlog.get_logger()

LOG = "identity"
"""The name of the log, as revisions spell it."""


async def serve() -> None:
    """Serve until a signal comes. Raises what keeps it from starting, and LoopDied when the relay dies."""
    settings = load(Settings)
    configure_logs(settings.log_level, settings.log_format)
    life = Lifecycle()
    life.stop_on_signals()
    try:
        traces = configure_traces("doorward-identity")
        if traces is not None:
            life.stack.callback(traces.shutdown)
        serve_metrics(settings.metrics_port)

        log = await life.stack.enter_async_context(open_log(settings.database_url, LOG))
        wrapping = ExchangeableKeys(
            given_key_encryption_keys(settings.key_encryption_key_file, settings.key_encryption_key_text())
        )
        vault = await open_vault(log.data_keys, wrapping)
        rotation = Rotation(
            vault, wrapping, settings.key_encryption_key_file, look_seconds=settings.key_encryption_key_look_seconds
        )
        life.background("rotation of key-encryption keys", rotation.run())
        head = await log.head()
        accounts = Accounts(log, epoch=head.epoch, quotas=Quotas())
        life.stack.push_async_callback(accounts.close)

        await Organizations(accounts).create(Mint())

        nats = await life.stack.enter_async_context(
            connect(settings.nats_url, name="doorward-identity", token=read_secret(settings.nats_token_file))
        )
        relay = Relay(LOG, log, nats, settings=StreamSettings(replicas=settings.nats_replicas))
        life.background("relay", relay.run())

        key, resources = settings.service_key(), EntityArns(accounts)
        channels = [
            None if target is None else await life.stack.enter_async_context(service_channel(target))
            for target in (settings.credential_target, settings.decision_target)
        ]
        credential, decision = channels
        running = await life.stack.enter_async_context(
            server.serve(
                host=LOOPBACK,
                port=settings.port,
                guard=Guard(key, None if credential is None else PassportVerifier(RpcPassportKeys(credential))),
                services=SERVICES,
                register=registrations(
                    accounts,
                    log,
                    log,
                    vault,
                    Mint(),
                    lambda: life.stopping,
                    None if credential is None else GrpcCredentials(credential, key),
                ),
                grace=settings.shutdown_seconds,
                authorizer=None if decision is None else RpcAuthorizer(decision, key, resources),
                resources=resources,
            )
        )
        life.background("rpc server", running.stay())
        spare_the_collector()
        _log.info(
            "serving",
            port=running.port,
            revision=str(accounts.revision(head.position)),
            data_keys_wrapped_by=vault.wrapped_by,
        )
        await life.wait()
    finally:
        await life.close()
