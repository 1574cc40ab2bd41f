"""A real identity service, in this process, on SQLite; called by the SDK."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from doorward_client import AsyncClient
from doorward_directory.quotas import Quotas
from doorward_eventlog.sql import SqlEventLog, open_log
from doorward_identity.api.registration import SERVICES, registrations
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.entity_arns import EntityArns
from doorward_identity.application.minting import Mint
from doorward_identity.application.organizations import Organizations
from doorward_runtime.passports import PassportVerifier
from doorward_runtime.rpc import server
from doorward_runtime.rpc.authorizer import Authorizer
from doorward_runtime.rpc.guard import Guard
from doorward_sealing.key_encryption import KeyEncryptionKey, KeyEncryptionKeys
from doorward_sealing.vault import open_vault

KEY = "a-service-key-of-more-than-32-characters"
ACCOUNT = "123456789012"
WRAPPING = KeyEncryptionKeys((KeyEncryptionKey(bytes(32)),))
ALLOW_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@asynccontextmanager
async def identity_service(
    log: SqlEventLog, *, passports: PassportVerifier | None = None, authorizer: Authorizer | None = None
) -> AsyncIterator[str]:
    """The service on a log; yields its address. It serves principals when it is given what that takes."""
    head = await log.head()
    accounts = Accounts(log, epoch=head.epoch, quotas=Quotas())
    vault = await open_vault(log.data_keys, WRAPPING)
    await Organizations(accounts).create(Mint())
    async with server.serve(
        host="127.0.0.1",
        port=0,
        guard=Guard(KEY, passports),
        services=SERVICES,
        register=registrations(accounts, log, log, vault, Mint(), lambda: False),
        grace=0.2,
        authorizer=authorizer,
        resources=EntityArns(accounts),
    ) as running:
        yield f"127.0.0.1:{running.port}"
    await accounts.close()


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqlEventLog]:
    async with open_log(f"sqlite:///{tmp_path}/identity.db", "identity") as opened:
        yield opened


@pytest.fixture
async def address(log: SqlEventLog) -> AsyncIterator[str]:
    async with identity_service(log) as address:
        yield address


@pytest.fixture
async def client(address: str) -> AsyncIterator[AsyncClient]:
    """A client that acts on an account which exists."""
    async with AsyncClient(identity=address, service_key=KEY, account=ACCOUNT) as client:
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        yield client
