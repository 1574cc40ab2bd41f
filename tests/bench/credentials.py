"""Signatures verified inside the service, and what a storm of wrong passwords does to everybody else."""

import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from doorward_client import Client
from doorward_credential.application.access_keys import AccessKeys
from doorward_credential.application.authentication import Authentication
from doorward_credential.application.key_rotation import KeyInUse
from doorward_credential.application.keyrings import LOG, open_keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.passports import Passports
from doorward_credential.application.people import People, Person
from doorward_credential.application.sealed_tokens import SealedTokens
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.uses import Uses
from doorward_directory.account import Account
from doorward_directory.users import user_by_name
from doorward_eventlog.last_used import LastUsed
from doorward_eventlog.sql import open_log
from doorward_kernel.errors import Unauthenticated
from doorward_kernel.ids import AccountId
from doorward_keyring.sigv4 import HttpRequest
from doorward_local.world import LocalDoorward
from doorward_sealing.key_encryption import KeyEncryptionKey, KeyEncryptionKeys
from doorward_sealing.vault import open_vault

from tests.bench.pinning import pin
from tests.e2e.people import People as Somebody
from tests.e2e.people import people
from tests.unit.directory.world import World

ROUNDS, REQUESTS, KEYS = 7, 4000, 200
DEACTIVATIONS = 300
STORM, STORMS, SECONDS = 1000, 5, 6.0
SERVED, LOADING = 0, 1
"""Cores."""


def run(directory: str) -> None:
    asyncio.run(signatures(Path(directory)))
    with LocalDoorward(Path(directory) / "data") as world, people(world) as somebody:
        deactivations(somebody)
        storm(world, somebody)


# --- signatures ---


