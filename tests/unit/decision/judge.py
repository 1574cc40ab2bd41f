"""Checks over logs in memory: an account that commands change, its keyring, and passports that are really signed."""

import time
from dataclasses import replace

from doorward_decision.application.check import Checks
from doorward_decision.application.credentials import Credentials
from doorward_decision.application.freshness import FollowedLog
from doorward_decision.application.ports import CREDENTIAL, IDENTITY
from doorward_decision.application.questions import Answer, Context, Question
from doorward_decision.application.replica import IdentityReplica, keyring_replica
from doorward_directory.codec import encode
from doorward_directory.commands import Command
from doorward_directory.inline_policies import PutRolePolicy, PutUserPolicy
from doorward_directory.organization.state import OrganizationCreated
from doorward_directory.resource_policies import PutResourcePolicy
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.record import Head, Record
from doorward_keyring.codec import encode as encode_credential
from doorward_keyring.events import Event as CredentialEvent
from doorward_keyring.keyring import Keyring
from doorward_keyring.passport import Passport, PassportKind, SessionLimits
from doorward_keyring.stream import fold_records
from doorward_messaging import AccountState, Replica
from doorward_policy import Effect
from doorward_runtime.passports import PassportVerifier

from tests.unit.directory.world import ACCOUNT, World
from tests.unit.messaging.owner import NOW, Cache, Owner
from tests.unit.runtime.passports import KEY, SIGNER, Keys

ROOT_UNIT = "r-ab12"
REPORT = f"arn:aws:documents:eu:{ACCOUNT}:reports/2026"
ISSUED = int(time.time()) - 100


class Progress:
    """As far as its log is; `staleness_seconds` says how old that is."""

    def __init__(self, log: MemoryEventLog) -> None:
        self._log = log
        self.staleness_seconds = 0.0
        self.epoch = ""
        self.position = 0
        self.applied = self.gap_repairs = self.digest_mismatches = 0

    async def catch_up(self) -> Head:
        head = await self._log.head()
        self.epoch, self.position = head.epoch, head.position
        return head

    def staleness(self) -> float:
        return self.staleness_seconds

    async def wait_for(self, position: int, timeout: float) -> bool:
        return position <= self.position


class KeyringOwner:
    """A StateSource of keyrings on a log in memory."""

    def __init__(self) -> None:
        self.log = MemoryEventLog(CREDENTIAL)

    async def head(self) -> Head:
        return await self.log.head()

    async def read(self, after: int, limit: int) -> list[Record]:
        return await self.log.read(after, limit)

    async def read_account(self, account_id: AccountId) -> AccountState[Keyring]:
        records = await self.log.read_account(account_id, 0, 100_000)
        keyring = fold_records(None, records)
        if keyring is None:
            raise NoSuchEntity(f"there is no account `{account_id}`")
        return AccountState(keyring, (await self.log.head()).epoch, records[-1].digest)

    async def read_account_events(
        self, account_id: AccountId, after_version: int, limit: int
    ) -> tuple[str, list[Record]]:
        return "", []


