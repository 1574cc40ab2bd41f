"""Which of the things that an account holds its authorization details tell of, by AWS's words."""

from collections.abc import Callable, Mapping, Sequence

from doorward_directory.groups import Group
from doorward_directory.instance_profiles import InstanceProfile
from doorward_directory.oidc_providers import OidcProvider
from doorward_directory.policies import ManagedPolicy
from doorward_directory.resource_policies import ResourcePolicy
from doorward_directory.roles import Role
from doorward_directory.saml_providers import SamlProvider
from doorward_directory.users import User

from doorward_identity.application.choices import check_choice
from doorward_identity.application.details import Thing

KINDS: Mapping[str, Callable[[Thing], bool]] = {
    "User": lambda thing: isinstance(thing, User),
    "Role": lambda thing: isinstance(thing, Role),
    "Group": lambda thing: isinstance(thing, Group),
    "LocalManagedPolicy": lambda thing: isinstance(thing, ManagedPolicy) and not thing.aws_managed,
    "AWSManagedPolicy": lambda thing: isinstance(thing, ManagedPolicy) and thing.aws_managed,
}
"""IAM API reference, GetAccountAuthorizationDetails, `Filter`."""


def in_details(filter: Sequence[str]) -> Callable[[Thing], bool]:
    """What one of the kinds means; without any, everything but resource policies, identity providers, and instance
    profiles, which are told with their roles. Raises InvalidInput."""
    kinds = [KINDS[check_choice("filter", kind or " ", tuple(KINDS), "")] for kind in filter]
    if not kinds:
        return lambda thing: not isinstance(thing, ResourcePolicy | InstanceProfile | OidcProvider | SamlProvider)
    return lambda thing: any(means(thing) for means in kinds)
