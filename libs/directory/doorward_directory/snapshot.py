"""Snapshots: an account as bytes, to save time. They may be deleted at any moment; the events stay."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import Account
from doorward_directory.client_tokens import Tokens
from doorward_directory.codec import read_time, write_time
from doorward_directory.index import Index
from doorward_directory.names import name_key
from doorward_directory.organization.snapshot import organization_fields, read_organization
from doorward_directory.resource_policies import ResourcePolicy
from doorward_directory.service_linked_roles import DeletionTask
from doorward_directory.snapshot_things import (
    Fields,
    group_fields,
    oidc_fields,
    policy_fields,
    profile_fields,
    read_group,
    read_oidc,
    read_policy,
    read_profile,
    read_role,
    read_saml,
    read_tokens,
    read_user,
    role_fields,
    saml_fields,
    token_fields,
    user_fields,
)

FORMAT = 10
"""Changes whenever the bytes or the meaning of the state change, so that old snapshots are not read."""


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
        "organization": None if account.organization is None else organization_fields(account.organization),
        "deletion_tasks": [[each.task, write_time(each.finished_at)] for each in account.deletion_tasks],
        "tokens": [token_fields(generation) for generation in (account.tokens.recent, account.tokens.older)],
    }
    things: dict[str, Iterable[object]] = {
        "users": (user_fields(account.users[user_id]) for user_id in sorted(account.users)),
        "groups": (group_fields(account.groups[group_id]) for group_id in sorted(account.groups)),
        "roles": (role_fields(account.roles[role_id]) for role_id in sorted(account.roles)),
        "instance_profiles": (
            profile_fields(account.instance_profiles[profile_id]) for profile_id in sorted(account.instance_profiles)
        ),
        "oidc_providers": (oidc_fields(provider) for _, provider in sorted(account.oidc_providers.items())),
        "saml_providers": (saml_fields(provider) for _, provider in sorted(account.saml_providers.items())),
        "resource_policies": (
            [policy.resource_arn, policy.document, dict(policy.principals)]
            for _, policy in sorted(account.resource_policies.items())
        ),
        "policies": (policy_fields(account.policies[policy_id]) for policy_id in sorted(account.policies)),
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
    policies = [read_policy(each) for each in fields["policies"]]
    policy_ids = {policy.policy_id: policy.policy_id for policy in policies}
    groups = [read_group(each, policy_ids) for each in fields["groups"]]
    group_ids = {group.group_id: group.group_id for group in groups}
    same: dict[Any, Any] = {}
    users = [read_user(each, group_ids, policy_ids, same) for each in _drained(fields["users"])]
    roles = [read_role(each, policy_ids) for each in fields["roles"]]
    profiles = [read_profile(each) for each in fields["instance_profiles"]]
    oidc = [read_oidc(each) for each in fields["oidc_providers"]]
    saml = [read_saml(each) for each in fields["saml_providers"]]
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
        organization=None if fields["organization"] is None else read_organization(fields["organization"]),
        oidc_providers=Map((provider.provider_url, provider) for provider in oidc),
        saml_providers=Map((provider.saml_provider_id, provider) for provider in saml),
        saml_provider_ids=Map((name_key(provider.name), provider.saml_provider_id) for provider in saml),
        tokens=Tokens(recent=read_tokens(fields["tokens"][0]), older=read_tokens(fields["tokens"][1])),
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
