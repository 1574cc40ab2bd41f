"""What users and accounts have, for the identity service."""

from doorward.credential.v1 import credentials_of_pb2 as pb
from doorward_eventlog.last_used import LastUses
from doorward_kernel.ids import UniqueId
from doorward_keyring.access_keys import access_keys_of
from doorward_keyring.mfa_devices import VirtualDevice, mfa_devices_of
from doorward_runtime.rpc.call import CALL

from doorward_credential.api.method import timestamp
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.uses import password_use


class CredentialsOfMethods:
    _keyrings: Keyrings
    _uses: LastUses

    async def GetUserCredentials(
        self, request: pb.GetUserCredentialsRequest, _context: object
    ) -> pb.GetUserCredentialsResponse:
        keyring = await self._keyrings.get(CALL.get().account)
        return pb.GetUserCredentialsResponse(
            login_profile=request.user_id in keyring.login_profiles,
            access_keys=len(access_keys_of(keyring, request.user_id)),
            mfa_devices=len(mfa_devices_of(keyring, request.user_id)),
        )

    async def GetAccountCredentials(
        self, _request: pb.GetAccountCredentialsRequest, _context: object
    ) -> pb.GetAccountCredentialsResponse:
        account = CALL.get().account
        keyring = await self._keyrings.get(account)
        virtual = [device for device in keyring.mfa_devices.values() if isinstance(device, VirtualDevice)]
        return pb.GetAccountCredentialsResponse(
            mfa_devices=len(virtual),
            mfa_devices_in_use=sum(device.principal_id is not None for device in virtual),
            account_mfa_enabled=bool(mfa_devices_of(keyring, account)),
            account_password_present=account in keyring.login_profiles,
            account_access_keys_present=bool(access_keys_of(keyring, account)),
        )

    async def GetPasswordsLastUsed(
        self, request: pb.GetPasswordsLastUsedRequest, _context: object
    ) -> pb.GetPasswordsLastUsedResponse:
        names = {UniqueId(password_use(user_id)): user_id for user_id in request.user_ids}
        used = await self._uses.last_used(CALL.get().account, names)
        return pb.GetPasswordsLastUsedResponse(
            passwords=[
                pb.PasswordLastUsed(user_id=names[name], last_used_date=timestamp(use.used_at / 1_000_000))
                for name, use in used.items()
            ]
        )
