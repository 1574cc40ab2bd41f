"""Accounts: the unit of consistency, which holds users, groups, roles and policies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from doorward_kernel.errors import EntityAlreadyExists, InvalidInput
from doorward_kernel.ids import OPERATOR, AccountId, UniqueId, account_id
from immutables import Map

from doorward_directory.names import check_account_name
from doorward_directory.quotas import Quotas, check_quota_name, check_quota_value, values_by_name

if TYPE_CHECKING:
    from doorward_directory.client_tokens import Tokens
    from doorward_directory.groups import Group
    from doorward_directory.index import Index
    from doorward_directory.instance_profiles import InstanceProfile
    from doorward_directory.oidc_providers import OidcProvider
    from doorward_directory.organization.state import Organization
    from doorward_directory.policies import ManagedPolicy
    from doorward_directory.resource_policies import ResourcePolicy
    from doorward_directory.roles import Role
    from doorward_directory.saml_providers import SamlProvider
    from doorward_directory.service_linked_roles import DeletionTask
    from doorward_directory.users import User


# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated:
    account_id: AccountId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSet:
    """The account has a quota of its own; `name` as in `quotas.QUOTA_NAMES`."""

    name: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReset:
    """The default holds again."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClosed:
    """Nobody of the account may do anything any more, and nothing in it changes."""

    closed_at: datetime


# --- state, and how events change it ---

NO_INLINE_POLICIES: Map[str, str] = Map()
"""Most users have none; they share this one."""

NO_TAGS: Map[str, str] = Map()
"""Likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything that an account holds at one moment; never changed, only replaced.

    Things are kept by unique id and refer to each other by unique id, so that a rename touches one thing.
    The `…_ids` find a thing by its name (`names.name_key`). What is not touched by an event stays the same
    object: `is` tells whether a user, a group, a role or a policy has changed.
    """

    account_id: AccountId
    name: str
    created_at: datetime
    closed_at: datetime | None
    """When it was closed; None while it is open."""
    own_quotas: Map[str, int]
    """The quotas that are not the default, by name."""
    version: int
    """Events folded so far."""
    position: int
    """Position in the log of the last folded record, 0 if none."""

    users: Map[UniqueId, User]
    user_ids: Map[str, UniqueId]
    groups: Map[UniqueId, Group]
    group_ids: Map[str, UniqueId]
    roles: Map[UniqueId, Role]
    role_ids: Map[str, UniqueId]
    instance_profiles: Map[UniqueId, InstanceProfile]
    instance_profile_ids: Map[str, UniqueId]
    policies: Map[UniqueId, ManagedPolicy]
    policy_ids: Map[str, UniqueId]

    members: Index
    """The users of each group that has any."""
    attachments: Index
    """The users, groups and roles that each attached policy is attached to."""
    bounded: Index
    """The users and roles that each policy is the permissions boundary of."""
    profiles_of_roles: Index
    """The instance profiles that hand out each role."""
    resource_policies: Map[str, ResourcePolicy]
    """By the ARN of the resource."""
    oidc_providers: Map[str, OidcProvider]
    """By URL, without `https://`."""
    saml_providers: Map[UniqueId, SamlProvider]
    saml_provider_ids: Map[str, UniqueId]
    organization: Organization | None
    """What the operator's account holds; every other one holds none."""
    deletion_tasks: tuple[DeletionTask, ...]
    """The service-linked roles that were deleted lately, in order."""
    tokens: Tokens
    """The client tokens under which commands were obeyed lately."""


def account_created(event: AccountCreated, no_tokens: Tokens) -> Account:
    return Account(
        account_id=event.account_id,
        name=event.name,
        created_at=event.created_at,
        closed_at=None,
        own_quotas=Map(),
        version=0,
        position=0,
        users=Map(),
        user_ids=Map(),
        groups=Map(),
        group_ids=Map(),
        roles=Map(),
        role_ids=Map(),
        instance_profiles=Map(),
        instance_profile_ids=Map(),
        policies=Map(),
        policy_ids=Map(),
        members=Map(),
        attachments=Map(),
        bounded=Map(),
        profiles_of_roles=Map(),
        resource_policies=Map(),
        oidc_providers=Map(),
        saml_providers=Map(),
        saml_provider_ids=Map(),
        organization=None,
        deletion_tasks=(),
        tokens=no_tokens,
    )


def quota_set(account: Account, event: QuotaSet) -> Account:
    return replace(account, own_quotas=account.own_quotas.set(event.name, event.value))


def quota_reset(account: Account, event: QuotaReset) -> Account:
    return replace(account, own_quotas=account.own_quotas.delete(event.name))


def account_closed(account: Account, event: AccountClosed) -> Account:
    return replace(account, closed_at=event.closed_at)


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccount:
    account_id: AccountId
    account_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAccountQuota:
    """A command of the operator."""

    quota_name: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccountQuota:
    """A command of the operator: the default is to hold."""

    quota_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAccount:
    """A command of the operator."""

    closed_at: datetime


def create_account(account: Account | None, command: CreateAccount) -> list[AccountCreated]:
    """Raises EntityAlreadyExists when there is the account, InvalidInput for a malformed id or name."""
    if account_id(command.account_id) == OPERATOR:
        raise InvalidInput(f"`{OPERATOR}` is the operator's own account, and no other one can have its id")
    check_account_name(command.account_name)
    if account is not None:
        raise EntityAlreadyExists(f"account `{account.account_id}` already exists")
    return [AccountCreated(account_id=command.account_id, name=command.account_name, created_at=command.created_at)]


def put_account_quota(account: Account, command: PutAccountQuota, quotas: Quotas) -> list[QuotaSet]:
    """What is beyond a lowered quota stays. Nothing when it is the quota (`quotas` are those in force).

    Raises InvalidInput.
    """
    check_quota_name(command.quota_name)
    check_quota_value(command.value)
    if values_by_name(quotas)[command.quota_name] == command.value:
        return []
    return [QuotaSet(name=command.quota_name, value=command.value)]


def delete_account_quota(account: Account, command: DeleteAccountQuota) -> list[QuotaReset]:
    """Nothing when the account has none of its own. Raises InvalidInput."""
    check_quota_name(command.quota_name)
    return [QuotaReset(name=command.quota_name)] if command.quota_name in account.own_quotas else []


def close_account(_account: Account, command: CloseAccount) -> list[AccountClosed]:
    """For good."""
    return [AccountClosed(closed_at=command.closed_at)]
