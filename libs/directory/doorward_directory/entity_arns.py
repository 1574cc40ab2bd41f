"""What entities are called, by kind and name."""

from doorward_directory.account import Account
from doorward_directory.groups import group_arn, group_by_name
from doorward_directory.instance_profiles import instance_profile_arn, instance_profile_by_name
from doorward_directory.roles import role_arn, role_by_name
from doorward_directory.users import user_arn, user_by_name


def entity_arn(account: Account, kind: str, name: str) -> str | None:
    """The ARN of a `user`, `group`, `role` or `instance-profile`, with its path and its case; None for other kinds.

    Raises NoSuchEntity.
    """
    match kind:
        case "user":
            return user_arn(account, user_by_name(account, name))
        case "group":
            return group_arn(account, group_by_name(account, name))
        case "role":
            return role_arn(account, role_by_name(account, name))
        case "instance-profile":
            return instance_profile_arn(account, instance_profile_by_name(account, name))
        case _:
            return None
