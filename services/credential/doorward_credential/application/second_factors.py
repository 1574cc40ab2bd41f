"""Second factors, when they are shown: codes of devices, recovery codes, passkeys. Each counts once."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from doorward_eventlog.counters import Counters
from doorward_kernel.errors import InvalidInput, Unauthenticated
from doorward_kernel.ids import AccountId
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import MfaDevice, MfaKind, Passkey, VirtualDevice, mfa_devices_of
from doorward_keyring.recovery_codes import UseRecoveryCode

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.ports import PasskeyCredential, Passkeys
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.totp import matching_step
from doorward_credential.application.tries import Tries

TRIES = 5
TRY_SECONDS = 300
"""At most TRIES wrong codes of one device are tried in so many seconds, whoever tries them: at sign-ins, and as many
with requests, so that who has a key of somebody cannot keep them from signing in."""


@dataclass(frozen=True, slots=True)
class Seed:
    """What a virtual device makes its codes from, and by how many steps its clock is ahead."""

    seed: bytes = field(repr=False)
    drift: int = 0

    def written(self) -> str:
        """As it is kept, sealed."""
        return json.dumps({"seed": base64.b64encode(self.seed).decode("ascii"), "drift": self.drift})

    @staticmethod
    def read(text: str) -> "Seed":
        fields = json.loads(text)
        return Seed(base64.b64decode(fields["seed"]), fields["drift"])


class SecondFactors:
    """Checks what is shown against what is registered. A wrong factor is False, and it is not told why."""

    def __init__(
        self, keyrings: Keyrings, stored: StoredSecrets, counters: Counters, passkeys: Passkeys, mint: Mint
    ) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._counters = counters
        self._passkeys = passkeys
        self._mint = mint
        self._tries = Tries(TRIES, TRY_SECONDS)

    async def is_code(self, keyring: Keyring, principal_id: str, code: str, serial: str = "") -> bool:
        """Whether one of the person's virtual devices, or the one with that serial number, shows this code now, and no
        such code was accepted before. Raises Throttling when too much was tried of each of them."""
        now = self._mint.seconds()
        devices = {
            f"{'request' if serial else 'sign-in'}/{keyring.account_id}/{device_name(device)}": device
            for device in mfa_devices_of(keyring, principal_id)
            if isinstance(device, VirtualDevice) and serial in {"", device.serial}
        }
        left = [name for name in devices if not self._tries.are_over(name, now)]
        for name in left or devices:
            self._tries.check(name, now)
        for name in left:
            if await self._shows(keyring.account_id, devices[name], code, now):
                for each in left:
                    self._tries.forgive(each, now)
                return True
        return False

    async def _shows(self, account: AccountId, device: MfaDevice, code: str, now: int) -> bool:
        name = device_name(device)
        stored = await self._stored.find(account, name)
        if stored is None:
            return False
        seed = Seed.read(stored)
        last = (await self._counters.read(account, [name])).get(name)
        step = matching_step(seed.seed, code, now, last, seed.drift)
        return step is not None and await self._counters.advance(account, name, step)

    async def use_recovery_code(self, keyring: Keyring, principal_id: str, code: str, metadata: bytes) -> bool:
        """Whether it is one of the person's recovery codes; it is none from then on. Raises Throttling."""
        batch = keyring.recovery_codes.get(principal_id)
        if batch is None:
            return False
        tried, now = f"{keyring.account_id}/recovery/{principal_id}", self._mint.seconds()
        self._tries.check(tried, now)
        names = {recovery_name(batch.batch_id, number): number for number in batch.remaining}
        kept = await self._stored.find_many(keyring.account_id, list(names))
        shown = recovery_digest(code)
        found = [name for name, digest in kept.items() if hmac.compare_digest(digest, shown)]
        if not found or not await self._stored.take(keyring.account_id, found[0], shown):
            return False
        self._tries.forgive(tried, now)
        command = UseRecoveryCode(
            principal_id=principal_id, batch_id=batch.batch_id, number=names[found[0]], used_at=self._mint.now()
        )
        await self._keyrings.execute(keyring.account_id, command, metadata)
        return True

    async def is_passkey(self, keyring: Keyring, principal_id: str, assertion: str, challenge: bytes) -> bool:
        """Whether one of the person's passkeys answered the challenge, with the user verified."""
        try:
            shown = self._passkeys.credential_id(assertion)
            device = next(
                (each for each in passkeys_of(keyring, principal_id) if from_text(each.credential_id) == shown), None
            )
            if device is None:
                return False
            name = device_name(device)
            last = (await self._counters.read(keyring.account_id, [name])).get(name, 0)
            said = self._passkeys.asserted(assertion, challenge, credential_of(device, last))
        except (InvalidInput, Unauthenticated):
            return False
        if not said.user_verified:
            return False
        if said.new_sign_count == 0:  # the authenticator does not count
            return True
        return await self._counters.advance(keyring.account_id, name, said.new_sign_count)

    def passkey_options(self, keyring: Keyring, principal_id: str, challenge: bytes) -> str:
        """What the browser is asked, to have one of the person's passkeys shown."""
        return self._passkeys.assertion_options(challenge, known=credentials_of(keyring, principal_id))

    def count_try(self, name: str) -> None:
        """Raises Throttling when too much was tried under this name lately."""
        self._tries.check(name, self._mint.seconds())


