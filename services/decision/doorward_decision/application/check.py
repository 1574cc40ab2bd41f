"""A check: is this principal allowed this action on this resource, as fresh as the caller asks?"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from doorward_directory.effective import CLOSED
from doorward_directory.organization.state import Organization
from doorward_kernel.errors import InvalidInput, NoSuchEntity, RevisionNotReached, Unauthenticated, Unavailable
from doorward_kernel.ids import OPERATOR, account_id
from doorward_kernel.revision import Revision
from doorward_keyring.passport import Passport
from doorward_messaging import NotInMemory, no_account
from doorward_policy import Effect, Layers, PolicyKind, Program, Request, caller, decide
from doorward_policy.layers import resource_kind

from doorward_decision.application.credentials import Credentials
from doorward_decision.application.freshness import FollowedLog, FollowedLogs
from doorward_decision.application.guardrails import ContextKeys, Guardrails, Membership
from doorward_decision.application.principals import GONE, outsiders_keys
from doorward_decision.application.questions import Answer, Asked, Question, asked_about
from doorward_decision.application.replica import IdentityReplica
from doorward_decision.application.residents import Resident

MOST_LOADS = 3
"""How often all is loaded that one check needs, when others push it out of memory meanwhile."""

_TRUST = PolicyKind.TRUST


class Checks:
    """Answers questions from memory; waits only for what is not in memory yet."""

    def __init__(
        self,
        replica: IdentityReplica,
        identity: FollowedLog,
        credentials: Credentials | None = None,
        *,
        max_staleness: float,
    ) -> None:
        """`credentials` is None where passports are not taken."""
        self._replica = replica
        self._identity = identity
        self._progress = identity.progress
        self._credentials = credentials
        self._logs = FollowedLogs(identity, *(() if credentials is None else (credentials.log,)))
        self._max_staleness = max_staleness
        self._clock = _Clock()
        self._guardrails = Guardrails(replica.programs)
        self._written: dict[str, tuple[str, int, tuple[str]]] = {}
        self.answered = dict.fromkeys(Effect, 0)

    def ask(self, question: Question) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer, at once when everything is in memory and fresh enough, else when awaited.

        Raises (or the coroutine does): InvalidInput; NoSuchEntity for an unknown account or principal; Unauthenticated
        for a passport that is none, or not in force; RevisionNotReached when the replica does not get as fresh as
        asked in time; Unavailable when it is staler than allowed, cannot load the account, the account is frozen, or
        passports are not taken here.
        """
        passport = None
        if question.passport:
            verified = self._verified(question)
            if not isinstance(verified, Passport):
                return self._ask_when_verified(question, verified)
            passport = verified
        asked = asked_about(question, passport)
        if question.latest or (question.at_least and not self._logs.reached(question.at_least)):
            return self._ask_later(question, asked, passport)
        try:
            return self._answer(question, asked, passport)
        except NotInMemory:
            return self._ask_later(question, asked, passport)
        except Unauthenticated:
            if passport is None:
                raise
            # whom the passport speaks of, or its key, may be newer than what this replica has heard of
            return self._ask_later(question._replace(latest=True), asked, passport)

    @property
    def ready(self) -> bool:
        """Whether checks can be answered now. Not whether passports can be taken: without the credential service no
        replica can, and those that answer about principals by name are of use."""
        return self._progress.staleness() <= self._max_staleness

    # --- from memory ---

    def _answer(self, question: Question, asked: Asked, passport: Passport | None) -> Answer:
        """Raises NotInMemory when an account that the answer depends on is not there."""
        staleness = self._progress.staleness()
        if staleness > self._max_staleness:
            raise self._identity.too_stale(staleness, self._max_staleness)
        account, resource_account, owned_by, _, named = asked
        resident = self._replica.known(account) if account else None
        if resident is None:
            return self._answer_of_nobodys(question, asked, passport, staleness)
        operator = self._replica.known(OPERATOR)
        organization = None if operator is None else operator.account.organization
        if operator is None or organization is None:
            raise Unavailable("the log has no organization, whose guardrails may bind this account")
        revisions: tuple[str, ...] = ()
        if passport is None:
            principal = resident.principal(question.principal)
        else:
            revisions, staleness = self._check_passport(passport, staleness)
            principal = resident.bearer(passport)
        place = self._guardrails.of(organization, account)
        owner: Resident | None = resident
        rcp, keys = place.rcp, place.keys
        if owned_by is not account:
            owner, rcp, keys = self._of_other_owner(asked, organization, place)
        elif not named:
            keys = place.principal_keys
        who = principal.caller
        if not who.account:
            keys = _keys_of_outsider(question, asked, place)
        context = {**question.context, **principal.identity, **keys, **self._clock.keys()}
        if principal.mfa_at is not None:
            context["aws:multifactorauthage"] = str(max(0, self._clock.second - principal.mfa_at))
        request = Request(who, question.action, question.resource, context, resource_account)
        decision = decide(_layers(principal.layers, place.scp, rcp, owner, request), request)
        self.answered[decision.effect] += 1
        reached = self._revision(self._identity, _reaching(resident, operator, owner))
        return Answer(decision.effect, reached + revisions if revisions else reached, staleness)

    def _answer_of_nobodys(
        self, question: Question, asked: Asked, passport: Passport | None, staleness: float
    ) -> Answer:
        """When there is no such account: nobody's resource has a policy that lets in who is of no account either."""
        if passport is not None:
            raise Unauthenticated(GONE)
        if question.principal[:4] == "arn:":
            raise no_account(asked.account)
        who = caller(question.principal)
        keys: ContextKeys = {"aws:resourceaccount": asked.account} if asked.account else {}
        context = {**question.context, **outsiders_keys(who), **keys, **self._clock.keys()}
        request = Request(who, question.action, question.resource, context, asked.resource_account)
        decision = decide(Layers(self._replica.programs.program(())), request)
        self.answered[decision.effect] += 1
        return Answer(decision.effect, self._revision(self._identity, 0), staleness)

    def _of_other_owner(
        self, asked: Asked, organization: Organization, place: Membership
    ) -> tuple[Resident | None, tuple[Program, ...], ContextKeys]:
        """The account of a resource of another account than the principal's, None when it is none of ours; its RCPs,
        and the keys that both accounts' places make."""
        owner = None if asked.owner is None else self._replica.known(asked.owner)
        if asked.owner is None:
            return None, (), place.principal_keys
        if owner is None:
            return None, (), place.principal_keys | {"aws:resourceaccount": asked.owner}
        other = self._guardrails.of(organization, asked.owner)
        closed = (self._replica.programs.program((CLOSED,)),) if owner.account.closed_at is not None else ()
        return owner, (*other.rcp, *closed), place.principal_keys | other.resource_keys

    def _revision(self, log: FollowedLog, reaching: int) -> tuple[str]:
        """The revision of an answer: accounts that were just loaded may be ahead of the follower."""
        epoch, position = log.progress.epoch, max(log.progress.position, reaching)
        written = self._written.get(log.name)
        if written is None or written[0] != epoch or written[1] != position:
            written = (epoch, position, (str(Revision(log.name, epoch, position)),))
            self._written[log.name] = written
        return written[2]

    # --- passports ---

    def _verified(self, question: Question) -> Passport | Coroutine[Any, Any, Passport]:
        if question.principal:
            raise InvalidInput("a check names its `principal` or brings its `passport`, not both")
        if self._credentials is None:
            raise Unavailable("passports are not taken here: this replica is not told where the credential log is")
        return self._credentials.verifier.verify(question.passport)

    async def _ask_when_verified(self, question: Question, verifying: Coroutine[Any, Any, Passport]) -> Answer:
        passport = await verifying
        return await self._ask_later(question, asked_about(question, passport), passport)

    def _check_passport(self, passport: Passport, staleness: float) -> tuple[tuple[str], float]:
        """The revision at which a passport is in force, and the staleness of both logs.

        Raises Unauthenticated when it is not; NotInMemory; Unavailable.
        """
        assert self._credentials is not None  # noqa: S101 - without them there is no passport
        log = self._credentials.log
        behind = log.progress.staleness()
        if behind > self._max_staleness:
            raise log.too_stale(behind, self._max_staleness)
        return self._revision(log, self._credentials.check(passport)), max(staleness, behind)

    # --- when something must be waited for ---

    async def _ask_later(self, question: Question, asked: Asked, passport: Passport | None) -> Answer:
        if asked.account:
            account_id(asked.account)
        revisions = question.at_least
        self._logs.check(revisions)
        if question.latest:
            revisions = (*revisions, *await self._ends(passport))
        await self._logs.reach(revisions)
        await self._load(asked, passport)
        if not self._logs.reached(revisions):
            raise RevisionNotReached("the log was restored from a backup meanwhile: try again")
        return self._answer(question, asked, passport)

    async def _ends(self, passport: Passport | None) -> list[Revision]:
        """Where the logs end now that the answer depends on."""
        if passport is None or self._credentials is None:
            return [await self._identity.end()]
        return [*await asyncio.gather(self._identity.end(), self._credentials.log.end())]

    async def _load(self, asked: Asked, passport: Passport | None) -> None:
        """Have all in memory that the answer needs, at one moment. What is loaded may push out what was before."""
        accounts = (asked.account, *asked.others) if asked.account else asked.others
        keyrings = None if passport is None or self._credentials is None else self._credentials.keyrings
        for _ in range(MOST_LOADS):
            if keyrings is not None:
                await keyrings.know(asked.account)
            for needed in accounts:
                await self._replica.know(needed)
            if all(map(self._replica.knows, accounts)) and (keyrings is None or keyrings.knows(asked.account)):
                return
        raise Unavailable("more accounts are asked about than this replica holds: try again")


