"""The policies of a user, a group or a role, each with where it comes from: what a simulation of them cites."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from doorward_kernel.arn import PARTITION, Arn
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import UniqueId
from doorward_policy.simulation import SourceType

from doorward_directory.account import Account
from doorward_directory.effective import CLOSED
from doorward_directory.groups import Group, group_by_arn
from doorward_directory.membership import groups_of
from doorward_directory.names import name_key
from doorward_directory.policies import default_version, policy_arn
from doorward_directory.roles import Role, role_by_arn
from doorward_directory.users import User, user_by_arn

_AWS = "aws"
"""What stands for the account in the ARNs of AWS's own managed policies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOrigin:
    """A document in force, the name of the policy, and whose or what it is."""

    name: str
    type: SourceType
    document: str


_CLOSED = PolicyOrigin(name=CLOSED.name, type=SourceType.NONE, document=CLOSED.document)
"""It belongs to no user, group or role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySource:
    """A user, a group or a role, the policies in force for it, and its permissions boundary."""

    entity: User | Group | Role
    policies: tuple[PolicyOrigin, ...]
    boundary: PolicyOrigin | None


def policy_source(account: Account, arn: str) -> PolicySource:
    """What the entity with an ARN has: a user its own policies and those of its groups, others their own.

    Managed policies come first, each once, then the inline ones; in both the user's own come before those of its
    groups (IAM API reference, SimulatePrincipalPolicy). In a closed account it is the one policy that denies everybody
    everything, as checks do. Raises NoSuchEntity; InvalidInput for an ARN of no user, group or role.
    """
    parsed = Arn.parse(arn)
    kind, _, name = parsed.resource.partition("/")
    if (parsed.partition, parsed.service, parsed.region) != (PARTITION, "iam", "") or not name:
        kind = ""
    match kind:
        case "user":
            user = user_by_arn(account, arn)
            return _source(account, [user, *groups_of(account, user)], user.boundary)
        case "group":
            return _source(account, [group_by_arn(account, arn)], None)
        case "role":
            role = role_by_arn(account, arn)
            return _source(account, [role], role.boundary)
        case _:
            raise InvalidInput(f"`policySourceArn`: `{arn[:200]}` is not the ARN of a user, a group or a role")


def _source(account: Account, entities: list[User | Group | Role], boundary: UniqueId | None) -> PolicySource:
    if account.closed_at is not None:
        return PolicySource(entity=entities[0], policies=(_CLOSED,), boundary=None)
    return PolicySource(
        entity=entities[0],
        policies=tuple(_policies(account, entities)),
        boundary=None if boundary is None else _managed(account, boundary),
    )


def _policies(account: Account, entities: list[User | Group | Role]) -> Iterator[PolicyOrigin]:
    for policy_id in dict.fromkeys(policy_id for entity in entities for policy_id in entity.attached):
        yield _managed(account, policy_id)
    for entity in entities:
        for name in sorted(entity.inline, key=lambda name: (name_key(name), name)):
            yield PolicyOrigin(name=name, type=_type(entity), document=entity.inline[name])


def _managed(account: Account, policy_id: UniqueId) -> PolicyOrigin:
    policy = account.policies[policy_id]
    is_aws = Arn.parse(policy_arn(account, policy)).account == _AWS
    type = SourceType.AWS_MANAGED if is_aws else SourceType.USER_MANAGED
    return PolicyOrigin(name=policy.name, type=type, document=default_version(policy).document)


def _type(entity: User | Group | Role) -> SourceType:
    match entity:
        case User():
            return SourceType.USER
        case Group():
            return SourceType.GROUP
        case Role():
            return SourceType.ROLE
        case _:
            assert_never(entity)