class Judge:
    """Asks as the hot path does, and has every change in memory at once, unless the test holds it back."""

    def __init__(self, *, passports: bool = True) -> None:
        self.world = World()
        self.identity, self.credential = Owner(), KeyringOwner()
        self.progress, self.credential_progress = Progress(self.identity.log), Progress(self.credential.log)
        self.replica = IdentityReplica(self.identity, Cache(), held=10)
        self.keyrings: Replica[Keyring, Keyring] = keyring_replica(self.credential, held=10)
        self.verifier = PassportVerifier(Keys(one=KEY))
        credentials = Credentials(
            FollowedLog(CREDENTIAL, self.credential_progress, self.credential), self.keyrings, self.verifier
        )
        self.checks = Checks(
            self.replica,
            FollowedLog(IDENTITY, self.progress, self.identity),
            credentials if passports else None,
            max_staleness=30,
        )
        self._written = 0

    async def start(self) -> None:
        """With an organization, in which the account is."""
        await self.identity.write(OPERATOR)
        created = OrganizationCreated(organization_id="o-abc123def4", root_id=ROOT_UNIT, created_at=NOW)
        await self.identity.log.append(OPERATOR, 1, [encode(created)], metadata=b"{}")
        self.replica.reset(await self.progress.catch_up())
        self.keyrings.reset(await self.credential_progress.catch_up())
        await self.do()

    async def do(self, *commands: Command) -> None:
        """Obey commands; what they and the world's own methods brought about is in the log and the replica."""
        self.world.do(*commands)
        new = self.world.events[self._written :]
        if new:
            records = await self.identity.log.append(ACCOUNT, self._written, [*map(encode, new)], metadata=b"{}")
            self._written += len(new)
            self.replica.apply(records)
            await self.progress.catch_up()

    async def happen(self, *events: CredentialEvent, applied: bool = True) -> str:
        """In the credential log; the revision."""
        version = len(await self.credential.log.read_account(ACCOUNT, 0, 100_000))
        records = await self.credential.log.append(ACCOUNT, version, [*map(encode_credential, events)], metadata=b"{}")
        if applied:
            self.keyrings.apply(records)
            await self.credential_progress.catch_up()
        return f"{CREDENTIAL}.{(await self.credential.head()).epoch}.{records[-1].position}"

    async def allow(self, action: str, *, user: str = "", role: str = "", resource: str = "*") -> None:
        """By an inline policy, which takes the place of the one before."""
        document = policy("Allow", action, resource=resource)
        if user:
            await self.do(PutUserPolicy(user_name=user, policy_name="p", policy_document=document))
        else:
            await self.do(PutRolePolicy(role_name=role, policy_name="p", policy_document=document))

    async def share(self, document: str, resource: str = REPORT) -> None:
        """Put a resource policy."""
        await self.do(PutResourcePolicy(resource_arn=resource, policy_document=document, foreign={}))

    async def answer(
        self,
        who: str | Passport,
        action: str = "documents:Read",
        resource: str = REPORT,
        context: Context | None = None,
        **more: object,
    ) -> Answer:
        named = who if isinstance(who, str) else ""
        token = "" if isinstance(who, str) else token_of(who)
        question = Question(named, action, resource, context or {}, passport=token)
        found = self.checks.ask(question._replace(**more))  # type: ignore[arg-type]
        return found if isinstance(found, Answer) else await found

    async def effect(
        self,
        who: str | Passport,
        action: str = "documents:Read",
        resource: str = REPORT,
        context: Context | None = None,
    ) -> Effect:
        return (await self.answer(who, action, resource, context)).effect

    async def allowed(
        self,
        who: str | Passport,
        action: str = "documents:Read",
        resource: str = REPORT,
        context: Context | None = None,
    ) -> bool:
        return await self.effect(who, action, resource, context) is Effect.ALLOW


def policy(effect: str, action: str, *, resource: str = "*", condition: str = "{}", principal: str = "") -> str:
    """A document of one statement; `condition` and `principal` are JSON, without a principal it is an identity's."""
    who = f'"Principal":{principal},' if principal else ""
    on = f'"Resource":"{resource}",' if resource else ""
    return (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}",{who}"Action":"{action}",{on}'
        f'"Condition":{condition}}}]}}'
    )


def passport(kind: PassportKind, principal_id: str, name: str = "", **limits: object) -> Passport:
    """Of a session: temporary, without a second factor."""
    return Passport(
        kind=kind,
        account=ACCOUNT,
        principal_id=principal_id,
        name=name,
        access_key_id="ASIAQWERTYUIOPASDFGH",
        authenticated_at=ISSUED,
        temporary=True,
        limits=SessionLimits(**limits),  # type: ignore[arg-type]
    )


def with_key(of: Passport, access_key_id: str) -> Passport:
    """Proved with a long-term key."""
    return replace(of, access_key_id=access_key_id, temporary=False)


def token_of(of: Passport) -> str:
    return SIGNER.sign(of, int(time.time()), 300)