class OneAccount:
    """A replica that holds one account, and follows without delay."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def known(self, _account_id: AccountId) -> Account:
        return self._account

    def knows(self, _account_id: AccountId) -> bool:
        return True

    async def know(self, _account_id: AccountId) -> Account:
        return self._account

    def staleness(self) -> float:
        return 0.0

    async def catch_up(self) -> None:
        return None


class Nowhere:
    """Takes uses, and knows no address."""

    async def record(self, _uses: list[LastUsed]) -> None:
        return None

    async def account_of(self, _email: str) -> None:
        return None

    async def email_of(self, _account_id: AccountId) -> str:
        return ""


async def signatures(directory: Path) -> None:
    """Requests of many keys of an account on SQLite, each signed anew by botocore."""
    names = [f"user-{number}" for number in range(KEYS)]
    world = World()
    for name in names:
        world.create_user(name)
    account = world.state
    replica = OneAccount(account)
    async with open_log(f"sqlite:///{directory}/credential.db", LOG) as log:
        stored = StoredSecrets(
            log.secrets, await open_vault(log.data_keys, KeyEncryptionKeys((KeyEncryptionKey(bytes(32)),)))
        )
        keyrings = open_keyrings(log, epoch=(await log.head()).epoch)
        passport_keys = ServiceKeys("passport-key", stored, time.time, overlap=3600)
        token_keys = ServiceKeys("token-key", stored, time.time, overlap=3600)
        await passport_keys.open()
        await token_keys.open()
        mint, nowhere = Mint(), Nowhere()
        people = People(replica, replica, nowhere, max_staleness=30)
        passports = Passports(KeyInUse(passport_keys), SealedTokens(token_keys), mint)
        authentication = Authentication(keyrings, lambda: True, stored, people, passports, Uses(log, nowhere), mint)
        keys = AccessKeys(keyrings, stored, people, log, mint)
        pairs = []
        for name in names:
            made = await keys.create(Person(account=account, user=user_by_name(account, name)), b"{}")
            pairs.append((made.key.access_key_id, made.secret_access_key))
        requests = [_signed(*pairs[number % KEYS], number) for number in range(REQUESTS)]
        rates = []
        for _ in range(ROUNDS):
            started = time.process_time()
            for request in requests:
                await authentication.authenticate(request, changes_something=False)
            rates.append(REQUESTS / (time.process_time() - started))
        await keyrings.close()
    low, high = min(rates), max(rates)
    print(f"  Authenticate, {KEYS} keys: {statistics.median(rates):,.0f}/s of CPU ({low:,.0f}-{high:,.0f})")


def _signed(access_key_id: str, secret: str, number: int) -> HttpRequest:
    body = f"Action=CreateUser&Version=2010-05-08&UserName=user-{number}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "aws-cli/2"}
    request = AWSRequest("POST", "https://iam.example.com/", data=body, headers=headers)
    SigV4Auth(Credentials(access_key_id, secret), "iam", "us-east-1").add_auth(request)
    return HttpRequest(
        method="POST",
        raw_path="/",
        raw_query="",
        headers=(*((name, value) for name, value in request.headers.items()), ("host", "iam.example.com")),
        body_sha256=hashlib.sha256(body).hexdigest(),
    )


# --- a deactivated key ---


def deactivations(somebody: Somebody) -> None:
    """From the acknowledged deactivation of a key until a check that names no revision refuses its passport."""
    key = somebody.key()
    took = []
    for number in range(2 * DEACTIVATIONS):
        active = number % 2 == 1
        somebody.operator.credentials.update_access_key(
            user_name="alice", access_key_id=key[0], status="Active" if active else "Inactive"
        )
        if active:
            passport = somebody.by_key(key)
            while not _is_accepted(somebody, passport):
                time.sleep(0.001)
        elif number:
            started = time.perf_counter()
            while _is_accepted(somebody, passport):
                pass
            took.append(time.perf_counter() - started)
    print(f"  key deactivated → its passport refused by a check without a revision: {_spread(took)}")


def _is_accepted(somebody: Somebody, passport: str) -> bool:
    try:
        somebody.operator.check("", "s3:GetObject", "*", passport=passport)
    except Unauthenticated:
        return False
    return True


# --- a storm of wrong passwords ---


def storm(world: LocalDoorward, somebody: Somebody) -> None:
    """How long other calls take while so many sign-ins with wrong passwords are under way, and without them.

    The service has a core to itself; everything else shares the other one.
    """
    for name in ("nats", "valkey", "identity", "credential", "decision"):
        pin(world.process(name).pid, SERVED if name == "credential" else LOADING)
    pin(os.getpid(), LOADING)
    bearer = somebody.bearing(somebody.sign_in())
    right = [_timed(somebody.sign_in) for _ in range(20)]
    rounds = []
    for _ in range(STORMS):
        quiet = latencies(bearer, SECONDS)
        attacker = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.attack"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        told = {"target": world.endpoints.credential, "account": somebody.account}
        assert attacker.stdin is not None
        assert attacker.stdout is not None
        attacker.stdin.write(json.dumps({**told, "seconds": SECONDS + 2, "in_flight": STORM}))
        attacker.stdin.close()
        attacker.stdout.readline()
        busy = latencies(bearer, SECONDS)
        answers = json.loads(attacker.stdout.read())
        attacker.wait()
        rounds.append((quiet, busy, answers))
    print(f"  sign-in: median {statistics.median(right) * 1000:.0f} ms, one after the other")
    ratios = []
    for quiet, busy, answers in rounds:
        ratio = _p99(busy) / _p99(quiet)
        ratios.append(ratio)
        print(f"  GetCallerIdentity, quiet: {_spread(quiet)}")
        print(f"    {STORM} wrong sign-ins at a time: {_spread(busy)}: {ratio:.1f} times; {answers}")
    print(f"    p99 against quiet, median: {statistics.median(ratios):.1f} times ({min(ratios):.1f}-{max(ratios):.1f})")


def latencies(client: Client, seconds: float) -> list[float]:
    """Of one call after the other, in seconds."""
    found, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        found.append(_timed(client.tokens.get_caller_identity))
        time.sleep(0.005)
    return found


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _p99(found: list[float]) -> float:
    return sorted(found)[int(len(found) * 0.99)]


def _spread(found: list[float]) -> str:
    p50, p99, most = (each * 1000 for each in (statistics.median(found), _p99(found), max(found)))
    return f"p50 {p50:.1f}, p99 {p99:.1f}, max {most:.1f} ms of {len(found)}"
