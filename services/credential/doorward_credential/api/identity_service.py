"""What is asked of the identity service, over gRPC."""

from doorward.identity.v1 import accounts_pb2, last_used_pb2, log_service_pb2
from doorward.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from doorward.identity.v1.log_service_pb2_grpc import LogServiceStub
from doorward_directory.account import Account
from doorward_directory.snapshot import UnreadableSnapshot, load
from doorward_eventlog.last_used import LastUsed
from doorward_kernel.errors import DoorwardError, InvalidInput, NoSuchEntity, Unavailable
from doorward_kernel.ids import AccountId
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.channel import answer, service_metadata
from doorward_runtime.rpc.log_client import GrpcLog
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

SECONDS = 5.0


def identity_log(channel: aio.Channel, service_key: str) -> GrpcLog[Account]:
    """The owner of the identity log."""
    return GrpcLog(
        channel,
        service_key,
        service="identity",
        messages=log_service_pb2,
        stub=LogServiceStub,
        load=load,
        unreadable=UnreadableSnapshot,
    )


class GrpcIdentity:
    """Root users' addresses, and where uses are recorded."""

    def __init__(self, channel: aio.Channel, service_key: str) -> None:
        self._stub = IdentityServiceStub(channel)
        self._metadata = service_metadata(service_key)

    async def account_of(self, email: str) -> AccountId | None:
        """See `people.RootUsers`."""
        request = accounts_pb2.FindRootUserRequest(email=email)
        try:
            response = await answer(self._stub.FindRootUser(request, metadata=self._metadata, timeout=SECONDS))
        except (InvalidInput, NoSuchEntity):
            raise
        except DoorwardError as error:
            raise _unavailable(error) from error
        return AccountId(response.account_id) if response.account_id else None

    async def email_of(self, account_id: AccountId) -> str:
        """See `people.RootUsers`."""
        named = (*self._metadata, (metadata.ACCOUNT, account_id))
        try:
            response = await answer(
                self._stub.GetAccount(accounts_pb2.GetAccountRequest(), metadata=named, timeout=SECONDS)
            )
        except NoSuchEntity:
            raise
        except DoorwardError as error:
            raise _unavailable(error) from error
        return response.account.email

    async def record(self, uses: list[LastUsed]) -> None:
        """See `uses.IdentityUses`: when one of them cannot be recorded, the others are all the same."""
        try:
            await self._record(uses)
        except (InvalidInput, NoSuchEntity):
            if len(uses) > 1:
                for use in uses:
                    await self.record([use])

    async def _record(self, uses: list[LastUsed]) -> None:
        request = last_used_pb2.RecordLastUsedRequest(
            uses=[
                last_used_pb2.LastUse(
                    account=use.account,
                    unique_id=use.unique_id,
                    time=Timestamp(seconds=use.used_at // 1_000_000),
                    region=use.region,
                    service=use.service,
                )
                for use in uses
            ]
        )
        await answer(self._stub.RecordLastUsed(request, metadata=self._metadata, timeout=SECONDS))


def _unavailable(error: DoorwardError) -> Unavailable:
    return Unavailable(f"the identity service does not answer: {error.message}")
