"""Resource policies: what the owner of a resource says about who may use it, kept here for services that do not send
theirs with each check (IAM user guide, "Identity-based policies and resource-based policies").
"""

import re
from dataclasses import dataclass, replace

from doorward_kernel.arn import Arn
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_policy import PolicyKind
from immutables import Map

from doorward_directory.account import Account
from doorward_directory.documents import document_size
from doorward_directory.principals import Foreign, stored_document
from doorward_directory.quotas import Quotas, check_quota

_ONE_RESOURCE = re.compile(r"[!-)+->@-~]+", re.ASCII)
"""Printable, without `*` and `?`."""

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicyPut:
    """`document` names users and roles by unique id; `principals` has the ARN that each had, by that id."""

    resource_arn: str
    document: str
    principals: Map[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicyDeleted:
    resource_arn: str


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicy:
    """As in `ResourcePolicyPut`."""

    resource_arn: str
    document: str
    principals: Map[str, str]


def resource_policy_put(account: Account, event: ResourcePolicyPut) -> Account:
    policy = ResourcePolicy(resource_arn=event.resource_arn, document=event.document, principals=event.principals)
    return replace(account, resource_policies=account.resource_policies.set(event.resource_arn, policy))


def resource_policy_deleted(account: Account, event: ResourcePolicyDeleted) -> Account:
    return replace(account, resource_policies=account.resource_policies.delete(event.resource_arn))


def resource_policy_of(account: Account, resource_arn: str) -> ResourcePolicy:
    """The policy that was put for exactly that ARN. Raises NoSuchEntity."""
    policy = account.resource_policies.get(resource_arn)
    if policy is None:
        raise NoSuchEntity(f"there is no resource policy for `{resource_arn}`")
    return policy


def resource_policy_for(account: Account, resource: str) -> ResourcePolicy | None:
    """The policy that speaks about a resource: its own, or else that of the nearest one that it lies in, such as the
    bucket of an object."""
    policies = account.resource_policies
    while policies:
        policy = policies.get(resource)
        if policy is not None:
            return policy
        resource, slash, _ = resource.rpartition("/")
        if not slash:
            break
    return None


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResourcePolicy:
    """`foreign` are the principals of other accounts that the policy names, as far as they exist."""

    resource_arn: str
    policy_document: str
    foreign: Foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteResourcePolicy:
    resource_arn: str


def put_resource_policy(account: Account, command: PutResourcePolicy, quotas: Quotas) -> list[ResourcePolicyPut]:
    """Nothing when it says the same. Raises LimitExceeded, MalformedPolicyDocument, InvalidInput."""
    _check_resource(account, command.resource_arn)
    document, principals = stored_document(account, command.policy_document, PolicyKind.RESOURCE, command.foreign)
    check_quota("ResourcePolicySize", quotas.resource_policy_size, document_size(document))
    before = account.resource_policies.get(command.resource_arn)
    if before is None:
        check_quota("ResourcePoliciesPerAccount", quotas.resource_policies, len(account.resource_policies) + 1)
    elif before.document == document:
        return []
    return [ResourcePolicyPut(resource_arn=command.resource_arn, document=document, principals=principals)]


def delete_resource_policy(account: Account, command: DeleteResourcePolicy) -> list[ResourcePolicyDeleted]:
    """Raises NoSuchEntity."""
    policy = resource_policy_of(account, command.resource_arn)
    return [ResourcePolicyDeleted(resource_arn=policy.resource_arn)]


def _check_resource(account: Account, resource_arn: str) -> None:
    arn = Arn.parse(resource_arn)
    if arn.account not in {"", account.account_id}:
        raise InvalidInput(f"`{resource_arn}` belongs to account `{arn.account}`: put its policy there")
    if arn.service in {"iam", "sts"}:
        raise InvalidInput(f"`{resource_arn}` has no resource policy: a role has its trust policy")
    if not _ONE_RESOURCE.fullmatch(resource_arn):
        raise InvalidInput(f"`{resource_arn}` is not the ARN of one resource: wildcards belong into the policy")
