"""The organization service: all of its methods, each group in a file of its own."""

from doorward.identity.v1 import organization_service_pb2_grpc as rpc
from doorward.identity.v1.organization_service_pb2 import DESCRIPTOR
from doorward_runtime.rpc.shapes import checks_shapes

from doorward_identity.api.once import writes_once
from doorward_identity.api.organization import TreeMethods
from doorward_identity.api.organization_policies import GuardrailMethods
from doorward_identity.api.shapes import ORGANIZATION_SHAPES


@writes_once(DESCRIPTOR.services_by_name["OrganizationService"])
@checks_shapes(DESCRIPTOR.services_by_name["OrganizationService"], ORGANIZATION_SHAPES)
class OrganizationServicer(TreeMethods, GuardrailMethods, rpc.OrganizationServiceServicer):
    """Serves `doorward.identity.v1.OrganizationService`."""
