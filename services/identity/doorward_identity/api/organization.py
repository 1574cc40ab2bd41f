"""The organization: its root, organizational units, and where each account is."""

from collections.abc import Callable

from doorward.identity.v1 import organization_pb2 as pb
from doorward_directory.account import AccountCreated
from doorward_directory.organization.commands import OrganizationCommand
from doorward_directory.organization.state import Organization, Unit, member_id, member_of, unit_by_id
from doorward_directory.organization.tree import (
    CreateOrganizationalUnit,
    DeleteOrganizationalUnit,
    MoveAccount,
    UpdateOrganizationalUnit,
    units_in,
)
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_kernel.paging import page
from doorward_kernel.revision import Revision
from doorward_runtime.rpc.call import CALL

from doorward_identity.api.method import timestamp
from doorward_identity.application.minting import Mint
from doorward_identity.application.organizations import Organizations

ROOT, ORGANIZATIONAL_UNIT, ACCOUNT = "ROOT", "ORGANIZATIONAL_UNIT", "ACCOUNT"


class OrganizationGround:
    """The ground of every group of methods on the organization."""

    def __init__(self, organizations: Organizations, mint: Mint, fingerprint: Callable[[str], str]) -> None:
        self.fingerprint = fingerprint
        self._organizations = organizations
        self._mint = mint

    async def _execute(self, command: OrganizationCommand) -> tuple[Organization, Revision]:
        return await self._organizations.execute(command, CALL.get().event_metadata())


