"""Accounts: create, get, list, close; what they hold, and their quotas."""

from doorward.identity.v1 import accounts_pb2 as pb
from doorward.identity.v1 import details_pb2 as details_pb
from doorward.identity.v1.history_pb2 import GetAccountAtResponse
from doorward_directory.account import (
    Account,
    AccountCreated,
    CloseAccount,
    CreateAccount,
    DeleteAccountQuota,
    PutAccountQuota,
)
from doorward_directory.commands import check_open
from doorward_directory.names import check_account_name
from doorward_directory.organization.registry import CreateAccountAlias, DeleteAccountAlias
from doorward_directory.organization.state import member_of
from doorward_directory.quotas import values_by_name
from doorward_directory.roles import Role
from doorward_directory.summary import account_summary
from doorward_kernel.errors import EntityAlreadyExists, NoSuchEntity
from doorward_kernel.ids import AccountId, account_id
from doorward_kernel.paging import check_max_items, page, read_marker, write_marker
from doorward_runtime.rpc.call import CALL

from doorward_identity.api.details import put_details
from doorward_identity.api.method import Methods, timestamp
from doorward_identity.application.authorization_details import in_details
from doorward_identity.application.details import details
from doorward_identity.application.root_users import check_email


class AccountMethods(Methods):
    async def CreateAccount(self, request: pb.CreateAccountRequest, _context: object) -> pb.CreateAccountResponse:
        """The address comes first: when it is interrupted there is an address without its account, and whoever creates
        an account with it again ends what was begun."""
        check_account_name(request.account_name)
        if request.email:
            check_email(request.email)
        metadata = CALL.get().event_metadata()
        id = await self._id_of_new(request)
        if not await self._exists(id):
            id = await self._with_email(id, request.email, metadata)
        command = CreateAccount(account_id=id, account_name=request.account_name, created_at=self._mint.now())
        changed = await self._accounts.execute(id, command, metadata)
        message = account_message(changed.account, await self._root_users.email_of(id))
        return pb.CreateAccountResponse(account=message, revision=str(changed.revision))

    async def GetAccount(self, _request: pb.GetAccountRequest, _context: object) -> pb.GetAccountResponse:
        account = await self._account()
        email = await self._root_users.email_of(account.account_id)
        return pb.GetAccountResponse(account=account_message(account, email))

    async def UpdateRootEmail(self, request: pb.UpdateRootEmailRequest, _context: object) -> pb.UpdateRootEmailResponse:
        account_id = (await self._open_account()).account_id
        metadata = CALL.get().event_metadata()
        revision = await self._root_users.set_email(account_id, request.email, metadata, first=False)
        return pb.UpdateRootEmailResponse(revision=str(revision))

    async def FindRootUser(self, request: pb.FindRootUserRequest, _context: object) -> pb.FindRootUserResponse:
        return pb.FindRootUserResponse(account_id=await self._root_users.account_of(request.email) or "")

    async def CloseAccount(self, _request: pb.CloseAccountRequest, _context: object) -> pb.CloseAccountResponse:
        changed = await self._execute(CloseAccount(closed_at=self._mint.now()))
        return pb.CloseAccountResponse(revision=str(changed.revision))

    async def CreateAccountAlias(
        self, request: pb.CreateAccountAliasRequest, _context: object
    ) -> pb.CreateAccountAliasResponse:
        account_id = (await self._open_account()).account_id
        command = CreateAccountAlias(account_id=account_id, account_alias=request.account_alias)
        _, revision = await self._organizations.execute(command, CALL.get().event_metadata())
        return pb.CreateAccountAliasResponse(revision=str(revision))

    async def DeleteAccountAlias(
        self, request: pb.DeleteAccountAliasRequest, _context: object
    ) -> pb.DeleteAccountAliasResponse:
        account_id = (await self._open_account()).account_id
        command = DeleteAccountAlias(account_id=account_id, account_alias=request.account_alias)
        _, revision = await self._organizations.execute(command, CALL.get().event_metadata())
        return pb.DeleteAccountAliasResponse(revision=str(revision))

    async def ListAccountAliases(
        self, request: pb.ListAccountAliasesRequest, _context: object
    ) -> pb.ListAccountAliasesResponse:
        alias = await self._alias((await self._account()).account_id)
        found = page([alias] if alias else [], str, request.marker, request.max_items)
        return pb.ListAccountAliasesResponse(account_aliases=found.items)

    async def GetAccountSummary(
        self, _request: pb.GetAccountSummaryRequest, _context: object
    ) -> pb.GetAccountSummaryResponse:
        account = await self._account()
        summary = account_summary(account, self._accounts.quotas_of(account))
        summary |= await self._credentials.of_account(account.account_id)
        summary["AccountAliases"] = 1 if await self._alias(account.account_id) else 0
        return pb.GetAccountSummaryResponse(summary_map=summary)

    async def GetAccountAuthorizationDetails(
        self, request: details_pb.GetAccountAuthorizationDetailsRequest, _context: object
    ) -> details_pb.GetAccountAuthorizationDetailsResponse:
        account = await self._account()
        limit, after = check_max_items(request.max_items), read_marker(request.marker)
        found = details(account, after, limit, in_details(request.filter))
        whole = GetAccountAtResponse()
        roles = [piece.thing for piece in found.items if isinstance(piece.thing, Role)]
        put_details(account, found.items, whole, await self._uses.of(account, roles))
        return details_pb.GetAccountAuthorizationDetailsResponse(
            user_detail_list=whole.users,
            group_detail_list=whole.groups,
            role_detail_list=whole.roles,
            policies=whole.policies,
            is_truncated=bool(found.marker),
            marker=write_marker(found.marker) if found.marker else "",
        )

    async def ListAccountQuotas(
        self, request: pb.ListAccountQuotasRequest, _context: object
    ) -> pb.ListAccountQuotasResponse:
        account = await self._account()
        values = values_by_name(self._accounts.quotas_of(account))
        defaults = values_by_name(self._accounts.quotas)
        found = page(values, str.lower, request.marker, request.max_items)
        return pb.ListAccountQuotasResponse(
            quotas=[
                pb.AccountQuota(quota_name=name, value=values[name], default_value=defaults[name])
                for name in found.items
            ],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def PutAccountQuota(self, request: pb.PutAccountQuotaRequest, _context: object) -> pb.PutAccountQuotaResponse:
        command = PutAccountQuota(quota_name=request.quota_name, value=request.value)
        return pb.PutAccountQuotaResponse(revision=str((await self._execute(command)).revision))

    async def DeleteAccountQuota(
        self, request: pb.DeleteAccountQuotaRequest, _context: object
    ) -> pb.DeleteAccountQuotaResponse:
        command = DeleteAccountQuota(quota_name=request.quota_name)
        return pb.DeleteAccountQuotaResponse(revision=str((await self._execute(command)).revision))

    async def _id_of_new(self, request: pb.CreateAccountRequest) -> AccountId:
        if request.account_id:
            return account_id(request.account_id)
        begun = await self._root_users.account_of(request.email) if request.email else None
        return self._mint.account_id() if begun is None or await self._exists(begun) else begun

    async def _with_email(self, id: AccountId, email: str, metadata: bytes) -> AccountId:
        """The account that is about to be created, which now has the address: another than `id` when a write under the
        same client token gave the address to that one."""
        if email:
            await self._root_users.set_email(id, email, metadata, first=True)
            return await self._root_users.account_of(email) or id
        if await self._root_users.email_of(id):
            raise EntityAlreadyExists(f"account `{id}` is being created with an e-mail address: give it, too")
        return id

    async def _exists(self, account_id: AccountId) -> bool:
        try:
            await self._accounts.get(account_id)
        except NoSuchEntity:
            return False
        return True

    async def _open_account(self) -> Account:
        account = await self._account()
        check_open(account)
        return account

    async def _alias(self, account_id: AccountId) -> str:
        organization = await self._organizations.find()
        return "" if organization is None else member_of(organization, account_id).alias

    async def ListAccounts(self, request: pb.ListAccountsRequest, _context: object) -> pb.ListAccountsResponse:
        limit = check_max_items(request.max_items)
        after = read_marker(request.marker)
        found = await self._accounts.creations(account_id(after) if after else "", limit + 1)
        more = len(found) > limit
        return pb.ListAccountsResponse(
            accounts=[_message(account) for account in found[:limit]],
            is_truncated=more,
            marker=write_marker(found[limit - 1].account_id) if more else "",
        )


def account_message(account: Account, email: str = "") -> pb.Account:
    """With all that a single account is shown with."""
    message = _message(account)
    message.email = email
    message.status = pb.ACCOUNT_STATUS_ACTIVE if account.closed_at is None else pb.ACCOUNT_STATUS_CLOSED
    return message


def _message(account: Account | AccountCreated) -> pb.Account:
    return pb.Account(
        account_id=account.account_id,
        account_name=account.name,
        arn=f"arn:aws:iam::{account.account_id}:root",
        create_date=timestamp(account.created_at.timestamp()),
    )
