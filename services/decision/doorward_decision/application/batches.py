"""Many checks at once: one answer for each, in order, all at one state."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from doorward_kernel.errors import DoorwardError, InvalidInput, Unauthenticated
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.passport import Passport
from doorward_messaging import NotInMemory
from doorward_policy import Effect

from doorward_decision.application.check import Checks
from doorward_decision.application.deciding import Standing
from doorward_decision.application.questions import (
    MOST_REVISIONS,
    Asked,
    Question,
    asked_about,
    asked_in,
    check_form,
    needed_by,
)

MOST_CHECKS = 1_000
"""In one batch: no batch holds up other checks for more than some milliseconds."""

Bearers: TypeAlias = Mapping[str, Passport | DoorwardError]
"""What came of verifying each passport of a batch, by its token."""


class Answers(NamedTuple):
    """For each check its effect, or why there is none; the revisions that all were decided at, as they are written, and
    how old that may be in seconds."""

    outcomes: list[Effect | DoorwardError]
    revisions: tuple[str, ...]
    staleness: float


class _Who(NamedTuple):
    """A principal of a batch: how it stands, and in which account; nobody's when `standing` is None."""

    standing: Standing | None
    account: AccountId


class _Moment:
    """The state that a batch is decided at. `reaching` is up to where all accounts that were asked about are complete,
    `complete` up to where all keyrings are; None while there was none."""

    def __init__(self, checks: Checks, bearers: Bearers) -> None:
        self._checks = checks
        self._deciding = checks.deciding
        self._bearers = bearers
        self._met: dict[tuple[str, str], _Who] = {}
        self.reaching: int | None = None
        self.complete: int | None = None

    def decide(self, question: Question) -> Effect:
        """Raises what `Checks.ask` does, and NotInMemory."""
        key = question.principal, question.passport
        who = self._met.get(key)
        if who is None:
            asked = _asked(question, self._bearers)
            who = self._meet(question, asked)
            if who.standing is not None and who.standing.principal.caller.account:  # others are of each resource's
                self._met[key] = who
        else:
            check_form(question)
            asked = asked_in(who.account, question.resource)
        if who.standing is None:
            return self._deciding.decide_for_nobody(question, asked).effect
        decision, reaching = self._deciding.decide(who.standing, question, asked)
        if self.reaching is None or reaching < self.reaching:
            self.reaching = reaching
        return decision.effect

    def _meet(self, question: Question, asked: Asked) -> _Who:
        passport = _bearer(question, self._bearers)
        standing = self._deciding.standing(question, asked, passport)
        if passport is not None:
            complete, _ = self._checks.check_passport(passport)
            self.complete = complete if self.complete is None else min(complete, self.complete)
        return _Who(standing, asked.account)


