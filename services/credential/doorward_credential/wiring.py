"""Puts the credential service together: settings, log, secrets, replica of the identity log, keys, servers."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from doorward_directory.account import Account
from doorward_directory.stream import BrokenStream, fold_records
from doorward_eventlog.sql import SqlEventLog, open_log
from doorward_kernel.ids import OPERATOR
from doorward_kernel.record import Head, Record
from doorward_messaging import Connection, Follower, NoCache, Relay, Replica, StreamSettings, connect, itself
from doorward_runtime.collector import spare_the_collector
from doorward_runtime.lifecycle import Lifecycle
from doorward_runtime.logs import configure_logs
from doorward_runtime.passports import MAX_SECONDS, PassportVerifier
from doorward_runtime.rpc import server
from doorward_runtime.rpc.authorizer import RpcAuthorizer
from doorward_runtime.rpc.channel import service_channel
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.log_client import GrpcLog
from doorward_runtime.settings import LOOPBACK, load, read_secret
from doorward_runtime.telemetry import configure_traces, serve_metrics
from doorward_sealing.key_encryption import ExchangeableKeys, given_key_encryption_keys
from doorward_sealing.rotation import Rotation
from doorward_sealing.vault import Vault, open_vault

from doorward_credential.adapters.activity_stream import ActivityStream
from doorward_credential.api.decision_service import GrpcDecisions
from doorward_credential.api.identity_service import GrpcIdentity, identity_log
from doorward_credential.api.jwks import http_server
from doorward_credential.api.log_service import log_servicer
from doorward_credential.api.registration import SERVICES, registrations
from doorward_credential.application.departures import Departures
from doorward_credential.application.key_rotation import KeyRotation
from doorward_credential.application.keyrings import LOG, Keyrings, open_keyrings
from doorward_credential.application.people import People
from doorward_credential.application.principal_arns import OwnKeys, PrincipalArns
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.sessions import MOST_OF_USER
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.assembly import Parts, assemble
from doorward_credential.settings import Settings

_log = structlog.get_logger()

DAY = 86_400.0


async def serve() -> None:
    """Serve until a signal comes. Raises what keeps it from starting, and LoopDied when a background loop dies."""
    settings = load(Settings)
    configure_logs(settings.log_level, settings.log_format)
    life = Lifecycle()
    life.stop_on_signals()
    try:
        traces = configure_traces("doorward-credential")
        if traces is not None:
            life.stack.callback(traces.shutdown)
        serve_metrics(settings.metrics_port)

        log = await life.stack.enter_async_context(open_log(settings.database_url, LOG))
        vault = await _vault(settings, life, log)
        nats = await life.stack.enter_async_context(
            connect(settings.nats_url, name="doorward-credential", token=read_secret(settings.nats_token_file))
        )
        keyrings, follower = await _keyrings(settings, life, log, nats)
        stored = StoredSecrets(log.secrets, vault)
        rotation, passport_keys, token_keys = await _keys(settings, life, stored)
        key = settings.service_key()
        decisions = await life.stack.enter_async_context(service_channel(settings.decision_target))
        identity_channel = await life.stack.enter_async_context(service_channel(settings.identity_target))
        identity = GrpcIdentity(identity_channel, key)
        activity = ActivityStream(nats, replicas=settings.nats_replicas)
        life.background("activity", activity.run())
        owner = identity_log(identity_channel, key)
        departures = Departures(keyrings, stored, log.counters, owner)
        life.background("departures", departures.run())
        people = await _people(settings, life, nats, owner, identity, departures)
        parts = Parts(
            settings=settings,
            log=log,
            keyrings=keyrings,
            keyrings_are_new=lambda: follower.staleness() <= settings.max_staleness_seconds,
            stored=stored,
            people=people,
            decisions=GrpcDecisions(decisions, key),
            identity=identity,
            activity=activity,
            rotation=rotation,
            passport_keys=passport_keys,
            token_keys=token_keys,
        )
        service = assemble(parts)
        life.stack.push_async_callback(service.close)
        for name, loop in service.loops():
            life.background(name, loop)

        arns = PrincipalArns(people)
        running = await life.stack.enter_async_context(
            server.serve(
                host=LOOPBACK,
                port=settings.port,
                guard=Guard(key, PassportVerifier(OwnKeys(rotation))),
                services=SERVICES,
                register=registrations(
                    service.credentials,
                    service.tokens,
                    service.authentication,
                    log_servicer(log, keyrings, lambda: life.stopping),
                ),
                grace=settings.shutdown_seconds,
                authorizer=RpcAuthorizer(decisions, key, arns),
                resources=arns,
            )
        )
        life.background("rpc server", running.stay())
        if settings.http_port:
            _serve_http(settings, life, rotation)
        spare_the_collector()
        head = await log.head()
        _log.info(
            "serving",
            port=running.port,
            http_port=settings.http_port or None,
            revision=str(keyrings.revision(head.position)),
            data_keys_wrapped_by=vault.wrapped_by,
        )
        await life.wait()
    finally:
        await life.close()


async def _vault(settings: Settings, life: Lifecycle, log: SqlEventLog) -> Vault:
    wrapping = ExchangeableKeys(
        given_key_encryption_keys(settings.key_encryption_key_file, settings.key_encryption_key_text())
    )
    vault = await open_vault(log.data_keys, wrapping)
    rotation = Rotation(
        vault, wrapping, settings.key_encryption_key_file, look_seconds=settings.key_encryption_key_look_seconds
    )
    life.background("rotation of key-encryption keys", rotation.run())
    return vault


async def _keyrings(
    settings: Settings, life: Lifecycle, log: SqlEventLog, nats: Connection
) -> tuple[Keyrings, Follower]:
    """The keyrings, and what tells them of the commits of other processes."""
    keyrings = open_keyrings(log, epoch=(await log.head()).epoch, held=settings.held_accounts)
    life.stack.push_async_callback(keyrings.close)
    relay = Relay(LOG, log, nats, settings=StreamSettings(replicas=settings.nats_replicas))
    life.background("relay", relay.run())
    follower = Follower(LOG, nats, log, keyrings.noticed, keyrings.forget_all)
    life.background("follower of the credential log", follower.run())
    return keyrings, follower


async def _keys(
    settings: Settings, life: Lifecycle, stored: StoredSecrets
) -> tuple[KeyRotation, ServiceKeys, ServiceKeys]:
    """Keys of passports and of session tokens; those before count as long as what they made."""
    passport_keys = ServiceKeys("passport-key", stored, time.time, overlap=MAX_SECONDS)
    token_keys = ServiceKeys("token-key", stored, time.time, overlap=MOST_OF_USER)
    await asyncio.gather(passport_keys.open(), token_keys.open())
    rotation = KeyRotation(passport_keys, token_keys, max_age=settings.key_rotation_days * DAY)
    life.background("key rotation", rotation.run())
    return rotation, passport_keys, token_keys


async def _people(
    settings: Settings,
    life: Lifecycle,
    nats: Connection,
    owner: GrpcLog[Account],
    identity: GrpcIdentity,
    departures: Departures,
) -> People:
    """The replica of the identity log, and whom it tells that they are gone."""
    replica: Replica[Account, Account] = Replica(
        "identity",
        owner,
        NoCache(),
        fold=fold_records,
        broken=BrokenStream,
        make=itself,
        held=settings.held_accounts,
        kept=frozenset({OPERATOR}),
    )
    life.stack.push_async_callback(replica.close)

    def apply(commit: Sequence[Record]) -> None:
        replica.apply(commit)
        departures.note(commit)

    def reset(head: Head) -> None:
        replica.reset(head)
        departures.starts_at(head)

    follower = Follower("identity", nats, owner, apply, reset)
    life.background("follower of the identity log", follower.run())
    return People(replica, follower, identity, max_staleness=settings.max_staleness_seconds)


def _serve_http(settings: Settings, life: Lifecycle, rotation: KeyRotation) -> None:
    http = http_server(rotation, LOOPBACK, settings.http_port)
    life.background("http server", http.serve())
