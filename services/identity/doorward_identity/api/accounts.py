"""Accounts: create, get, list."""

from doorward.identity.v1 import accounts_pb2 as pb
from doorward_directory.account import Account, AccountCreated, CreateAccount
from doorward_kernel.ids import account_id
from doorward_runtime.rpc.call import CALL

from doorward_identity.api.method import Methods, timestamp
from doorward_identity.application.paging import check_max_items, read_marker, write_marker


class AccountMethods(Methods):
    async def CreateAccount(self, request: pb.CreateAccountRequest, _context: object) -> pb.CreateAccountResponse:
        command = CreateAccount(
            account_id=account_id(request.account_id) if request.account_id else self._mint.account_id(),
            account_name=request.account_name,
            created_at=self._mint.now(),
        )
        changed = await self._accounts.execute(command.account_id, command, CALL.get().event_metadata())
        return pb.CreateAccountResponse(account=_message(changed.account), revision=str(changed.revision))

    async def GetAccount(self, _request: pb.GetAccountRequest, _context: object) -> pb.GetAccountResponse:
        return pb.GetAccountResponse(account=_message(await self._account()))

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


def _message(account: Account | AccountCreated) -> pb.Account:
    return pb.Account(
        account_id=account.account_id,
        account_name=account.name,
        arn=f"arn:aws:iam::{account.account_id}:root",
        create_date=timestamp(account.created_at.timestamp()),
    )
