"""Managed policies with their versions, and what an account does with its own (IAM user guide, "Managed policies")."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import AccessDenied, DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import NO_TAGS, Account
from doorward_directory.documents import check_document, document_size
from doorward_directory.names import (
    check_description,
    check_policy_name,
    check_policy_path,
    name_key,
    version_number,
)
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.shipped import AWS, is_aws_policy_arn
from doorward_directory.tags import PolicyTagged, Tag, tags_at_creation

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCreated:
    """The policy exists, and `document` is its version 1, the default."""

    policy_id: UniqueId
    name: str
    path: str
    description: str
    document: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersionCreated:
    policy_id: UniqueId
    version: int
    document: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPolicyVersionSet:
    policy_id: UniqueId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersionDeleted:
    policy_id: UniqueId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDeleted:
    policy_id: UniqueId


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    number: int
    document: str
    created_at: datetime | None
    """None when it is AWS's: when AWS created it is not published with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A managed policy; who it is attached to is in `Account.attachments`."""

    policy_id: UniqueId
    name: str
    path: str
    description: str
    created_at: datetime | None
    updated_at: datetime | None
    """When the most recent version was created; both times are None when the policy is AWS's."""
    versions: tuple[PolicyVersion, ...]
    """By number, ascending."""
    default_version: int
    next_version: int
    """Numbers are never used again, even when a version is deleted."""
    tags: Map[str, str]
    aws_managed: bool = False
    """AWS's, adopted by the account (`aws_policies`); not among `Account.policy_ids`, so its name is free."""


def policy_created(account: Account, event: PolicyCreated) -> Account:
    first = PolicyVersion(number=1, document=event.document, created_at=event.created_at)
    policy = ManagedPolicy(
        policy_id=event.policy_id,
        name=event.name,
        path=event.path,
        description=event.description,
        created_at=event.created_at,
        updated_at=event.created_at,
        versions=(first,),
        default_version=1,
        next_version=2,
        tags=NO_TAGS,
    )
    return replace(
        account,
        policies=account.policies.set(policy.policy_id, policy),
        policy_ids=account.policy_ids.set(name_key(policy.name), policy.policy_id),
    )


def policy_version_created(account: Account, event: PolicyVersionCreated) -> Account:
    policy = account.policies[event.policy_id]
    version = PolicyVersion(number=event.version, document=event.document, created_at=event.created_at)
    return _with_policy(
        account,
        replace(
            policy,
            versions=(*policy.versions, version),
            next_version=event.version + 1,
            updated_at=event.created_at,
        ),
    )


def default_policy_version_set(account: Account, event: DefaultPolicyVersionSet) -> Account:
    return _with_policy(account, replace(account.policies[event.policy_id], default_version=event.version))


def policy_version_deleted(account: Account, event: PolicyVersionDeleted) -> Account:
    policy = account.policies[event.policy_id]
    versions = tuple(version for version in policy.versions if version.number != event.version)
    return _with_policy(account, replace(policy, versions=versions))


def policy_deleted(account: Account, event: PolicyDeleted) -> Account:
    policy = account.policies[event.policy_id]
    return replace(
        account,
        policies=account.policies.delete(policy.policy_id),
        policy_ids=account.policy_ids.delete(name_key(policy.name)),
    )


def _with_policy(account: Account, policy: ManagedPolicy) -> Account:
    return replace(account, policies=account.policies.set(policy.policy_id, policy))


def policy_arn(account: Account, policy: ManagedPolicy) -> str:
    return iam_arn(AWS if policy.aws_managed else account.account_id, "policy", policy.path, policy.name)


def policy_by_arn(account: Account, arn: str) -> ManagedPolicy:
    """The account's own policy with exactly that ARN: path and case count. Raises NoSuchEntity, InvalidInput.

    `aws_policies.managed_policy` also finds AWS's; `writable_policy` is for those who change it.
    """
    policy_id = account.policy_ids.get(name_key(arn.rpartition("/")[2]))
    if policy_id is not None:
        policy = account.policies[policy_id]
        if policy_arn(account, policy) == arn:
            return policy
    raise NoSuchEntity(f"Policy {Arn.parse(arn)} was not found.")


def writable_policy(account: Account, arn: str, action: str) -> ManagedPolicy:
    """The account's own policy, to do something to it. Raises NoSuchEntity, InvalidInput; AccessDenied for AWS's.

    With AWS, a policy of AWS's is a resource of another account, which nobody is authorized to change.
    """
    if is_aws_policy_arn(arn):
        on = f"on resource: policy {Arn.parse(arn)}, which is managed by AWS"
        raise AccessDenied(f"not authorized to perform: {action} {on}")
    return policy_by_arn(account, arn)


