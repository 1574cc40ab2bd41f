"""AWS's managed policies: to their newest version."""

from doorward.identity.v1 import aws_policies_pb2 as pb
from doorward_directory.aws_policies import UpdateAwsManagedPolicies
from doorward_kernel.errors import InvalidInput

from doorward_identity.api.method import Methods

MOST_ARNS = 1000


class AwsPolicyMethods(Methods):
    async def UpdateAwsManagedPolicies(
        self, request: pb.UpdateAwsManagedPoliciesRequest, _context: object
    ) -> pb.UpdateAwsManagedPoliciesResponse:
        if len(request.policy_arns) > MOST_ARNS:
            raise InvalidInput(f"`policyArns` has {len(request.policy_arns)} members: expected at most {MOST_ARNS}")
        command = UpdateAwsManagedPolicies(policy_arns=tuple(request.policy_arns))
        return pb.UpdateAwsManagedPoliciesResponse(revision=str((await self._execute(command)).revision))
