"""AWS's managed policies in an account: looked up as shipped, adopted with the first attachment, read-only.

An account that uses a policy of AWS's has its text in its own events, so that the fold, and with it every decision,
is the same for good and everywhere, whatever policies this or another version of the software is shipped with.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from doorward_kernel.arn import Arn
from doorward_kernel.errors import NoSuchEntity, PolicyNotAttachable
from doorward_kernel.ids import UniqueId

from doorward_directory.account import NO_TAGS, Account
from doorward_directory.names import SERVICE_LINKED_PATH, name_key
from doorward_directory.policies import (
    ManagedPolicy,
    PolicyVersion,
    policy_arn,
    policy_by_arn,
)
from doorward_directory.policies_in_use import check_versions_in_use, in_use
from doorward_directory.quotas import Quotas
from doorward_directory.shipped import (
    AWS,
    ShippedPolicy,
    aws_policy_id,
    is_aws_policy_arn,
    shipped_policies,
    shipped_policy,
)

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsPolicyAdopted:
    """From here on the account goes by this version of a policy of AWS's, wherever it is attached."""

    policy_id: UniqueId
    name: str
    path: str
    version: int
    document: str


# --- state, and how events change it ---


def aws_policy_adopted(account: Account, event: AwsPolicyAdopted) -> Account:
    policy = _managed(event.policy_id, event.name, event.path, event.version, sys.intern(event.document))
    return replace(account, policies=account.policies.set(policy.policy_id, policy))


def _managed(policy_id: UniqueId, name: str, path: str, version: int, document: str) -> ManagedPolicy:
    return ManagedPolicy(
        policy_id=policy_id,
        name=name,
        path=path,
        description="",
        created_at=None,
        updated_at=None,
        versions=(PolicyVersion(number=version, document=document, created_at=None),),
        default_version=version,
        next_version=version + 1,
        tags=NO_TAGS,
        aws_managed=True,
    )


def managed_policy(account: Account, arn: str) -> ManagedPolicy:
    """The account's own policy, or AWS's, with exactly that ARN. Raises NoSuchEntity, InvalidInput.

    One of AWS's is as the account uses it, with what an update would bring as a version besides; or as it would be
    adopted now.
    """
    if not is_aws_policy_arn(arn):
        return policy_by_arn(account, arn)
    shipped, held = shipped_policy(arn), account.policies.get(aws_policy_id(arn))
    if held is not None and in_use(account, held.policy_id):
        return _with_newer(held, shipped)
    if shipped is None:
        raise NoSuchEntity(f"Policy {Arn.parse(arn)} was not found.")
    return as_shipped(shipped) if held is None or _is_newer(shipped, held) else held


def as_shipped(shipped: ShippedPolicy) -> ManagedPolicy:
    """The policy as an account adopts it today."""
    return _managed(shipped.policy_id, shipped.name, shipped.path, shipped.version, shipped.document)


def aws_policies(account: Account) -> Iterator[ManagedPolicy | ShippedPolicy]:
    """Every policy of AWS's that `managed_policy` finds: what the account has ever adopted as it would find it, the
    others as shipped, their documents unread; in no particular order."""
    held = {policy_arn(account, policy): policy for policy in account.policies.values() if policy.aws_managed}
    for arn, policy in held.items():
        if in_use(account, policy.policy_id) or shipped_policy(arn) is not None:
            yield managed_policy(account, arn)
    yield from (shipped for shipped in shipped_policies() if shipped.arn not in held)


def aws_policies_in_use(account: Account) -> list[ManagedPolicy]:
    """The policies of AWS's that are attached to something or a boundary, in no particular order."""
    return [policy for policy in account.policies.values() if policy.aws_managed and in_use(account, policy.policy_id)]


def policy_key(policy: ManagedPolicy | ShippedPolicy) -> str:
    """What lists are sorted by: the name ignoring case, AWS's policy behind the account's own of the same name."""
    aws = isinstance(policy, ShippedPolicy) or policy.aws_managed
    return f"{name_key(policy.name)}\0{AWS if aws else ''}"


def is_attachable(account: Account, policy: ManagedPolicy) -> bool:
    """Whether it may be attached to more: AWS's policies only as long as they are shipped, after which they stay in
    force where they are (IAM user guide, "AWS managed policies": deprecated policies)."""
    return not policy.aws_managed or shipped_policy(policy_arn(account, policy)) is not None


def _with_newer(held: ManagedPolicy, shipped: ShippedPolicy | None) -> ManagedPolicy:
    if shipped is None or not _is_newer(shipped, held):
        return held
    return replace(held, versions=(*held.versions, *as_shipped(shipped).versions))


def _is_newer(shipped: ShippedPolicy, held: ManagedPolicy) -> bool:
    """Versions go forward alone: an older version of the software does not take an account back."""
    return shipped.version > held.default_version


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAwsManagedPolicies:
    """Without ARNs it means every policy of AWS's that the account uses."""

    policy_arns: tuple[str, ...]


def update_aws_managed_policies(account: Account, command: UpdateAwsManagedPolicies) -> list[AwsPolicyAdopted]:
    """Nothing for a policy that is up to date, not in use, or no longer shipped. Raises NoSuchEntity, InvalidInput.

    AWS does this by itself and at any moment. Here nobody's permissions change unless somebody changes them.
    """
    if command.policy_arns:
        named = [managed_policy(account, arn) for arn in command.policy_arns]
        policies = [policy for policy in named if policy.aws_managed and in_use(account, policy.policy_id)]
    else:
        policies = aws_policies_in_use(account)
    arns = sorted({policy_arn(account, policy) for policy in policies})
    found = [shipped for arn in arns if (shipped := shipped_policy(arn)) is not None]
    return [event for shipped in found for event in _newest(account, shipped)]


def adoption(account: Account, policy: ManagedPolicy, kind: str, quotas: Quotas) -> list[AwsPolicyAdopted]:
    """What has to happen before `managed_policy` is attached to an entity of a kind such as `User`, or its boundary.

    Nothing for the account's own policies and for those in use, which stay at their version. Raises NoSuchEntity when
    it is not shipped any more; PolicyNotAttachable when it is for service-linked roles; LimitExceeded when too many
    are in use.
    """
    check_versions_in_use(account, policy.policy_id, quotas)
    if not policy.aws_managed:
        return []
    arn = policy_arn(account, policy)
    shipped = shipped_policy(arn)
    if shipped is None:
        raise not_attachable(arn)
    if policy.path.startswith(SERVICE_LINKED_PATH):
        raise PolicyNotAttachable(f"Cannot attach a Service Role Policy to a Customer {kind}.")
    return service_adoption(account, shipped)


def service_adoption(account: Account, shipped: ShippedPolicy) -> list[AwsPolicyAdopted]:
    """As `adoption`, for what a service attaches to the role that is linked to it."""
    return [] if in_use(account, shipped.policy_id) else _newest(account, shipped)


def not_attachable(arn: str) -> NoSuchEntity:
    """AWS's words for a policy that does not exist, or is attached no more."""
    return NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")


def _newest(account: Account, shipped: ShippedPolicy) -> list[AwsPolicyAdopted]:
    held = account.policies.get(shipped.policy_id)
    if held is not None and not _is_newer(shipped, held):
        return []
    return [
        AwsPolicyAdopted(
            policy_id=shipped.policy_id,
            name=shipped.name,
            path=shipped.path,
            version=shipped.version,
            document=shipped.document,
        )
    ]
