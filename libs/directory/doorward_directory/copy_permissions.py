"""Copy from another user: what one user has, another gets too, in one commit or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from doorward_kernel.errors import EntityAlreadyExists

from doorward_directory.account import Account
from doorward_directory.attachments import AttachUserPolicy, attach_user_policy, attached_policies
from doorward_directory.events import Event, evolve
from doorward_directory.inline_policies import PutUserPolicy, put_user_policy
from doorward_directory.membership import AddUserToGroup, add_user_to_group, groups_of
from doorward_directory.policies import policy_arn
from doorward_directory.quotas import Quotas
from doorward_directory.users import PutUserPermissionsBoundary, put_user_permissions_boundary, user_by_name

# --- decisions: what may happen, and what then has happened ---

Grant: TypeAlias = PutUserPermissionsBoundary | AddUserToGroup | AttachUserPolicy | PutUserPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyUserPermissions:
    """`user_name` gets the groups, the attached and inline policies and the boundary of `source_user_name`.

    What it has it keeps.
    """

    source_user_name: str
    user_name: str


def copy_user_permissions(account: Account, command: CopyUserPermissions, quotas: Quotas) -> list[Event]:
    """What the grants come to, one after the other; nothing of what is already there.

    Raises what they raise (NoSuchEntity, LimitExceeded, …), and EntityAlreadyExists when the user has another boundary,
    or another inline policy of the same name: to overwrite it would take something from the user, perhaps a denial.
    """
    events: list[Event] = []
    for grant in grants_of_copy(account, command):
        for event in _grant(account, grant, quotas):
            account = evolve(account, event)
            events.append(event)
    return events


def grants_of_copy(account: Account, command: CopyUserPermissions) -> list[Grant]:
    """The commands that a copy amounts to, each an action of its own that whoever copies must be allowed to do.

    What the user already has is left out. Raises NoSuchEntity, EntityAlreadyExists.
    """
    source, user = user_by_name(account, command.source_user_name), user_by_name(account, command.user_name)
    grants: list[Grant] = []
    if source.boundary is not None and source.boundary != user.boundary:
        if user.boundary is not None:
            raise EntityAlreadyExists(f"User {user.name} already has another permissions boundary.")
        boundary = policy_arn(account, account.policies[source.boundary])
        grants.append(PutUserPermissionsBoundary(user_name=user.name, permissions_boundary=boundary))
    grants += [
        AddUserToGroup(group_name=group.name, user_name=user.name)
        for group in groups_of(account, source)
        if group.group_id not in user.groups
    ]
    grants += [
        AttachUserPolicy(user_name=user.name, policy_arn=policy_arn(account, policy))
        for policy in attached_policies(account, source)
        if policy.policy_id not in user.attached
    ]
    for name, document in sorted(source.inline.items()):
        own = user.inline.get(name)
        if own not in (None, document):
            raise EntityAlreadyExists(f"User {user.name} already has another inline policy with name {name}.")
        if own is None:
            grants.append(PutUserPolicy(user_name=user.name, policy_name=name, policy_document=document))
    return grants


def _grant(account: Account, grant: Grant, quotas: Quotas) -> Sequence[Event]:
    match grant:
        case PutUserPermissionsBoundary():
            return put_user_permissions_boundary(account, grant, quotas)
        case AddUserToGroup():
            return add_user_to_group(account, grant, quotas)
        case AttachUserPolicy():
            return attach_user_policy(account, grant, quotas)
        case PutUserPolicy():
            return put_user_policy(account, grant, quotas)
