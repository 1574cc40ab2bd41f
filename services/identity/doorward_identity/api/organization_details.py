"""What the organization holds, as messages."""

from typing import assert_never

from doorward.identity.v1 import details_pb2 as pb
from doorward_directory.organization.state import Member, Organization, OrganizationPolicy, Unit

from doorward_identity.api.method import timestamp
from doorward_identity.application.details import OrganizationThing


def organization_message(organization: Organization) -> pb.OrganizationDetail:
    """The organization without what is in it."""
    return pb.OrganizationDetail(
        id=organization.organization_id,
        root_id=organization.root_id,
        create_date=timestamp(organization.created_at.timestamp()),
    )


def put_organization_thing(thing: OrganizationThing, organization: pb.OrganizationDetail) -> None:
    """Put the message of a thing behind those of its kind."""
    match thing:
        case Unit():
            organization.units.add(
                id=thing.unit_id, parent_id=thing.parent_id, name=thing.name, policy_ids=thing.attached
            )
        case OrganizationPolicy():
            organization.policies.add(
                id=thing.organization_policy_id,
                type=thing.type,
                name=thing.name,
                description=thing.description,
                content=thing.document,
            )
        case Member():
            organization.members.add(
                account_id=thing.account_id,
                parent_id=thing.parent_id,
                policy_ids=thing.attached,
                alias=thing.alias,
                has_root_email=bool(thing.root_email),
            )
        case _:
            assert_never(thing)