class Batches:
    """Asks in batches, beside `Checks`, which asks one by one."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def ask(self, questions: Sequence[Question]) -> Answers | Coroutine[Any, Any, Answers]:
        """The answers, at once when everything is in memory and fresh enough for all, else when awaited.

        Each is what `Checks.ask` answers at that moment, or the error that it raises. Raises (or the coroutine does)
        what concerns all: InvalidInput for no checks, too many, or revisions of other logs; RevisionNotReached;
        Unavailable when this replica is staler than allowed.
        """
        if not questions:
            raise InvalidInput("a batch has at least one check")
        if len(questions) > MOST_CHECKS:
            raise InvalidInput(f"a batch has at most {MOST_CHECKS} checks, this one {len(questions)}")
        at_least = tuple({revision for question in questions for revision in question.at_least})
        if len(at_least) > MOST_REVISIONS:
            raise InvalidInput(f"the checks of a batch name at most {MOST_REVISIONS} revisions")
        if any(question.latest for question in questions):
            return self._ask_later(questions, at_least, latest=True)
        if at_least and not self._checks.reached(at_least):
            return self._ask_later(questions, at_least, latest=False)
        bearers = self._verified_now(questions)
        if bearers is None:
            return self._ask_later(questions, at_least, latest=False)
        try:
            answers = self._answers(questions, bearers)
        except NotInMemory:
            return self._ask_later(questions, at_least, latest=False)
        if bearers and any(type(each) is Unauthenticated for each in answers.outcomes):
            # whom a passport speaks of, or its key, may be newer than what this replica has heard of
            return self._ask_later(questions, at_least, latest=True)
        return answers

    async def _ask_later(
        self, questions: Sequence[Question], at_least: tuple[Revision, ...], *, latest: bool
    ) -> Answers:
        bearers = await self._verified(questions)
        reached = await self._checks.reach(at_least, latest=latest, bearers=bool(bearers))
        await self._load(questions, bearers)
        self._checks.check_reached(reached)
        return self._answers(questions, bearers, at_last=True)

    async def _load(self, questions: Sequence[Question], bearers: Bearers) -> None:
        """What cannot be loaded is told by the checks that it is needed for."""
        accounts: dict[AccountId, None] = {}
        for question in questions:
            try:
                accounts |= dict.fromkeys(needed_by(_asked(question, bearers)))
            except DoorwardError:
                continue
        keyrings = {each.account for each in bearers.values() if isinstance(each, Passport)}
        try:
            await self._checks.load(list(accounts), list(keyrings))
        except DoorwardError:
            for account in accounts:
                await self._try_to_load(account, account in keyrings)

    async def _try_to_load(self, account: AccountId, has_bearers: bool) -> None:
        try:
            await self._checks.load((account,), (account,) if has_bearers else ())
        except DoorwardError:
            return

    def _answers(self, questions: Sequence[Question], bearers: Bearers, *, at_last: bool = False) -> Answers:
        """Raises NotInMemory when an account is not there, unless it is known by now that it cannot be had."""
        staleness = self._checks.staleness()
        moment = _Moment(self._checks, bearers)
        outcomes: list[Effect | DoorwardError] = []
        for question in questions:
            try:
                outcomes.append(moment.decide(question))
            except NotInMemory as error:
                if not at_last:
                    raise
                outcomes.append(error)
            except DoorwardError as error:
                outcomes.append(error)
        if moment.complete is not None:
            staleness = max(staleness, self._checks.staleness_of_credentials())
        return Answers(outcomes, self._checks.revisions(moment.reaching or 0, moment.complete), staleness)

    # --- passports ---

    def _verified_now(self, questions: Sequence[Question]) -> dict[str, Passport | DoorwardError] | None:
        """None when one of them takes time to verify."""
        bearers: dict[str, Passport | DoorwardError] = {}
        for question in questions:
            if question.passport and question.passport not in bearers:
                try:
                    verified = self._checks.verified(question._replace(principal=""))
                except DoorwardError as error:
                    bearers[question.passport] = error
                    continue
                if not isinstance(verified, Passport):
                    verified.close()
                    return None
                bearers[question.passport] = verified
        return bearers

    async def _verified(self, questions: Sequence[Question]) -> dict[str, Passport | DoorwardError]:
        tokens = list(dict.fromkeys(question.passport for question in questions if question.passport))
        return dict(zip(tokens, await asyncio.gather(*map(self._verify, tokens)), strict=True))

    async def _verify(self, token: str) -> Passport | DoorwardError:
        try:
            verified = self._checks.verified(Question("", "", "", {}, passport=token))
            return verified if isinstance(verified, Passport) else await verified
        except DoorwardError as error:
            return error


def _bearer(question: Question, bearers: Bearers) -> Passport | None:
    """Raises what verifying the passport raised."""
    if not question.passport:
        return None
    if question.principal:
        raise InvalidInput("a check names its `principal` or brings its `passport`, not both")
    bearer = bearers[question.passport]
    if isinstance(bearer, DoorwardError):
        raise bearer
    return bearer


def _asked(question: Question, bearers: Bearers) -> Asked:
    return asked_about(question, _bearer(question, bearers))
