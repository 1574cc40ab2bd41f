"""Managed policies and their versions: the account's own, and AWS's."""

from collections.abc import Iterator

from doorward.identity.v1 import policies_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.attachments import attachment_count
from doorward_directory.aws_policies import (
    as_shipped,
    aws_policies,
    is_attachable,
    managed_policy,
    policy_key,
)
from doorward_directory.boundaries import boundary_usage_count
from doorward_directory.names import version_id
from doorward_directory.policies import (
    CreatePolicy,
    CreatePolicyVersion,
    DeletePolicy,
    DeletePolicyVersion,
    ManagedPolicy,
    PolicyVersion,
    SetDefaultPolicyVersion,
    policy_arn,
    policy_by_arn,
    policy_version,
)
from doorward_directory.shipped import ShippedPolicy
from doorward_kernel.ids import POLICY_PREFIX
from doorward_kernel.paging import page

from doorward_identity.api.method import Methods, time_or_none
from doorward_identity.api.tags import tag_messages, tags_of
from doorward_identity.application.choices import check_choice

SCOPES = ("All", "AWS", "Local")
PERMISSIONS_POLICY, PERMISSIONS_BOUNDARY = "PermissionsPolicy", "PermissionsBoundary"
USAGES = (PERMISSIONS_POLICY, PERMISSIONS_BOUNDARY)


class PolicyMethods(Methods):
    async def CreatePolicy(self, request: pb.CreatePolicyRequest, _context: object) -> pb.CreatePolicyResponse:
        command = CreatePolicy(
            policy_id=self._mint.unique_id(POLICY_PREFIX),
            policy_name=request.policy_name,
            path=request.path or "/",
            description=request.description,
            policy_document=request.policy_document,
            tags=tags_of(request.tags),
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        policy = changed.account.policies[command.policy_id]
        return pb.CreatePolicyResponse(policy=_whole_message(changed.account, policy), revision=str(changed.revision))

    async def GetPolicy(self, request: pb.GetPolicyRequest, _context: object) -> pb.GetPolicyResponse:
        account = await self._account()
        return pb.GetPolicyResponse(policy=_whole_message(account, managed_policy(account, request.policy_arn)))

    async def ListPolicies(self, request: pb.ListPoliciesRequest, _context: object) -> pb.ListPoliciesResponse:
        scope = check_choice("scope", request.scope, SCOPES, "All")
        usage = check_choice("policyUsageFilter", request.policy_usage_filter, USAGES, "")
        account = await self._account()
        found = page(
            (
                policy
                for policy in _policies(account, scope)
                if policy.path.startswith(request.path_prefix)
                and _is_used(account, policy, usage, attached=request.only_attached)
            ),
            policy_key,
            request.marker,
            request.max_items,
        )
        return pb.ListPoliciesResponse(
            policies=[
                _message(account, as_shipped(policy) if isinstance(policy, ShippedPolicy) else policy)
                for policy in found.items
            ],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def DeletePolicy(self, request: pb.DeletePolicyRequest, _context: object) -> pb.DeletePolicyResponse:
        changed = await self._execute(DeletePolicy(policy_arn=request.policy_arn))
        return pb.DeletePolicyResponse(revision=str(changed.revision))

    async def CreatePolicyVersion(
        self, request: pb.CreatePolicyVersionRequest, _context: object
    ) -> pb.CreatePolicyVersionResponse:
        command = CreatePolicyVersion(
            policy_arn=request.policy_arn,
            policy_document=request.policy_document,
            set_as_default=request.set_as_default,
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        policy = policy_by_arn(changed.account, request.policy_arn)
        return pb.CreatePolicyVersionResponse(
            policy_version=_version_message(policy, policy.versions[-1], document=False),
            revision=str(changed.revision),
        )

    async def GetPolicyVersion(
        self, request: pb.GetPolicyVersionRequest, _context: object
    ) -> pb.GetPolicyVersionResponse:
        account = await self._account()
        policy = managed_policy(account, request.policy_arn)
        version = policy_version(account, policy, request.version_id)
        return pb.GetPolicyVersionResponse(policy_version=_version_message(policy, version, document=True))

    async def ListPolicyVersions(
        self, request: pb.ListPolicyVersionsRequest, _context: object
    ) -> pb.ListPolicyVersionsResponse:
        policy = managed_policy(await self._account(), request.policy_arn)
        newest_first = page(
            policy.versions,
            lambda version: f"{2**31 - version.number:010d}",
            request.marker,
            request.max_items,
        )
        return pb.ListPolicyVersionsResponse(
            versions=[_version_message(policy, version, document=False) for version in newest_first.items],
            is_truncated=bool(newest_first.marker),
            marker=newest_first.marker,
        )

    async def SetDefaultPolicyVersion(
        self, request: pb.SetDefaultPolicyVersionRequest, _context: object
    ) -> pb.SetDefaultPolicyVersionResponse:
        command = SetDefaultPolicyVersion(policy_arn=request.policy_arn, version_id=request.version_id)
        return pb.SetDefaultPolicyVersionResponse(revision=str((await self._execute(command)).revision))

    async def DeletePolicyVersion(
        self, request: pb.DeletePolicyVersionRequest, _context: object
    ) -> pb.DeletePolicyVersionResponse:
        command = DeletePolicyVersion(policy_arn=request.policy_arn, version_id=request.version_id)
        return pb.DeletePolicyVersionResponse(revision=str((await self._execute(command)).revision))


def _policies(account: Account, scope: str) -> Iterator[ManagedPolicy | ShippedPolicy]:
    if scope != "AWS":
        yield from (policy for policy in account.policies.values() if not policy.aws_managed)
    if scope != "Local":
        yield from aws_policies(account)


def _is_used(account: Account, policy: ManagedPolicy | ShippedPolicy, usage: str, *, attached: bool) -> bool:
    """Whether it is used in each of the ways that are asked for; what is only shipped is not used at all."""
    if isinstance(policy, ShippedPolicy):
        return not usage and not attached
    attached = attached or usage == PERMISSIONS_POLICY
    return (not attached or attachment_count(account, policy) > 0) and (
        usage != PERMISSIONS_BOUNDARY or boundary_usage_count(account, policy) > 0
    )


def _whole_message(account: Account, policy: ManagedPolicy) -> pb.Policy:
    """With all that a single policy is shown with."""
    message = _message(account, policy)
    message.tags.extend(tag_messages(policy.tags))
    return message


def _message(account: Account, policy: ManagedPolicy) -> pb.Policy:
    return pb.Policy(
        policy_name=policy.name,
        policy_id=policy.policy_id,
        arn=policy_arn(account, policy),
        path=policy.path,
        default_version_id=version_id(policy.default_version),
        attachment_count=attachment_count(account, policy),
        permissions_boundary_usage_count=boundary_usage_count(account, policy),
        is_attachable=is_attachable(account, policy),
        description=policy.description,
        create_date=time_or_none(policy.created_at),
        update_date=time_or_none(policy.updated_at),
    )


def _version_message(policy: ManagedPolicy, version: PolicyVersion, *, document: bool) -> pb.PolicyVersion:
    return pb.PolicyVersion(
        document=version.document if document else "",
        version_id=version_id(version.number),
        is_default_version=version.number == policy.default_version,
        create_date=time_or_none(version.created_at),
    )
