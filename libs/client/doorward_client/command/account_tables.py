"""An account as it was, as the command prints it: a document for programs, tables for people."""

from collections.abc import Iterable

from doorward.identity.v1.attachments_pb2 import AttachedPolicy
from doorward.identity.v1.history_pb2 import GetAccountAtResponse
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.table import Table
from rich.text import Text

from doorward_client.command.event_lines import instant


def account_document(found: GetAccountAtResponse) -> dict[str, object]:
    """An account as it was, for programs."""
    return {
        "revision": found.revision,
        "recorded_at": instant(found.recorded_at),
        "version": found.version,
        "account": _fields(found.account),
        "users": [_fields(each) for each in found.users],
        "groups": [_fields(each) for each in found.groups],
        "roles": [_fields(each) for each in found.roles],
        "policies": [_fields(each) for each in found.policies],
        "resource_policies": [_fields(each) for each in found.resource_policies],
        "instance_profiles": [_fields(each) for each in found.instance_profiles],
        "open_id_connect_providers": [_fields(each) for each in found.open_id_connect_providers],
        "saml_providers": [_fields(each) for each in found.saml_providers],
        "organization": _fields(found.organization) if found.HasField("organization") else None,
        "own_quotas": dict(found.own_quotas),
        "closed_at": instant(found.close_date) if found.HasField("close_date") else None,
    }


def _fields(message: Message) -> dict[str, object]:
    fields: dict[str, object] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return fields


def account_tables(found: GetAccountAtResponse) -> Iterable[Table]:
    """An account as it was, for people: what it is, then what it held, if anything."""
    head = Table.grid(padding=(0, 2))
    for name, value in (
        ("account", f"{found.account.account_id} {found.account.account_name}"),
        ("revision", found.revision),
        ("recorded", instant(found.recorded_at)),
        ("events", str(found.version)),
    ):
        head.add_row(name, Text(value, overflow="fold"))
    if found.HasField("close_date"):
        head.add_row("closed", instant(found.close_date))
    for name, quota in sorted(found.own_quotas.items()):
        head.add_row("quota", Text(f"{name} {quota}"))
    kinds = (
        *(_users, _groups, _roles, _policies, _resources, _profiles, _oidc, _saml),
        *(_units, _guardrails, _members),
    )
    tables = [kind(found) for kind in kinds]
    return [head, *(table for table in tables if table.row_count)]


def _users(found: GetAccountAtResponse) -> Table:
    table = _table("USER", "GROUPS", "POLICIES", "INLINE", "BOUNDARY")
    for user in found.users:
        boundary = user.permissions_boundary.permissions_boundary_arn
        inline = [each.policy_name for each in user.user_policy_list]
        _add(table, [user.arn], user.group_list, _names(user.attached_managed_policies), inline, [_name(boundary)])
    return table


def _groups(found: GetAccountAtResponse) -> Table:
    table = _table("GROUP", "POLICIES", "INLINE")
    for group in found.groups:
        inline = [each.policy_name for each in group.group_policy_list]
        _add(table, [group.arn], _names(group.attached_managed_policies), inline)
    return table


def _roles(found: GetAccountAtResponse) -> Table:
    table = _table("ROLE", "POLICIES", "INLINE", "BOUNDARY")
    for role in found.roles:
        boundary = role.permissions_boundary.permissions_boundary_arn
        inline = [each.policy_name for each in role.role_policy_list]
        _add(table, [role.arn], _names(role.attached_managed_policies), inline, [_name(boundary)])
    return table


def _policies(found: GetAccountAtResponse) -> Table:
    table = _table("POLICY", "VERSIONS", "DEFAULT", "ATTACHED")
    for policy in found.policies:
        versions = [each.version_id for each in policy.policy_version_list]
        _add(table, [policy.arn], versions, [policy.default_version_id], [str(policy.attachment_count)])
    return table


def _resources(found: GetAccountAtResponse) -> Table:
    table = _table("RESOURCE POLICY OF")
    for policy in found.resource_policies:
        _add(table, [policy.resource_arn])
    return table


def _profiles(found: GetAccountAtResponse) -> Table:
    table = _table("INSTANCE PROFILE", "ROLE")
    for profile in found.instance_profiles:
        _add(table, [profile.arn], [profile.role_name])
    return table


def _oidc(found: GetAccountAtResponse) -> Table:
    table = _table("OIDC PROVIDER", "CLIENTS", "THUMBPRINTS")
    for provider in found.open_id_connect_providers:
        _add(table, [provider.arn], provider.client_id_list, [str(len(provider.thumbprint_list))])
    return table


def _saml(found: GetAccountAtResponse) -> Table:
    table = _table("SAML PROVIDER", "VALID UNTIL")
    for provider in found.saml_providers:
        _add(table, [provider.arn], [instant(provider.valid_until)] if provider.HasField("valid_until") else [])
    return table


def _units(found: GetAccountAtResponse) -> Table:
    table = _table("UNIT", "NAME", "PARENT", "GUARDRAILS")
    for unit in found.organization.units:
        _add(table, [unit.id], [unit.name], [unit.parent_id], unit.policy_ids)
    return table


def _guardrails(found: GetAccountAtResponse) -> Table:
    table = _table("GUARDRAIL", "NAME", "TYPE")
    for policy in found.organization.policies:
        _add(table, [policy.id], [policy.name], [policy.type])
    return table


def _members(found: GetAccountAtResponse) -> Table:
    table = _table("ACCOUNT", "ALIAS", "PARENT", "GUARDRAILS")
    for member in found.organization.members:
        _add(table, [member.account_id], [member.alias], [member.parent_id], member.policy_ids)
    return table


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False, header_style="")


def _add(table: Table, *cells: Iterable[str]) -> None:
    table.add_row(*(Text(", ".join(each), overflow="fold") for each in cells))


def _names(policies: Iterable[AttachedPolicy]) -> list[str]:
    return [policy.policy_name for policy in policies]


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
