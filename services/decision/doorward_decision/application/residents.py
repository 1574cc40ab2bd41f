"""Accounts in memory, and their principals ready to be asked about."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from doorward_directory.account import Account
from doorward_directory.aws_policies import managed_policy
from doorward_directory.effective import (
    Entity,
    PolicyInForce,
    effective_boundary,
    effective_policies,
    in_force,
    policy_sources,
)
from doorward_directory.policies import ManagedPolicy
from doorward_directory.resource_policies import resource_policy_for
from doorward_directory.roles import role_by_arn
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_keyring.passport import Passport, PassportKind, SessionLimits
from doorward_policy import Caller, Layers, PolicyKind, Program

from doorward_decision.application.guardrails import ContextKeys
from doorward_decision.application.principals import (
    Known,
    bearer,
    entity_of,
    known_by_name,
    known_by_passport,
)
from doorward_decision.application.programs import Programs
from doorward_decision.application.recent import Recent

MOST_PRINCIPALS = 100_000
"""Principals of one account that are kept ready; when there are more they are made ready anew."""

MOST_BEARERS = 10_000
"""Bearers of passports of one account that are kept ready; those that were not heard of for longest are let go."""

_ROOT_USER = PolicyInForce(
    "root-user",
    '{"Version":"2012-10-17","Statement":{"Sid":"RootUser","Effect":"Allow","Action":"*","Resource":"*"}}',
)
"""What a federated user has of the root user who asked for its session."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A principal ready to be asked about: its policies, and the context keys that say who it is."""

    account: Account
    sources: tuple[object, ...]
    caller: Caller
    layers: Layers[Program]
    identity: ContextKeys
    mfa_at: int | None = None
    """When the session's second factor was shown, in seconds since 1970; None when none was."""


class Resident:
    """One account. `account` is only ever replaced whole, so whoever took it sees one moment."""

    __slots__ = ("_bearers", "_principals", "_programs", "account")

    def __init__(self, account: Account, programs: Programs) -> None:
        self.account = account
        self._programs = programs
        self._principals: dict[str, Principal] = {}
        self._bearers: Recent[Passport, Principal] = Recent(MOST_BEARERS)

    def principal(self, name: str) -> Principal:
        """The principal with that ARN, or the service of that name, at this moment.

        Raises NoSuchEntity when there is none, InvalidInput when it is of a kind that cannot be asked about,
        Unavailable when a policy of it cannot be compiled.
        """
        account = self.account
        found = self._principals.get(name)
        if found is not None and found.account is account:
            return found
        entity = entity_of(account, name)
        ready = self._ready(
            found, entity, policy_sources(account, entity), lambda: known_by_name(account, name, entity)
        )
        if len(self._principals) >= MOST_PRINCIPALS:
            self._principals.clear()
        self._principals[name] = ready
        return ready

    def bearer(self, passport: Passport) -> Principal:
        """Whom a passport of this account speaks of, at this moment.

        Raises Unauthenticated when it is not there any more, Unavailable when a policy of it cannot be compiled.
        """
        account = self.account
        found = self._bearers.get(passport)
        if found is not None and found.account is account:
            return found
        entity = bearer(account, passport)
        managed = [_session_policy(account, arn) for arn in passport.limits.policy_arns]
        sources = (*policy_sources(account, entity), *managed)
        ready = self._ready(found, entity, sources, lambda: known_by_passport(account, passport, entity))
        if found is None or ready.layers is not found.layers:
            ready = self._within(ready, passport, managed)
        self._bearers.put(passport, ready)
        return ready

    def _ready(
        self, before: Principal | None, entity: Entity, sources: tuple[object, ...], known: Callable[[], Known]
    ) -> Principal:
        """The same as before where nothing has changed that it depends on."""
        account = self.account
        if before is not None and _same(before.sources, sources):
            return replace(before, account=account, sources=sources)
        boundary = effective_boundary(account, entity)
        layers = Layers(
            self._programs.program(effective_policies(account, entity)),
            boundary=None if boundary is None else self._programs.program((boundary,)),
        )
        who, keys = known()
        return Principal(account, sources, who, layers, keys)

    def _within(self, principal: Principal, passport: Passport, managed: list[ManagedPolicy | None]) -> Principal:
        """The principal within the limits that its session has from its start."""
        layers, account = principal.layers, self.account
        if passport.kind is PassportKind.FEDERATED_USER and passport.principal_id == account.account_id:
            of_root = effective_policies(account, None) or (_ROOT_USER,)
            layers = replace(layers, identity=self._programs.program(of_root))
        policies = _session_policies(account, passport.limits, managed)
        if policies is not None:
            layers = replace(layers, session=self._programs.program(policies, PolicyKind.SESSION))
        return replace(principal, layers=layers, mfa_at=passport.mfa_at)

    def resource_program(self, resource: str) -> Program | None:
        """The policy that the account keeps for a resource of its own. Raises Unavailable if it cannot be compiled."""
        policy = resource_policy_for(self.account, resource)
        if policy is None:
            return None
        return self._programs.program((PolicyInForce(policy.resource_arn, policy.document),), PolicyKind.RESOURCE)

    def trust_program(self, arn: str) -> Program | None:
        """The trust policy of the role with exactly that ARN. Raises Unavailable if it cannot be compiled."""
        try:
            role = role_by_arn(self.account, arn)
        except NoSuchEntity:
            return None
        return self._programs.program((PolicyInForce(arn, role.trust_policy),), PolicyKind.TRUST)


def _session_policy(account: Account, arn: str) -> ManagedPolicy | None:
    """A managed policy, the account's own or AWS's; None when there is none any more, which then grants nothing."""
    try:
        return managed_policy(account, arn)
    except (NoSuchEntity, InvalidInput):
        return None


def _session_policies(
    account: Account, limits: SessionLimits, managed: list[ManagedPolicy | None]
) -> tuple[PolicyInForce, ...] | None:
    """The session policies, whose union is one layer; None when the session was given none."""
    if not limits.policy and not limits.policy_arns:
        return None
    inline = (PolicyInForce("session-policy", limits.policy),) if limits.policy else ()
    return (*inline, *(in_force(account, policy) for policy in managed if policy is not None))


def _same(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    return len(before) == len(now) and all(map(_is, before, now))


def _is(one: object, other: object) -> bool:
    return one is other
