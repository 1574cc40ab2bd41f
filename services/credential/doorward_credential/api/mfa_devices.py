"""MFA devices: virtual ones, passkeys, telephones, recovery codes."""

from doorward.credential.v1 import mfa_devices_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.users import User, user_arn
from doorward_kernel.errors import AccessDenied, InvalidInput
from doorward_kernel.paging import page
from doorward_keyring.mfa_devices import MfaDevice, VirtualDevice, mfa_device, mfa_devices_of
from doorward_runtime.rpc.call import CALL

from doorward_credential.api.method import Callers, stamp
from doorward_credential.application.mfa_devices import MfaDevices
from doorward_credential.application.people import People, Person, person
from doorward_credential.application.registrations import Registrations
from doorward_credential.application.second_factors import factors_of

_STATUSES = ("", "Any", "Assigned", "Unassigned")
_ENABLE = "iam:EnableMFADevice"


class MfaDeviceMethods:
    _callers: Callers
    _devices: MfaDevices
    _registrations: Registrations
    _people: People

    async def CreateVirtualMFADevice(
        self, request: pb.CreateVirtualMFADeviceRequest, _context: object
    ) -> pb.CreateVirtualMFADeviceResponse:
        call = CALL.get()
        await self._people.account(call.account, latest=True)
        made = await self._devices.create(
            call.account, request.path or "/", request.virtual_mfa_device_name, call.event_metadata()
        )
        return pb.CreateVirtualMFADeviceResponse(
            virtual_mfa_device=pb.VirtualMFADevice(
                serial_number=made.device.serial,
                base32_string_seed=made.base32_string_seed.encode(),
                qr_code_png=made.qr_code_png,
            ),
            revision=str(made.revision),
        )

    async def EnableMFADevice(self, request: pb.EnableMFADeviceRequest, _context: object) -> pb.EnableMFADeviceResponse:
        owner = await self._callers.person(request.user_name)
        codes = (request.authentication_code1, request.authentication_code2)
        revision = await self._devices.enable(owner, request.serial_number, codes, CALL.get().event_metadata())
        return pb.EnableMFADeviceResponse(revision=str(revision))

    async def ResyncMFADevice(self, request: pb.ResyncMFADeviceRequest, _context: object) -> pb.ResyncMFADeviceResponse:
        owner = await self._callers.person(request.user_name)
        codes = (request.authentication_code1, request.authentication_code2)
        return pb.ResyncMFADeviceResponse(revision=str(await self._devices.resync(owner, request.serial_number, codes)))

    async def DeactivateMFADevice(
        self, request: pb.DeactivateMFADeviceRequest, _context: object
    ) -> pb.DeactivateMFADeviceResponse:
        owner = await self._callers.person(request.user_name)
        revision = await self._devices.deactivate(owner, request.serial_number, CALL.get().event_metadata())
        return pb.DeactivateMFADeviceResponse(revision=str(revision))

    async def DeleteVirtualMFADevice(
        self, request: pb.DeleteVirtualMFADeviceRequest, _context: object
    ) -> pb.DeleteVirtualMFADeviceResponse:
        call = CALL.get()
        revision = await self._devices.delete(call.account, request.serial_number, call.event_metadata())
        return pb.DeleteVirtualMFADeviceResponse(revision=str(revision))

    async def ListMFADevices(self, request: pb.ListMFADevicesRequest, _context: object) -> pb.ListMFADevicesResponse:
        owner = await self._callers.person(request.user_name)
        keyring = await self._devices.keyring(owner.account.account_id)
        devices = mfa_devices_of(keyring, owner.principal_id)
        found = page(devices, lambda device: device.serial, request.marker, request.max_items)
        return pb.ListMFADevicesResponse(
            mfa_devices=[_message(owner, device) for device in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def ListVirtualMFADevices(
        self, request: pb.ListVirtualMFADevicesRequest, _context: object
    ) -> pb.ListVirtualMFADevicesResponse:
        if request.assignment_status not in _STATUSES:
            raise InvalidInput(
                f"1 validation error detected: Value '{request.assignment_status[:64]}' at 'assignmentStatus' failed "
                "to satisfy constraint: Member must satisfy enum value set: [Any, Unassigned, Assigned]"
            )
        account = await self._people.account(CALL.get().account)
        keyring = await self._devices.keyring(account.account_id)
        wanted = {"Assigned": (True,), "Unassigned": (False,)}.get(request.assignment_status, (True, False))
        devices = [
            device
            for device in keyring.mfa_devices.values()
            if isinstance(device, VirtualDevice) and (device.principal_id is not None) in wanted
        ]
        found = page(devices, lambda device: device.serial, request.marker, request.max_items)
        return pb.ListVirtualMFADevicesResponse(
            virtual_mfa_devices=[_virtual(account, device) for device in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def GetMFADevice(self, request: pb.GetMFADeviceRequest, _context: object) -> pb.GetMFADeviceResponse:
        owner = await self._callers.person(request.user_name)
        keyring = await self._devices.keyring(owner.account.account_id)
        device = _message(owner, mfa_device(keyring, request.serial_number, owner.principal_id))
        return pb.GetMFADeviceResponse(
            user_name=device.user_name, serial_number=device.serial_number, enable_date=device.enable_date
        )

    async def StartPasskeyRegistration(
        self, _request: pb.StartPasskeyRegistrationRequest, _context: object
    ) -> pb.StartPasskeyRegistrationResponse:
        options, registration = await self._registrations.start_passkey(await self._owner())
        return pb.StartPasskeyRegistrationResponse(options=options, registration=registration)

    async def FinishPasskeyRegistration(
        self, request: pb.FinishPasskeyRegistrationRequest, _context: object
    ) -> pb.FinishPasskeyRegistrationResponse:
        owner = await self._owner()
        device, revision = await self._registrations.finish_passkey(
            owner, request.registration, request.credential, request.passkey_name, CALL.get().event_metadata()
        )
        return pb.FinishPasskeyRegistrationResponse(mfa_device=_message(owner, device), revision=str(revision))

    async def StartSmsRegistration(
        self, request: pb.StartSmsRegistrationRequest, _context: object
    ) -> pb.StartSmsRegistrationResponse:
        registration = await self._registrations.start_sms(await self._owner(), request.phone_number)
        return pb.StartSmsRegistrationResponse(registration=registration)

    async def FinishSmsRegistration(
        self, request: pb.FinishSmsRegistrationRequest, _context: object
    ) -> pb.FinishSmsRegistrationResponse:
        owner = await self._owner()
        device, revision = await self._registrations.finish_sms(
            owner, request.registration, request.code, CALL.get().event_metadata()
        )
        return pb.FinishSmsRegistrationResponse(mfa_device=_message(owner, device), revision=str(revision))

    async def GenerateRecoveryCodes(
        self, _request: pb.GenerateRecoveryCodesRequest, _context: object
    ) -> pb.GenerateRecoveryCodesResponse:
        codes, revision = await self._devices.make_recovery_codes(await self._owner(), CALL.get().event_metadata())
        return pb.GenerateRecoveryCodesResponse(recovery_codes=codes, revision=str(revision))

    async def _owner(self) -> Person:
        """The caller, who may have devices of its own enabled: a session that was stolen gets no factor by itself."""
        owner = await self._callers.user_or_root()
        await self._callers.check_may(_ENABLE, owner.arn)
        keyring = await self._devices.keyring(owner.account.account_id)
        if factors_of(keyring, owner.principal_id) and not (await self._callers.passport()).mfa_present:
            raise AccessDenied("who has a second factor shows it before it gets another one: sign in with it")
        return owner


def _message(owner: Person, device: MfaDevice) -> pb.MFADevice:
    message = pb.MFADevice(user_name=owner.name, serial_number=device.serial)
    if device.enabled_at is not None:
        message.enable_date.CopyFrom(stamp(device.enabled_at))
    return message


def _virtual(account: Account, device: MfaDevice) -> pb.VirtualMFADevice:
    message = pb.VirtualMFADevice(serial_number=device.serial)
    owner = None if device.principal_id is None else person(account, device.principal_id)
    if owner is None or device.enabled_at is None:
        return message
    message.enable_date.CopyFrom(stamp(device.enabled_at))
    message.user.CopyFrom(_user(account, owner.user))
    return message


def _user(account: Account, user: User | None) -> pb.VirtualMFADeviceUser:
    if user is None:
        return pb.VirtualMFADeviceUser(
            user_id=account.account_id,
            arn=f"arn:aws:iam::{account.account_id}:root",
            create_date=stamp(account.created_at),
        )
    return pb.VirtualMFADeviceUser(
        path=user.path,
        user_name=user.name,
        user_id=user.user_id,
        arn=user_arn(account, user),
        create_date=stamp(user.created_at),
    )
