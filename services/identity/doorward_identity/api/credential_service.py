"""What is asked of the credential service, over gRPC."""

from collections.abc import Mapping, Sequence

from doorward.credential.v1 import credentials_of_pb2 as pb
from doorward.credential.v1.credential_service_pb2_grpc import CredentialServiceStub
from doorward_kernel.errors import DoorwardError, Unavailable
from doorward_kernel.ids import AccountId, UniqueId
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.channel import answer, service_metadata
from grpc import aio

from doorward_identity.application.credentials import UserCredentials

SECONDS = 5.0


class GrpcCredentials:
    """See `credentials.Credentials`."""

    def __init__(self, channel: aio.Channel, service_key: str) -> None:
        self._stub = CredentialServiceStub(channel)
        self._metadata = service_metadata(service_key)

    async def of_user(self, account_id: AccountId, user_id: UniqueId) -> UserCredentials:
        request = pb.GetUserCredentialsRequest(user_id=user_id)
        try:
            found = await answer(
                self._stub.GetUserCredentials(request, metadata=self._named(account_id), timeout=SECONDS)
            )
        except DoorwardError as error:
            raise _unavailable(error) from error
        return UserCredentials(
            login_profile=found.login_profile, access_keys=found.access_keys, mfa_devices=found.mfa_devices
        )

    async def of_account(self, account_id: AccountId) -> Mapping[str, int]:
        request = pb.GetAccountCredentialsRequest()
        try:
            found = await answer(
                self._stub.GetAccountCredentials(request, metadata=self._named(account_id), timeout=SECONDS)
            )
        except DoorwardError as error:
            raise _unavailable(error) from error
        return {
            "MFADevices": found.mfa_devices,
            "MFADevicesInUse": found.mfa_devices_in_use,
            "AccountMFAEnabled": int(found.account_mfa_enabled),
            "AccountPasswordPresent": int(found.account_password_present),
            "AccountAccessKeysPresent": int(found.account_access_keys_present),
        }

    async def passwords_last_used(self, account_id: AccountId, user_ids: Sequence[UniqueId]) -> Mapping[str, float]:
        request = pb.GetPasswordsLastUsedRequest(user_ids=user_ids)
        try:
            found = await answer(
                self._stub.GetPasswordsLastUsed(request, metadata=self._named(account_id), timeout=SECONDS)
            )
        except DoorwardError as error:
            raise _unavailable(error) from error
        return {each.user_id: float(each.last_used_date.seconds) for each in found.passwords}

    def _named(self, account_id: AccountId) -> tuple[tuple[str, str], ...]:
        return (*self._metadata, (metadata.ACCOUNT, account_id))


def _unavailable(error: DoorwardError) -> Unavailable:
    return Unavailable(f"the credential service does not answer: {error.message}")
