"""An authentication on parts in memory, with two users who have a key each, and requests that they sign."""

from collections.abc import Collection
from dataclasses import dataclass, field

from doorward_credential.application.access_keys import AccessKeys
from doorward_credential.application.authentication import Authentication
from doorward_credential.application.key_rotation import KeyInUse
from doorward_credential.application.keyrings import Keyrings, open_keyrings
from doorward_credential.application.passports import IssuedPassport, Passports
from doorward_credential.application.people import People, Person
from doorward_credential.application.sealed_tokens import SealedTokens
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.uses import Uses
from doorward_directory.account import Account
from doorward_directory.users import user_by_name
from doorward_eventlog.last_used import LastUsed
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.ids import AccountId, UniqueId
from doorward_keyring.sigv4 import HttpRequest

from tests.signer import ToSign, sign
from tests.unit.credential.parts import ACCOUNT, Clock, ClockMint, stored_secrets
from tests.unit.directory.world import World


class OneAccount:
    """A replica that holds one account, and follows without delay; nobody in it has an address."""

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

    async def account_of(self, _email: str) -> None:
        return None

    async def email_of(self, _account_id: AccountId) -> str:
        return ""


class Recorded:
    """Takes uses, and tells what it took."""

    def __init__(self) -> None:
        self.uses: list[LastUsed] = []

    async def record(self, uses: Collection[LastUsed]) -> None:
        self.uses += uses

    async def record_uses(self, uses: Collection[LastUsed]) -> int:
        self.uses += uses
        return len(uses)

    async def last_used(self, _account: AccountId, _ids: Collection[UniqueId]) -> dict[UniqueId, LastUsed]:
        return {}


class CountedSecrets(StoredSecrets):
    """Counts how often a secret was read."""

    found = 0

    async def find(self, account: AccountId, name: str) -> str | None:
        self.found += 1
        return await super().find(account, name)


@dataclass(kw_only=True)
class Bench:
    """What a test holds; `new` says whether this process hears what others commit."""

    clock: Clock
    log: MemoryEventLog
    keyrings: Keyrings
    stored: CountedSecrets
    passports: Passports
    account: Account
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key id and secret by user."""
    new: bool = True
    authentication: Authentication = field(init=False)

    def person(self, name: str) -> Person:
        return Person(account=self.account, user=user_by_name(self.account, name))

    def signed(self, wanted: ToSign, user: str = "alice", *, at: int = 0) -> HttpRequest:
        """By a user's key, `at` seconds from now."""
        key_id, secret = self.owners[user]
        fields = {**wanted.__dict__, "key_id": key_id, "secret": secret}
        return sign(ToSign(**fields), int(self.clock()) + at)

    async def ask(self, request: HttpRequest, *, changes: bool = False) -> IssuedPassport:
        issued, _ = await self.authentication.authenticate(request, changes_something=changes)
        return issued


async def bench() -> Bench:
    clock, world = Clock(), World()
    mint = ClockMint(clock)
    for name in ("alice", "bob"):
        world.create_user(name)
    log, kept = MemoryEventLog("credential"), await stored_secrets()
    stored = CountedSecrets(kept._secrets, kept._vault)
    keyrings = open_keyrings(log, epoch=(await log.head()).epoch)
    keys = {kind: ServiceKeys(kind, stored, clock, overlap=3600) for kind in ("passport-key", "token-key")}
    for each in keys.values():
        await each.open()
    passports = Passports(KeyInUse(keys["passport-key"]), SealedTokens(keys["token-key"]), mint)
    made = Bench(clock=clock, log=log, keyrings=keyrings, stored=stored, passports=passports, account=world.state)
    replica, uses = OneAccount(world.state), Recorded()
    people = People(replica, replica, replica, max_staleness=30)
    access_keys = AccessKeys(keyrings, stored, people, uses, mint)
    for name in ("alice", "bob"):
        key = await access_keys.create(made.person(name), b"{}")
        made.owners[name] = key.key.access_key_id, key.secret_access_key
    made.authentication = Authentication(keyrings, lambda: made.new, stored, people, passports, Uses(uses, uses), mint)
    assert world.state.account_id == ACCOUNT
    return made