def policy_version(account: Account, policy: ManagedPolicy, version_id: str) -> PolicyVersion:
    """The version with an id such as `v2`. Raises NoSuchEntity, InvalidInput."""
    number = version_number(version_id)
    for version in policy.versions:
        if version.number == number:
            return version
    raise NoSuchEntity(
        f"Policy {policy_arn(account, policy)} version {version_id} does not exist or is not attachable."
    )


def default_version(policy: ManagedPolicy) -> PolicyVersion:
    """The version in force."""
    return next(version for version in policy.versions if version.number == policy.default_version)


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePolicy:
    policy_id: UniqueId
    policy_name: str
    path: str
    description: str
    policy_document: str
    tags: Sequence[Tag]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePolicy:
    policy_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePolicyVersion:
    policy_arn: str
    policy_document: str
    set_as_default: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDefaultPolicyVersion:
    policy_arn: str
    version_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePolicyVersion:
    policy_arn: str
    version_id: str


def create_policy(account: Account, command: CreatePolicy, quotas: Quotas) -> list[PolicyCreated | PolicyTagged]:
    """Raises EntityAlreadyExists, LimitExceeded, MalformedPolicyDocument, InvalidInput."""
    check_policy_name(command.policy_name)
    check_policy_path(command.path)
    check_description(command.description)
    _check_managed_document(command.policy_document, quotas)
    if name_key(command.policy_name) in account.policy_ids:
        raise EntityAlreadyExists(
            f"A policy called {command.policy_name} already exists. Duplicate names are not allowed."
        )
    check_quota("PoliciesPerAccount", quotas.policies, len(account.policy_ids) + 1)
    tags = tags_at_creation("Policy", command.tags, ignore_case=False)
    created = PolicyCreated(
        policy_id=command.policy_id,
        name=command.policy_name,
        path=command.path,
        description=command.description,
        document=command.policy_document,
        created_at=command.created_at,
    )
    return [created, PolicyTagged(policy_id=command.policy_id, tags=tags)] if tags else [created]


def delete_policy(account: Account, command: DeletePolicy) -> list[PolicyDeleted]:
    """Raises AccessDenied, NoSuchEntity; DeleteConflict while it is attached, a boundary, or has other versions."""
    policy = writable_policy(account, command.policy_arn, "iam:DeletePolicy")
    if policy.policy_id in account.attachments or policy.policy_id in account.bounded:
        raise DeleteConflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        )
    return [PolicyDeleted(policy_id=policy.policy_id)]


def create_policy_version(
    account: Account, command: CreatePolicyVersion, quotas: Quotas
) -> list[PolicyVersionCreated | DefaultPolicyVersionSet]:
    """Raises AccessDenied, NoSuchEntity, LimitExceeded, MalformedPolicyDocument, InvalidInput."""
    policy = writable_policy(account, command.policy_arn, "iam:CreatePolicyVersion")
    _check_managed_document(command.policy_document, quotas)
    if len(policy.versions) >= quotas.versions_per_policy:
        raise LimitExceeded(
            f"A managed policy can have up to {quotas.versions_per_policy} versions. "
            "Before you create a new version, you must delete an existing version."
        )
    number = policy.next_version
    events: list[PolicyVersionCreated | DefaultPolicyVersionSet] = [
        PolicyVersionCreated(
            policy_id=policy.policy_id,
            version=number,
            document=command.policy_document,
            created_at=command.created_at,
        )
    ]
    if command.set_as_default:
        events.append(DefaultPolicyVersionSet(policy_id=policy.policy_id, version=number))
    return events


def set_default_policy_version(account: Account, command: SetDefaultPolicyVersion) -> list[DefaultPolicyVersionSet]:
    """Nothing when it is the default. Raises AccessDenied, NoSuchEntity, InvalidInput."""
    policy = writable_policy(account, command.policy_arn, "iam:SetDefaultPolicyVersion")
    version = policy_version(account, policy, command.version_id)
    if version.number == policy.default_version:
        return []
    return [DefaultPolicyVersionSet(policy_id=policy.policy_id, version=version.number)]


def delete_policy_version(account: Account, command: DeletePolicyVersion) -> list[PolicyVersionDeleted]:
    """Raises AccessDenied, NoSuchEntity, InvalidInput; DeleteConflict for the default version."""
    policy = writable_policy(account, command.policy_arn, "iam:DeletePolicyVersion")
    version = policy_version(account, policy, command.version_id)
    if version.number == policy.default_version:
        raise DeleteConflict("Cannot delete the default version of a policy.")
    return [PolicyVersionDeleted(policy_id=policy.policy_id, version=version.number)]


def _check_managed_document(document: str, quotas: Quotas) -> None:
    check_document(document)
    check_quota("PolicySize", quotas.policy_size, document_size(document))
