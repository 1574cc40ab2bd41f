"""A check: is this principal allowed this action on this resource, as fresh as the caller asks?"""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

from doorward_kernel.errors import InvalidInput, RevisionNotReached, Unauthenticated, Unavailable
from doorward_kernel.ids import AccountId, account_id
from doorward_kernel.revision import Revision
from doorward_keyring.passport import Passport
from doorward_messaging import NotInMemory
from doorward_policy import Effect

from doorward_decision.application.credentials import Credentials
from doorward_decision.application.deciding import Deciding
from doorward_decision.application.freshness import FollowedLog, FollowedLogs
from doorward_decision.application.questions import Answer, Asked, Question, asked_about, needed_by
from doorward_decision.application.replica import IdentityReplica

MOST_LOADS = 3
"""How often all is loaded that one check needs, when others push it out of memory meanwhile."""


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
        self.deciding = Deciding(replica)
        self._written: dict[str, tuple[str, int, tuple[str]]] = {}

    def ask(self, question: Question) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer, at once when everything is in memory and fresh enough, else when awaited.

        Raises (or the coroutine does): InvalidInput; NoSuchEntity for an unknown account or principal; Unauthenticated
        for a passport that is none, or not in force; RevisionNotReached when the replica does not get as fresh as
        asked in time; Unavailable when it is staler than allowed, cannot load the account, the account is frozen, or
        passports are not taken here.
        """
        passport = None
        if question.passport:
            verified = self.verified(question)
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
    def answered(self) -> dict[Effect, int]:
        """How many decisions there were of each effect."""
        return self.deciding.answered

    @property
    def ready(self) -> bool:
        """Whether checks can be answered now. Not whether passports can be taken: without the credential service no
        replica can, and those that answer about principals by name are of use."""
        return self._progress.staleness() <= self._max_staleness

    # --- from memory ---

    def _answer(self, question: Question, asked: Asked, passport: Passport | None) -> Answer:
        """Raises NotInMemory when an account that the answer depends on is not there."""
        staleness = self.staleness()
        standing = self.deciding.standing(question, asked, passport)
        if standing is None:
            decision = self.deciding.decide_for_nobody(question, asked)
            return Answer(decision.effect, self.revisions(0), staleness)
        complete = None
        if passport is not None:
            complete, behind = self.check_passport(passport)
            staleness = max(staleness, behind)
        decision, reaching = self.deciding.decide(standing, question, asked)
        return Answer(decision.effect, self.revisions(reaching, complete), staleness)

    def staleness(self) -> float:
        """Of the identity log, in seconds. Raises Unavailable when it is more than is allowed."""
        staleness = self._progress.staleness()
        if staleness > self._max_staleness:
            raise self._identity.too_stale(staleness, self._max_staleness)
        return staleness

    def check_passport(self, passport: Passport) -> tuple[int, float]:
        """Up to where the bearer's keyring is complete, and the staleness of the credential log in seconds.

        Raises Unauthenticated when the passport is not in force; NotInMemory; Unavailable.
        """
        behind = self.staleness_of_credentials()
        assert self._credentials is not None  # noqa: S101 - without them there is no passport
        return self._credentials.check(passport), behind

    def staleness_of_credentials(self) -> float:
        """In seconds. Raises Unavailable when it is more than is allowed."""
        assert self._credentials is not None  # noqa: S101 - without them there is no passport
        log = self._credentials.log
        behind = log.progress.staleness()
        if behind > self._max_staleness:
            raise log.too_stale(behind, self._max_staleness)
        return behind

    def revisions(self, reaching: int, complete: int | None = None) -> tuple[str, ...]:
        """What an answer was made at: of the identity log, by accounts that are complete up to `reaching`, and of the
        credential log when a keyring that is `complete` up to there was asked."""
        made = self._revision(self._identity, reaching)
        if complete is None or self._credentials is None:
            return made
        return made + self._revision(self._credentials.log, complete)

    def _revision(self, log: FollowedLog, reaching: int) -> tuple[str]:
        """Accounts that were just loaded may be ahead of the follower."""
        epoch, position = log.progress.epoch, max(log.progress.position, reaching)
        written = self._written.get(log.name)
        if written is None or written[0] != epoch or written[1] != position:
            written = (epoch, position, (str(Revision(log.name, epoch, position)),))
            self._written[log.name] = written
        return written[2]

    def reached(self, revisions: tuple[Revision, ...]) -> bool:
        """Whether this replica is that fresh. Raises InvalidInput for the revision of another log."""
        return self._logs.reached(revisions)

    # --- when something must be waited for ---

    def verified(self, question: Question) -> Passport | Coroutine[Any, Any, Passport]:
        """The question's passport. Raises InvalidInput when it names a principal, too; Unauthenticated, Unavailable."""
        if question.principal:
            raise InvalidInput("a check names its `principal` or brings its `passport`, not both")
        if self._credentials is None:
            raise Unavailable("passports are not taken here: this replica is not told where the credential log is")
        return self._credentials.verifier.verify(question.passport)

    async def _ask_when_verified(self, question: Question, verifying: Coroutine[Any, Any, Passport]) -> Answer:
        passport = await verifying
        return await self._ask_later(question, asked_about(question, passport), passport)

    async def _ask_later(self, question: Question, asked: Asked, passport: Passport | None) -> Answer:
        revisions = await self.reach(question.at_least, latest=question.latest, bearers=passport is not None)
        await self.load(needed_by(asked), () if passport is None else (asked.account,))
        self.check_reached(revisions)
        return self._answer(question, asked, passport)

    async def reach(self, revisions: tuple[Revision, ...], *, latest: bool, bearers: bool) -> tuple[Revision, ...]:
        """Get as fresh as that, and when `latest` as fresh as the logs are now; with `bearers` passports are asked
        about. All that was reached. Raises InvalidInput, RevisionNotReached, Unavailable."""
        self._logs.check(revisions)
        if latest:
            revisions = (*revisions, *await self._ends(bearers=bearers))
        await self._logs.reach(revisions)
        return revisions

    def check_reached(self, revisions: tuple[Revision, ...]) -> None:
        """Raises RevisionNotReached when what was reached is not there any more."""
        if not self._logs.reached(revisions):
            raise RevisionNotReached("the log was restored from a backup meanwhile: try again")

    async def _ends(self, *, bearers: bool) -> list[Revision]:
        """Where the logs end now that the answer depends on."""
        if not bearers or self._credentials is None:
            return [await self._identity.end()]
        return [*await asyncio.gather(self._identity.end(), self._credentials.log.end())]

    async def load(self, accounts: Collection[AccountId], bearers: Collection[AccountId]) -> None:
        """Have all in memory at one moment: accounts, and the keyrings of those of bearers. What is loaded may push
        out what was before. Raises InvalidInput for what is no account's id; Unavailable."""
        keyrings = None if self._credentials is None else self._credentials.keyrings
        for needed in accounts:
            account_id(needed)
        for _ in range(MOST_LOADS):
            if keyrings is not None:
                for needed in bearers:
                    await keyrings.know(needed)
            for needed in accounts:
                await self._replica.know(needed)
            if all(map(self._replica.knows, accounts)) and (keyrings is None or all(map(keyrings.knows, bearers))):
                return
        raise Unavailable("more accounts are asked about than this replica holds: try again")
