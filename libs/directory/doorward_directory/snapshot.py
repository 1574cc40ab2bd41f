"""Snapshots: an account as bytes, to save time. They may be deleted at any moment; the events stay."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeAlias

from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import NO_INLINE_POLICIES, NO_TAGS, Account
from doorward_directory.client_tokens import Tokens, UsedToken
from doorward_directory.codec import read_time, write_time
from doorward_directory.groups import Group
from doorward_directory.index import Index
from doorward_directory.instance_profiles import InstanceProfile
from doorward_directory.names import name_key
from doorward_directory.policies import ManagedPolicy, PolicyVersion
from doorward_directory.resource_policies import ResourcePolicy
from doorward_directory.roles import Role
from doorward_directory.service_linked_roles import DeletionTask
from doorward_directory.users import User

FORMAT = 9
"""Changes whenever the bytes or the meaning of the state change, so that old snapshots are not read."""

Fields: TypeAlias = dict[str, Any]
KnownIds: TypeAlias = dict[UniqueId, UniqueId]
"""The one object for each id, so that a hundred thousand members share the id of their group."""


class UnreadableSnapshot(Exception):
    """The bytes are no snapshot of this format; fold the events instead."""


def dump(account: Account) -> bytes:
    """The account as bytes: equal states give equal bytes, on any machine."""
    return "".join(dump_pieces(account)).encode("ascii")


def dump_pieces(account: Account) -> Iterator[str]:
    """What `dump` joins, thing by thing: for those who have to let others work in between."""
    fields: dict[str, object] = {
        "format": FORMAT,
        "account_id": account.account_id,
        "name": account.name,
        "created_at": write_time(account.created_at),
        "closed_at": None if account.closed_at is None else write_time(account.closed_at),
        "own_quotas": dict(account.own_quotas),
        "version": account.version,
        "position": account.position,
        "deletion_tasks": [[each.task, write_time(each.finished_at)] for each in account.deletion_tasks],
        "tokens": [_token_fields(generation) for generation in (account.tokens.recent, account.tokens.older)],
    }
    things: dict[str, Iterable[object]] = {
        "users": (_user_fields(account.users[user_id]) for user_id in sorted(account.users)),
        "groups": (_group_fields(account.groups[group_id]) for group_id in sorted(account.groups)),
        "roles": (_role_fields(account.roles[role_id]) for role_id in sorted(account.roles)),
        "instance_profiles": (
            _profile_fields(account.instance_profiles[profile_id]) for profile_id in sorted(account.instance_profiles)
        ),
        "resource_policies": (
            [policy.resource_arn, policy.document, dict(policy.principals)]
            for _, policy in sorted(account.resource_policies.items())
        ),
        "policies": (_policy_fields(account.policies[policy_id]) for policy_id in sorted(account.policies)),
    }
    yield _json(fields)[:-1]
    for name, several in things.items():
        yield f',"{name}":['
        for number, thing in enumerate(several):
            yield f"{',' if number else ''}{_json(thing)}"
        yield "]"
    yield "}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def load(snapshot: bytes) -> Account:
    """The account that was dumped. Raises UnreadableSnapshot."""
    try:
        fields = json.loads(snapshot)
        if fields["format"] != FORMAT:
            raise UnreadableSnapshot(f"format {fields['format']}, expected {FORMAT}")
        return _account(fields)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UnreadableSnapshot(f"not a snapshot of an account: {error}") from error


def _account(fields: Fields) -> Account:
    policies = [_policy(each) for each in fields["policies"]]
    policy_ids = {policy.policy_id: policy.policy_id for policy in policies}
    groups = [_group(each, policy_ids) for each in fields["groups"]]
    group_ids = {group.group_id: group.group_id for group in groups}
    same: dict[Any, Any] = {}
    users = [_user(each, group_ids, policy_ids, same) for each in _drained(fields["users"])]
    roles = [_role(each, policy_ids) for each in fields["roles"]]
    profiles = [_profile(each) for each in fields["instance_profiles"]]
    handed_out = ((profile.role, profile.instance_profile_id) for profile in profiles if profile.role is not None)
    memberships = ((group_id, user.user_id) for user in users for group_id in user.groups)
    attachments = [(policy_id, user.user_id) for user in users for policy_id in user.attached]
    attachments += [(policy_id, group.group_id) for group in groups for policy_id in group.attached]
    attachments += [(policy_id, role.role_id) for role in roles for policy_id in role.attached]
    bounded = [(user.boundary, user.user_id) for user in users if user.boundary is not None]
    bounded += [(role.boundary, role.role_id) for role in roles if role.boundary is not None]
    return Account(
        account_id=fields["account_id"],
        name=fields["name"],
        created_at=read_time(fields["created_at"]),
        closed_at=None if fields["closed_at"] is None else read_time(fields["closed_at"]),
        own_quotas=Map(fields["own_quotas"]),
        version=fields["version"],
        position=fields["position"],
        users=Map((user.user_id, user) for user in users),
        user_ids=Map((name_key(user.name), user.user_id) for user in users),
        groups=Map((group.group_id, group) for group in groups),
        group_ids=Map((name_key(group.name), group.group_id) for group in groups),
        roles=Map((role.role_id, role) for role in roles),
        role_ids=Map((name_key(role.name), role.role_id) for role in roles),
        instance_profiles=Map((profile.instance_profile_id, profile) for profile in profiles),
        instance_profile_ids=Map((name_key(profile.name), profile.instance_profile_id) for profile in profiles),
        policies=Map((policy.policy_id, policy) for policy in policies),
        policy_ids=Map((name_key(policy.name), policy.policy_id) for policy in policies if not policy.aws_managed),
        members=_index(memberships),
        attachments=_index(attachments),
        bounded=_index(bounded),
        profiles_of_roles=_index(handed_out),
        resource_policies=Map(
            (arn, ResourcePolicy(resource_arn=arn, document=document, principals=Map(principals)))
            for arn, document, principals in fields["resource_policies"]
        ),
        deletion_tasks=tuple(
            DeletionTask(task=task, finished_at=read_time(finished_at))
            for task, finished_at in fields["deletion_tasks"]
        ),
        tokens=Tokens(recent=_tokens(fields["tokens"][0]), older=_tokens(fields["tokens"][1])),
    )


def _drained(several: list[Fields]) -> Iterator[Fields]:
    """All of them in order, each given up once the next is asked for, so that its memory can be used again."""
    several.reverse()
    while several:
        yield several.pop()


def _index(pairs: Iterable[tuple[UniqueId, UniqueId]]) -> Index:
    entries: dict[UniqueId, list[UniqueId]] = {}
    for key, entry in pairs:
        entries.setdefault(key, []).append(entry)
    return Map((key, Map(dict.fromkeys(ids))) for key, ids in entries.items())


def _token_fields(tokens: Map[str, UsedToken]) -> Fields:
    return {token: [used.request, used.seed, used.version, write_time(used.used_at)] for token, used in tokens.items()}


def _tokens(fields: Fields) -> Map[str, UsedToken]:
    return Map(
        (token, UsedToken(request=request, seed=seed, version=version, used_at=read_time(used_at)))
        for token, (request, seed, version, used_at) in fields.items()
    )


def _user_fields(user: User) -> Fields:
    return {
        "user_id": user.user_id,
        "name": user.name,
        "path": user.path,
        "created_at": write_time(user.created_at),
        "groups": user.groups,
        "attached": user.attached,
        "inline": dict(user.inline),
        "boundary": user.boundary,
        "tags": dict(user.tags),
    }


def _user(fields: Fields, group_ids: KnownIds, policy_ids: KnownIds, same: dict[Any, Any]) -> User:
    """`same` has the one object for each value that many users have in common: they are what needs memory."""
    path: str = fields["path"]
    created_at = read_time(fields["created_at"])
    groups = tuple(group_ids[group_id] for group_id in fields["groups"])
    attached = tuple(policy_ids[policy_id] for policy_id in fields["attached"])
    return User(
        user_id=fields["user_id"],
        name=fields["name"],
        path=same.setdefault(path, path),
        created_at=same.setdefault(created_at, created_at),
        groups=same.setdefault(groups, groups),
        attached=same.setdefault(attached, attached),
        inline=Map(fields["inline"]) if fields["inline"] else NO_INLINE_POLICIES,
        boundary=None if fields["boundary"] is None else policy_ids[fields["boundary"]],
        tags=Map(fields["tags"]) if fields["tags"] else NO_TAGS,
    )


def _role_fields(role: Role) -> Fields:
    return {
        "role_id": role.role_id,
        "name": role.name,
        "path": role.path,
        "description": role.description,
        "max_session_seconds": role.max_session_seconds,
        "created_at": write_time(role.created_at),
        "trust_policy": role.trust_policy,
        "principals": dict(role.principals),
        "attached": role.attached,
        "inline": dict(role.inline),
        "boundary": role.boundary,
        "tags": dict(role.tags),
    }


def _role(fields: Fields, policy_ids: KnownIds) -> Role:
    return Role(
        role_id=fields["role_id"],
        name=fields["name"],
        path=fields["path"],
        description=fields["description"],
        max_session_seconds=fields["max_session_seconds"],
        created_at=read_time(fields["created_at"]),
        trust_policy=fields["trust_policy"],
        principals=Map(fields["principals"]),
        attached=tuple(policy_ids[policy_id] for policy_id in fields["attached"]),
        inline=Map(fields["inline"]) if fields["inline"] else NO_INLINE_POLICIES,
        boundary=None if fields["boundary"] is None else policy_ids[fields["boundary"]],
        tags=Map(fields["tags"]) if fields["tags"] else NO_TAGS,
    )


def _profile_fields(profile: InstanceProfile) -> Fields:
    return {
        "instance_profile_id": profile.instance_profile_id,
        "name": profile.name,
        "path": profile.path,
        "created_at": write_time(profile.created_at),
        "role": profile.role,
    }


def _profile(fields: Fields) -> InstanceProfile:
    return InstanceProfile(
        instance_profile_id=fields["instance_profile_id"],
        name=fields["name"],
        path=fields["path"],
        created_at=read_time(fields["created_at"]),
        role=fields["role"],
    )


def _group_fields(group: Group) -> Fields:
    return {
        "group_id": group.group_id,
        "name": group.name,
        "path": group.path,
        "created_at": write_time(group.created_at),
        "attached": group.attached,
        "inline": dict(group.inline),
    }


def _group(fields: Fields, policy_ids: KnownIds) -> Group:
    return Group(
        group_id=fields["group_id"],
        name=fields["name"],
        path=fields["path"],
        created_at=read_time(fields["created_at"]),
        attached=tuple(policy_ids[policy_id] for policy_id in fields["attached"]),
        inline=Map(fields["inline"]) if fields["inline"] else NO_INLINE_POLICIES,
    )


def _policy_fields(policy: ManagedPolicy) -> Fields:
    return {
        "policy_id": policy.policy_id,
        "name": policy.name,
        "path": policy.path,
        "description": policy.description,
        "created_at": _write(policy.created_at),
        "updated_at": _write(policy.updated_at),
        "versions": [[version.number, version.document, _write(version.created_at)] for version in policy.versions],
        "default_version": policy.default_version,
        "next_version": policy.next_version,
        "tags": dict(policy.tags),
        "aws_managed": policy.aws_managed,
    }


def _policy(fields: Fields) -> ManagedPolicy:
    intern = sys.intern if fields["aws_managed"] else str  # a text of AWS's is one object in all accounts
    return ManagedPolicy(
        policy_id=fields["policy_id"],
        name=fields["name"],
        path=fields["path"],
        description=fields["description"],
        created_at=_read(fields["created_at"]),
        updated_at=_read(fields["updated_at"]),
        versions=tuple(
            PolicyVersion(number=number, document=intern(document), created_at=_read(created_at))
            for number, document, created_at in fields["versions"]
        ),
        default_version=fields["default_version"],
        next_version=fields["next_version"],
        tags=Map(fields["tags"]) if fields["tags"] else NO_TAGS,
        aws_managed=fields["aws_managed"],
    )


def _write(time: datetime | None) -> str | None:
    return None if time is None else write_time(time)


def _read(text: str | None) -> datetime | None:
    return None if text is None else read_time(text)
