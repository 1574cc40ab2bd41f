"""Accounts in memory, and their principals ready to be asked about."""

from dataclasses import dataclass, replace

from doorward_directory.account import Account
from doorward_directory.effective import PolicyInForce, effective_boundary, effective_policies, policy_sources
from doorward_directory.resource_policies import resource_policy_for
from doorward_directory.users import User, user_by_arn
from doorward_kernel.arn import Arn
from doorward_kernel.errors import InvalidInput
from doorward_policy import Caller, Layers, PolicyKind, Program, caller

from doorward_decision.application.programs import Programs

MOST_PRINCIPALS = 100_000
"""Principals of one account that are kept ready; when there are more they are made ready anew."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A principal ready to be asked about: its policies, and the context keys that say who it is."""

    account: Account
    sources: tuple[object, ...]
    caller: Caller
    layers: Layers[Program]
    identity: dict[str, str]


class Resident:
    """One account. `account` is only ever replaced whole, so whoever took it sees one moment."""

    __slots__ = ("_principals", "_programs", "account")

    def __init__(self, account: Account, programs: Programs) -> None:
        self.account = account
        self._programs = programs
        self._principals: dict[str, Principal] = {}

    def principal(self, arn: str) -> Principal:
        """The principal with that ARN at this moment.

        Raises NoSuchEntity when there is none, InvalidInput when it is of a kind that cannot be asked about,
        Unavailable when a policy of it cannot be compiled.
        """
        account = self.account
        found = self._principals.get(arn)
        if found is not None and found.account is account:
            return found
        user = user_by_arn(account, check_user_arn(arn))
        sources = policy_sources(account, user)
        if found is not None and _same(found.sources, sources):
            ready = replace(found, account=account, sources=sources)
        else:
            boundary = effective_boundary(account, user)
            layers = Layers(
                self._programs.program(effective_policies(account, user)),
                boundary=None if boundary is None else self._programs.program((boundary,)),
            )
            who = caller(arn, unique_id=user.user_id)
            ready = Principal(account, sources, who, layers, _identity(account, user, arn))
        if len(self._principals) >= MOST_PRINCIPALS:
            self._principals.clear()
        self._principals[arn] = ready
        return ready

    def resource_program(self, resource: str) -> Program | None:
        """The policy that the account keeps for a resource of its own. Raises Unavailable if it cannot be compiled."""
        policy = resource_policy_for(self.account, resource)
        if policy is None:
            return None
        return self._programs.program((PolicyInForce(policy.resource_arn, policy.document),), PolicyKind.RESOURCE)


def check_user_arn(arn: str) -> str:
    """Raises InvalidInput unless it is the ARN of an IAM user."""
    parsed = Arn.parse(arn)
    if parsed.service != "iam" or parsed.region or not parsed.resource.startswith("user/"):
        raise InvalidInput(f"`{arn}` is not a principal that can be asked about: expected the ARN of a user")
    return arn


def _same(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    return len(before) == len(now) and all(map(_is, before, now))


def _is(one: object, other: object) -> bool:
    return one is other


def _identity(account: Account, user: User, arn: str) -> dict[str, str]:
    """The context keys of a user (IAM user guide, "AWS global condition context keys"), in lower case."""
    return {
        "aws:principalarn": arn,
        "aws:principalaccount": account.account_id,
        "aws:principaltype": "User",
        "aws:userid": user.user_id,
        "aws:username": user.name,
        "aws:principalisawsservice": "false",
        **{f"aws:principaltag/{key.lower()}": value for key, value in user.tags.items()},
    }