def _keys_of_outsider(question: Question, asked: Asked, place: Membership) -> ContextKeys:
    """The keys of the resource alone, for a principal of no account.

    Raises NoSuchEntity when that is an identity provider, and of another account: no account trusts another one's.
    """
    if asked.owner is not asked.account:
        raise NoSuchEntity(f"account `{asked.resource_account}` has no identity provider `{question.principal}`")
    return place.resource_keys if asked.named else {}


def _reaching(resident: Resident, operator: Resident, owner: Resident | None) -> int:
    """Up to where all of the accounts are complete, whatever the follower has: each is up to its own last event."""
    position = min(resident.account.position, operator.account.position)
    if owner is not None and owner.account.position < position:
        position = owner.account.position
    return position


def _layers(
    layers: Layers[Program],
    scp: tuple[Program, ...],
    rcp: tuple[Program, ...],
    owner: Resident | None,
    asked: Request,
) -> Layers[Program]:
    """A principal's own policies, and with them what bears on this resource: guardrails, and the policy that the
    resource's owner keeps for it."""
    policy = None
    if owner is not None and (owner.account.resource_policies or ":role/" in asked.resource):
        policy = _resource_policy(owner, asked)
    if policy is None and not scp and not rcp:
        return layers
    return replace(layers, resource=policy, scp=scp, rcp=rcp)


def _resource_policy(owner: Resident, asked: Request) -> Program | None:
    """The policy of the resource; to assume a role, and what belongs to that, it is the role's trust policy."""
    if ":role/" in asked.resource and resource_kind(asked) is _TRUST:
        return owner.trust_program(asked.resource)
    policy = owner.resource_program(asked.resource)
    return None if policy is None or resource_kind(asked) is _TRUST else policy


class _Clock:
    """The time as condition keys, made anew each second."""

    def __init__(self) -> None:
        self.second = -1
        self._keys: dict[str, str] = {}

    def keys(self) -> dict[str, str]:
        now = int(time.time())
        if now != self.second:
            self.second = now
            moment = datetime.fromtimestamp(now, UTC)
            self._keys = {"aws:currenttime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:epochtime": str(now)}
        return self._keys
