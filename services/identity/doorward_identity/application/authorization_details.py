"""Which of the things that an account holds its authorization details tell of, by AWS's words."""

from collections.abc import Callable, Mapping, Sequence

from doorward_directory.groups import Group
from doorward_directory.policies import ManagedPolicy
from doorward_directory.roles import Role
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
    """What one of the kinds means; without any, what any of them means. Raises InvalidInput."""
    kinds = [KINDS[check_choice("filter", kind or " ", tuple(KINDS), "")] for kind in filter]
    return lambda thing: any(means(thing) for means in kinds or KINDS.values())
