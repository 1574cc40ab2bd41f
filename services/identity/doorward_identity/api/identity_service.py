"""The identity service: all of its methods, each group in a file of its own."""

from doorward.identity.v1 import identity_service_pb2_grpc as rpc
from doorward.identity.v1.identity_service_pb2 import DESCRIPTOR
from doorward_runtime.rpc.shapes import checks_shapes

from doorward_identity.api.accounts import AccountMethods
from doorward_identity.api.attachments import AttachmentMethods
from doorward_identity.api.aws_policies import AwsPolicyMethods
from doorward_identity.api.boundaries import BoundaryMethods
from doorward_identity.api.copy_permissions import CopyPermissionsMethods
from doorward_identity.api.groups import GroupMethods
from doorward_identity.api.history import HistoryMethods
from doorward_identity.api.inline_policies import InlinePolicyMethods
from doorward_identity.api.instance_profiles import InstanceProfileMethods
from doorward_identity.api.last_used import LastUsedMethods
from doorward_identity.api.oidc_providers import OidcProviderMethods
from doorward_identity.api.once import writes_once
from doorward_identity.api.policies import PolicyMethods
from doorward_identity.api.policy_usage import PolicyUsageMethods
from doorward_identity.api.resource_policies import ResourcePolicyMethods
from doorward_identity.api.roles import RoleMethods
from doorward_identity.api.saml_providers import SamlProviderMethods
from doorward_identity.api.service_linked_roles import ServiceLinkedRoleMethods
from doorward_identity.api.shapes import SHAPES
from doorward_identity.api.simulation import SimulationMethods
from doorward_identity.api.tags import TagMethods
from doorward_identity.api.users import UserMethods


@writes_once(DESCRIPTOR.services_by_name["IdentityService"])
@checks_shapes(DESCRIPTOR.services_by_name["IdentityService"], SHAPES)
class IdentityServicer(
    HistoryMethods,
    AccountMethods,
    UserMethods,
    GroupMethods,
    RoleMethods,
    ServiceLinkedRoleMethods,
    InstanceProfileMethods,
    OidcProviderMethods,
    SamlProviderMethods,
    PolicyMethods,
    InlinePolicyMethods,
    AttachmentMethods,
    BoundaryMethods,
    TagMethods,
    ResourcePolicyMethods,
    PolicyUsageMethods,
    AwsPolicyMethods,
    CopyPermissionsMethods,
    SimulationMethods,
    LastUsedMethods,
    rpc.IdentityServiceServicer,
):
    """Serves `doorward.identity.v1.IdentityService`."""