class TreeMethods(OrganizationGround):
    async def DescribeOrganization(
        self, _request: pb.DescribeOrganizationRequest, _context: object
    ) -> pb.DescribeOrganizationResponse:
        organization = await self._organizations.get()
        return pb.DescribeOrganizationResponse(
            organization=pb.Organization(
                id=organization.organization_id,
                arn=f"arn:aws:organizations::{OPERATOR}:organization/{organization.organization_id}",
                master_account_id=OPERATOR,
                create_date=timestamp(organization.created_at.timestamp()),
            )
        )

    async def ListRoots(self, request: pb.ListRootsRequest, _context: object) -> pb.ListRootsResponse:
        organization = await self._organizations.get()
        roots = [organization.units[organization.root_id]]
        found = page(roots, lambda root: root.unit_id, request.marker, request.max_items)
        return pb.ListRootsResponse(
            roots=[pb.Root(id=root.unit_id, arn=unit_arn(organization, root), name=root.name) for root in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def CreateOrganizationalUnit(
        self, request: pb.CreateOrganizationalUnitRequest, _context: object
    ) -> pb.CreateOrganizationalUnitResponse:
        root_id = (await self._organizations.get()).root_id
        command = CreateOrganizationalUnit(
            organizational_unit_id=self._mint.short_id(f"ou-{root_id.removeprefix('r-')}-", 8),
            parent_id=request.parent_id,
            name=request.name,
        )
        organization, revision = await self._execute(command)
        return pb.CreateOrganizationalUnitResponse(
            organizational_unit=_unit(organization, command.organizational_unit_id), revision=str(revision)
        )

    async def DescribeOrganizationalUnit(
        self, request: pb.DescribeOrganizationalUnitRequest, _context: object
    ) -> pb.DescribeOrganizationalUnitResponse:
        organization = await self._organizations.get()
        return pb.DescribeOrganizationalUnitResponse(
            organizational_unit=_unit(organization, request.organizational_unit_id)
        )

    async def UpdateOrganizationalUnit(
        self, request: pb.UpdateOrganizationalUnitRequest, _context: object
    ) -> pb.UpdateOrganizationalUnitResponse:
        command = UpdateOrganizationalUnit(organizational_unit_id=request.organizational_unit_id, name=request.name)
        organization, revision = await self._execute(command)
        return pb.UpdateOrganizationalUnitResponse(
            organizational_unit=_unit(organization, command.organizational_unit_id), revision=str(revision)
        )

    async def DeleteOrganizationalUnit(
        self, request: pb.DeleteOrganizationalUnitRequest, _context: object
    ) -> pb.DeleteOrganizationalUnitResponse:
        command = DeleteOrganizationalUnit(organizational_unit_id=request.organizational_unit_id)
        _, revision = await self._execute(command)
        return pb.DeleteOrganizationalUnitResponse(revision=str(revision))

    async def ListOrganizationalUnitsForParent(
        self, request: pb.ListOrganizationalUnitsForParentRequest, _context: object
    ) -> pb.ListOrganizationalUnitsForParentResponse:
        organization = await self._organizations.get()
        parent = unit_by_id(organization, request.parent_id)
        units = units_in(organization, parent.unit_id)
        found = page(units, lambda unit: unit.unit_id, request.marker, request.max_items)
        return pb.ListOrganizationalUnitsForParentResponse(
            organizational_units=[_unit(organization, unit.unit_id) for unit in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def ListAccountsForParent(
        self, request: pb.ListAccountsForParentRequest, _context: object
    ) -> pb.ListAccountsForParentResponse:
        organization = await self._organizations.get()
        parent_id = unit_by_id(organization, request.parent_id).unit_id
        found = await self._organizations.accounts(
            organization, lambda member: member.parent_id == parent_id, request.marker, request.max_items
        )
        return pb.ListAccountsForParentResponse(
            accounts=[_account(organization, each) for each in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def ListParents(self, request: pb.ListParentsRequest, _context: object) -> pb.ListParentsResponse:
        organization = await self._organizations.get()
        parents = [await self._parent(organization, request.child_id)]
        found = page(parents, str, request.marker, request.max_items)
        types = {organization.root_id: ROOT}
        return pb.ListParentsResponse(
            parents=[pb.Parent(id=each, type=types.get(each, ORGANIZATIONAL_UNIT)) for each in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def MoveAccount(self, request: pb.MoveAccountRequest, _context: object) -> pb.MoveAccountResponse:
        command = MoveAccount(
            account_id=member_id(request.account_id),
            source_parent_id=request.source_parent_id,
            destination_parent_id=request.destination_parent_id,
        )
        await self._organizations.check_account(command.account_id)
        _, revision = await self._execute(command)
        return pb.MoveAccountResponse(revision=str(revision))

    async def _parent(self, organization: Organization, child_id: str) -> str:
        if child_id.isdigit():
            account_id = member_id(child_id)
            await self._organizations.check_account(account_id)
            return member_of(organization, account_id).parent_id
        unit = unit_by_id(organization, child_id)
        if not unit.parent_id:
            raise InvalidInput(f"`{child_id}` is the root, which has no parent")
        return unit.parent_id


def unit_arn(organization: Organization, unit: Unit) -> str:
    """Of the root or an organizational unit (Service authorization reference, "AWS Organizations")."""
    kind = "ou" if unit.parent_id else "root"
    return f"arn:aws:organizations::{OPERATOR}:{kind}/{organization.organization_id}/{unit.unit_id}"


def account_arn(organization: Organization, account_id: AccountId) -> str:
    """Of an account as the organization names it."""
    return f"arn:aws:organizations::{OPERATOR}:account/{organization.organization_id}/{account_id}"


def _unit(organization: Organization, unit_id: str) -> pb.OrganizationalUnit:
    unit = unit_by_id(organization, unit_id)
    if not unit.parent_id:
        raise InvalidInput(f"`{unit_id}` is the root, not an organizational unit")
    return pb.OrganizationalUnit(id=unit.unit_id, arn=unit_arn(organization, unit), name=unit.name)


def _account(organization: Organization, account: AccountCreated) -> pb.OrganizationAccount:
    return pb.OrganizationAccount(
        id=account.account_id,
        arn=account_arn(organization, account.account_id),
        name=account.name,
        alias=member_of(organization, account.account_id).alias,
    )
