"""The organization in a snapshot of the operator's account."""

from typing import Any, TypeAlias

from doorward_kernel.ids import AccountId
from immutables import Map

from doorward_directory.codec import read_time, write_time
from doorward_directory.organization.state import Member, Organization, OrganizationPolicy, Unit

Fields: TypeAlias = dict[str, Any]


def organization_fields(organization: Organization) -> Fields:
    """As JSON can say it; equal states give equal fields."""
    return {
        "organization_id": organization.organization_id,
        "root_id": organization.root_id,
        "created_at": write_time(organization.created_at),
        "units": [
            [unit.unit_id, unit.parent_id, unit.name, unit.attached] for _, unit in sorted(organization.units.items())
        ],
        "members": [
            [
                member.account_id,
                member.parent_id,
                member.attached,
                member.alias,
                member.root_email,
                member.root_email_digest,
            ]
            for _, member in sorted(organization.members.items())
        ],
        "policies": [
            [policy.organization_policy_id, policy.type, policy.name, policy.description, policy.document]
            for _, policy in sorted(organization.policies.items())
        ],
    }


def read_organization(fields: Fields) -> Organization:
    """What `organization_fields` was given. Raises KeyError, TypeError or ValueError when it was not."""
    members = [_member(*each) for each in fields["members"]]
    return Organization(
        organization_id=fields["organization_id"],
        root_id=fields["root_id"],
        created_at=read_time(fields["created_at"]),
        units=Map(
            (unit_id, Unit(unit_id=unit_id, parent_id=parent_id, name=name, attached=tuple(attached)))
            for unit_id, parent_id, name, attached in fields["units"]
        ),
        members=Map((member.account_id, member) for member in members),
        policies=Map(
            (
                policy_id,
                OrganizationPolicy(
                    organization_policy_id=policy_id, type=type, name=name, description=description, document=document
                ),
            )
            for policy_id, type, name, description, document in fields["policies"]
        ),
        aliases=Map((member.alias, member.account_id) for member in members if member.alias),
        root_emails=Map((member.root_email_digest, member.account_id) for member in members if member.root_email),
    )


def _member_fields(member: Member) -> list[Any]:
    placed = [member.account_id, member.parent_id, member.attached]
    return [*placed, member.alias, member.root_email, member.root_email_digest]


def _member(account_id: str, parent_id: str, attached: list[str], alias: str, root_email: str, digest: str) -> Member:
    return Member(
        account_id=AccountId(account_id),
        parent_id=parent_id,
        attached=tuple(attached),
        alias=alias,
        root_email=root_email,
        root_email_digest=digest,
    )
