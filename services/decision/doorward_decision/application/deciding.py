"""Decisions from memory: who asks, all that bears on it, and what the policies say, at one moment."""

import time
from dataclasses import replace
from datetime import UTC, datetime

from doorward_directory.effective import CLOSED
from doorward_directory.organization.state import Organization
from doorward_kernel.errors import NoSuchEntity, Unauthenticated, Unavailable
from doorward_kernel.ids import OPERATOR
from doorward_keyring.passport import Passport
from doorward_messaging import no_account
from doorward_policy import Decision, Effect, Layers, PolicyKind, Program, Request, caller, decide
from doorward_policy.layers import resource_kind

from doorward_decision.application.guardrails import ContextKeys, Guardrails, Membership
from doorward_decision.application.principals import GONE, outsiders_keys
from doorward_decision.application.questions import Asked, Context, Question
from doorward_decision.application.replica import IdentityReplica
from doorward_decision.application.residents import Principal, Resident

_TRUST = PolicyKind.TRUST


class Standing:
    """A principal at one moment, and what bears on whatever it asks for.

    It answers for as long as nothing else runs: whoever waits for something asks for another one.
    """

    __slots__ = ("_made", "operator", "organization", "place", "principal", "resident")

    def __init__(
        self,
        resident: Resident,
        operator: Resident,
        organization: Organization,
        principal: Principal,
        place: Membership,
    ) -> None:
        self.resident = resident
        self.operator = operator
        self.organization = organization
        self.principal = principal
        self.place = place
        self._made: tuple[ContextKeys, Context, Context] | None = None

    def context(self, keys: ContextKeys, given: Context, clock: "Clock") -> Context:
        """All condition keys; the same object again for the same parts, as in a batch."""
        made = self._made
        if made is not None and made[0] is keys and made[1] is given:
            return made[2]
        principal = self.principal
        context = {**given, **principal.identity, **keys, **clock.keys()}
        if principal.mfa_at is not None:
            context["aws:multifactorauthage"] = str(max(0, clock.second - principal.mfa_at))
        self._made = keys, given, context
        return context


class Deciding:
    """Decides by the accounts that are in memory; nothing here waits."""

    def __init__(self, replica: IdentityReplica) -> None:
        self._replica = replica
        self._clock = Clock()
        self._guardrails = Guardrails(replica.programs)
        self.answered = dict.fromkeys(Effect, 0)

    def standing(self, question: Question, asked: Asked, passport: Passport | None) -> Standing | None:
        """Whoever asks; None when it is of no account, and neither is what it asks for.

        Raises NotInMemory; NoSuchEntity and InvalidInput for a principal that is none; Unauthenticated for a passport
        whose principal is gone; Unavailable when the account is frozen, or a policy of it cannot be compiled.
        """
        resident = self._replica.known(asked.account) if asked.account else None
        if resident is None:
            if passport is not None:
                raise Unauthenticated(GONE)
            if question.principal[:4] == "arn:":
                raise no_account(asked.account)
            return None
        operator = self._replica.known(OPERATOR)
        organization = None if operator is None else operator.account.organization
        if operator is None or organization is None:
            raise Unavailable("the log has no organization, whose guardrails may bind this account")
        principal = resident.principal(question.principal) if passport is None else resident.bearer(passport)
        return Standing(resident, operator, organization, principal, self._guardrails.of(organization, asked.account))

    def decide(self, standing: Standing, question: Question, asked: Asked) -> tuple[Decision, int]:
        """The decision, and the position up to which all accounts that it depends on are complete.

        Raises NotInMemory when the resource's account is not there; NoSuchEntity, Unavailable.
        """
        layers, request, owner = self.prepare(standing, question, asked)
        decision = decide(layers, request)
        self.answered[decision.effect] += 1
        return decision, _reaching(standing, owner)

    def prepare(
        self, standing: Standing, question: Question, asked: Asked
    ) -> tuple[Layers[Program], Request, Resident | None]:
        """What is decided by, and the account of the resource. Raises as `decide`."""
        resident, principal, place = standing.resident, standing.principal, standing.place
        owner: Resident | None = resident
        rcp, keys = place.rcp, place.keys
        if asked.owner is not asked.account:
            owner, rcp, keys = self._of_other_owner(asked, standing)
        elif not asked.named:
            keys = place.principal_keys
        who = principal.caller
        if not who.account:
            keys = _keys_of_outsider(question, asked, place)
        context = standing.context(keys, question.context, self._clock)
        request = Request(who, question.action, question.resource, context, asked.resource_account)
        return _layers(principal.layers, place.scp, rcp, owner, request), request, owner

    def decide_for_nobody(self, question: Question, asked: Asked) -> Decision:
        """When there is no such account: nobody's resource has a policy that lets in who is of no account either."""
        layers, request = self.prepare_for_nobody(question, asked)
        decision = decide(layers, request)
        self.answered[decision.effect] += 1
        return decision

    def prepare_for_nobody(self, question: Question, asked: Asked) -> tuple[Layers[Program], Request]:
        """What `decide_for_nobody` decides by."""
        who = caller(question.principal)
        keys: ContextKeys = {"aws:resourceaccount": asked.account} if asked.account else {}
        context = {**question.context, **outsiders_keys(who), **keys, **self._clock.keys()}
        request = Request(who, question.action, question.resource, context, asked.resource_account)
        return Layers(self._replica.programs.program(())), request

    def _of_other_owner(
        self, asked: Asked, standing: Standing
    ) -> tuple[Resident | None, tuple[Program, ...], ContextKeys]:
        """The account of a resource of another account than the principal's, None when it is none of ours; its RCPs,
        and the keys that both accounts' places make."""
        place = standing.place
        owner = None if asked.owner is None else self._replica.known(asked.owner)
        if asked.owner is None:
            return None, (), place.principal_keys
        if owner is None:
            return None, (), place.principal_keys | {"aws:resourceaccount": asked.owner}
        other = self._guardrails.of(standing.organization, asked.owner)
        closed = (self._replica.programs.program((CLOSED,)),) if owner.account.closed_at is not None else ()
        return owner, (*other.rcp, *closed), place.principal_keys | other.resource_keys


def _keys_of_outsider(question: Question, asked: Asked, place: Membership) -> ContextKeys:
    """The keys of the resource alone, for a principal of no account.

    Raises NoSuchEntity when that is an identity provider, and of another account: no account trusts another one's.
    """
    if asked.owner is not asked.account:
        raise NoSuchEntity(f"account `{asked.resource_account}` has no identity provider `{question.principal}`")
    return place.resource_keys if asked.named else {}


def _reaching(standing: Standing, owner: Resident | None) -> int:
    """Up to where all of the accounts are complete, whatever the follower has: each is up to its own last event."""
    position = min(standing.resident.account.position, standing.operator.account.position)
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


class Clock:
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
