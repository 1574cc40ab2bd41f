"""Services that roles are linked to: what AWS calls the role of each, and which policy the role has.

The policies are shipped with their documents, but which service each is for is not published with them: the rows are
from the user guides of the services ("Using service-linked roles"). A service without a row is not refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import InvalidInput

from doorward_directory.names import SERVICE_LINKED_PATH
from doorward_directory.shipped import AWS

ROLE_PREFIX = "AWSServiceRoleFor"
MOST_SERVICE_NAME = 128

_AWS_DOMAIN = "amazonaws.com"
_SERVICE_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*){2,}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedService:
    """A service by the name of its principal; `policy_arn` is None when its role has no policy."""

    principal: str
    role_name: str
    policy_arn: str | None
    takes_suffix: bool

    @property
    def path(self) -> str:
        """The path of its roles."""
        return f"{SERVICE_LINKED_PATH}{self.principal}/"


def linked_service(principal: str) -> LinkedService:
    """The service with that name, such as `autoscaling.amazonaws.com`.

    One without a row may be one's own, such as `billing.example.com`. The role is then called after the labels before
    the domain, the last one first, and has no policy. Raises InvalidInput for what is no name of a service.
    """
    known = _KNOWN.get(principal)
    if known is not None:
        return known
    if len(principal) > MOST_SERVICE_NAME or not _SERVICE_NAME.fullmatch(principal):
        raise InvalidInput(
            f"`awsServiceName`: `{principal[:MOST_SERVICE_NAME]}` is not the name of a service: expected one such as "
            f"`autoscaling.{_AWS_DOMAIN}` or `billing.example.com`, in lower case"
        )
    labels = principal.split(".")[:-2]
    words = [word.capitalize() for label in reversed(labels) for word in label.split("-")]
    return LinkedService(
        principal=principal, role_name=ROLE_PREFIX + "".join(words), policy_arn=None, takes_suffix=True
    )


def linked_services() -> Mapping[str, LinkedService]:
    """The services that have a row, by name."""
    return _KNOWN


_WITH_SUFFIX = frozenset({"autoscaling", "connect", "lexv2"})
"""Services of which an account may have several roles, or has one for each of its resources."""

_ROWS = """
access-analyzer                  AccessAnalyzer                        AccessAnalyzerServiceRolePolicy
apidestinations.events           AmazonEventBridgeApiDestinations      AmazonEventBridgeApiDestinationsServiceRolePolicy
autoscaling                      AutoScaling                           AutoScalingServiceRolePolicy
backup                           Backup                                AWSBackupServiceLinkedRolePolicyForBackup
batch                            Batch                                 BatchServiceRolePolicy
channels.lex                     LexChannels                           LexChannelPolicy
cloudtrail                       CloudTrail                            CloudTrailServiceRolePolicy
config                           Config                                AWSConfigServiceRolePolicy
config-conforms                  ConfigConforms                        ConfigConformsServiceRolePolicy
connect                          AmazonConnect                         AmazonConnectServiceLinkedRolePolicy
dax                              DAX                                   DAXServiceRolePolicy
dynamodb.application-autoscaling ApplicationAutoScaling_DynamoDBTable  AWSApplicationAutoscalingDynamoDBTablePolicy
ec2fleet                         EC2Fleet                              AWSEC2FleetServiceRolePolicy
ecs                              ECS                                   AmazonECSServiceRolePolicy
ecs.application-autoscaling      ApplicationAutoScaling_ECSService     AWSApplicationAutoscalingECSServicePolicy
eks                              AmazonEKS                             AmazonEKSServiceRolePolicy
eks-fargate                      AmazonEKSForFargate                   AmazonEKSForFargateServiceRolePolicy
eks-nodegroup                    AmazonEKSNodegroup                    AWSServiceRoleForAmazonEKSNodegroup
elasticache                      ElastiCache                           ElastiCacheServiceRolePolicy
elasticbeanstalk                 ElasticBeanstalk                      AWSElasticBeanstalkServiceRolePolicy
elasticfilesystem                AmazonElasticFileSystem               AmazonElasticFileSystemServiceRolePolicy
elasticloadbalancing             ElasticLoadBalancing                  AWSElasticLoadBalancingServiceRolePolicy
elasticmapreduce                 EMRCleanup                            AmazonEMRCleanupPolicy
es                               AmazonElasticsearchService            AmazonElasticsearchServiceRolePolicy
events                           CloudWatchEvents                      CloudWatchEventsServiceRolePolicy
fms                              FMS                                   FMSServiceRolePolicy
fsx                              AmazonFSx                             AmazonFSxServiceRolePolicy
globalaccelerator                GlobalAccelerator                     AWSGlobalAcceleratorSLRPolicy
guardduty                        AmazonGuardDuty                       AmazonGuardDutyServiceRolePolicy
inspector2                       AmazonInspector2                      AmazonInspector2ServiceRolePolicy
kafka                            Kafka                                 KafkaServiceRolePolicy
lex                              LexBots                               LexBotPolicy
lexv2                            LexV2Bots                             AmazonLexV2BotPolicy
macie                            AmazonMacie                           AmazonMacieServiceRolePolicy
maintenance.elasticbeanstalk     ElasticBeanstalkMaintenance           AWSElasticBeanstalkMaintenance
memorydb                         MemoryDB                              MemoryDBServiceRolePolicy
ops.apigateway                   APIGateway                            APIGatewayServiceRolePolicy
opensearchservice                AmazonOpenSearchService               AmazonOpenSearchServiceRolePolicy
organizations                    Organizations                         AWSOrganizationsServiceTrustPolicy
ram                              ResourceAccessManager                 AWSResourceAccessManagerServiceRolePolicy
rds                              RDS                                   AmazonRDSServiceRolePolicy
redshift                         Redshift                              AmazonRedshiftServiceLinkedRolePolicy
replication.dynamodb             DynamoDBReplication                   DynamoDBReplicationServiceRolePolicy
route53resolver                  Route53Resolver                       Route53ResolverServiceRolePolicy
securityhub                      SecurityHub                           AWSSecurityHubServiceRolePolicy
servicequotas                    ServiceQuotas                         ServiceQuotasServiceRolePolicy
shield                           AWSShield                             AWSShieldServiceRolePolicy
spot                             EC2Spot                               AWSEC2SpotServiceRolePolicy
spotfleet                        EC2SpotFleet                          AWSEC2SpotFleetServiceRolePolicy
ssm                              AmazonSSM                             AmazonSSMServiceRolePolicy
sso                              SSO                                   AWSSSOServiceRolePolicy
support                          Support                               AWSSupportServiceRolePolicy
transitgateway                   VPCTransitGateway                     AWSVPCTransitGatewayServiceRolePolicy
trustedadvisor                   TrustedAdvisor                        AWSTrustedAdvisorServiceRolePolicy
"""
"""Service without `.amazonaws.com`; role without `AWSServiceRoleFor`; policy without `/aws-service-role/`."""


def _known(row: str) -> LinkedService:
    service, role, policy = row.split()
    return LinkedService(
        principal=f"{service}.{_AWS_DOMAIN}",
        role_name=ROLE_PREFIX + role,
        policy_arn=iam_arn(AWS, "policy", SERVICE_LINKED_PATH, policy),
        takes_suffix=service in _WITH_SUFFIX,
    )


_KNOWN = MappingProxyType({each.principal: each for each in map(_known, _ROWS.split("\n")[1:-1])})
