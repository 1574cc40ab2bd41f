"""MFA devices: made, enabled, resynchronized, taken away."""

from dataclasses import dataclass, field

from doorward_eventlog.counters import Counters
from doorward_kernel.errors import InvalidAuthenticationCode, InvalidInput
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import DeactivateMFADevice, MfaDevice, VirtualDevice, mfa_device
from doorward_keyring.recovery_codes import MakeRecoveryCodes
from doorward_keyring.virtual_devices import (
    CreateVirtualMFADevice,
    DeleteVirtualMFADevice,
    EnableMFADevice,
    create_virtual_mfa_device,
    enable_mfa_device,
    virtual_device,
    virtual_serial_number,
)

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.people import Person
from doorward_credential.application.second_factors import (
    SecondFactors,
    Seed,
    device_name,
    recovery_digest,
    recovery_name,
)
from doorward_credential.application.shapes import check_code
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.totp import base32_seed, enabling_step, otpauth_uri, qr_code_png, step_at

RECOVERY_CODES = 10

_WRONG = "Authentication code for device is not valid."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVirtualDevice:
    """A device that was just made; what it makes its codes from is told once."""

    device: MfaDevice
    base32_string_seed: str = field(repr=False)
    qr_code_png: bytes = field(repr=False)
    revision: Revision


class MfaDevices:
    """Virtual devices and recovery codes; passkeys and telephones are in `registrations`."""

    def __init__(
        self,
        keyrings: Keyrings,
        stored: StoredSecrets,
        counters: Counters,
        factors: SecondFactors,
        mint: Mint,
    ) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._counters = counters
        self._factors = factors
        self._mint = mint

    async def create(self, account: AccountId, path: str, name: str, metadata: bytes) -> NewVirtualDevice:
        """A virtual device that is nobody's yet. Raises InvalidInput, EntityAlreadyExists, LimitExceeded."""
        seed = self._mint.seed()
        command = CreateVirtualMFADevice(
            device_id=self._mint.id(), virtual_mfa_device_name=name, path=path, created_at=self._mint.now()
        )
        create_virtual_mfa_device(await self._keyrings.get(account), command)
        changed = await self._stored.keep_for(
            account,
            {f"totp/{command.device_id}": Seed(seed).written()},
            lambda: self._keyrings.execute(account, command, metadata),
        )
        return NewVirtualDevice(
            device=virtual_device(changed.account, virtual_serial_number(account, path, name)),
            base32_string_seed=base32_seed(seed),
            qr_code_png=qr_code_png(otpauth_uri(seed, account, name)),
            revision=changed.revision,
        )

    async def enable(self, owner: Person, serial: str, codes: tuple[str, str], metadata: bytes) -> Revision:
        """Make a virtual device somebody's, who shows two consecutive codes of it.

        Raises NoSuchEntity, EntityAlreadyExists, LimitExceeded, InvalidAuthenticationCode, Throttling.
        """
        account = owner.account.account_id
        keyring = await self._keyrings.get(account)
        device = virtual_device(keyring, serial)
        command = EnableMFADevice(
            serial_number=device.serial, principal_id=owner.principal_id, enabled_at=self._mint.now()
        )
        enable_mfa_device(keyring, command)
        await self._show_two(account, device, codes, resync=False)
        return (await self._keyrings.execute(account, command, metadata)).revision

    async def resync(self, owner: Person, serial: str, codes: tuple[str, str]) -> Revision:
        """Learn by how much the clock of a virtual device is wrong.

        Raises NoSuchEntity when it is not the owner's, InvalidInput for another kind of device,
        InvalidAuthenticationCode, Throttling.
        """
        account = owner.account.account_id
        keyring = await self._keyrings.get(account)
        device = mfa_device(keyring, serial, owner.principal_id)
        if not isinstance(device, VirtualDevice):
            raise InvalidInput(f"`{serial}` is no virtual MFA device: only those have a clock to be resynchronized")
        await self._show_two(account, device, codes, resync=True)
        return self._keyrings.revision(keyring.position)

    async def deactivate(self, owner: Person, serial: str, metadata: bytes) -> Revision:
        """Take a device from its owner; a passkey or telephone is gone then, and recovery codes are with the last
        device. Raises NoSuchEntity."""
        account = owner.account.account_id
        before = await self._keyrings.get(account)
        device = mfa_device(before, serial, owner.principal_id)
        command = DeactivateMFADevice(serial_number=serial, principal_id=owner.principal_id)
        changed = await self._keyrings.execute(account, command, metadata)
        if serial not in changed.account.mfa_devices:
            await self._forget(account, device)
        codes = before.recovery_codes.get(owner.principal_id)
        if codes is not None and owner.principal_id not in changed.account.recovery_codes:
            await self._stored.delete(account, [recovery_name(codes.batch_id, each) for each in codes.remaining])
        return changed.revision

    async def delete(self, account: AccountId, serial: str, metadata: bytes) -> Revision:
        """Raises NoSuchEntity, DeleteConflict while it is somebody's."""
        device = virtual_device(await self._keyrings.get(account), serial)
        changed = await self._keyrings.execute(account, DeleteVirtualMFADevice(serial_number=serial), metadata)
        await self._forget(account, device)
        return changed.revision

    async def make_recovery_codes(self, owner: Person, metadata: bytes) -> tuple[list[str], Revision]:
        """Other codes than before, RECOVERY_CODES of them; they are told once."""
        account, batch = owner.account.account_id, self._mint.id()
        before = (await self._keyrings.get(account)).recovery_codes.get(owner.principal_id)
        codes = [self._mint.recovery_code() for _ in range(RECOVERY_CODES)]
        digests = {recovery_name(batch, number): recovery_digest(code) for number, code in enumerate(codes, 1)}
        command = MakeRecoveryCodes(
            principal_id=owner.principal_id, batch_id=batch, codes=len(codes), made_at=self._mint.now()
        )

        async def change() -> Revision:
            changed = await self._keyrings.execute(account, command, metadata)
            if before is not None:
                await self._stored.delete(account, [recovery_name(before.batch_id, each) for each in before.remaining])
            return changed.revision

        return codes, await self._stored.keep_for(account, digests, change)

    async def keyring(self, account: AccountId) -> Keyring:
        """The devices of an account, as they are now."""
        return await self._keyrings.get(account)

    async def _show_two(
        self, account: AccountId, device: VirtualDevice, codes: tuple[str, str], *, resync: bool
    ) -> None:
        first, second = (check_code(code, f"authenticationCode{number}") for number, code in enumerate(codes, 1))
        name, now = device_name(device), self._mint.seconds()
        self._factors.count_try(f"{account}/{name}")
        stored = await self._stored.get(account, name)
        seed = Seed.read(stored)
        last = (await self._counters.read(account, [name])).get(name)
        step = enabling_step(seed.seed, first, second, now, after_step=last, resync=resync)
        if step is None or not await self._counters.advance(account, name, step):
            raise InvalidAuthenticationCode(_WRONG)
        if resync:
            await self._stored.exchange(account, name, stored, Seed(seed.seed, step - step_at(now)).written())

    async def _forget(self, account: AccountId, device: MfaDevice) -> None:
        name = device_name(device)
        await self._stored.delete(account, [name])
        await self._counters.delete(account, [name])
