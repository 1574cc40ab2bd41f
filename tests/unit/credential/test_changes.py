"""Passwords, devices and recovery codes: what is kept for a change that is refused, and what is refused at all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from doorward_credential.adapters.sms_file import NoSms
from doorward_credential.application.challenges import Challenges
from doorward_credential.application.keyrings import Keyrings, open_keyrings
from doorward_credential.application.mfa_devices import MfaDevices
from doorward_credential.application.passwords import Passwords
from doorward_credential.application.ports import Verified
from doorward_credential.application.registrations import Registrations
from doorward_credential.application.sealed_tokens import SealedTokens
from doorward_credential.application.second_factors import SecondFactors
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_eventlog.counters_memory import MemoryCounters
from doorward_eventlog.memory import MemoryEventLog
from doorward_eventlog.secrets_memory import MemorySecrets
from doorward_kernel.errors import (
    AccountIsClosed,
    ConcurrentModification,
    DoorwardError,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
    PasswordPolicyViolation,
    Unavailable,
)
from doorward_keyring.commands import Command
from doorward_keyring.mfa_devices import DeactivateMFADevice
from doorward_keyring.sms_devices import RegisterSmsDevice, sms_serial_number

from tests.unit.credential.parts import Clock, ClockMint, service_keys, stored_secrets
from tests.unit.credential.people import EMAIL, alice, people
from tests.unit.keyring.world import ACCOUNT, ALICE, BOB, PHONE, START, device, enabled, passkey, policy, profile

PASSWORD = "Correct-horse-9"
SMS_CODE, NUMBER = "123456", "+15555550123"


class PlainHasher:
    """Hashes nothing."""

    async def hash(self, password: str) -> str:
        return password

    async def verify(self, stored: str, password: str) -> Verified:
        return Verified(ok=stored == password, needs_rehash=False)

    async def waste(self, password: str) -> None:
        pass


@dataclass
class World:
    keyrings: Keyrings
    stored: StoredSecrets
    passwords: Passwords
    devices: MfaDevices
    registrations: Registrations
    challenges: Challenges

    async def holds(self, *commands: Command) -> None:
        for command in commands:
            await self.keyrings.execute(ACCOUNT, command, b"{}")

    async def kept(self) -> list[str]:
        return await self.stored.names(ACCOUNT, "", 100)

    async def finish_sms(self) -> object:
        fields = {"owner": f"{ACCOUNT}:{ALICE}", "code": SMS_CODE, "number": NUMBER}
        begun = await self.challenges.issue("sms registration", fields)
        return await self.registrations.finish_sms(alice(), begun, SMS_CODE, b"{}")


@pytest.fixture
async def world() -> World:
    log, clock = MemoryEventLog("credential"), Clock()
    keyrings, stored, mint = (
        open_keyrings(log, epoch=(await log.head()).epoch),
        await stored_secrets(),
        ClockMint(clock),
    )
    counters, no_passkeys = MemoryCounters(), object()
    factors = SecondFactors(keyrings, stored, counters, no_passkeys, mint)  # type: ignore[arg-type]
    challenges = Challenges(SealedTokens(await service_keys(stored, clock)), MemorySecrets(), mint)
    return World(
        keyrings,
        stored,
        Passwords(keyrings, stored, people(), PlainHasher(), mint),
        MfaDevices(keyrings, stored, counters, factors, mint),
        Registrations(keyrings, stored, counters, factors, challenges, no_passkeys, NoSms(), mint),  # type: ignore[arg-type]
        challenges,
    )


CHANGES: dict[str, tuple[Callable[[World], Awaitable[object]], int]] = {
    "a first password": (
        lambda world: world.passwords.create(alice(), PASSWORD, reset_required=False, metadata=b"{}"),
        1,
    ),
    "recovery codes": (lambda world: world.devices.make_recovery_codes(alice(), b"{}"), 10),
    "a telephone": (lambda world: world.finish_sms(), 1),
    "a virtual device": (lambda world: world.devices.create(ACCOUNT, "/", "phone", b"{}"), 1),
}
"""Each with how many secrets are kept for it."""


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("error", [AccountIsClosed, ConcurrentModification, LimitExceeded, Unavailable])
async def test_nothing_is_kept_for_what_was_refused_but_for_what_may_have_happened(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str, error: type[DoorwardError]
) -> None:
    async def refuse(*_arguments: Any) -> None:
        raise error("no")

    monkeypatch.setattr(world.keyrings, "execute", refuse)
    do, secrets = CHANGES[change]

    with pytest.raises(error):
        await do(world)

    assert len(await world.kept()) == (secrets if error is Unavailable else 0)


@pytest.mark.parametrize("change", CHANGES)
async def test_everything_is_kept_for_what_was_done(world: World, change: str) -> None:
    await world.holds(passkey())
    do, secrets = CHANGES[change]

    await do(world)

    assert len(await world.kept()) == secrets


async def test_recovery_codes_are_forgotten_with_the_last_device(world: World) -> None:
    await world.holds(device(), enabled(), passkey())
    await world.devices.make_recovery_codes(alice(), b"{}")

    await world.devices.deactivate(alice(), PHONE, b"{}")
    assert len(await world.kept()) == 10
    (last,) = (await world.keyrings.get(ACCOUNT)).devices_of[ALICE]
    await world.devices.deactivate(alice(), last, b"{}")

    assert not await world.kept()


async def test_what_is_replaced_is_forgotten(world: World) -> None:
    await world.holds(passkey())
    await world.devices.make_recovery_codes(alice(), b"{}")
    before = await world.kept()

    await world.devices.make_recovery_codes(alice(), b"{}")

    assert len(await world.kept()) == 10
    assert not set(before) & set(await world.kept())


@pytest.mark.parametrize("own_policy", [False, True])
@pytest.mark.parametrize("password", [EMAIL, EMAIL.upper(), "Example-Corp-1"])
async def test_neither_the_account_s_name_nor_its_address_is_a_password(
    world: World, password: str, own_policy: bool
) -> None:
    await world.holds(profile(), *([policy()] if own_policy else []))

    with pytest.raises(PasswordPolicyViolation):
        await world.passwords.change(alice(), password, b"{}")


async def test_only_virtual_devices_are_resynchronized(world: World) -> None:
    sms = RegisterSmsDevice(principal_id=ALICE, user_name="alice", unique="S1", registered_at=START)
    bobs = RegisterSmsDevice(principal_id=BOB, user_name="bob", unique="S1", registered_at=START)
    await world.holds(sms, bobs, passkey())
    telephone = sms_serial_number(ACCOUNT, "alice", "S1")
    codes = ("123456", "654321")

    for serial in (telephone, f"arn:aws:iam::{ACCOUNT}:u2f/user/alice/laptop-AB12"):
        with pytest.raises(InvalidInput, match="is no virtual MFA device"):
            await world.devices.resync(alice(), serial, codes)
        with pytest.raises(NoSuchEntity, match="VirtualMFADevice with serial number"):
            await world.devices.enable(alice(), serial, codes, b"{}")
    with pytest.raises(NoSuchEntity, match="invalid for user"):
        await world.devices.resync(alice(), sms_serial_number(ACCOUNT, "bob", "S1"), codes)


async def test_devices_of_every_kind_are_deactivated(world: World) -> None:
    await world.holds(device(), enabled())
    await world.finish_sms()
    (telephone,) = (each for each in (await world.keyrings.get(ACCOUNT)).devices_of[ALICE] if each != PHONE)

    for serial in (telephone, PHONE):
        await world.devices.deactivate(alice(), serial, b"{}")
        with pytest.raises(NoSuchEntity):
            await world.holds(DeactivateMFADevice(serial_number=serial, principal_id=ALICE))

    assert await world.kept() == []
