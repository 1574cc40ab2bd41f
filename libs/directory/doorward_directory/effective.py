"""The policies in force for a user: its own and those of its groups, and its permissions boundary."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

from doorward_directory.account import Account
from doorward_directory.groups import Group
from doorward_directory.membership import groups_of
from doorward_directory.policies import ManagedPolicy, default_version, policy_arn
from doorward_directory.users import User

PolicyKey: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """One policy that applies to a user.

    `name` is what explanations call it: the ARN of a managed policy, or `user/alice/name` and
    `group/ops/name` for an inline one.
    """

    name: str
    document: str

    @property
    def key(self) -> PolicyKey:
        """What to keep a compiled policy under: it changes whenever the document or the name changes,
        and nothing else has the same, in whatever account, epoch or process."""
        return (self.name, self.document)


CLOSED = PolicyInForce(
    "account-closed",
    '{"Version":"2012-10-17","Statement":{"Sid":"Closed","Effect":"Deny","Action":"*","Resource":"*"}}',
)
"""What everybody of a closed account has."""


def effective_policies(account: Account, user: User) -> tuple[PolicyInForce, ...]:
    """Each policy once, by name; users with the same policies get equal tuples, whatever way they came by them.

    In a closed account it is one that denies everything.
    """
    if account.closed_at is not None:
        return (CLOSED,)
    managed, inline = dict[str, PolicyInForce](), list[PolicyInForce]()
    for kind, entity in _entities(account, user):
        for policy_id in entity.attached:
            if policy_id not in managed:
                managed[policy_id] = _in_force(account, account.policies[policy_id])
        for name, document in entity.inline.items():
            inline.append(PolicyInForce(f"{kind}/{entity.name}/{name}", document))
    return tuple(sorted((*managed.values(), *inline), key=attrgetter("name")))


def effective_boundary(account: Account, user: User) -> PolicyInForce | None:
    """The user's permissions boundary."""
    return None if user.boundary is None else _in_force(account, account.policies[user.boundary])


def policy_sources(account: Account, user: User) -> tuple[User | Group | ManagedPolicy | PolicyInForce, ...]:
    """All that `effective_policies` and `effective_boundary` depend on, as objects of the state.

    As long as each is the same object as before (`is`), the answers are the same: a cheaper question to ask
    after the account has changed than the policies themselves.
    """
    if account.closed_at is not None:
        return (CLOSED,)
    entities = [entity for _, entity in _entities(account, user)]
    policies = [account.policies[policy_id] for entity in entities for policy_id in entity.attached]
    if user.boundary is not None:
        policies.append(account.policies[user.boundary])
    return (*entities, *policies)


def _in_force(account: Account, policy: ManagedPolicy) -> PolicyInForce:
    return PolicyInForce(policy_arn(account, policy), default_version(policy).document)


def _entities(account: Account, user: User) -> Iterator[tuple[str, User | Group]]:
    yield "user", user
    for group in groups_of(account, user):
        yield "group", group