def factors_of(keyring: Keyring, principal_id: str) -> list[str]:
    """Which second factors the person has; empty when it needs none. Recovery codes stand in for a device, and are
    none by themselves."""
    kinds = {device.kind for device in mfa_devices_of(keyring, principal_id)}
    found = [word for kind, word in _WORDS.items() if kind in kinds]
    batch = keyring.recovery_codes.get(principal_id)
    return [*found, "recovery-code"] if found and batch is not None and batch.remaining else found


_WORDS = {MfaKind.TOTP: "totp", MfaKind.PASSKEY: "passkey", MfaKind.SMS: "sms"}


def device_name(device: MfaDevice) -> str:
    """What a device's secret, and its counter, are kept under. A virtual device may get the serial number of one that
    is gone; the others' are never used twice."""
    if isinstance(device, VirtualDevice):
        return f"totp/{device.device_id}"
    return f"{_WORDS[device.kind]}/{hashlib.sha256(device.serial.encode()).hexdigest()[:32]}"


def passkeys_of(keyring: Keyring, principal_id: str) -> list[Passkey]:
    """The person's passkeys."""
    return [device for device in mfa_devices_of(keyring, principal_id) if isinstance(device, Passkey)]


def credentials_of(keyring: Keyring, principal_id: str) -> Sequence[PasskeyCredential]:
    """The person's passkeys, as the browser is told of them."""
    return [credential_of(device, 0) for device in passkeys_of(keyring, principal_id)]


def credential_of(passkey: Passkey, sign_count: int) -> PasskeyCredential:
    """A registered passkey, as it is verified."""
    return PasskeyCredential(
        credential_id=from_text(passkey.credential_id),
        public_key=from_text(passkey.public_key),
        sign_count=sign_count,
        backed_up=passkey.backed_up,
        transports=passkey.transports,
        aaguid=passkey.aaguid,
        user_verified=True,
    )


def to_text(value: bytes) -> str:
    """Bytes as events hold them: base64url without padding."""
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def from_text(text: str) -> bytes:
    """The bytes that `to_text` wrote."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def recovery_name(batch_id: str, number: int) -> str:
    """What the digest of a recovery code is kept under."""
    return f"recovery/{batch_id}/{number}"


def recovery_digest(code: str) -> str:
    """Of a code as people type it: case, spaces and hyphens do not count. It has 80 random bits: no salt is needed."""
    bare = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(b"doorward recovery code\0" + bare.encode()).hexdigest()
