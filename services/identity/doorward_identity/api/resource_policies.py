"""Resource policies, kept for services that do not send theirs with each check."""

from doorward.identity.v1 import resource_policies_pb2 as pb
from doorward_directory.resource_policies import DeleteResourcePolicy, PutResourcePolicy, resource_policy_of
from doorward_kernel.paging import page
from doorward_policy import PolicyKind

from doorward_identity.api.method import Methods


class ResourcePolicyMethods(Methods):
    async def PutResourcePolicy(
        self, request: pb.PutResourcePolicyRequest, _context: object
    ) -> pb.PutResourcePolicyResponse:
        document = request.policy_document
        command = PutResourcePolicy(
            resource_arn=request.resource_arn,
            policy_document=document,
            foreign=await self._principals.foreign(await self._account(), document, PolicyKind.RESOURCE),
        )
        return pb.PutResourcePolicyResponse(revision=str((await self._execute(command)).revision))

    async def GetResourcePolicy(
        self, request: pb.GetResourcePolicyRequest, _context: object
    ) -> pb.GetResourcePolicyResponse:
        account = await self._account()
        policy = resource_policy_of(account, request.resource_arn)
        (document,) = await self._principals.shown(account, [(policy.document, policy.principals)])
        return pb.GetResourcePolicyResponse(resource_arn=policy.resource_arn, policy_document=document)

    async def ListResourcePolicies(
        self, request: pb.ListResourcePoliciesRequest, _context: object
    ) -> pb.ListResourcePoliciesResponse:
        account = await self._account()
        found = page(
            (arn for arn in account.resource_policies if arn.startswith(request.arn_prefix)),
            str,
            request.marker,
            request.max_items,
        )
        return pb.ListResourcePoliciesResponse(
            resource_arns=found.items, is_truncated=bool(found.marker), marker=found.marker
        )

    async def DeleteResourcePolicy(
        self, request: pb.DeleteResourcePolicyRequest, _context: object
    ) -> pb.DeleteResourcePolicyResponse:
        command = DeleteResourcePolicy(resource_arn=request.resource_arn)
        return pb.DeleteResourcePolicyResponse(revision=str((await self._execute(command)).revision))
