"""The policies in force for a principal: a user's own and those of its groups, or a role's; and its boundary."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

from doorward_directory.account import Account
from doorward_directory.groups import Group
from doorward_directory.membership import groups_of
from doorward_directory.policies import ManagedPolicy, default_version, policy_arn
from doorward_directory.roles import Role
from doorward_directory.users import User

Entity: TypeAlias = User | Role | None
"""Who has the policies; None is a principal that has none of its own, such as the root user."""

PolicyKey: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """One policy that applies to a principal.

    `name` is what explanations call it: the ARN of a managed policy, or `user/alice/name`, `group/ops/name` and
    `role/deploy/name` for an inline one.
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


def effective_policies(account: Account, entity: Entity) -> tuple[PolicyInForce, ...]:
    """Each policy once, by name; users with the same policies get equal tuples, whatever way they came by them.

    In a closed account it is one that denies everything.
    """
    if account.closed_at is not None:
        return (CLOSED,)
    managed, inline = dict[str, PolicyInForce](), list[PolicyInForce]()
    for kind, holder in _holders(account, entity):
        for policy_id in holder.attached:
            if policy_id not in managed:
                managed[policy_id] = in_force(account, account.policies[policy_id])
        for name, document in holder.inline.items():
            inline.append(PolicyInForce(f"{kind}/{holder.name}/{name}", document))
    return tuple(sorted((*managed.values(), *inline), key=attrgetter("name")))


def effective_boundary(account: Account, entity: Entity) -> PolicyInForce | None:
    """The permissions boundary of a user or role."""
    return None if entity is None or entity.boundary is None else in_force(account, account.policies[entity.boundary])


def policy_sources(account: Account, entity: Entity) -> tuple[User | Group | Role | ManagedPolicy | PolicyInForce, ...]:
    """All that `effective_policies` and `effective_boundary` depend on, as objects of the state.

    As long as each is the same object as before (`is`), the answers are the same: a cheaper question to ask
    after the account has changed than the policies themselves.
    """
    if account.closed_at is not None:
        return (CLOSED,)
    holders = [holder for _, holder in _holders(account, entity)]
    policies = [account.policies[policy_id] for holder in holders for policy_id in holder.attached]
    if entity is not None and entity.boundary is not None:
        policies.append(account.policies[entity.boundary])
    return (*holders, *policies)


def in_force(account: Account, policy: ManagedPolicy) -> PolicyInForce:
    """A managed policy in its default version."""
    return PolicyInForce(policy_arn(account, policy), default_version(policy).document)


def _holders(account: Account, entity: Entity) -> Iterator[tuple[str, User | Group | Role]]:
    if entity is None:
        return
    yield "role" if isinstance(entity, Role) else "user", entity
    if isinstance(entity, User):
        for group in groups_of(account, entity):
            yield "group", group
