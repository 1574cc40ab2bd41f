"""A check: is this principal allowed this action on this resource, as fresh as the caller asks?"""

import re
import time
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from doorward_directory.effective import CLOSED
from doorward_directory.organization.state import Organization
from doorward_kernel.arn import split_arn
from doorward_kernel.errors import InvalidInput, RevisionNotReached, Unavailable
from doorward_kernel.ids import OPERATOR, AccountId, account_id, is_account_id
from doorward_kernel.revision import Revision
from doorward_messaging import NotInMemory, RecordSource, no_account
from doorward_policy import Effect, Layers, Program, Request, account_of, decide

from doorward_decision.application.guardrails import ContextKeys, Guardrails, Membership
from doorward_decision.application.ports import Progress
from doorward_decision.application.replica import IdentityReplica
from doorward_decision.application.residents import Resident

LOG = "identity"

MOST_REVISIONS = 8
"""Revisions that one check may name."""

WAIT_SECONDS = 2.0
"""How long a check waits for a revision, when its deadline leaves that long."""

MOST_LOADS = 3
"""How often all is loaded that one check needs, when others push it out of memory meanwhile."""

_OPERATOR_ALONE = (OPERATOR,)

_ACTION = re.compile(r"[A-Za-z0-9-]{1,64}:[A-Za-z0-9_.:/-]{1,128}", re.ASCII)

_SERVER_KEYS = (
    "aws:principal",
    "aws:userid",
    "aws:username",
    "aws:multifactorauth",
    "aws:tokenissuetime",
    "aws:sourceidentity",
    "aws:federatedprovider",
    "aws:resourceorg",
    "aws:currenttime",
    "aws:epochtime",
)
"""Keys that begin so are filled by the server, or absent; what a caller sends under them is dropped."""

Context: TypeAlias = dict[str, str | tuple[str, ...]]
"""Condition keys in lower case; a tuple holds the values of a multivalued key."""


class Question(NamedTuple):
    """What a check asks; the answer must include the revisions `at_least`, or be the `latest`."""

    principal: str
    action: str
    resource: str
    context: Context
    at_least: tuple[Revision, ...] = ()
    latest: bool = False


class Answer(NamedTuple):
    """A decision, the revision that it was made at, as it is written, and how old that may be in seconds."""

    effect: Effect
    revision: str
    staleness: float


class Checks:
    """Answers questions from memory; waits only for what is not in memory yet."""

    def __init__(
        self, replica: IdentityReplica, progress: Progress, owner: RecordSource, *, max_staleness: float
    ) -> None:
        self._replica = replica
        self._progress = progress
        self._owner = owner
        self._max_staleness = max_staleness
        self._clock = _Clock()
        self._guardrails = Guardrails(replica.programs)
        self._written = ("", 0, "")
        self.answered = dict.fromkeys(Effect, 0)

    def ask(self, question: Question) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer, at once when everything is in memory and fresh enough, else when awaited.

        Raises (or the coroutine does): InvalidInput; NoSuchEntity for an unknown account or principal;
        RevisionNotReached when the replica does not get as fresh as asked in time; Unavailable when it is
        staler than allowed, cannot load the account, or the account is frozen.
        """
        asked = _check(question)
        if question.latest or (question.at_least and not self._reached(question.at_least)):
            return self._ask_later(question, asked)
        try:
            return self._answer(question, asked)
        except NotInMemory:
            return self._ask_later(question, asked)

    @property
    def ready(self) -> bool:
        """Whether checks can be answered now."""
        return self._progress.staleness() <= self._max_staleness

    def _answer(self, question: Question, asked: "_Accounts") -> Answer:
        """Raises NotInMemory when an account that the answer depends on is not there."""
        staleness = self._progress.staleness()
        if staleness > self._max_staleness:
            behind = f"is {staleness:.1f} s behind" if self._progress.epoch else "did not reach its log yet"
            raise Unavailable(f"this replica {behind}; {self._max_staleness:g} s are allowed")
        resident = self._replica.known(asked.account)
        if resident is None:
            raise no_account(asked.account)
        operator = self._replica.known(OPERATOR)
        organization = None if operator is None else operator.account.organization
        if operator is None or organization is None:
            raise Unavailable("the log has no organization, whose guardrails may bind this account")
        place = self._guardrails.of(organization, asked.account)
        owner: Resident | None = resident
        rcp, keys = place.rcp, place.keys
        if asked.owner is not asked.account:
            owner, rcp, keys = self._of_other_owner(asked, organization, place)
        elif not asked.named:
            keys = place.principal_keys
        principal = resident.principal(question.principal)
        decision = decide(
            _layers(principal.layers, place.scp, rcp, owner, question.resource),
            Request(
                principal.caller,
                question.action,
                question.resource,
                {**question.context, **principal.identity, **keys, **self._clock.keys()},
                asked.resource_account,
            ),
        )
        self.answered[decision.effect] += 1
        return Answer(decision.effect, self._revision(_reaching(resident, operator, owner)), staleness)

    def _of_other_owner(
        self, asked: "_Accounts", organization: Organization, place: Membership
    ) -> tuple[Resident | None, tuple[Program, ...], ContextKeys]:
        """The account of a resource of another account than the principal's, None when it is none of ours; its RCPs,
        and the keys that both accounts' places make."""
        owner = None if asked.owner is None else self._replica.known(asked.owner)
        if asked.owner is None or owner is None:
            return None, (), place.principal_keys
        other = self._guardrails.of(organization, asked.owner)
        closed = (self._replica.programs.program((CLOSED,)),) if owner.account.closed_at is not None else ()
        return owner, (*other.rcp, *closed), place.principal_keys | other.resource_keys

    def _revision(self, reaching: int) -> str:
        """The revision of an answer: accounts that were just loaded may be ahead of the follower."""
        epoch, position = self._progress.epoch, max(self._progress.position, reaching)
        if self._written[:2] != (epoch, position):
            self._written = (epoch, position, str(Revision(LOG, epoch, position)))
        return self._written[2]

    async def _ask_later(self, question: Question, asked: "_Accounts") -> Answer:
        account_id(asked.account)
        revisions = question.at_least
        if question.latest:
            head = await self._owner.head()
            revisions = (*revisions, Revision(LOG, head.epoch, head.position))
        await self._reach(revisions)
        await self._load(asked)
        if not self._reached(revisions):
            raise RevisionNotReached("the log was restored from a backup meanwhile: try again")
        return self._answer(question, asked)

    async def _load(self, asked: "_Accounts") -> None:
        """Have all in memory that the answer needs, at one moment. What is loaded may push out what was before."""
        for _ in range(MOST_LOADS):
            for needed in (asked.account, *asked.others):
                await self._replica.know(needed)
            if all(map(self._replica.knows, (asked.account, *asked.others))):
                return
        raise Unavailable("more accounts are asked about than this replica holds: try again")

    async def _reach(self, revisions: tuple[Revision, ...]) -> None:
        if all(self._progress.epoch in (revision.epoch, "") for revision in revisions):
            await self._progress.wait_for(max((each.position for each in revisions), default=0), WAIT_SECONDS)
        if not self._reached(revisions):
            wanted = ", ".join(map(str, revisions))
            here = Revision(LOG, self._progress.epoch, self._progress.position)
            raise RevisionNotReached(f"this replica is at `{here}` and did not reach `{wanted}` in time: try again")

    def _reached(self, revisions: tuple[Revision, ...]) -> bool:
        epoch, position = self._progress.epoch, self._progress.position
        return all(revision.epoch == epoch and revision.position <= position for revision in revisions)


