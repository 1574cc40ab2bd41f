"""Who uses which policies, and what these are good for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from doorward.identity.v1 import policy_usage_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.attachments import Entity, attached_to
from doorward_directory.aws_policies import managed_policy
from doorward_directory.boundaries import bounded_by
from doorward_directory.granting import EntityPolicy, InlinePolicy, grants, policies_of
from doorward_directory.groups import Group
from doorward_directory.index import NO_IDS, IdSet
from doorward_directory.names import name_key
from doorward_directory.policies import ManagedPolicy, policy_arn
from doorward_directory.roles import Role
from doorward_directory.users import User
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import UniqueId
from doorward_kernel.paging import page

from doorward_identity.api.method import Methods
from doorward_identity.api.policies import PERMISSIONS_BOUNDARY, PERMISSIONS_POLICY, USAGES
from doorward_identity.application.choices import check_choice

ENTITIES = ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
MOST_NAMESPACES = 200
_Thing = TypeVar("_Thing", User, Role)
_NAMESPACE = re.compile(r"[\w-]{1,64}", re.ASCII)


class PolicyUsageMethods(Methods):
    async def ListEntitiesForPolicy(
        self, request: pb.ListEntitiesForPolicyRequest, _context: object
    ) -> pb.ListEntitiesForPolicyResponse:
        kind = check_choice("entityFilter", request.entity_filter, ENTITIES, "")
        usage = check_choice("policyUsageFilter", request.policy_usage_filter, USAGES, "")
        account = await self._account()
        entities = _entities(account, managed_policy(account, request.policy_arn), usage)
        found = page(
            (
                entity
                for entity in entities
                if kind in ("", type(entity).__name__) and entity.path.startswith(request.path_prefix)
            ),
            lambda entity: f"{type(entity).__name__}/{name_key(entity.name)}",
            request.marker,
            request.max_items,
        )
        groups = [entity for entity in found.items if isinstance(entity, Group)]
        users = [entity for entity in found.items if isinstance(entity, User)]
        roles = [entity for entity in found.items if isinstance(entity, Role)]
        return pb.ListEntitiesForPolicyResponse(
            policy_groups=[pb.PolicyGroup(group_name=group.name, group_id=group.group_id) for group in groups],
            policy_users=[pb.PolicyUser(user_name=user.name, user_id=user.user_id) for user in users],
            policy_roles=[pb.PolicyRole(role_name=role.name, role_id=role.role_id) for role in roles],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def ListPoliciesGrantingServiceAccess(
        self, request: pb.ListPoliciesGrantingServiceAccessRequest, _context: object
    ) -> pb.ListPoliciesGrantingServiceAccessResponse:
        namespaces = _namespaces(request.service_namespaces)
        account = await self._account()
        found = page(_entries(policies_of(account, request.arn), namespaces), _order, request.marker, request.max_items)
        return pb.ListPoliciesGrantingServiceAccessResponse(
            policies_granting_service_access=[
                pb.ListPoliciesGrantingServiceAccessEntry(
                    service_namespace=namespaces[place],
                    policies=[_message(account, entry.policy) for entry in entries if entry.policy is not None],
                )
                for place, entries in groupby(found.items, lambda entry: entry.place)
            ],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )


def _entities(account: Account, policy: ManagedPolicy, usage: str) -> Iterator[Entity]:
    """Who has the policy attached or as its boundary, or only what `usage` names; each once."""
    bounded = bounded_by(account, policy) if usage != PERMISSIONS_POLICY else NO_IDS
    users, groups, roles = attached_to(account, policy) if usage != PERMISSIONS_BOUNDARY else ((), (), ())
    yield from groups
    yield from {user.user_id: user for user in (*users, *_of(account.users, bounded))}.values()
    yield from {role.role_id: role for role in (*roles, *_of(account.roles, bounded))}.values()


def _of(things: Mapping[UniqueId, _Thing], ids: IdSet) -> list[_Thing]:
    return [things[thing_id] for thing_id in ids if thing_id in things]


class _Entry(NamedTuple):
    """One policy that grants something in the service at a place of the request; None when there is no such policy."""

    place: int
    policy: EntityPolicy | None


def _entries(policies: Sequence[EntityPolicy], namespaces: Sequence[str]) -> Iterator[_Entry]:
    for place, namespace in enumerate(namespaces):
        granting = [_Entry(place, policy) for policy in policies if grants(policy, namespace)]
        yield from granting or [_Entry(place, None)]


def _order(entry: _Entry) -> str:
    """By service as asked, then by name ignoring case; what makes the key unique stands last."""
    policy = entry.policy
    if policy is None:
        return f"{entry.place:03d}"
    if isinstance(policy, InlinePolicy):
        return f"{entry.place:03d}{name_key(policy.name)}\0{policy.name}\0{_entity_id(policy.entity)}"
    return f"{entry.place:03d}{name_key(policy.name)}\0{policy.policy_id}"


def _entity_id(entity: Entity) -> UniqueId:
    match entity:
        case User():
            return entity.user_id
        case Group():
            return entity.group_id
        case Role():
            return entity.role_id


def _message(account: Account, policy: EntityPolicy) -> pb.PolicyGrantingServiceAccess:
    if isinstance(policy, InlinePolicy):
        return pb.PolicyGrantingServiceAccess(
            policy_name=policy.name,
            policy_type="INLINE",
            entity_type=type(policy.entity).__name__.upper(),
            entity_name=policy.entity.name,
        )
    return pb.PolicyGrantingServiceAccess(
        policy_name=policy.name, policy_type="MANAGED", policy_arn=policy_arn(account, policy)
    )


def _namespaces(namespaces: Sequence[str]) -> list[str]:
    """Each once. Raises InvalidInput (IAM API reference, ListPoliciesGrantingServiceAccess)."""
    if not 1 <= len(namespaces) <= MOST_NAMESPACES:
        raise InvalidInput(f"`serviceNamespaces` has {len(namespaces)} members: expected 1 to {MOST_NAMESPACES}")
    for namespace in namespaces:
        if not _NAMESPACE.fullmatch(namespace):
            raise InvalidInput(
                f"`{namespace[:64]}` in `serviceNamespaces` is no namespace: expected 1 to 64 letters, digits, - and _"
            )
    return list(dict.fromkeys(namespaces))
