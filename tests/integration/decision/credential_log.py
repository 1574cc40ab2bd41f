"""The credential log as a decision service follows it: a real log, relay and log service, and the keys of passports."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from doorward.credential.v1 import authentication_pb2, authentication_service_pb2, log_service_pb2
from doorward.credential.v1.authentication_service_pb2_grpc import (
    AuthenticationServiceServicer,
    add_AuthenticationServiceServicer_to_server,
)
from doorward.credential.v1.log_service_pb2_grpc import add_LogServiceServicer_to_server
from doorward_eventlog.accounts import Accounts, Fold
from doorward_eventlog.sql import SqlEventLog
from doorward_keyring.codec import encode
from doorward_keyring.events import Event
from doorward_keyring.keyring import Keyring
from doorward_keyring.snapshot import FORMAT, UnreadableSnapshot, dump, dump_pieces, load
from doorward_keyring.stream import fold_records
from doorward_messaging import Relay, connect
from doorward_runtime.rpc import server
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.log_service import LogServicer
from doorward_runtime.rpc.server import bound

from tests.integration.identity.conftest import ACCOUNT, KEY
from tests.unit.runtime.passports import KEY as SIGNING_KEY

SERVICES = [
    service.full_name
    for module in (log_service_pb2, authentication_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
]


@dataclass(frozen=True)
class CredentialLog:
    """Its address, and the way to have something happen in the log."""

    address: str
    keyrings: Accounts[Keyring, Sequence[Event], Event]

    async def happen(self, *events: Event) -> str:
        """The revision at which it has."""
        return str((await self.keyrings.execute(ACCOUNT, events, b"{}")).revision)  # type: ignore[arg-type]


class PassportKeys(AuthenticationServiceServicer):
    """Serves the key that the tests sign with, and nothing else."""

    async def GetPassportKeys(
        self, _request: authentication_pb2.GetPassportKeysRequest, _context: Any
    ) -> authentication_pb2.GetPassportKeysResponse:
        key = authentication_pb2.PassportKey(kid="one", public_key=SIGNING_KEY.public_key().public_bytes_raw())
        return authentication_pb2.GetPassportKeysResponse(keys=[key])


@asynccontextmanager
async def credential_service(log: SqlEventLog, url: str) -> AsyncIterator[CredentialLog]:
    """Serve a log, and relay it to the nats-server at `url`."""
    fold: Fold[Keyring, Sequence[Event], Event] = Fold(
        fold_records=fold_records,
        decide=lambda _keyring, events: events,
        encode=encode,
        format=FORMAT,
        dump_pieces=dump_pieces,
        load=load,
        unreadable=UnreadableSnapshot,
    )
    keyrings: Accounts[Keyring, Sequence[Event], Event] = Accounts(log, fold, epoch=(await log.head()).epoch)
    servicer: LogServicer[Keyring] = LogServicer(
        log_service_pb2, log, keyrings, format=FORMAT, dump=dump, stopping=lambda: False
    )
    async with (
        connect(url, name="credential") as connection,
        server.serve(
            host="127.0.0.1",
            port=0,
            guard=Guard(KEY),
            services=SERVICES,
            register=(
                bound(add_LogServiceServicer_to_server, servicer),
                bound(add_AuthenticationServiceServicer_to_server, PassportKeys()),  # type: ignore[abstract]
            ),
            grace=0.2,
        ) as running,
    ):
        relay = asyncio.create_task(Relay("credential", log, connection).run())
        try:
            yield CredentialLog(f"127.0.0.1:{running.port}", keyrings)
        finally:
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)
    await keyrings.close()