def without_server_keys(context: Context) -> Context:
    """The context without what only the server may say."""
    return {key: value for key, value in context.items() if not key.startswith(_SERVER_KEYS)}


class _Accounts(NamedTuple):
    """The accounts that the principal and the resource belong to, and those besides the principal's that an answer
    depends on: the operator's, which holds the guardrails, and the resource's. `owner` is the resource's account, None
    when what its ARN names cannot be one of ours."""

    account: AccountId
    resource_account: str
    owner: AccountId | None
    others: tuple[AccountId, ...]
    named: bool
    """Whether it is certain whose the resource is: an ARN without an account, such as a bucket's, may be anybody's."""


def _check(question: Question) -> _Accounts:
    """A resource whose ARN names no account belongs to the principal's. Raises InvalidInput when the question is
    malformed."""
    if not _ACTION.fullmatch(question.action):
        raise InvalidInput(f"`{question.action[:200]}` is not an action: expected `service:Name`")
    account = AccountId(_split(question.principal, "principal")[4])
    if question.resource != "*":
        _split(question.resource, "resource")
    if len(question.at_least) > MOST_REVISIONS:
        raise InvalidInput(f"a check names at most {MOST_REVISIONS} revisions")
    for revision in question.at_least:
        if revision.log != LOG:
            raise InvalidInput(f"`{revision}` names a log that decisions do not depend on: expected `{LOG}`")
    named = account_of(question.resource)
    if not named or named == account:
        return _Accounts(account, account, account, _OPERATOR_ALONE, bool(named) or question.resource == "*")
    if not is_account_id(named):
        return _Accounts(account, named, None, _OPERATOR_ALONE, True)
    owner = AccountId(named)
    return _Accounts(account, named, owner, (OPERATOR, owner), True)


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
    resource: str,
) -> Layers[Program]:
    """A principal's own policies, and with them what bears on this resource: guardrails, and the policy that the
    resource's owner keeps for it."""
    policy = owner.resource_program(resource) if owner is not None and owner.account.resource_policies else None
    if policy is None and not scp and not rcp:
        return layers
    return replace(layers, resource=policy, scp=scp, rcp=rcp)


def _split(arn: str, field: str) -> list[str]:
    try:
        return split_arn(arn)
    except InvalidInput as error:
        raise InvalidInput(f"`{field}`: {error.message}") from error


class _Clock:
    """The time as condition keys, made anew each second."""

    def __init__(self) -> None:
        self._second = -1
        self._keys: dict[str, str] = {}

    def keys(self) -> dict[str, str]:
        now = int(time.time())
        if now != self._second:
            self._second = now
            moment = datetime.fromtimestamp(now, UTC)
            self._keys = {"aws:currenttime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:epochtime": str(now)}
        return self._keys
