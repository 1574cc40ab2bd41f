"""Service-linked roles: roles that a service has in an account, and that nobody but the service shapes.

IAM user guide, "Service-linked roles". Whoever else would change one is refused where it is changed
(`roles.changeable_role`).
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import UniqueId
from immutables import Map

from doorward_directory.account import Account
from doorward_directory.attachments import RolePolicyAttached, RolePolicyDetached
from doorward_directory.aws_policies import AwsPolicyAdopted, service_adoption
from doorward_directory.linked_services import LinkedService, linked_service
from doorward_directory.names import check_role_description, check_role_name, name_key
from doorward_directory.policies_in_use import check_versions_in_use
from doorward_directory.quotas import Quotas, check_quota
from doorward_directory.roles import DEFAULT_SESSION_SECONDS, RoleCreated, RoleDeleted, role_by_name
from doorward_directory.shipped import shipped_policy

MOST_TASKS = 100
"""Deletions that an account remembers: the last ones."""

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLinkedRoleDeletionSucceeded:
    """Behind the role's deletion, in the same commit."""

    deletion_task: str
    role_id: UniqueId
    finished_at: datetime


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionTask:
    """A deletion that has succeeded: no service of Doorward's holds anything that could stand against one."""

    task: str
    """`task/aws-service-role/<service>/<role>/<uuid>`."""
    finished_at: datetime


def service_linked_role_deletion_succeeded(account: Account, event: ServiceLinkedRoleDeletionSucceeded) -> Account:
    task = DeletionTask(task=event.deletion_task, finished_at=event.finished_at)
    return replace(account, deletion_tasks=(*account.deletion_tasks, task)[-MOST_TASKS:])


def deletion_task(account: Account, task: str) -> DeletionTask:
    """Raises NoSuchEntity, also when so many roles were deleted since that it is forgotten."""
    for each in account.deletion_tasks:
        if each.task == task:
            return each
    raise NoSuchEntity(f"Deletion task with id {task[:1000]} cannot be found.")


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateServiceLinkedRole:
    """The suffix is empty when there is none."""

    role_id: UniqueId
    aws_service_name: str
    description: str
    custom_suffix: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteServiceLinkedRole:
    role_name: str
    task_uuid: str
    deleted_at: datetime


RoleMade: TypeAlias = RoleCreated | AwsPolicyAdopted | RolePolicyAttached
RoleUnmade: TypeAlias = RolePolicyDetached | RoleDeleted | ServiceLinkedRoleDeletionSucceeded


def create_service_linked_role(account: Account, command: CreateServiceLinkedRole, quotas: Quotas) -> list[RoleMade]:
    """Raises LimitExceeded; InvalidInput, also when the name is taken.

    They do not count against the quota of ordinary roles, as with AWS; there may be as many of them.
    """
    service = linked_service(command.aws_service_name)
    name = _role_name(service, command.custom_suffix)
    check_role_description(command.description)
    if name_key(name) in account.role_ids:
        raise InvalidInput(f"Service role name {name} has been taken in this account, please try a different suffix.")
    linked = sum(role.is_service_linked for role in account.roles.values())
    check_quota("RolesPerAccount", quotas.roles, linked + 1)
    created = RoleCreated(
        role_id=command.role_id,
        name=name,
        path=service.path,
        description=command.description,
        max_session_seconds=DEFAULT_SESSION_SECONDS,
        trust_policy=_trust_policy(service),
        principals=Map(),
        created_at=command.created_at,
    )
    shipped = None if service.policy_arn is None else shipped_policy(service.policy_arn)
    if shipped is None:
        return [created]
    check_versions_in_use(account, shipped.policy_id, quotas)
    attached = RolePolicyAttached(role_id=command.role_id, policy_id=shipped.policy_id)
    return [created, *service_adoption(account, shipped), attached]


def delete_service_linked_role(account: Account, command: DeleteServiceLinkedRole) -> list[RoleUnmade]:
    """Raises NoSuchEntity, also for a role that is linked to no service."""
    role = role_by_name(account, command.role_name)
    if not role.is_service_linked:
        raise NoSuchEntity(f"The service-linked role with name {role.name} cannot be found.")
    return [
        *(RolePolicyDetached(role_id=role.role_id, policy_id=policy_id) for policy_id in role.attached),
        RoleDeleted(role_id=role.role_id),
        ServiceLinkedRoleDeletionSucceeded(
            deletion_task=f"task{role.path}{role.name}/{command.task_uuid}",
            role_id=role.role_id,
            finished_at=command.deleted_at,
        ),
    ]


def _role_name(service: LinkedService, suffix: str) -> str:
    if suffix:
        check_role_name(suffix, "customSuffix")
        if not service.takes_suffix:
            raise InvalidInput(f"Custom suffix is not allowed for {service.principal}")
    name = f"{service.role_name}_{suffix}" if suffix else service.role_name
    check_role_name(name)
    return name


def _trust_policy(service: LinkedService) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service.principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
