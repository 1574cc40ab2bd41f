"""Who tags what: the commands on tags of users, roles and customer managed policies."""

from collections.abc import Sequence
from dataclasses import dataclass

from immutables import Map

from doorward_directory.account import Account
from doorward_directory.policies import writable_policy
from doorward_directory.roles import role_by_name
from doorward_directory.tags import (
    PolicyTagged,
    PolicyUntagged,
    RoleTagged,
    RoleUntagged,
    Tag,
    UserTagged,
    UserUntagged,
    check_tag_keys,
    check_tag_quota,
    check_tags,
    with_tags,
    without_tags,
)
from doorward_directory.users import user_by_name


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUser:
    user_name: str
    tags: Sequence[Tag]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntagUser:
    user_name: str
    tag_keys: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRole:
    role_name: str
    tags: Sequence[Tag]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntagRole:
    role_name: str
    tag_keys: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPolicy:
    policy_arn: str
    tags: Sequence[Tag]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntagPolicy:
    policy_arn: str
    tag_keys: Sequence[str]


def tag_user(account: Account, command: TagUser) -> list[UserTagged]:
    """Nothing when it has these tags. Raises NoSuchEntity, LimitExceeded, InvalidInput."""
    user = user_by_name(account, command.user_name)
    tags = _added(user.tags, command.tags, "User", ignore_case=True)
    return [UserTagged(user_id=user.user_id, tags=tags)] if tags else []


def untag_user(account: Account, command: UntagUser) -> list[UserUntagged]:
    """Nothing when it has none of these tags. Raises NoSuchEntity, InvalidInput."""
    user = user_by_name(account, command.user_name)
    keys = _removed(user.tags, command.tag_keys, ignore_case=True)
    return [UserUntagged(user_id=user.user_id, keys=keys)] if keys else []


def tag_role(account: Account, command: TagRole) -> list[RoleTagged]:
    """Nothing when it has these tags. Raises NoSuchEntity, LimitExceeded, InvalidInput."""
    role = role_by_name(account, command.role_name)
    tags = _added(role.tags, command.tags, "Role", ignore_case=True)
    return [RoleTagged(role_id=role.role_id, tags=tags)] if tags else []


def untag_role(account: Account, command: UntagRole) -> list[RoleUntagged]:
    """Nothing when it has none of these tags. Raises NoSuchEntity, InvalidInput."""
    role = role_by_name(account, command.role_name)
    keys = _removed(role.tags, command.tag_keys, ignore_case=True)
    return [RoleUntagged(role_id=role.role_id, keys=keys)] if keys else []


def tag_policy(account: Account, command: TagPolicy) -> list[PolicyTagged]:
    """Nothing when it has these tags. Raises AccessDenied, NoSuchEntity, LimitExceeded, InvalidInput."""
    policy = writable_policy(account, command.policy_arn, "iam:TagPolicy")
    tags = _added(policy.tags, command.tags, "Policy", ignore_case=False)
    return [PolicyTagged(policy_id=policy.policy_id, tags=tags)] if tags else []


def untag_policy(account: Account, command: UntagPolicy) -> list[PolicyUntagged]:
    """Nothing when it has none of these tags. Raises AccessDenied, NoSuchEntity, InvalidInput."""
    policy = writable_policy(account, command.policy_arn, "iam:UntagPolicy")
    keys = _removed(policy.tags, command.tag_keys, ignore_case=False)
    return [PolicyUntagged(policy_id=policy.policy_id, keys=keys)] if keys else []


def _added(tags: Map[str, str], new: Sequence[Tag], kind: str, *, ignore_case: bool) -> Map[str, str]:
    """The new tags, none when they change nothing."""
    checked = check_tags(new, ignore_case=ignore_case)
    after = with_tags(tags, checked, ignore_case=ignore_case)
    check_tag_quota(kind, after)
    return Map() if after == tags else checked


def _removed(tags: Map[str, str], keys: Sequence[str], *, ignore_case: bool) -> tuple[str, ...]:
    """The keys that are to go, none when none of them is there."""
    checked = check_tag_keys(keys)
    return () if without_tags(tags, checked, ignore_case=ignore_case) == tags else checked
