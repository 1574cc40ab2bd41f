"""Which policies of a user, group or role grant anything in a service (IAM API, ListPoliciesGrantingServiceAccess)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from doorward_kernel.arn import Arn
from doorward_kernel.errors import NoSuchEntity
from doorward_policy import GrantedServices, granted_services, parse_policy

from doorward_directory.account import Account
from doorward_directory.attachments import Entity, attached_policies
from doorward_directory.groups import group_by_arn
from doorward_directory.membership import groups_of
from doorward_directory.policies import ManagedPolicy, default_version
from doorward_directory.roles import role_by_arn
from doorward_directory.users import user_by_arn

MOST_KEPT = 2048
"""Documents of which it is remembered what they grant: about a megabyte, and the texts themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinePolicy:
    """An inline policy, and the user, group or role that it belongs to."""

    name: str
    entity: Entity
    document: str


EntityPolicy: TypeAlias = ManagedPolicy | InlinePolicy


def policies_of(account: Account, arn: str) -> list[EntityPolicy]:
    """All policies of the user, group or role with that ARN, a user's groups' included; a managed policy once.

    Raises NoSuchEntity, InvalidInput.
    """
    managed: dict[str, ManagedPolicy] = {}
    inline: list[InlinePolicy] = []
    for entity in _entities(account, arn):
        managed |= {policy.policy_id: policy for policy in attached_policies(account, entity)}
        inline += [InlinePolicy(name=name, entity=entity, document=text) for name, text in entity.inline.items()]
    return [*managed.values(), *inline]


def grants(policy: EntityPolicy, service: str) -> bool:
    """Whether some statement of the policy, in the version in force, allows some action of the service.

    Raises MalformedPolicyDocument when the language has changed since the policy was accepted.
    """
    return service in _granted(
        policy.document if isinstance(policy, InlinePolicy) else default_version(policy).document
    )


@lru_cache(maxsize=MOST_KEPT)
def _granted(document: str) -> GrantedServices:
    return granted_services(parse_policy(document))


def _entities(account: Account, arn: str) -> Iterator[Entity]:
    match Arn.parse(arn).resource.partition("/")[0]:
        case "user":
            user = user_by_arn(account, arn)
            yield user
            yield from groups_of(account, user)
        case "group":
            yield group_by_arn(account, arn)
        case "role":
            yield role_by_arn(account, arn)
        case _:
            raise NoSuchEntity(f"ARN {arn} is not found.")
